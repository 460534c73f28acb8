//! One installation, one runner: the lock on the data folder.
//!
//! The kernel releases a lock when its process ends, however it ends, so a `kill -9` leaves nothing to clean up.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

use super::error::at;
use super::{DataFolder, InstallationError};

/// How often a lock that is held is tried again: short beside a person's patience, long beside a system call.
const RETRY_MS: u64 = 50;

/// In what role the lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A server, which stays.
    Server,
    /// A command that started PostgreSQL for its own duration.
    Command,
}

impl Holder {
    fn describe(self) -> &'static str {
        match self {
            Self::Server => "a server",
            Self::Command => "a command",
        }
    }
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock, waiting at most `wait` for another to let go of it.
    pub fn acquire(data: &DataFolder, holder: Holder, wait: Duration) -> Result<Self, InstallationError> {
        let deadline = Instant::now() + wait;
        loop {
            if let Some(lock) = Self::try_acquire(data, holder)? {
                return Ok(lock);
            }
            if Instant::now() >= deadline {
                return Err(InstallationError::InUse { path: data.root().to_owned(), holder: read_holder(data) });
            }
            std::thread::sleep(Duration::from_millis(RETRY_MS));
        }
    }

    /// Takes the lock if nobody has it.
    pub fn try_acquire(data: &DataFolder, holder: Holder) -> Result<Option<Self>, InstallationError> {
        let path = data.lock_file();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(at("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(at("lock", &path)(error)),
        }
        // Only for the message that others show; the lock itself is the kernel's.
        let line = format!("{}, process {}\n", holder.describe(), std::process::id());
        file.set_len(0).and_then(|()| file.rewind()).map_err(at("write", &path))?;
        file.write_all(line.as_bytes()).map_err(at("write", &path))?;
        Ok(Some(Self { _file: file }))
    }
}

fn read_holder(data: &DataFolder) -> String {
    let mut text = String::new();
    let read = File::open(data.lock_file()).and_then(|mut file| file.read_to_string(&mut text));
    match read {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "its process is unknown".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_one_has_it_and_the_other_learns_who() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataFolder::new(scratch.path().to_owned());
        let held = DataLock::try_acquire(&data, Holder::Server).unwrap().unwrap();
        let error = DataLock::acquire(&data, Holder::Command, Duration::ZERO).unwrap_err().to_string();
        assert!(error.contains(&format!("a server, process {}", std::process::id())), "{error}");
        drop(held);
        assert!(DataLock::try_acquire(&data, Holder::Command).unwrap().is_some());
    }
}

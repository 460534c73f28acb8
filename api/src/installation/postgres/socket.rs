//! The private folder with PostgreSQL's socket, and how to connect through it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::DATABASE;
use crate::installation::error::at;
use crate::installation::{DataFolder, InstallationError};

/// The kernel's bound on a socket's path, without the NUL at its end.
const MAX_SOCKET_PATH_BYTES: usize = 107;
/// PostgreSQL names its socket by its port, though it listens on none. The lock's name is longer but is a plain file.
pub(super) const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// Names the folder in use where the data folder's own path is too long for a socket.
const RECORD: &str = "socket-folder";
/// A local server answers at once or is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The folder for the socket, made and private: the data folder's `run/`, or a short one elsewhere that is recorded there.
pub(super) fn prepare(data: &DataFolder) -> Result<PathBuf, InstallationError> {
    let run = data.run();
    let record = run.join(RECORD);
    if fits(&run) {
        let _ = fs::remove_file(&record);
        return Ok(run);
    }
    let recorded = recorded(data)?;
    if recorded != run && is_private(&recorded) {
        return Ok(recorded);
    }
    let short = make_short_folder()?;
    fs::write(&record, short.as_os_str().as_bytes()).map_err(at("write", &record))?;
    Ok(short)
}

/// The folder that was last used, whether or not a server listens in it now.
pub(super) fn recorded(data: &DataFolder) -> Result<PathBuf, InstallationError> {
    let record = data.run().join(RECORD);
    match fs::read(&record) {
        Ok(bytes) => Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(data.run()),
        Err(error) => Err(at("read", &record)(error)),
    }
}

fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() + 1 + SOCKET_NAME.len() <= MAX_SOCKET_PATH_BYTES
}

/// A folder with a random name, so that nobody can have put theirs in its place beforehand.
fn make_short_folder() -> Result<PathBuf, InstallationError> {
    let parent = std::env::temp_dir();
    let made = tempfile::Builder::new()
        .prefix("albumen-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(&parent)
        .map_err(at("create a folder in", &parent))?;
    Ok(made.keep())
}

/// Whether a folder found again is still ours alone (others may have made one of its name after a cleaner removed it).
fn is_private(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|found| {
        found.is_dir() && found.uid() == nix::unistd::geteuid().as_raw() && found.permissions().mode() & 0o077 == 0
    })
}

pub(super) fn connect_config(folder: &Path, database: &str) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(folder)
        .user(DATABASE)
        .dbname(database)
        .application_name("albumen")
        .connect_timeout(CONNECT_TIMEOUT);
    config
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn data_folder(path: &Path) -> DataFolder {
        let data = DataFolder::new(path.to_owned());
        data.prepare(None).unwrap();
        data
    }

    #[test]
    fn a_short_path_holds_its_own_socket() {
        let scratch = tempfile::tempdir().unwrap();
        let data = data_folder(scratch.path());
        assert_eq!(prepare(&data).unwrap(), data.run());
        assert_eq!(recorded(&data).unwrap(), data.run());
    }

    #[test]
    fn a_path_too_long_for_a_socket_gets_a_private_folder_that_is_found_again() {
        let scratch = tempfile::tempdir().unwrap();
        let data = data_folder(&scratch.path().join("x".repeat(100)));
        let first = prepare(&data).unwrap();
        assert!(fits(&first) && is_private(&first));
        assert_eq!(prepare(&data).unwrap(), first);
        assert_eq!(recorded(&data).unwrap(), first);

        fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).unwrap();
        let second = prepare(&data).unwrap();
        assert_ne!(second, first, "a folder that others can enter is not used again");
        fs::remove_dir(first).unwrap();
        fs::remove_dir(second).unwrap();
    }

    #[test]
    fn the_bound_is_the_kernels() {
        let longest = "x".repeat(MAX_SOCKET_PATH_BYTES - 1 - SOCKET_NAME.len());
        assert!(fits(Path::new(&longest)));
        assert!(!fits(Path::new(&format!("{longest}x"))));
    }
}

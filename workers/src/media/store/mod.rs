//! The one way to media: whatever stores it, a local folder now.
//!
//! Paths are relative to the root and cannot leave it ([`MediaPath`]). What
//! [`PendingUpload::finish`] has answered is on disk for good: bytes, name and every folder above.

mod durable;
mod local;
mod path;
mod unconfirmed;

use std::{io, path::PathBuf, time::SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncSeek};

pub use local::LocalStore;
pub use path::{MediaPath, MediaPathError};
pub use unconfirmed::Unconfirmed;

/// Something that media lies in.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Begins a new file. Nothing is seen at `path` until it is finished.
    async fn begin(&self, path: &MediaPath) -> Result<Box<dyn PendingUpload>, StoreError>;

    /// Opens a file for reading, with what is known of it.
    async fn open(&self, path: &MediaPath) -> Result<(Box<dyn MediaRead>, MediaStat), StoreError>;

    /// The whole of a small file; [`StoreError::TooLarge`] when it has more than `max_bytes`.
    async fn read(&self, path: &MediaPath, max_bytes: u64) -> Result<(Bytes, MediaStat), StoreError>;

    /// What is known of a file.
    async fn stat(&self, path: &MediaPath) -> Result<MediaStat, StoreError>;

    /// Whether there is such a file.
    async fn exists(&self, path: &MediaPath) -> Result<bool, StoreError> {
        match self.stat(path).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a file; whether there was one.
    async fn delete(&self, path: &MediaPath) -> Result<bool, StoreError>;

    /// The files in a folder (not those below it), sorted; none when there is no such folder.
    async fn list(&self, folder: &MediaPath) -> Result<Vec<MediaPath>, StoreError>;

    /// A path that programs on this machine can open, where the store has one.
    fn local_path(&self, path: &MediaPath) -> Option<PathBuf>;

    /// A folder of this machine for what a piece of work makes on its way. It goes with the value, and what a crash
    /// leaves is swept as unfinished uploads are.
    async fn scratch(&self) -> Result<TempDir, StoreError>;

    /// Removes what uploads and pieces of work left that were never finished; how many. Called once at start,
    /// before the first of them.
    async fn sweep_partial(&self) -> Result<usize, StoreError>;

    /// Notes that the file at `path`, once it is there, belongs to nothing before
    /// [`Self::confirm`] says so: a crash in between leaves a file whose owner has to be asked for.
    ///
    /// The note itself is not synced, which would cost every upload another wait for the disk: a
    /// power loss can leave a file that nobody knows of, and never loses one that somebody has.
    async fn announce(&self, path: &MediaPath) -> Result<(), StoreError>;

    /// The file at `path` belongs to something, or is gone.
    async fn confirm(&self, path: &MediaPath) -> Result<(), StoreError>;

    /// What was announced and never confirmed.
    async fn unconfirmed(&self) -> Result<Vec<MediaPath>, StoreError>;
}

/// A file on its way in. Dropped, it leaves nothing behind.
#[async_trait]
pub trait PendingUpload: Send {
    /// Adds bytes at the end.
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Makes the file appear at its path, durably.
    async fn finish(self: Box<Self>, modified_at: Option<SystemTime>) -> Result<MediaStat, StoreError>;

    /// Gives up; nothing is left behind.
    async fn abort(self: Box<Self>);
}

/// Bytes that can be read from anywhere.
pub trait MediaRead: AsyncRead + AsyncSeek + Send + Unpin {}

impl<R: AsyncRead + AsyncSeek + Send + Unpin> MediaRead for R {}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaStat {
    /// Length in bytes.
    pub size_bytes: u64,
    /// Time of the last change.
    pub modified_at: SystemTime,
    /// Time of creation, where the file system knows it.
    pub created_at: Option<SystemTime>,
}

/// Why media could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no file {0}")]
    NotFound(MediaPath),
    /// A folder or the file itself is a link, or not a plain file.
    #[error("{0} is not a plain file inside the media folder: remove the link, or what stands in its place")]
    NotPlain(MediaPath),
    /// It is larger than the reader can take.
    #[error("{path} has {size_bytes} bytes, more than can be read at once")]
    TooLarge {
        /// Which file.
        path: MediaPath,
        /// How long it is.
        size_bytes: u64,
    },
    /// The disk, or the quota of the server's system user, is used up.
    #[error("the disk is full: free some space and try again")]
    DiskFull,
    /// The system refused.
    #[error("{path} cannot be used: {source}")]
    Io {
        /// Which file.
        path: MediaPath,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    fn of_io(path: &MediaPath, error: io::Error) -> Self {
        // What opening a link with O_NOFOLLOW says.
        if error.raw_os_error() == Some(nix::libc::ELOOP) {
            return Self::NotPlain(path.clone());
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path.clone()),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { path: path.clone(), source: error },
        }
    }
}

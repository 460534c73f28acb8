//! Media in a local folder.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use async_trait::async_trait;
use bytes::Bytes;
use nix::fcntl::OFlag;
use tempfile::TempDir;
use uuid::Uuid;

use super::{MediaPath, MediaRead, MediaStat, MediaStore, PendingUpload, StoreError, durable::DurableFolders};
use crate::media::layout::TopFolder;

/// Where unfinished uploads lie, and what pieces of work make on their way: one folder in each top folder, so that
/// sweeping is quick and finishing is a rename within one disk.
const PARTIAL_FOLDER: &str = ".partial";
/// Where files are announced whose asset is not in the log yet.
const UNCONFIRMED_FOLDER: &str = ".unconfirmed";
/// Stands for `/` in the name of an announcement; no path of ours has it.
const PATH_MARK: &str = "~";

/// Bytes gathered before they are written: an ordinary photo then costs one hop to a thread that
/// may block, and 50 uploads at once cost 12 MB.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// A folder of this machine as a store.
#[derive(Clone, Debug)]
pub struct LocalStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    folders: DurableFolders,
}

impl LocalStore {
    /// The store in `root`, a folder that exists.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { inner: Arc::new(Inner { folders: DurableFolders::new(root.clone()), root }) }
    }

    /// Runs what may block where it may.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &MediaPath,
        work: impl FnOnce(&Inner, &MediaPath) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (inner, path) = (self.inner.clone(), path.clone());
        joined(tokio::task::spawn_blocking(move || work(&inner, &path)).await)
    }
}

#[async_trait]
impl MediaStore for LocalStore {
    async fn begin(&self, path: &MediaPath) -> Result<Box<dyn PendingUpload>, StoreError> {
        Ok(Box::new(LocalUpload { draft: Some(Draft::new(self.inner.clone(), path.clone())) }))
    }

    async fn open(&self, path: &MediaPath) -> Result<(Box<dyn MediaRead>, MediaStat), StoreError> {
        let (file, stat) = self.blocking(path, Inner::open).await?;
        Ok((Box::new(tokio::fs::File::from_std(file)), stat))
    }

    async fn read(&self, path: &MediaPath, max_bytes: u64) -> Result<(Bytes, MediaStat), StoreError> {
        self.blocking(path, move |inner, path| inner.read(path, max_bytes)).await
    }

    async fn stat(&self, path: &MediaPath) -> Result<MediaStat, StoreError> {
        self.blocking(path, Inner::stat).await
    }

    async fn delete(&self, path: &MediaPath) -> Result<bool, StoreError> {
        self.blocking(path, Inner::delete).await
    }

    async fn list(&self, folder: &MediaPath) -> Result<Vec<MediaPath>, StoreError> {
        self.blocking(folder, Inner::list).await
    }

    fn local_path(&self, path: &MediaPath) -> Option<PathBuf> {
        Some(self.inner.absolute(path))
    }

    async fn announce(&self, path: &MediaPath) -> Result<(), StoreError> {
        let (inner, path) = (self.inner.clone(), path.clone());
        joined(tokio::task::spawn_blocking(move || inner.announce(&path)).await)
    }

    async fn confirm(&self, path: &MediaPath) -> Result<(), StoreError> {
        let (inner, path) = (self.inner.clone(), path.clone());
        joined(tokio::task::spawn_blocking(move || inner.confirm(&path)).await)
    }

    async fn unconfirmed(&self) -> Result<Vec<MediaPath>, StoreError> {
        let inner = self.inner.clone();
        joined(tokio::task::spawn_blocking(move || inner.unconfirmed()).await)
    }

    async fn scratch(&self) -> Result<TempDir, StoreError> {
        let folder = MediaPath::trusted(format!("{}/{PARTIAL_FOLDER}", TopFolder::Upload.as_str()));
        self.blocking(&folder, Inner::scratch).await
    }

    async fn sweep_partial(&self) -> Result<usize, StoreError> {
        let inner = self.inner.clone();
        joined(tokio::task::spawn_blocking(move || inner.sweep_partial()).await)
    }
}

impl Inner {
    fn absolute(&self, path: &MediaPath) -> PathBuf {
        self.root.join(path.as_path())
    }

    /// Refuses a path that goes through a link. The top folder may be one: that is how people put
    /// it on another disk.
    fn check_folders(&self, path: &MediaPath) -> Result<(), StoreError> {
        let below_top = |folder: &&Path| folder.components().count() > 1;
        for folder in path.as_path().ancestors().skip(1).take_while(below_top) {
            let metadata =
                fs::symlink_metadata(self.root.join(folder)).map_err(|error| StoreError::of_io(path, error))?;
            if !metadata.is_dir() {
                return Err(StoreError::NotPlain(path.clone()));
            }
        }
        Ok(())
    }

    fn open(&self, path: &MediaPath) -> Result<(File, MediaStat), StoreError> {
        self.check_folders(path)?;
        // Without O_NONBLOCK a pipe in the file's place would hold the thread for ever.
        let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
        let open = || {
            let file = OpenOptions::new().read(true).custom_flags(flags.bits()).open(self.absolute(path))?;
            let metadata = file.metadata()?;
            Ok((file, metadata))
        };
        let (file, metadata) = open().map_err(|error| StoreError::of_io(path, error))?;
        Ok((file, stat_of(path, &metadata)?))
    }

    fn read(&self, path: &MediaPath, max_bytes: u64) -> Result<(Bytes, MediaStat), StoreError> {
        let (file, stat) = self.open(path)?;
        let too_large = |size_bytes| StoreError::TooLarge { path: path.clone(), size_bytes };
        if stat.size_bytes > max_bytes {
            return Err(too_large(stat.size_bytes));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(stat.size_bytes).unwrap_or_default());
        let read = file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(|error| StoreError::of_io(path, error))?;
        if read as u64 > max_bytes {
            return Err(too_large(read as u64));
        }
        Ok((bytes.into(), stat))
    }

    fn stat(&self, path: &MediaPath) -> Result<MediaStat, StoreError> {
        self.check_folders(path)?;
        let metadata = fs::symlink_metadata(self.absolute(path)).map_err(|error| StoreError::of_io(path, error))?;
        stat_of(path, &metadata)
    }

    fn delete(&self, path: &MediaPath) -> Result<bool, StoreError> {
        let remove = || {
            self.check_folders(path)?;
            fs::remove_file(self.absolute(path)).map_err(|error| StoreError::of_io(path, error))
        };
        match remove() {
            Ok(()) => Ok(true),
            Err(StoreError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn list(&self, folder: &MediaPath) -> Result<Vec<MediaPath>, StoreError> {
        match self.check_folders(folder) {
            Err(StoreError::NotFound(_)) => return Ok(Vec::new()),
            checked => checked?,
        }
        let entries = match fs::read_dir(self.absolute(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| StoreError::of_io(folder, error))?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::of_io(folder, error))?;
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            // A name that is hidden, or no text, is none of ours.
            let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with('.'));
            if let (true, Some(name)) = (is_file, name) {
                paths.extend(folder.join(&name));
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// One empty file per announced path, named after it.
    fn announcement(&self, path: &MediaPath) -> PathBuf {
        self.root.join(path.top()).join(UNCONFIRMED_FOLDER).join(path.as_str().replace('/', PATH_MARK))
    }

    fn announce(&self, path: &MediaPath) -> Result<(), StoreError> {
        let announcement = self.announcement(path);
        let make = || match File::create(&announcement) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(announcement.parent().unwrap_or(&self.root))?;
                File::create(&announcement)
            }
            made => made,
        };
        make().map(drop).map_err(|error| StoreError::of_io(path, error))
    }

    fn confirm(&self, path: &MediaPath) -> Result<(), StoreError> {
        match fs::remove_file(self.announcement(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::of_io(path, error)),
            _ => Ok(()),
        }
    }

    fn unconfirmed(&self) -> Result<Vec<MediaPath>, StoreError> {
        let root = MediaPath::trusted(UNCONFIRMED_FOLDER.to_owned());
        let failed = |error| StoreError::of_io(&root, error);
        let mut paths = Vec::new();
        for top in fs::read_dir(&self.root).map_err(failed)? {
            let folder = top.map_err(failed)?.path().join(UNCONFIRMED_FOLDER);
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries {
                let name = entry.map_err(failed)?.file_name();
                let path = name.to_str().map(|name| name.replace(PATH_MARK, "/"));
                paths.extend(path.and_then(|path| MediaPath::parse(&path).ok()));
            }
        }
        Ok(paths)
    }

    fn scratch(&self, folder: &MediaPath) -> Result<TempDir, StoreError> {
        let place = self.absolute(folder);
        let made = fs::create_dir_all(&place).and_then(|()| tempfile::tempdir_in(&place));
        made.map_err(|error| StoreError::of_io(folder, error))
    }

    fn sweep_partial(&self) -> Result<usize, StoreError> {
        let root = MediaPath::trusted(PARTIAL_FOLDER.to_owned());
        let failed = |error| StoreError::of_io(&root, error);
        let mut swept = 0;
        for top in fs::read_dir(&self.root).map_err(failed)? {
            let partial = top.map_err(failed)?.path().join(PARTIAL_FOLDER);
            let Ok(entries) = fs::read_dir(partial) else { continue };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let is_folder = entry.file_type().map_err(failed)?.is_dir();
                let removed = if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
                removed.map_err(failed)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

fn stat_of(path: &MediaPath, metadata: &fs::Metadata) -> Result<MediaStat, StoreError> {
    if !metadata.is_file() {
        return Err(StoreError::NotPlain(path.clone()));
    }
    let modified_at = metadata.modified().map_err(|error| StoreError::of_io(path, error))?;
    Ok(MediaStat { size_bytes: metadata.len(), modified_at, created_at: metadata.created().ok() })
}

/// A panic of the blocking part goes on here; its cancellation is the end of the runtime.
fn joined<T>(result: Result<Result<T, StoreError>, tokio::task::JoinError>) -> Result<T, StoreError> {
    match result {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(StoreError::Io {
            path: MediaPath::trusted(PARTIAL_FOLDER.to_owned()),
            source: io::Error::other("the server is stopping"),
        }),
    }
}

/// An upload: its draft moves to a blocking thread and back.
struct LocalUpload {
    /// None only while it is away, or after its writing failed.
    draft: Option<Draft>,
}

/// The unfinished file and the bytes not yet written to it.
struct Draft {
    inner: Arc<Inner>,
    path: MediaPath,
    /// Made with the first bytes that are written out.
    file: Option<(File, Scrap)>,
    gathered: Vec<u8>,
}

/// A file that is removed unless it is kept: so an upload that is cut off at any point, even
/// while its last step runs on another thread, leaves nothing.
struct Scrap {
    path: PathBuf,
    is_kept: bool,
}

impl Drop for Scrap {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Draft {
    const fn new(inner: Arc<Inner>, path: MediaPath) -> Self {
        Self { inner, path, file: None, gathered: Vec::new() }
    }

    fn write_out(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(self.create_partial()?);
        }
        let Some((file, _)) = &mut self.file else { return Ok(()) };
        file.write_all(&self.gathered)?;
        self.gathered.clear();
        file.write_all(bytes)
    }

    fn create_partial(&self) -> io::Result<(File, Scrap)> {
        let folder = self.inner.root.join(self.path.top()).join(PARTIAL_FOLDER);
        let scrap = Scrap { path: folder.join(Uuid::new_v4().to_string()), is_kept: false };
        let create = || OpenOptions::new().write(true).create_new(true).open(&scrap.path);
        let file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&folder)?;
                create()?
            }
            created => created?,
        };
        Ok((file, scrap))
    }

    /// Bytes, then folders, then the name, then the folder that holds the name: whatever the
    /// moment of a crash, the name stands for the whole file or for none.
    fn finish(mut self, modified_at: Option<SystemTime>) -> io::Result<(Scrap, fs::Metadata)> {
        self.write_out(&[])?;
        let Some((file, mut scrap)) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        if let Some(modified_at) = modified_at {
            file.set_times(fs::FileTimes::new().set_modified(modified_at))?;
        }
        file.sync_all()?;
        let folder = self.path.as_path().parent().unwrap_or(Path::new(""));
        self.inner.folders.ensure(folder)?;
        if self.inner.check_folders(&self.path).is_err() {
            return Err(io::Error::from_raw_os_error(nix::libc::ELOOP));
        }
        let target = self.inner.absolute(&self.path);
        fs::rename(&scrap.path, &target)?;
        scrap.path = target;
        self.inner.folders.flush(folder)?;
        let metadata = file.metadata()?;
        Ok((scrap, metadata))
    }
}

impl LocalUpload {
    fn gone(path: &MediaPath) -> StoreError {
        StoreError::Io { path: path.clone(), source: io::Error::other("an earlier part of it could not be written") }
    }
}

#[async_trait]
impl PendingUpload for LocalUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let nameless = MediaPath::trusted(PARTIAL_FOLDER.to_owned());
        let mut draft = self.draft.take().ok_or_else(|| Self::gone(&nameless))?;
        if draft.gathered.len() + bytes.len() < WRITE_BUFFER_BYTES {
            draft.gathered.extend_from_slice(&bytes);
            self.draft = Some(draft);
            return Ok(());
        }
        let write = move || {
            draft.write_out(&bytes).map_err(|error| StoreError::of_io(&draft.path, error))?;
            Ok(draft)
        };
        self.draft = Some(joined(tokio::task::spawn_blocking(write).await)?);
        Ok(())
    }

    async fn finish(mut self: Box<Self>, modified_at: Option<SystemTime>) -> Result<MediaStat, StoreError> {
        let nameless = MediaPath::trusted(PARTIAL_FOLDER.to_owned());
        let draft = self.draft.take().ok_or_else(|| Self::gone(&nameless))?;
        let path = draft.path.clone();
        let finish = move || {
            let (scrap, metadata) = draft.finish(modified_at).map_err(|error| StoreError::of_io(&path, error))?;
            Ok((scrap, stat_of(&path, &metadata)?))
        };
        // Where the caller has gone meanwhile, the result is dropped and the file with it.
        let (mut scrap, stat) = joined(tokio::task::spawn_blocking(finish).await)?;
        scrap.is_kept = true;
        Ok(stat)
    }

    async fn abort(mut self: Box<Self>) {
        self.draft = None;
    }
}

#[cfg(test)]
mod tests;

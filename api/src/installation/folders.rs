//! The data folder: everything of an installation that must be kept, and where in it each thing lies.
//!
//! ```text
//! media/        originals and what was made of them, in Immich's layout, each folder with its marker
//! keys/         the master key (0700)
//! postgres/     the embedded PostgreSQL's cluster (0700)
//! run/          its socket, in a folder that only the service user enters (0700)
//! log/          its messages, a week of them
//! albumen.lock  held by whoever runs the installation
//! ```

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, lchown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::InstallationError;
use super::error::at;

/// The top folders of the media, as Immich has them, so that its backups and tools carry over.
pub const MEDIA_FOLDERS: [&str; 6] = ["upload", "library", "thumbs", "encoded-video", "profile", "backups"];
/// The file in each of them by which a folder whose disk is not mounted is told from an empty one.
pub const MOUNT_MARKER: &str = ".immich";

/// Says that the markers were once made, so that a missing one means a missing disk.
const MARKERS_MADE: &str = "media-folders-made";
/// Open to the owner, readable to a group that backs it up.
const SHARED_MODE: u32 = 0o750;
/// For the owner alone.
const PRIVATE_MODE: u32 = 0o700;

/// Who shall own what is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The folder that `ALBUMEN_DATA` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// A data folder at an absolute path; nothing is created.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Originals, previews, profile pictures and backups.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.root.join("media")
    }

    /// The keys that must never lie in the database or its backups.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The embedded PostgreSQL's cluster.
    #[must_use]
    pub fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Sockets and what else lives only as long as the processes.
    #[must_use]
    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// PostgreSQL's messages.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The file whose lock says that the installation is in use.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.root.join("albumen.lock")
    }

    /// Names the PostgreSQL programs that the cluster was last started with.
    #[must_use]
    pub fn postgres_record(&self) -> PathBuf {
        self.root.join("postgres-programs")
    }

    /// Makes what is missing. With an owner (as root) hands over what root made or restored, and only that.
    pub(super) fn prepare(&self, owner: Option<Owner>) -> Result<(), InstallationError> {
        make_folder(&self.root, SHARED_MODE, owner)?;
        for folder in [self.keys(), self.run()] {
            make_folder(&folder, PRIVATE_MODE, owner)?;
            restrict(&folder)?;
        }
        for folder in [self.log(), self.media()] {
            make_folder(&folder, SHARED_MODE, owner)?;
        }
        if let Some(owner) = owner {
            for left in [self.postgres(), self.lock_file(), self.postgres_record()] {
                hand_over(&left, owner)?;
            }
        }
        self.prepare_media(owner)
    }

    fn prepare_media(&self, owner: Option<Owner>) -> Result<(), InstallationError> {
        let made = self.root.join(MARKERS_MADE);
        let first_time = !made.exists();
        for name in MEDIA_FOLDERS {
            let folder = self.media().join(name);
            let marker = folder.join(MOUNT_MARKER);
            if !first_time && !marker.exists() {
                return Err(InstallationError::MissingMarker { marker });
            }
            make_folder(&folder, SHARED_MODE, owner)?;
            make_file(&marker, owner)?;
        }
        make_file(&made, owner)
    }

    /// Refuses a data folder of another user, and says which part of it cannot be written.
    pub(super) fn check_access(&self) -> Result<(), InstallationError> {
        let user = nix::unistd::geteuid().as_raw();
        let owner = fs::metadata(&self.root).map_err(at("look at", &self.root))?.uid();
        if owner != user {
            return Err(InstallationError::ForeignFolder { path: self.root.clone(), owner, user });
        }
        let media = MEDIA_FOLDERS.map(|name| self.media().join(name));
        for folder in [self.keys(), self.run(), self.log()].iter().chain(&media) {
            let wanted = AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK;
            access(folder, wanted).map_err(|errno| at("write to", folder)(errno.into()))?;
        }
        Ok(())
    }
}

fn make_folder(path: &Path, mode: u32, owner: Option<Owner>) -> Result<(), InstallationError> {
    if !path.is_dir() {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at("create", parent))?;
        }
        DirBuilder::new().mode(mode).create(path).map_err(at("create", path))?;
    }
    owner.map_or(Ok(()), |owner| hand_over(path, owner))
}

fn make_file(path: &Path, owner: Option<Owner>) -> Result<(), InstallationError> {
    if path.exists() {
        return owner.map_or(Ok(()), |owner| hand_over(path, owner));
    }
    let mut file = File::create(path).map_err(at("create", path))?;
    file.write_all(b"Keep this file: it shows that the folder's disk is mounted.\n").map_err(at("write", path))?;
    owner.map_or(Ok(()), |owner| hand_over(path, owner))
}

fn restrict(folder: &Path) -> Result<(), InstallationError> {
    let mode = fs::metadata(folder).map_err(at("look at", folder))?.permissions().mode() & 0o777;
    if mode == PRIVATE_MODE {
        return Ok(());
    }
    fs::set_permissions(folder, Permissions::from_mode(PRIVATE_MODE)).map_err(at("close to others", folder))
}

/// Gives a path that belongs to root, with all that is in it, to the owner. One that is his already is left alone, so
/// that a start does not walk a library; a tree that root restored from a backup is walked once.
fn hand_over(path: &Path, owner: Owner) -> Result<(), InstallationError> {
    let Ok(found) = fs::metadata(path) else { return Ok(()) };
    if found.uid() != 0 || owner.uid == 0 {
        return Ok(());
    }
    if found.is_dir() {
        hand_over_content(path, owner)?;
    }
    // The folder itself comes last: if this is cut off, the next start walks it again.
    chown(path, Some(owner.uid), Some(owner.gid)).map_err(at("hand over", path))
}

fn hand_over_content(folder: &Path, owner: Owner) -> Result<(), InstallationError> {
    for entry in fs::read_dir(folder).map_err(at("read", folder))? {
        let path = entry.map_err(at("read", folder))?.path();
        let found: Metadata = fs::symlink_metadata(&path).map_err(at("look at", &path))?;
        if found.is_dir() {
            hand_over_content(&path, owner)?;
        }
        lchown(&path, Some(owner.uid), Some(owner.gid)).map_err(at("hand over", &path))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_layout_is_made_once_and_private_parts_are_closed() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataFolder::new(scratch.path().join("deep/library"));
        data.prepare(None).unwrap();
        data.check_access().unwrap();
        for name in MEDIA_FOLDERS {
            assert!(data.media().join(name).join(MOUNT_MARKER).is_file(), "{name}");
        }
        assert_eq!(mode(&data.keys()), 0o700);
        assert_eq!(mode(&data.run()), 0o700);

        fs::set_permissions(data.keys(), Permissions::from_mode(0o755)).unwrap();
        fs::write(data.media().join("upload/photo"), b"x").unwrap();
        data.prepare(None).unwrap();
        assert_eq!(mode(&data.keys()), 0o700, "a key folder that was opened is closed again");
        assert!(data.media().join("upload/photo").is_file());
    }

    #[test]
    fn a_disk_that_is_not_mounted_is_noticed() {
        let scratch = tempfile::tempdir().unwrap();
        let data = DataFolder::new(scratch.path().join("library"));
        data.prepare(None).unwrap();
        fs::remove_dir_all(data.media().join("upload")).unwrap();
        let error = data.prepare(None).unwrap_err();
        assert!(error.to_string().contains("mounted"), "{error}");
        assert!(!data.media().join("upload").exists(), "nothing is made on the wrong disk");
    }
}

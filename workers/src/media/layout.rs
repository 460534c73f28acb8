//! The top folders of the media root, and the markers that tell a lost mount from an empty disk.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The file in each top folder that proves that the right disk is mounted there.
const MARKER: &str = ".immich";

/// A folder directly under the media root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopFolder {
    /// Originals as uploaded.
    Upload,
    /// Originals moved by the storage template.
    Library,
    /// Small pictures.
    Thumbs,
    /// Films made playable.
    EncodedVideo,
    /// Profile pictures.
    Profile,
    /// Dumps of the database.
    Backups,
}

impl TopFolder {
    /// Every top folder.
    pub const ALL: [Self; 6] =
        [Self::Upload, Self::Library, Self::Thumbs, Self::EncodedVideo, Self::Profile, Self::Backups];

    /// Its name on disk.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Library => "library",
            Self::Thumbs => "thumbs",
            Self::EncodedVideo => "encoded-video",
            Self::Profile => "profile",
            Self::Backups => "backups",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|folder| folder.as_str() == name)
    }
}

/// Why the media root cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A marker that this installation once wrote is not there.
    #[error(
        "{0} is gone, though it was once written: the disk that holds the folder is probably not mounted. \
         Mount it and start again, or restore the file if the folder was emptied on purpose"
    )]
    MarkerGone(PathBuf),
    /// A folder or marker cannot be made, read or written.
    #[error("{path} cannot be used: check that it exists and that the server may write to it")]
    Unusable {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Makes the top folders that are missing and checks their markers.
///
/// `record` is a file outside the media root which remembers the markers that were once written:
/// where one of those is missing now, nothing is created and the start is refused, since writing
/// on would fill the disk under a lost mount.
///
/// # Errors
/// See [`LayoutError`].
pub fn prepare(root: &Path, record: &Path) -> Result<(), LayoutError> {
    let mut marked = read_record(record)?;
    for folder in TopFolder::ALL {
        let marker = root.join(folder.as_str()).join(MARKER);
        if marked.contains(&folder) {
            check_marker(&marker)?;
        } else {
            write_marker(&marker)?;
            marked.insert(folder);
            write_record(record, &marked)?;
        }
    }
    Ok(())
}

fn check_marker(marker: &Path) -> Result<(), LayoutError> {
    match fs::read(marker) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(LayoutError::MarkerGone(marker.to_owned()));
        }
        Err(error) => return Err(unusable(marker)(error)),
    }
    // A disk that went read-only would fail every upload: better not to start.
    fs::OpenOptions::new().write(true).open(marker).map(drop).map_err(unusable(marker))
}

fn write_marker(marker: &Path) -> Result<(), LayoutError> {
    if let Some(folder) = marker.parent() {
        fs::create_dir_all(folder).map_err(unusable(folder))?;
    }
    let file =
        fs::OpenOptions::new().write(true).create(true).truncate(false).open(marker).map_err(unusable(marker))?;
    file.sync_all().map_err(unusable(marker))?;
    for folder in marker.ancestors().skip(1).take(2) {
        sync_folder(folder).map_err(unusable(folder))?;
    }
    Ok(())
}

fn read_record(record: &Path) -> Result<BTreeSet<TopFolder>, LayoutError> {
    match fs::read_to_string(record) {
        Ok(text) => Ok(text.lines().filter_map(TopFolder::by_name).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(unusable(record)(error)),
    }
}

/// Written beside and renamed, so that a crash leaves the old record or the new one.
fn write_record(record: &Path, marked: &BTreeSet<TopFolder>) -> Result<(), LayoutError> {
    let text: String = marked.iter().map(|folder| format!("{}\n", folder.as_str())).collect();
    let fresh = record.with_extension("new");
    let write = || {
        fs::write(&fresh, text)?;
        fs::File::open(&fresh)?.sync_all()?;
        fs::rename(&fresh, record)?;
        record.parent().map_or(Ok(()), sync_folder)
    };
    write().map_err(unusable(record))
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // The parent of a bare relative name is the empty path.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::File::open(folder)?.sync_all()
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> LayoutError {
    let path = path.to_owned();
    move |source| LayoutError::Unusable { path, source }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_root_gets_its_folders_and_starts_again() {
        let scratch = tempfile::tempdir().unwrap();
        let (root, record) = (scratch.path().join("media"), scratch.path().join("media-folders"));
        prepare(&root, &record).unwrap();
        for folder in TopFolder::ALL {
            assert!(root.join(folder.as_str()).join(MARKER).is_file());
        }
        prepare(&root, &record).unwrap();
    }

    #[test]
    fn a_lost_marker_refuses_the_start_and_is_not_made_again() {
        let scratch = tempfile::tempdir().unwrap();
        let (root, record) = (scratch.path().join("media"), scratch.path().join("media-folders"));
        prepare(&root, &record).unwrap();
        let marker = root.join("thumbs").join(MARKER);
        fs::remove_file(&marker).unwrap();
        let error = prepare(&root, &record).unwrap_err();
        assert!(matches!(&error, LayoutError::MarkerGone(path) if *path == marker), "{error}");
        assert!(!marker.exists());
    }

    #[test]
    fn folders_of_an_earlier_server_are_taken_over() {
        let scratch = tempfile::tempdir().unwrap();
        let (root, record) = (scratch.path().join("media"), scratch.path().join("media-folders"));
        fs::create_dir_all(root.join("upload")).unwrap();
        fs::write(root.join("upload").join(MARKER), "1700000000000").unwrap();
        prepare(&root, &record).unwrap();
        assert_eq!(fs::read_to_string(root.join("upload").join(MARKER)).unwrap(), "1700000000000");
    }
}

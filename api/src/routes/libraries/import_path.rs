//! Whether files can be read from a path: never from where our own lie.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use albumen_workers::media::store::{MediaPath, MediaStore};

/// A folder that is in every media root.
const UPLOADS: &str = "upload";

/// Where media lies, if that is a folder.
pub(super) fn media_root(media: &dyn MediaStore) -> Option<PathBuf> {
    let uploads = media.local_path(&MediaPath::parse(UPLOADS).ok()?)?;
    uploads.parent().map(Path::to_owned)
}

/// What is wrong with a path; none when it can be imported from.
pub(super) fn fault(path: &str, media: Option<&Path>) -> Option<String> {
    let wanted = Path::new(path);
    if media.is_some_and(|media| overlaps(&plain(wanted), media)) {
        return Some("Cannot use media upload folder for external libraries".to_owned());
    }
    if !wanted.is_absolute() {
        let absolute = std::path::absolute(wanted).unwrap_or_default();
        return Some(format!("Import path must be absolute, try {}", plain(&absolute).display()));
    }
    let found = match fs::metadata(wanted) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some("Path does not exist (ENOENT)".to_owned());
        }
        Err(_) => return Some("Lacking read permission for folder".to_owned()),
    };
    if !found.is_dir() {
        return Some("Not a directory".to_owned());
    }
    // A link may lead to where our own files are.
    let real = fs::canonicalize(wanted).unwrap_or_default();
    if media.is_some_and(|media| overlaps(&real, &fs::canonicalize(media).unwrap_or_else(|_| media.to_owned()))) {
        return Some("Cannot use media upload folder for external libraries".to_owned());
    }
    fs::read_dir(wanted).err().map(|_| "Lacking read permission for folder".to_owned())
}

/// Whether a path is the folder, lies in it or holds it.
fn overlaps(path: &Path, folder: &Path) -> bool {
    path.is_absolute() && (path.starts_with(folder) || folder.starts_with(path))
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let (media, photos) = (folder.path().join("media"), folder.path().join("photos"));
        fs::create_dir_all(media.join("upload")).expect("is made");
        fs::create_dir_all(&photos).expect("is made");
        fs::write(photos.join("file"), "").expect("is written");
        std::os::unix::fs::symlink(&media, folder.path().join("link")).expect("is made");
        let said = |path: &Path| fault(&path.to_string_lossy(), Some(&media));
        assert_eq!(said(&photos), None);
        let ours = Some("Cannot use media upload folder for external libraries".to_owned());
        for path in [
            media.clone(),
            media.join("upload"),
            photos.join("../media"),
            folder.path().to_owned(),
            folder.path().join("link"),
        ] {
            assert_eq!(said(&path), ours, "{}", path.display());
        }
        assert_eq!(said(&photos.join("gone")).as_deref(), Some("Path does not exist (ENOENT)"));
        assert_eq!(said(&photos.join("file")).as_deref(), Some("Not a directory"));
        let relative = said(Path::new("some/photos")).expect("is refused");
        assert!(relative.starts_with("Import path must be absolute, try /"), "{relative}");
    }
}

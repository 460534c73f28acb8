//! Paths that cannot leave the media root.

use std::{fmt, path::Path};

/// Longest name of one file or folder that Linux file systems take.
const MAX_NAME_BYTES: usize = 255;

/// Longest whole path: leaves room for the root within the 4,096 bytes of Linux.
const MAX_PATH_BYTES: usize = 2048;

/// A path under the media root: relative, with `/` between names, none of which is empty, `.`,
/// `..` or holds a NUL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaPath(String);

/// Why a text is no [`MediaPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path inside the media folder")]
pub struct MediaPathError(String);

impl MediaPath {
    /// Reads a path.
    ///
    /// # Errors
    /// It could leave the root, or no file system could hold it.
    pub fn parse(text: &str) -> Result<Self, MediaPathError> {
        let is_name =
            |name: &str| !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME_BYTES && !name.contains('\0');
        if text.len() <= MAX_PATH_BYTES && text.split('/').all(is_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MediaPathError(text.chars().take(100).collect()))
        }
    }

    /// A path that we put together ourselves from ids and fixed names.
    pub(in crate::media) fn trusted(text: String) -> Self {
        debug_assert!(Self::parse(&text).is_ok(), "{text}");
        Self(text)
    }

    /// As text, for example for an event.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder it lies in; none for a name directly under the root.
    #[must_use]
    pub fn folder(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(folder, _)| Self(folder.to_owned()))
    }

    /// Its first name: a top folder.
    #[must_use]
    pub fn top(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// A path in this folder.
    pub(super) fn join(&self, name: &str) -> Result<Self, MediaPathError> {
        Self::parse(&format!("{}/{name}", self.0))
    }

    pub(super) fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for MediaPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_root() {
        for text in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "..",
            "a/../b",
            "./a",
            "a/.",
            "a\0b",
            "upload/../../x",
            "../upload/a",
        ] {
            assert!(MediaPath::parse(text).is_err(), "{text:?}");
        }
        assert!(MediaPath::parse(&"a".repeat(256)).is_err());
        assert!(MediaPath::parse(&"a/".repeat(1025)).is_err());
    }

    #[test]
    fn odd_but_harmless_names_are_taken() {
        for text in ["a", "upload/ü 😀.jpg", "a/..b", "a/-rf", "a/b\nc", &"a".repeat(255)] {
            assert_eq!(MediaPath::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn folders_and_tops_are_told() {
        let path = MediaPath::parse("upload/u/x.jpg").unwrap();
        assert_eq!(path.folder().unwrap().as_str(), "upload/u");
        assert_eq!(path.top(), "upload");
        assert_eq!(MediaPath::parse("upload").unwrap().folder(), None);
    }
}

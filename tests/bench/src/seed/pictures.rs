//! The small pictures of assets that were never photographed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_domain::processing::{PreviewFile, PreviewKind};
use albumen_workers::media::{decode::PictureFormat, paths};
use parking_lot::Mutex;
use uuid::Uuid;

use super::pattern::{Pattern, Picture};
use crate::Fault;

/// Distinct files of each kind. Few enough to be made at once, and enough that none gets the
/// 65,000 links that ext4 allows, at a million assets.
const DISTINCT: usize = 32;

/// Makes them: the first few are files, all others links to those.
pub(super) struct Pictures {
    media: PathBuf,
    owner: Uuid,
    kinds: [Kind; 2],
}

struct Kind {
    kind: PreviewKind,
    format: PictureFormat,
    bytes: Vec<u8>,
    /// Those that others are linked to.
    made: Mutex<Vec<PathBuf>>,
}

impl Kind {
    fn new(kind: PreviewKind, picture: &Picture) -> Self {
        Self { kind, format: picture.format, bytes: picture.bytes.clone(), made: Mutex::default() }
    }
}

impl Pictures {
    /// Pictures like those of `pattern`.
    pub(super) fn new(media: PathBuf, pattern: &Pattern) -> Self {
        let kinds =
            [Kind::new(PreviewKind::Thumbnail, &pattern.thumbnail), Kind::new(PreviewKind::Preview, &pattern.preview)];
        Self { media, owner: pattern.owner, kinds }
    }

    /// Makes those of these assets, each with its number.
    pub(super) fn make(&self, assets: &[(usize, Uuid)]) -> Result<(), Fault> {
        for (number, asset) in assets {
            for kind in &self.kinds {
                let path = self.media.join(self.path(kind, *asset));
                let made = self.make_one(kind, *number, &path);
                made.map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
            }
        }
        Ok(())
    }

    /// What an event says of an asset's pictures.
    pub(super) fn files(&self, asset: Uuid) -> Vec<PreviewFile> {
        let file = |kind: &Kind| PreviewFile {
            kind: kind.kind,
            path: self.path(kind, asset),
            size_bytes: i64::try_from(kind.bytes.len()).unwrap_or(i64::MAX),
        };
        self.kinds.iter().map(file).collect()
    }

    fn path(&self, kind: &Kind, asset: Uuid) -> String {
        paths::preview(self.owner, asset, kind.kind, kind.format).as_str().to_owned()
    }

    fn make_one(&self, kind: &Kind, number: usize, path: &Path) -> io::Result<()> {
        let mut made = kind.made.lock();
        if made.len() < DISTINCT {
            in_its_folder(path, || fs::write(path, &kind.bytes))?;
            made.push(path.to_owned());
            return Ok(());
        }
        let original = &made[number % DISTINCT];
        in_its_folder(path, || fs::hard_link(original, path))
    }
}

/// Does something to a file, and again when its folder had to be made first.
fn in_its_folder(path: &Path, act: impl Fn() -> io::Result<()>) -> io::Result<()> {
    match act() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            act()
        }
        outcome => outcome,
    }
}

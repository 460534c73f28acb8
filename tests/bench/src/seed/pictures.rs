//! The small pictures of assets that were never photographed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use albumen_domain::processing::{PreviewFile, PreviewKind};
use albumen_workers::media::{decode::PictureFormat, paths};
use parking_lot::Mutex;
use uuid::Uuid;

use super::{
    invented::Invented,
    pattern::{Pattern, Picture},
};
use crate::Fault;

/// Distinct files of each kind. Few enough to be made at once, and enough that none gets the
/// 65,000 links that ext4 allows, at a million assets.
const DISTINCT: usize = 32;

/// Of so many assets of each user the originals can be asked for, too; of all others they do not exist.
const ORIGINALS: usize = 2_000;

/// Makes them: the first few are files, all others links to those.
pub(super) struct Pictures {
    media: PathBuf,
    kinds: [Kind; 2],
    /// Originals and the pictures of persons.
    others: Kind,
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
        Self { media, kinds, others: Kind::new(PreviewKind::Preview, &pattern.preview) }
    }

    /// Makes those of these assets, and the originals of the newest.
    pub(super) fn make(&self, assets: &[Invented]) -> Result<(), Fault> {
        for asset in assets {
            for kind in &self.kinds {
                self.put(kind, asset.number, &path(kind, asset))?;
            }
            if asset.number < ORIGINALS {
                self.put(&self.others, asset.number, &asset.original())?;
            }
        }
        Ok(())
    }

    /// Makes the picture of a person; answers with where it is and its length in bytes.
    pub(super) fn make_person(&self, number: usize, owner: Uuid, person: Uuid) -> Result<(String, i64), Fault> {
        let path = paths::person_thumbnail(owner, person).as_str().to_owned();
        self.put(&self.others, number, &path)?;
        Ok((path, length(&self.others)))
    }

    fn put(&self, kind: &Kind, number: usize, path: &str) -> Result<(), Fault> {
        let path = self.media.join(path);
        let made = self.make_one(kind, number, &path);
        made.map_err(|error| format!("{} cannot be made: {error}", path.display()).into())
    }

    /// What an event says of an asset's pictures.
    pub(super) fn files(&self, asset: &Invented) -> Vec<PreviewFile> {
        let file = |kind: &Kind| PreviewFile { kind: kind.kind, path: path(kind, asset), size_bytes: length(kind) };
        self.kinds.iter().map(file).collect()
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

fn path(kind: &Kind, asset: &Invented) -> String {
    paths::preview(asset.by.owner, asset.id, kind.kind, kind.format).as_str().to_owned()
}

fn length(kind: &Kind) -> i64 {
    i64::try_from(kind.bytes.len()).unwrap_or(i64::MAX)
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

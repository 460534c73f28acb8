//! The folders in which the originals of a timeline lie: counted by the difference that each change makes, and kept in
//! memory while they are the same.
//!
//! Uploads lie in up to 65,536 folders, whose names differ in their ends. In order, each is kept as what it does not
//! share with the one before: some bytes instead of sixty.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::fingerprint::fingerprint;
use uuid::Uuid;

use super::{kept::Shelf, queries::LibraryQueries, rows::AssetRow};
use crate::runtime::{Batch, ReadError, Storable, Writer};

/// Of all folders that are kept: those of five libraries that fill all folders of uploads.
const MOST_KEPT_BYTES: usize = 4 << 20;
const LENGTH_BYTES: usize = size_of::<u32>();

/// The folder of an original of the timeline: what stands for it, and its path; empty for the root.
fn folder_of(row: &AssetRow) -> Option<(i64, String)> {
    if row.status != "active" || row.visibility != "timeline" {
        return None;
    }
    let folder = row.path.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default().to_owned().storable();
    Some((fingerprint([folder.as_bytes()]), folder))
}

/// Writes what the changes of `assets` make of the folders.
pub(super) async fn save(writer: &mut Writer<'_>, assets: &Batch<AssetRow>) -> Result<(), tokio_postgres::Error> {
    let mut deltas: HashMap<(Uuid, i64), (String, i64)> = HashMap::new();
    for (old, new) in assets.changes() {
        let (old_folder, new_folder) = (old.and_then(folder_of), new.and_then(folder_of));
        if old_folder == new_folder && old.map(|row| row.owner_id) == new.map(|row| row.owner_id) {
            continue;
        }
        for (row, folder, sign) in [(old, old_folder, -1), (new, new_folder, 1)] {
            let Some((row, (id, folder))) = row.zip(folder) else { continue };
            deltas.entry((row.owner_id, id)).or_insert((folder, 0)).1 += sign;
        }
    }
    deltas.retain(|_, (_, delta)| *delta != 0);
    if deltas.is_empty() {
        return Ok(());
    }
    let (owners, ids): (Vec<Uuid>, Vec<i64>) = deltas.keys().copied().unzip();
    let folders: Vec<&str> = deltas.values().map(|(folder, _)| folder.as_str()).collect();
    let counts: Vec<i64> = deltas.values().map(|(_, delta)| *delta).collect();
    let rows = writer.query(include_str!("sql/add_folders.sql"), &[&owners, &ids, &folders, &counts]).await?;
    let mut sums = Sums::default();
    for row in rows {
        let (owner, id, assets): (Uuid, i64, i64) = (row.get(0), row.get(1), row.get(2));
        let delta = deltas.get(&(owner, id)).map_or(0, |(_, delta)| *delta);
        sums.step(owner, id, assets - delta, assets);
    }
    sums.save(writer).await
}

/// How many folders come or go, and what these come to, by owner; and those that go.
#[derive(Default)]
struct Sums {
    of_owners: HashMap<Uuid, (i64, i64)>,
    gone: Vec<(Uuid, i64)>,
}

impl Sums {
    /// Of a folder that had so many assets and has so many.
    fn step(&mut self, owner: Uuid, id: i64, before: i64, after: i64) {
        if (before == 0) == (after == 0) {
            return;
        }
        let (count, digest) = self.of_owners.entry(owner).or_default();
        *digest ^= id;
        if after == 0 {
            *count -= 1;
            self.gone.push((owner, id));
        } else {
            *count += 1;
        }
    }

    async fn save(self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        if self.of_owners.is_empty() {
            return Ok(());
        }
        let owners: Vec<Uuid> = self.of_owners.keys().copied().collect();
        let (counts, digests): (Vec<i64>, Vec<i64>) = self.of_owners.values().copied().unzip();
        writer.execute(include_str!("sql/add_folder_sums.sql"), &[&owners, &counts, &digests]).await?;
        if !self.gone.is_empty() {
            let (owners, ids): (Vec<Uuid>, Vec<i64>) = self.gone.into_iter().unzip();
            writer.execute(include_str!("sql/remove_folders.sql"), &[&owners, &ids]).await?;
            writer.execute("DELETE FROM folder_sum WHERE folders = 0 AND owner_id = ANY($1)", &[&owners]).await?;
        }
        Ok(())
    }
}

/// Texts in order, each as what it does not share with the one before.
///
/// ```text
/// text = bytes shared with the one before (u32) ‖ length of the rest (u32) ‖ the rest        little-endian
/// ```
#[derive(Debug, Default)]
pub struct Folders {
    packed: Vec<u8>,
    digest: i64,
}

impl Folders {
    fn packed(texts: impl IntoIterator<Item = Vec<u8>>, digest: i64) -> Self {
        let mut all = Self { packed: Vec::new(), digest };
        let mut before: Vec<u8> = Vec::new();
        for text in texts {
            let shared = before.iter().zip(&text).take_while(|(one, other)| one == other).count();
            let rest = &text[shared..];
            for length in [shared, rest.len()] {
                // No path has 4 GiB.
                all.packed.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            }
            all.packed.extend(rest);
            before = text;
        }
        all.packed.shrink_to_fit();
        all
    }
}

/// Folders that are told one after the other.
#[derive(Debug, Default)]
pub struct FolderWalk {
    folders: Arc<Folders>,
    at: usize,
    current: Vec<u8>,
}

impl FolderWalk {
    /// The next one; none at the end.
    pub fn next_folder(&mut self) -> Option<&[u8]> {
        let mut rest = self.folders.packed.get(self.at..)?;
        let mut length = || {
            let (bytes, behind) = rest.split_first_chunk::<LENGTH_BYTES>()?;
            rest = behind;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        };
        let (shared, own) = (length()?, length()?);
        self.current.truncate(shared);
        self.current.extend(rest.get(..own)?);
        self.at += LENGTH_BYTES * 2 + own;
        Some(&self.current)
    }
}

/// The folders that are kept, by owner.
#[derive(Clone, Default)]
pub(super) struct KeptFolders(Arc<Shelf<Uuid, Folders, MOST_KEPT_BYTES>>);

impl KeptFolders {
    fn get(&self, owner: Uuid, digest: i64) -> Option<Arc<Folders>> {
        self.0.get(&owner, |folders| folders.digest == digest)
    }

    fn keep(&self, owner: Uuid, folders: &Arc<Folders>) {
        self.0.keep(owner, folders, folders.packed.len());
    }
}

impl LibraryQueries {
    /// The folders in which a user's timeline lies, sorted. `told` makes of each, which is relative to the media root,
    /// what is told of it: always the same, since that is what is kept.
    ///
    /// # Errors
    /// The database is away.
    pub async fn folders(&self, owner: Uuid, told: impl Fn(&str) -> Vec<u8>) -> Result<FolderWalk, ReadError> {
        let sql = "SELECT digest FROM library.folder_sum WHERE owner_id = $1";
        let digest = self.query(sql, &[&owner], |row| row.get::<_, i64>(0)).await?.into_iter().next();
        let Some(digest) = digest else { return Ok(FolderWalk::default()) };
        let kept = self.folders.get(owner, digest);
        let folders = if let Some(folders) = kept { folders } else { self.read_folders(owner, told).await? };
        Ok(FolderWalk { folders, at: 0, current: Vec::new() })
    }

    async fn read_folders(&self, owner: Uuid, told: impl Fn(&str) -> Vec<u8>) -> Result<Arc<Folders>, ReadError> {
        // In one statement, so that what they come to is of these.
        let sql = "SELECT coalesce(array_agg(folder), '{}'), coalesce(bit_xor(id), 0) FROM library.folder
                   WHERE owner_id = $1";
        let read = |row: &tokio_postgres::Row| (row.get::<_, Vec<String>>(0), row.get::<_, i64>(1));
        let (mut texts, digest) = self.query(sql, &[&owner], read).await?.into_iter().next().unwrap_or_default();
        texts.sort_unstable();
        let folders = Arc::new(Folders::packed(texts.iter().map(|text| told(text)), digest));
        self.folders.keep(owner, &folders);
        Ok(folders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(folders: Arc<Folders>) -> Vec<String> {
        let mut walk = FolderWalk { folders, ..FolderWalk::default() };
        let mut all = Vec::new();
        while let Some(folder) = walk.next_folder() {
            all.push(String::from_utf8_lossy(folder).into_owned());
        }
        all
    }

    #[test]
    fn what_is_packed_comes_out() {
        for texts in [
            vec![],
            vec![""],
            vec!["a"],
            vec!["a", "a"],
            vec!["", "a/b", "a/b/c", "a/b/d", "a/bé", "a/bè", "b"],
            vec!["long", "lo", "longer", ""],
        ] {
            let packed = Folders::packed(texts.iter().map(|text| text.as_bytes().to_vec()), 0);
            assert_eq!(told(Arc::new(packed)), texts);
        }
    }

    #[test]
    fn folders_of_uploads_are_kept_in_some_bytes_each() {
        let folders = (0..=u16::MAX).map(|number| format!("upload/owner/{:02x}/{:02x}", number >> 8, number & 0xff));
        let packed = Folders::packed(folders.map(String::into_bytes), 0);
        assert!(packed.packed.len() < 11 << 16, "{}", packed.packed.len());
    }

    #[test]
    fn only_folders_that_come_or_go_make_a_difference() {
        let mut sums = Sums::default();
        let owner = Uuid::nil();
        sums.step(owner, 1, 0, 2);
        sums.step(owner, 2, 2, 1);
        sums.step(owner, 4, 3, 0);
        assert_eq!(sums.of_owners.get(&owner), Some(&(0, 5)));
        assert_eq!(sums.gone, [(owner, 4)]);
        sums.step(Uuid::max(), 8, 1, 2);
        assert_eq!(sums.of_owners.len(), 1);
    }

    #[test]
    fn folders_are_those_of_the_timeline() {
        let row = AssetRow { path: "upload/a/b.jpg".to_owned(), ..AssetRow::for_tests(chrono::DateTime::UNIX_EPOCH) };
        let folder = |row: &AssetRow| folder_of(row).map(|(_, folder)| folder);
        assert_eq!(folder(&row).as_deref(), Some("upload/a"));
        assert_eq!(folder(&AssetRow { path: "b.jpg".to_owned(), ..row.clone() }).as_deref(), Some(""));
        for hidden in ["archive", "hidden", "locked"] {
            assert_eq!(folder(&AssetRow { visibility: hidden.to_owned(), ..row.clone() }), None, "{hidden}");
        }
        assert_eq!(folder(&AssetRow { status: "trashed".to_owned(), ..row }), None);
    }
}

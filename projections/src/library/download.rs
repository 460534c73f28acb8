//! What is to be known of assets to pack them, and what lies in a folder.

use uuid::Uuid;

use super::{queries::LibraryQueries, rows::AssetRow};
use crate::runtime::{ReadError, TableRow};

/// What is to be known of an asset to pack it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its id.
    pub id: Uuid,
    /// Length of the original.
    pub size_bytes: i64,
    /// Of the original, relative to the media root.
    pub path: String,
    /// The moving half of a live photo.
    pub live_photo_video_id: Option<Uuid>,
}

/// The folder of an original.
const FOLDER: &str = "left(path, -strpos(reverse(path), '/')) COLLATE \"C\"";
/// The same as the index has it: no longer than what fits into one.
const FOLDER_BEGINS: &str = "left(left(path, -strpos(reverse(path), '/')), 500) COLLATE \"C\"";
/// The same of what the index holds.
const IN_TIMELINE: &str = "status = 'active' AND visibility = 'timeline'";

impl LibraryQueries {
    async fn packed(
        &self,
        condition: &str,
        id: &(dyn tokio_postgres::types::ToSql + Sync),
    ) -> Result<Vec<Packed>, ReadError> {
        let sql = format!("SELECT id, size_bytes, path, live_photo_video_id FROM library.asset WHERE {condition}");
        self.query(&sql, &[id], |row| Packed {
            id: row.get(0),
            size_bytes: row.get(1),
            path: row.get(2),
            live_photo_video_id: row.get(3),
        })
        .await
    }

    /// Assets by their ids, in the order of these; those that do not exist are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn to_pack(&self, ids: &[Uuid]) -> Result<Vec<Packed>, ReadError> {
        let mut found = self.packed("id = ANY($1)", &ids).await?;
        let places: std::collections::HashMap<Uuid, usize> =
            ids.iter().rev().copied().zip((0..ids.len()).rev()).collect();
        found.sort_by_key(|asset| places.get(&asset.id).copied());
        Ok(found)
    }

    /// What is in sight of an album, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn to_pack_of_album(&self, album: Uuid) -> Result<Vec<Packed>, ReadError> {
        let condition = "id IN (SELECT asset_id FROM albums.album_asset WHERE album_id = $1)
            AND status = 'active' AND visibility IN ('timeline', 'archive') ORDER BY taken_at DESC, id";
        self.packed(condition, &album).await
    }

    /// What is in sight of a user, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn to_pack_of_owner(&self, owner: Uuid) -> Result<Vec<Packed>, ReadError> {
        let condition = "owner_id = $1 AND status = 'active' AND visibility IN ('timeline', 'archive')
            ORDER BY taken_at DESC, id";
        self.packed(condition, &owner).await
    }

    /// What of a user's timeline lies in a folder, not below it, by the names of the files.
    ///
    /// # Errors
    /// The database is away.
    pub async fn in_folder(&self, owner: Uuid, folder: &str) -> Result<Vec<AssetRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset WHERE owner_id = $1 AND {IN_TIMELINE}
               AND {FOLDER_BEGINS} = left($2, 500) AND {FOLDER} = $2
             ORDER BY path COLLATE \"C\"",
            AssetRow::column_list("")
        );
        self.query(&sql, &[&owner, &folder], AssetRow::from_row).await
    }

    /// A user's assets that are in a group of duplicates, by group and then by the wall clock.
    ///
    /// # Errors
    /// The database is away.
    pub async fn duplicates(&self, owner: Uuid, groups: Option<&[Uuid]>) -> Result<Vec<AssetRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset WHERE owner_id = $1 AND duplicate_id IS NOT NULL AND status = 'active'
             AND visibility IN ('timeline', 'archive', 'locked') AND ($2::uuid[] IS NULL OR duplicate_id = ANY($2))
             ORDER BY duplicate_id, local_taken_at, id",
            AssetRow::column_list("")
        );
        self.query(&sql, &[&owner, &groups], AssetRow::from_row).await
    }
}

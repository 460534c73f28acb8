//! Questions about assets one by one, and about how many there are.

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    folders::KeptFolders,
    map::KeptMarkers,
    months::KeptMonths,
    rows::{AssetRow, KeyValueRow},
};
use crate::runtime::{ReadError, TableRow, query};

/// Questions about the library.
#[derive(Clone)]
pub struct LibraryQueries {
    pub(super) pool: Pool,
    pub(super) months: KeptMonths,
    pub(super) markers: KeptMarkers,
    pub(super) folders: KeptFolders,
}

/// What has to be known of an asset to decide who may see it and to serve its files.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetPaths {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub owner_id: Uuid,
    /// `timeline`, `archive`, `hidden` or `locked`.
    pub visibility: String,
    /// `active`, `trashed` or `deleted`.
    pub status: String,
    /// `image`, `video`, `audio` or `other`.
    pub kind: String,
    /// As its owner knows it.
    pub file_name: String,
    /// Of the original, relative to the media root.
    pub path: String,
    /// Relative to the media root.
    pub thumbnail_path: Option<String>,
    /// Relative to the media root.
    pub preview_path: Option<String>,
    /// Relative to the media root.
    pub fullsize_path: Option<String>,
}

/// Which assets are meant when they are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetFilter<'a> {
    /// Marked or not.
    pub favorite: Option<bool>,
    /// In the trash, or not.
    pub trashed: bool,
    /// One visibility; none means timeline and archive.
    pub visibility: Option<&'a str>,
}

/// What a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Photos.
    pub images: i64,
    /// Videos.
    pub videos: i64,
    /// Bytes of the originals of photos.
    pub image_bytes: i64,
    /// Bytes of the originals of videos.
    pub video_bytes: i64,
    /// Bytes of all originals, hidden and trashed ones too.
    pub bytes: i64,
}

const PATH_COLUMNS: &str =
    "id, owner_id, visibility, status, kind, file_name, path, thumbnail_path, preview_path, fullsize_path";

impl LibraryQueries {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, months: KeptMonths::default(), markers: KeptMarkers::default(), folders: KeptFolders::default() }
    }

    pub(super) async fn query<R>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        query(&self.pool, sql, parameters, read).await
    }

    /// Assets by their ids, in no particular order; those that do not exist are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn assets(&self, ids: &[Uuid]) -> Result<Vec<AssetRow>, ReadError> {
        let sql = format!("SELECT {} FROM library.asset WHERE id = ANY($1)", AssetRow::column_list(""));
        self.query(&sql, &[&ids], AssetRow::from_row).await
    }

    /// Those of `paths` at which an asset has its original or sidecar. Looks at every asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn files_among(&self, paths: &[String]) -> Result<Vec<String>, ReadError> {
        let sql = "SELECT path FROM library.asset WHERE path = ANY($1)
                   UNION SELECT sidecar_path FROM library.asset WHERE sidecar_path = ANY($1)";
        self.query(sql, &[&paths], |row| row.get(0)).await
    }

    /// One asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn asset(&self, id: Uuid) -> Result<Option<AssetRow>, ReadError> {
        Ok(self.assets(&[id]).await?.into_iter().next())
    }

    /// Who owns assets and where their files are.
    ///
    /// # Errors
    /// The database is away.
    pub async fn paths(&self, ids: &[Uuid]) -> Result<Vec<AssetPaths>, ReadError> {
        let sql = format!("SELECT {PATH_COLUMNS} FROM library.asset WHERE id = ANY($1)");
        self.query(&sql, &[&ids], |row| AssetPaths {
            id: row.get(0),
            owner_id: row.get(1),
            visibility: row.get(2),
            status: row.get(3),
            kind: row.get(4),
            file_name: row.get(5),
            path: row.get(6),
            thumbnail_path: row.get(7),
            preview_path: row.get(8),
            fullsize_path: row.get(9),
        })
        .await
    }

    /// The assets of an owner that have one of these SHA-1: id, checksum, whether trashed.
    ///
    /// # Errors
    /// The database is away.
    pub async fn by_checksums(
        &self,
        owner: Uuid,
        checksums: &[Vec<u8>],
    ) -> Result<Vec<(Uuid, Vec<u8>, bool)>, ReadError> {
        let sql = "SELECT id, checksum, trashed_at IS NOT NULL FROM library.asset
                   WHERE owner_id = $1 AND checksum = ANY($2)";
        self.query(sql, &[&owner, &checksums], |row| (row.get(0), row.get(1), row.get(2))).await
    }

    /// How many photos and videos of an owner fit the filter.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count(&self, owner: Uuid, filter: AssetFilter<'_>) -> Result<(i64, i64), ReadError> {
        let status = if filter.trashed { "trashed" } else { "active" };
        let parameters: [&(dyn ToSql + Sync); 4] = [&owner, &status, &filter.favorite, &filter.visibility];
        let rows =
            self.query(include_str!("sql/count_assets.sql"), &parameters, |row| (row.get(0), row.get(1))).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// What each of these users has; users without anything are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn usage(&self, owners: &[Uuid]) -> Result<Vec<(Uuid, Usage)>, ReadError> {
        self.query(include_str!("sql/usage.sql"), &[&owners], |row| {
            let usage = Usage {
                images: row.get(1),
                videos: row.get(2),
                image_bytes: row.get(3),
                video_bytes: row.get(4),
                bytes: row.get(5),
            };
            (row.get(0), usage)
        })
        .await
    }

    /// The ids of what an owner has in the trash.
    ///
    /// # Errors
    /// The database is away.
    pub async fn trashed(&self, owner: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM library.asset WHERE owner_id = $1 AND status = 'trashed' ORDER BY trashed_at, id";
        self.query(sql, &[&owner], |row| row.get(0)).await
    }

    /// The ids of what has been in the trash since before `until`, of all users.
    ///
    /// # Errors
    /// The database is away.
    pub async fn trashed_before(&self, until: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, ReadError> {
        let sql =
            "SELECT id FROM library.asset WHERE status = 'trashed' AND trashed_at < $1 ORDER BY trashed_at LIMIT $2";
        self.query(sql, &[&until, &limit], |row| row.get(0)).await
    }

    /// The ids of all assets of an owner, whatever their state.
    ///
    /// # Errors
    /// The database is away.
    pub async fn owned(&self, owner: Uuid) -> Result<Vec<Uuid>, ReadError> {
        self.query("SELECT id FROM library.asset WHERE owner_id = $1 ORDER BY id", &[&owner], |row| row.get(0)).await
    }

    /// The photos whose moving half is this video.
    ///
    /// # Errors
    /// The database is away.
    pub async fn photos_of_video(&self, video: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM library.asset WHERE live_photo_video_id = $1 ORDER BY id";
        self.query(sql, &[&video], |row| row.get(0)).await
    }

    /// An asset of the same owner and of kind `kind` that has the same live photo id and no other half.
    ///
    /// # Errors
    /// The database is away.
    pub async fn other_half(&self, of: &AssetRow, kind: &str) -> Result<Option<AssetRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset
             WHERE owner_id = $1 AND live_photo_id = $2 AND kind = $3 AND id <> $4 AND status = 'active'
               AND live_photo_video_id IS NULL ORDER BY created_at, id LIMIT 1",
            AssetRow::column_list("")
        );
        let rows = self.query(&sql, &[&of.owner_id, &of.live_photo_id, &kind, &of.id], AssetRow::from_row).await?;
        Ok(rows.into_iter().next())
    }

    /// Clients' values of an asset, all or the one of `key`, by key.
    ///
    /// # Errors
    /// The database is away.
    pub async fn key_values(&self, asset: Uuid, key: Option<&str>) -> Result<Vec<KeyValueRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM library.asset_key_value WHERE asset_id = $1 AND ($2::text IS NULL OR key = $2) ORDER BY key",
            KeyValueRow::column_list("")
        );
        self.query(&sql, &[&asset, &key], KeyValueRow::from_row).await
    }

    /// How many assets of an owner were taken (or uploaded) on each day of a range, days without
    /// any left out. `from` and `until` are included.
    ///
    /// # Errors
    /// The database is away.
    pub async fn per_day(
        &self,
        owner: Uuid,
        from: NaiveDate,
        until: NaiveDate,
        by_upload: bool,
    ) -> Result<Vec<(NaiveDate, i64)>, ReadError> {
        let dated_by = if by_upload { "created" } else { "taken" };
        let parameters: [&(dyn ToSql + Sync); 4] = [&owner, &dated_by, &from, &until];
        self.query(include_str!("sql/per_day.sql"), &parameters, |row| (row.get(0), row.get(1))).await
    }
}

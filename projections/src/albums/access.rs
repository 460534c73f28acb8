//! Questions on which access depends: who is what in which album, and which assets are in it.

use uuid::Uuid;

use super::queries::AlbumQueries;
use crate::runtime::ReadError;

impl AlbumQueries {
    /// What a user is in albums: `owner`, `editor` or `viewer`. Those of which they are no member,
    /// and those of deleted users, are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn roles(&self, user: Uuid, albums: &[Uuid]) -> Result<Vec<(Uuid, String)>, ReadError> {
        self.query(include_str!("sql/roles.sql"), &[&user, &albums], |row| (row.get(0), row.get(1))).await
    }

    /// Those of `assets` that a user reaches through an album of which they are a member.
    ///
    /// # Errors
    /// The database is away.
    pub async fn reachable(&self, user: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        self.query(include_str!("sql/reachable.sql"), &[&user, &assets], |row| row.get(0)).await
    }

    /// Those of `assets` that are in an album, in sight or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn among(&self, album: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT asset_id FROM albums.album_asset WHERE album_id = $1 AND asset_id = ANY($2)";
        self.query(sql, &[&album, &assets], |row| row.get(0)).await
    }

    /// The albums in which `assets` are, whoever's they are: album and asset.
    ///
    /// # Errors
    /// The database is away.
    pub async fn holding(&self, assets: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, ReadError> {
        let sql = "SELECT album_id, asset_id FROM albums.album_asset WHERE asset_id = ANY($1)
                   ORDER BY album_id, asset_id";
        self.query(sql, &[&assets], |row| (row.get(0), row.get(1))).await
    }
}

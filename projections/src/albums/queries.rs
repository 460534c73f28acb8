//! Questions about albums and what is shown of them.

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::AlbumRow;
use crate::{
    identity::AccountRow,
    runtime::{ReadError, TableRow, query},
};

/// Questions about albums.
#[derive(Clone)]
pub struct AlbumQueries {
    pool: Pool,
}

/// Which albums of a member are meant. What is absent does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlbumFilter {
    /// This one.
    pub id: Option<Uuid>,
    /// Exactly so called.
    pub name: Option<String>,
    /// The member's own, or those of others.
    pub owned: Option<bool>,
    /// With other members or a link, or without both.
    pub shared: Option<bool>,
    /// With this asset in it.
    pub asset: Option<Uuid>,
}

/// An album with what is to be told of its assets. Only those in sight count: neither in the trash
/// nor hidden nor locked.
#[derive(Clone, Debug, PartialEq)]
pub struct AlbumSummary {
    /// The album itself.
    pub album: AlbumRow,
    /// The asset that stands for it: the chosen one while it is in sight, else the newest.
    pub thumbnail_asset_id: Option<Uuid>,
    /// How many assets.
    pub asset_count: i64,
    /// The day of the oldest, by the wall clock at the place of capture.
    pub first_day: Option<NaiveDate>,
    /// The day of the newest, by the wall clock at the place of capture.
    pub last_day: Option<NaiveDate>,
    /// When one of them last changed.
    pub last_modified_at: Option<DateTime<Utc>>,
    /// Whether a link shows it to anybody.
    pub has_link: bool,
}

/// A member of an album who is not deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct AlbumPerson {
    /// Of which album.
    pub album_id: Uuid,
    /// `owner`, `editor` or `viewer`.
    pub role: String,
    /// Who.
    pub account: AccountRow,
}

/// How many albums a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlbumStatistics {
    /// Their own.
    pub owned: i64,
    /// Their own and others', with other members or a link.
    pub shared: i64,
    /// Without both.
    pub not_shared: i64,
}

/// Where an asset was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct MapMarker {
    /// The asset.
    pub id: Uuid,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
    /// Town.
    pub city: Option<String>,
    /// State, province or canton.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
}

impl MapMarker {
    /// From id, latitude, longitude, city, state and country.
    pub(crate) fn from_row(row: &tokio_postgres::Row) -> Self {
        Self {
            id: row.get(0),
            latitude: row.get(1),
            longitude: row.get(2),
            city: row.get(3),
            state: row.get(4),
            country: row.get(5),
        }
    }
}

/// The newest stands for it where the chosen one is out of sight.
const SHOWN: &str = "coalesce(
        (SELECT asset.id FROM albums.album_asset AS link JOIN library.asset AS asset ON asset.id = link.asset_id
         WHERE link.album_id = album.id AND link.asset_id = album.thumbnail_asset_id
           AND asset.status = 'active' AND asset.visibility IN ('timeline', 'archive')),
        (SELECT newest_id FROM library.album_sum
         WHERE album_id = album.id ORDER BY newest_taken_at DESC, newest_id LIMIT 1)
    ), shown.assets, shown.first_day, shown.last_day, shown.last_modified_at,
    EXISTS (SELECT FROM sharing.shared_link AS link WHERE link.album_id = album.id)";

impl AlbumQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    pub(super) async fn query<R>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        query(&self.pool, sql, parameters, read).await
    }

    /// The albums of which a user is a member, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_member(&self, user: Uuid, filter: &AlbumFilter) -> Result<Vec<AlbumSummary>, ReadError> {
        let columns = AlbumRow::column_list("album.");
        let sql = format!("SELECT {columns}, {SHOWN} {}", include_str!("sql/of_member.sql"));
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&user, &filter.id, &filter.name, &filter.owned, &filter.shared, &filter.asset];
        let first = AlbumRow::COLUMNS.len();
        self.query(&sql, &parameters, |row| AlbumSummary {
            album: AlbumRow::from_row(row),
            thumbnail_asset_id: row.get(first),
            asset_count: row.get(first + 1),
            first_day: row.get(first + 2),
            last_day: row.get(first + 3),
            last_modified_at: row.get(first + 4),
            has_link: row.get(first + 5),
        })
        .await
    }

    /// Who made an album.
    ///
    /// # Errors
    /// The database is away.
    pub async fn owner_of(&self, album: Uuid) -> Result<Option<Uuid>, ReadError> {
        let owners = self.query("SELECT owner_id FROM albums.album WHERE id = $1", &[&album], |row| row.get(0)).await?;
        Ok(owners.into_iter().next())
    }

    /// The members of albums, in no particular order.
    ///
    /// # Errors
    /// The database is away.
    pub async fn people(&self, albums: &[Uuid]) -> Result<Vec<AlbumPerson>, ReadError> {
        let sql = format!(
            "SELECT {}, member.album_id, member.role FROM albums.album_user AS member
             JOIN identity.person_account AS account ON account.id = member.user_id AND account.deleted_at IS NULL
             WHERE member.album_id = ANY($1)",
            AccountRow::column_list("account.")
        );
        let first = AccountRow::COLUMNS.len();
        self.query(&sql, &[&albums], |row| AlbumPerson {
            album_id: row.get(first),
            role: row.get(first + 1),
            account: AccountRow::from_row(row),
        })
        .await
    }

    /// How many assets of an album are whose, the most first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn contributors(&self, album: Uuid) -> Result<Vec<(Uuid, i64)>, ReadError> {
        self.query(include_str!("sql/contributors.sql"), &[&album], |row| (row.get(0), row.get(1))).await
    }

    /// How many albums a user is a member of.
    ///
    /// # Errors
    /// The database is away.
    pub async fn statistics(&self, user: Uuid) -> Result<AlbumStatistics, ReadError> {
        let read = |row: &tokio_postgres::Row| AlbumStatistics {
            owned: row.get(0),
            shared: row.get(1),
            not_shared: row.get(2),
        };
        let rows = self.query(include_str!("sql/statistics.sql"), &[&user], read).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// Where the assets of an album were taken, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn markers(&self, album: Uuid) -> Result<Vec<MapMarker>, ReadError> {
        self.query(include_str!("sql/markers.sql"), &[&album], MapMarker::from_row).await
    }
}

//! Questions about albums and what is shown of them.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::AlbumRow;
use crate::{
    identity::AccountRow,
    library::AlbumSumRow,
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
    /// Who. Most are in many albums.
    pub account: Arc<AccountRow>,
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

/// A condition on an album: it has other members, or a link.
const IS_SHARED: &str = "(EXISTS (
        SELECT FROM albums.album_user AS other
        JOIN identity.person_account AS account ON account.id = other.user_id AND account.deleted_at IS NULL
        WHERE other.album_id = album.id AND other.user_id <> album.owner_id
    ) OR EXISTS (SELECT FROM sharing.shared_link AS link WHERE link.album_id = album.id))";

/// Conditions with their parameters. Its text depends on what is asked for, never on values: an album that is asked
/// for alone is found by its id, and not among all of a member.
struct Conditions<'a> {
    sql: String,
    parameters: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Conditions<'a> {
    /// Of the albums of a member.
    fn of_member(user: &'a Uuid, filter: &'a AlbumFilter) -> Self {
        let mut conditions = Self { sql: "mine.user_id = $1".to_owned(), parameters: vec![user] };
        conditions.and_some("album.id = ?", &filter.id);
        conditions.and_some("album.name = ?", &filter.name);
        conditions.and_some("(mine.role = 'owner') = ?", &filter.owned);
        conditions.and_some(
            "EXISTS (SELECT FROM albums.album_asset AS link WHERE link.album_id = album.id AND link.asset_id = ?)",
            &filter.asset,
        );
        match filter.shared {
            Some(true) => conditions.sql.push_str(&format!(" AND {IS_SHARED}")),
            Some(false) => conditions.sql.push_str(&format!(" AND NOT {IS_SHARED}")),
            None => {}
        }
        conditions
    }

    /// A condition in which `?` stands for the value.
    fn and_some<T: ToSql + Sync>(&mut self, condition: &str, value: &'a Option<T>) {
        if let Some(value) = value {
            self.parameters.push(value);
            let condition = condition.replace('?', &format!("${}", self.parameters.len()));
            self.sql.push_str(" AND ");
            self.sql.push_str(&condition);
        }
    }
}

impl AlbumSummary {
    /// What is in sight is put in by [`Self::holding`]. After the columns of the album come the chosen asset, while
    /// it is in sight, and whether there is a link.
    fn from_row(row: &tokio_postgres::Row) -> Self {
        let first = AlbumRow::COLUMNS.len();
        Self {
            album: AlbumRow::from_row(row),
            thumbnail_asset_id: row.get(first),
            asset_count: 0,
            first_day: None,
            last_day: None,
            last_modified_at: None,
            has_link: row.get(first + 1),
        }
    }

    /// With what its members have in it, each apart.
    fn holding(mut self, sums: &[AlbumSumRow]) -> Self {
        // Of equals the one with the smallest id.
        let newest = sums.iter().max_by_key(|sum| (sum.newest_taken_at, Reverse(sum.newest_id)));
        self.thumbnail_asset_id = self.thumbnail_asset_id.or(newest.map(|sum| sum.newest_id));
        self.asset_count = sums.iter().map(|sum| sum.assets).sum();
        self.first_day = sums.iter().map(|sum| sum.first_taken_at.date()).min();
        self.last_day = sums.iter().map(|sum| sum.last_taken_at.date()).max();
        self.last_modified_at = sums.iter().map(|sum| sum.last_updated_at).max();
        self
    }
}

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
        let Conditions { sql, parameters } = Conditions::of_member(&user, filter);
        self.summaries(&sql, &parameters).await
    }

    /// Albums as their owners know them, the newest first; those that are gone are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn as_owned(&self, albums: &[Uuid]) -> Result<Vec<AlbumSummary>, ReadError> {
        self.summaries("mine.user_id = album.owner_id AND album.id = ANY($1)", &[&albums]).await
    }

    async fn summaries(
        &self,
        condition: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<AlbumSummary>, ReadError> {
        let columns = AlbumRow::column_list("album.");
        let sql = format!(
            "SELECT {columns}, {} WHERE {condition} ORDER BY album.created_at DESC, album.id",
            include_str!("sql/summaries.sql")
        );
        let found = self.query(&sql, parameters, AlbumSummary::from_row).await?;
        let ids: Vec<Uuid> = found.iter().map(|summary| summary.album.id).collect();
        let sums = self.sums(&ids).await?;
        let sums_of = |id: Uuid| sums.get(&id).map_or(&[][..], Vec::as_slice);
        Ok(found
            .into_iter()
            .map(|summary| {
                let id = summary.album.id;
                summary.holding(sums_of(id))
            })
            .collect())
    }

    /// What is in sight of albums. Added up here, not in the database: it would do so album by album.
    async fn sums(&self, albums: &[Uuid]) -> Result<HashMap<Uuid, Vec<AlbumSumRow>>, ReadError> {
        let mut sums: HashMap<Uuid, Vec<AlbumSumRow>> = HashMap::new();
        if albums.is_empty() {
            return Ok(sums);
        }
        let columns = AlbumSumRow::column_list("");
        let sql = format!("SELECT {columns} FROM library.album_sum WHERE album_id = ANY($1)");
        for sum in self.query(&sql, &[&albums], AlbumSumRow::from_row).await? {
            sums.entry(sum.album_id).or_default().push(sum);
        }
        Ok(sums)
    }

    /// The albums of others of which a user is a member.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_others(&self, user: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT mine.album_id FROM albums.album_user AS mine
                   JOIN albums.album AS album ON album.id = mine.album_id
                   JOIN identity.person_account AS owner ON owner.id = album.owner_id AND owner.deleted_at IS NULL
                   WHERE mine.user_id = $1 AND mine.role <> 'owner'";
        self.query(sql, &[&user], |row| row.get(0)).await
    }

    /// The members of albums, in no particular order.
    ///
    /// # Errors
    /// The database is away.
    pub async fn people(&self, albums: &[Uuid]) -> Result<Vec<AlbumPerson>, ReadError> {
        if albums.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT album_id, user_id, role FROM albums.album_user WHERE album_id = ANY($1)";
        let members: Vec<(Uuid, Uuid, String)> =
            self.query(sql, &[&albums], |row| (row.get(0), row.get(1), row.get(2))).await?;
        let accounts = self.accounts(members.iter().map(|(_, user, _)| *user).collect()).await?;
        let person = |(album_id, user, role)| {
            accounts.get(&user).map(|account| AlbumPerson { album_id, role, account: account.clone() })
        };
        Ok(members.into_iter().filter_map(person).collect())
    }

    /// Those of users who are not deleted, each once, however many albums they are in.
    async fn accounts(&self, users: HashSet<Uuid>) -> Result<HashMap<Uuid, Arc<AccountRow>>, ReadError> {
        let columns = AccountRow::column_list("");
        let sql = format!("SELECT {columns} FROM identity.person_account WHERE id = ANY($1) AND deleted_at IS NULL");
        let users: Vec<Uuid> = users.into_iter().collect();
        let found = self.query(&sql, &[&users], AccountRow::from_row).await?;
        Ok(found.into_iter().map(|account| (account.id, Arc::new(account))).collect())
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

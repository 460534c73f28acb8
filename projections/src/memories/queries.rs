//! Questions about memories.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::MemoryRow;
use crate::{
    library::AssetBrief,
    runtime::{ReadError, TableRow, query},
};

/// Questions about memories.
#[derive(Clone)]
pub struct MemoryQueries {
    pool: Pool,
}

/// Which memories are meant. What is absent does not restrict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryFilter {
    /// Shown at this time.
    pub shown_at: Option<DateTime<Utc>>,
    /// Kept or not.
    pub saved: Option<bool>,
    /// This one alone.
    pub id: Option<Uuid>,
    /// Whether it is shown only after this time, or is not.
    pub upcoming: Option<(bool, DateTime<Utc>)>,
}

/// In which order memories come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryOrder {
    /// The latest time that is recalled first.
    #[default]
    NewestFirst,
    /// The earliest time that is recalled first.
    OldestFirst,
    /// Another order each time.
    Random,
}

impl MemoryOrder {
    const fn sql(self) -> &'static str {
        match self {
            Self::NewestFirst => "memory.memory_at DESC, memory.id",
            Self::OldestFirst => "memory.memory_at, memory.id",
            Self::Random => "random()",
        }
    }
}

/// From so many on it is quicker to know all who are hidden, which is to look at every person once.
const MANY_ASSETS: usize = 1_000;

impl MemoryQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn query<R>(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&tokio_postgres::Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        query(&self.pool, sql, parameters, read).await
    }

    /// One memory, also one without anything to show.
    ///
    /// # Errors
    /// The database is away.
    pub async fn memory(&self, id: Uuid) -> Result<Option<MemoryRow>, ReadError> {
        let sql = format!("SELECT {} FROM memories.memory WHERE id = $1", MemoryRow::column_list(""));
        Ok(self.query(&sql, &[&id], MemoryRow::from_row).await?.into_iter().next())
    }

    /// The memories of an owner that fit the filter and have something to show.
    ///
    /// # Errors
    /// The database is away.
    pub async fn list(
        &self,
        owner: Uuid,
        filter: MemoryFilter,
        order: MemoryOrder,
        limit: Option<i64>,
        offset: i64,
    ) -> Result<Vec<MemoryRow>, ReadError> {
        let sql = format!(
            "SELECT {} {} ORDER BY {} LIMIT $7 OFFSET $8",
            MemoryRow::column_list("memory."),
            include_str!("sql/listed.sql"),
            order.sql()
        );
        let (upcoming, now) = filter.upcoming.unzip();
        let parameters: [&(dyn ToSql + Sync); 8] =
            [&owner, &filter.shown_at, &filter.saved, &filter.id, &upcoming, &now, &limit, &offset];
        self.query(&sql, &parameters, MemoryRow::from_row).await
    }

    /// How many there are of those.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count(&self, owner: Uuid, filter: MemoryFilter) -> Result<i64, ReadError> {
        let sql = format!("SELECT count(*) {}", include_str!("sql/listed.sql"));
        let (upcoming, now) = filter.upcoming.unzip();
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&owner, &filter.shown_at, &filter.saved, &filter.id, &upcoming, &now];
        let rows = self.query(&sql, &parameters, |row| row.get(0)).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// What there is to show of memories: by memory, the oldest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn assets_of(&self, memories: &[Uuid]) -> Result<Vec<(Uuid, AssetBrief)>, ReadError> {
        let columns = AssetBrief::column_list("asset.");
        let sql = format!(
            "SELECT {columns}, link.memory_id FROM memories.memory_asset AS link
             JOIN library.asset AS asset ON asset.id = link.asset_id
             WHERE link.memory_id = ANY($1) AND asset.status = 'active' AND asset.visibility = 'timeline'"
        );
        let last = AssetBrief::COLUMNS.len();
        let mut found: Vec<(Uuid, AssetBrief)> =
            self.query(&sql, &[&memories], |row| (row.get(last), AssetBrief::from_row(row))).await?;
        let ids: Vec<Uuid> = found.iter().map(|(_, asset)| asset.id).collect();
        let hidden = self.showing_hidden(&ids).await?;
        found.retain(|(_, asset)| !hidden.contains(&asset.id));
        found.sort_unstable_by_key(|(memory, asset)| (*memory, asset.taken_at, asset.id));
        Ok(found)
    }

    /// Those of `assets` that show somebody who is kept out of sight: whoever is hidden is not recalled.
    ///
    /// # Errors
    /// The database is away.
    pub async fn showing_hidden(&self, assets: &[Uuid]) -> Result<HashSet<Uuid>, ReadError> {
        // Of few faces it is asked whose they are; many are compared with all who are hidden.
        let is_hidden = if assets.len() < MANY_ASSETS {
            "EXISTS (SELECT FROM people.person WHERE id = face.person_id AND hidden)"
        } else {
            "(face.person_id IN (SELECT id FROM people.person WHERE hidden)) IS TRUE"
        };
        let sql = format!(
            "SELECT face.asset_id FROM people.face AS face
             WHERE face.asset_id = ANY($1) AND face.removed_at IS NULL AND {is_hidden}"
        );
        Ok(self.query(&sql, &[&assets], |row| row.get(0)).await?.into_iter().collect())
    }

    /// Those of `assets` that are in a memory, in sight or not.
    ///
    /// # Errors
    /// The database is away.
    pub async fn among(&self, memory: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT asset_id FROM memories.memory_asset WHERE memory_id = $1 AND asset_id = ANY($2)";
        self.query(sql, &[&memory, &assets], |row| row.get(0)).await
    }

    /// What memories of all users hold and do not show any more: memory and asset, by memory.
    ///
    /// # Errors
    /// The database is away.
    pub async fn out_of_sight(&self, limit: i64) -> Result<Vec<(Uuid, Uuid)>, ReadError> {
        let sql = "SELECT link.memory_id, link.asset_id FROM memories.memory_asset AS link
                   JOIN library.asset AS asset ON asset.id = link.asset_id
                   WHERE asset.status <> 'active' OR asset.visibility <> 'timeline'
                   ORDER BY link.memory_id, link.asset_id LIMIT $1";
        self.query(sql, &[&limit], |row| (row.get(0), row.get(1))).await
    }

    /// Memories that nobody kept and that were made before `until`, of all users.
    ///
    /// # Errors
    /// The database is away.
    pub async fn forgotten(&self, until: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT id FROM memories.memory WHERE NOT saved AND created_at < $1 ORDER BY created_at LIMIT $2";
        self.query(sql, &[&until, &limit], |row| row.get(0)).await
    }
}

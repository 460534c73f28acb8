//! Questions about tags.

use std::collections::HashMap;

use deadpool_postgres::Pool;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::rows::TagRow;
use crate::runtime::{ReadError, TableRow, query};

/// Questions about tags.
#[derive(Clone)]
pub struct TagQueries {
    pool: Pool,
}

/// A condition on `asset.id` or a plain `id` of an asset: it has the tag of the parameter that is put
/// in for `?`, or one below it.
pub const WITH_TAG: &str = include_str!("sql/with_tag.sql");

impl TagQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn tags(&self, condition: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<TagRow>, ReadError> {
        let columns = TagRow::column_list("tag.");
        let sql = format!("SELECT {columns} FROM tags.tag AS tag WHERE {condition} ORDER BY tag.value, tag.id");
        query(&self.pool, &sql, parameters, TagRow::from_row).await
    }

    /// All tags of a user, by their paths.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_owner(&self, owner: Uuid) -> Result<Vec<TagRow>, ReadError> {
        self.tags("tag.owner_id = $1", &[&owner]).await
    }

    /// Those of these tags that a user has, by their paths.
    ///
    /// # Errors
    /// The database is away.
    pub async fn owned(&self, owner: Uuid, ids: &[Uuid]) -> Result<Vec<TagRow>, ReadError> {
        self.tags("tag.owner_id = $1 AND tag.id = ANY($2)", &[&owner, &ids]).await
    }

    /// A user's tags of these paths.
    ///
    /// # Errors
    /// The database is away.
    pub async fn by_values(&self, owner: Uuid, values: &[String]) -> Result<Vec<TagRow>, ReadError> {
        self.tags("tag.owner_id = $1 AND tag.value = ANY($2)", &[&owner, &values]).await
    }

    /// A tag and all below it, the deepest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn subtree(&self, tag: Uuid) -> Result<Vec<Uuid>, ReadError> {
        query(&self.pool, include_str!("sql/subtree.sql"), &[&tag], |row| row.get(0)).await
    }

    /// Those of `assets` that have this very tag.
    ///
    /// # Errors
    /// The database is away.
    pub async fn among(&self, tag: Uuid, assets: &[Uuid]) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT asset_id FROM tags.asset_tag WHERE tag_id = $1 AND asset_id = ANY($2)";
        query(&self.pool, sql, &[&tag, &assets], |row| row.get(0)).await
    }

    /// Which of `tags` are on which of `assets`: asset and tag.
    ///
    /// # Errors
    /// The database is away.
    pub async fn links(&self, tags: &[Uuid], assets: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, ReadError> {
        let sql = "SELECT asset_id, tag_id FROM tags.asset_tag WHERE tag_id = ANY($1) AND asset_id = ANY($2)";
        query(&self.pool, sql, &[&tags, &assets], |row| (row.get(0), row.get(1))).await
    }

    /// The tags of each of `assets`, by their paths; assets without any are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_assets(&self, assets: &[Uuid]) -> Result<HashMap<Uuid, Vec<TagRow>>, ReadError> {
        let sql = format!(
            "SELECT {}, link.asset_id FROM tags.asset_tag AS link JOIN tags.tag AS tag ON tag.id = link.tag_id
             WHERE link.asset_id = ANY($1) ORDER BY tag.value, tag.id",
            TagRow::column_list("tag.")
        );
        let first = TagRow::COLUMNS.len();
        let read = |row: &tokio_postgres::Row| (row.get::<_, Uuid>(first), TagRow::from_row(row));
        let mut found: HashMap<Uuid, Vec<TagRow>> = HashMap::new();
        for (asset, tag) in query(&self.pool, &sql, &[&assets], read).await? {
            found.entry(asset).or_default().push(tag);
        }
        Ok(found)
    }

    /// The tags of all users that are on no asset and above none that is on one, the deepest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn unused(&self) -> Result<Vec<Uuid>, ReadError> {
        query(&self.pool, include_str!("sql/unused.sql"), &[], |row| row.get(0)).await
    }
}

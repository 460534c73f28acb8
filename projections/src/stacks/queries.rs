//! Questions about stacks.

use std::collections::HashMap;

use deadpool_postgres::Pool;
use uuid::Uuid;

use super::rows::StackRow;
use crate::{
    library::AssetRow,
    runtime::{ReadError, TableRow, query},
};

/// Questions about stacks.
#[derive(Clone)]
pub struct StackQueries {
    pool: Pool,
}

/// The stack that an asset is in, as it is told with the asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackSummary {
    /// Its id.
    pub id: Uuid,
    /// The asset that lies on top.
    pub primary_asset_id: Uuid,
    /// How many of its assets are in the timeline.
    pub asset_count: i64,
}

/// A condition on the `id` of an asset: another one lies on top of it.
pub const UNDER_ANOTHER: &str =
    "EXISTS (SELECT FROM stacks.stack_asset AS layer WHERE layer.asset_id = id AND NOT layer.is_primary)";

impl StackQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// A user's stacks: all, these, or the one under this asset; the oldest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_owner(
        &self,
        owner: Uuid,
        ids: Option<&[Uuid]>,
        primary: Option<Uuid>,
    ) -> Result<Vec<StackRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM stacks.stack WHERE owner_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2))
             AND ($3::uuid IS NULL OR primary_asset_id = $3) ORDER BY created_at, id",
            StackRow::column_list("")
        );
        query(&self.pool, &sql, &[&owner, &ids, &primary], StackRow::from_row).await
    }

    /// Whether any of these users has a stack: most libraries have none, and need not look for them.
    ///
    /// # Errors
    /// The database is away.
    pub async fn any_of(&self, owners: &[Uuid]) -> Result<bool, ReadError> {
        let sql = "SELECT EXISTS (SELECT FROM stacks.stack WHERE owner_id = ANY($1))";
        Ok(query(&self.pool, sql, &[&owners], |row| row.get(0)).await?.into_iter().next().unwrap_or(false))
    }

    /// The assets of each of these stacks, the primary first and the others by their dates; what is not told of an
    /// asset is left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn assets(&self, stacks: &[Uuid]) -> Result<HashMap<Uuid, Vec<AssetRow>>, ReadError> {
        let sql = format!(
            "SELECT {}, layer.stack_id, layer.is_primary FROM stacks.stack_asset AS layer
             JOIN library.asset AS asset ON asset.id = layer.asset_id
             WHERE layer.stack_id = ANY($1) AND asset.status <> 'deleted'",
            AssetRow::told_columns("asset.")
        );
        let last = AssetRow::COLUMNS.len();
        let read = |row: &tokio_postgres::Row| {
            (row.get::<_, Uuid>(last), row.get::<_, bool>(last + 1), AssetRow::from_row(row))
        };
        // Sorted here: a stack is short, and the database would move whole rows about.
        let mut layers: HashMap<Uuid, Vec<(bool, AssetRow)>> = HashMap::new();
        for (stack, is_primary, asset) in query(&self.pool, &sql, &[&stacks], read).await? {
            layers.entry(stack).or_default().push((is_primary, asset));
        }
        let sorted = |mut layers: Vec<(bool, AssetRow)>| {
            layers.sort_by_key(|(is_primary, asset)| (!is_primary, asset.taken_at, asset.id));
            layers.into_iter().map(|(_, asset)| asset).collect()
        };
        Ok(layers.into_iter().map(|(stack, layers)| (stack, sorted(layers))).collect())
    }

    /// In which stack each of `assets` is: asset, stack, and whether it lies on top.
    ///
    /// # Errors
    /// The database is away.
    pub async fn holding(&self, assets: &[Uuid]) -> Result<Vec<(Uuid, Uuid, bool)>, ReadError> {
        let sql = "SELECT asset_id, stack_id, is_primary FROM stacks.stack_asset WHERE asset_id = ANY($1)
                   ORDER BY asset_id, stack_id";
        query(&self.pool, sql, &[&assets], |row| (row.get(0), row.get(1), row.get(2))).await
    }

    /// The ids of the assets of a stack, in the order in which they came.
    ///
    /// # Errors
    /// The database is away.
    pub async fn members(&self, stack: Uuid) -> Result<Vec<Uuid>, ReadError> {
        let sql = "SELECT asset_id FROM stacks.stack_asset WHERE stack_id = $1 ORDER BY place";
        query(&self.pool, sql, &[&stack], |row| row.get(0)).await
    }

    /// The stack of each of `assets`; those that are in none are left out.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of_assets(&self, assets: &[Uuid]) -> Result<HashMap<Uuid, StackSummary>, ReadError> {
        let read = |row: &tokio_postgres::Row| {
            (row.get(0), StackSummary { id: row.get(1), primary_asset_id: row.get(2), asset_count: row.get(3) })
        };
        Ok(query(&self.pool, include_str!("sql/of_assets.sql"), &[&assets], read).await?.into_iter().collect())
    }
}

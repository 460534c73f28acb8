//! Questions to this read model.

use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::{
    checkpoints::Checkpoints,
    protocol::RequestType,
    stream::{self, Beginning, Device},
};
use crate::runtime::{ReadError, query};

/// Questions of devices.
#[derive(Clone)]
pub struct SyncQueries {
    pool: Pool,
    checkpoints: Checkpoints,
}

impl SyncQueries {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { checkpoints: Checkpoints::new(pool.clone()), pool }
    }

    /// Begins to tell a device what it does not have yet. `lowest_here` is where the read model is
    /// that is furthest behind, if this process keeps them.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn begin(
        &self,
        device: Device,
        types: &[RequestType],
        now: DateTime<Utc>,
        lowest_here: Option<i64>,
    ) -> Result<Beginning, ReadError> {
        stream::begin(&self.pool, device, types, now, lowest_here).await
    }

    /// How far devices have come.
    #[must_use]
    pub const fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Whose an asset was that is gone, as long as that is remembered.
    ///
    /// # Errors
    /// The database is away.
    pub async fn owners_of_gone(&self, assets: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, ReadError> {
        let sql = "SELECT a, scope FROM sync.gone WHERE kind = 'asset' AND a = ANY($1)";
        query(&self.pool, sql, &[&assets], |row| (row.get(0), row.get(1))).await
    }
}

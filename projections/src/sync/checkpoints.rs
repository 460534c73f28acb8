//! How far devices have come, as they say themselves.
//!
//! It is derived from nothing and compared with nothing, like leases, and so it is no event: a
//! device says it after every few hundred lines, and what would be lost with it is work that the
//! device does again. It stands in a schema of its own, and is written here alone.

use std::collections::BTreeMap;

use deadpool_postgres::Pool;
use uuid::Uuid;

use super::protocol::EntityType;
use crate::runtime::{ReadError, query};

/// The acknowledgements of sessions, as they were sent.
#[derive(Clone)]
pub struct Checkpoints {
    pool: Pool,
}

/// What is to be done with the acknowledgements of a session.
#[derive(Clone, Copy, Debug)]
pub enum CheckpointChange<'a> {
    /// Keep these, each in place of the one of its type.
    Set(&'a BTreeMap<EntityType, String>),
    /// Forget those of some types.
    Forget(&'a [EntityType]),
    /// Forget all.
    ForgetAll,
}

impl Checkpoints {
    pub(super) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Those of a session, by type. Of types that this release does not know nothing is told.
    ///
    /// # Errors
    /// The database is away.
    pub async fn of(&self, session: Uuid) -> Result<BTreeMap<EntityType, String>, ReadError> {
        let sql = "SELECT entity_type, ack FROM devices.sync_checkpoint WHERE session_id = $1";
        let rows: Vec<(String, String)> = query(&self.pool, sql, &[&session], |row| (row.get(0), row.get(1))).await?;
        Ok(rows.into_iter().filter_map(|(name, ack)| Some((EntityType::by_name(&name)?, ack))).collect())
    }

    /// Changes those of a session. The one place that writes them.
    ///
    /// # Errors
    /// The database is away.
    pub async fn change(&self, session: Uuid, change: CheckpointChange<'_>) -> Result<(), ReadError> {
        let client = self.pool.get().await?;
        match change {
            CheckpointChange::Set(acks) => {
                let names: Vec<&str> = acks.keys().map(|entity| entity.as_str()).collect();
                let texts: Vec<&str> = acks.values().map(String::as_str).collect();
                let statement = client.prepare_cached(include_str!("sql/set_checkpoints.sql")).await?;
                client.execute(&statement, &[&session, &names, &texts]).await?;
            }
            CheckpointChange::Forget(types) => {
                let names: Vec<&str> = types.iter().map(|entity| entity.as_str()).collect();
                let sql = "DELETE FROM devices.sync_checkpoint WHERE session_id = $1 AND entity_type = ANY($2)";
                client.execute(&client.prepare_cached(sql).await?, &[&session, &names]).await?;
            }
            CheckpointChange::ForgetAll => {
                let sql = "DELETE FROM devices.sync_checkpoint WHERE session_id = $1";
                client.execute(&client.prepare_cached(sql).await?, &[&session]).await?;
            }
        }
        Ok(())
    }

    /// Forgets those of sessions that are not there any more.
    ///
    /// # Errors
    /// The database is away.
    pub async fn forget_ended(&self) -> Result<(), ReadError> {
        let client = self.pool.get().await?;
        client.execute(&client.prepare_cached(include_str!("sql/forget_ended.sql")).await?, &[]).await?;
        Ok(())
    }
}

//! Instances of read models: a schema with the tables, and a checkpoint.

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, GenericClient};

use super::{Projection, ReadError};

/// How far an instance of a read model has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its schema.
    pub instance: String,
    /// Version of the projection that fills it.
    pub version: i32,
    /// Position of the last event in it.
    pub position: i64,
    /// Why it stands still, if it does.
    pub failure: Option<String>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
}

const SELECT: &str = "SELECT instance, version, position, failure, updated_at FROM public.projection_checkpoint";

impl From<tokio_postgres::Row> for Checkpoint {
    fn from(row: tokio_postgres::Row) -> Self {
        Self {
            instance: row.get(0),
            version: row.get(1),
            position: row.get(2),
            failure: row.get(3),
            updated_at: row.get(4),
        }
    }
}

/// The checkpoints of all instances, by name.
///
/// # Errors
/// The database is away.
pub async fn checkpoints(client: &impl GenericClient) -> Result<Vec<Checkpoint>, ReadError> {
    let rows = client.query(&format!("{SELECT} ORDER BY instance"), &[]).await?;
    Ok(rows.into_iter().map(Checkpoint::from).collect())
}

/// The checkpoint of one instance.
pub(super) async fn checkpoint(
    client: &impl GenericClient,
    instance: &str,
) -> Result<Option<Checkpoint>, tokio_postgres::Error> {
    let row = client.query_opt(&format!("{SELECT} WHERE instance = $1"), &[&instance]).await?;
    Ok(row.map(Checkpoint::from))
}

/// When the indexes of an instance are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Indexes {
    /// With the tables: somebody will read them.
    Now,
    /// By whoever fills the tables, afterwards.
    Later,
}

/// Makes the schema, the tables and the checkpoint of an instance unless they are there.
pub(super) async fn ensure(
    client: &mut Client,
    projection: &dyn Projection,
    instance: &str,
    indexes: Indexes,
) -> Result<Checkpoint, tokio_postgres::Error> {
    if let Some(checkpoint) = checkpoint(client, instance).await? {
        return Ok(checkpoint);
    }
    let transaction = client.transaction().await?;
    // Two readers may start at once: the second waits here, and finds what the first has made.
    transaction.execute("SELECT pg_advisory_xact_lock(hashtext($1))", &[&instance]).await?;
    if let Some(checkpoint) = checkpoint(&transaction, instance).await? {
        return Ok(checkpoint);
    }
    // Instances are named by us: a projection's name, or that with `_next`.
    transaction.batch_execute(&format!("DROP SCHEMA IF EXISTS {instance} CASCADE; CREATE SCHEMA {instance};")).await?;
    transaction.batch_execute(&format!("SET LOCAL search_path = {instance};")).await?;
    transaction.batch_execute(projection.tables_sql()).await?;
    if indexes == Indexes::Now {
        transaction.batch_execute(projection.indexes_sql()).await?;
    }
    transaction
        .execute(
            "INSERT INTO public.projection_checkpoint (instance, version, position) VALUES ($1, $2, 0)",
            &[&instance, &projection.version()],
        )
        .await?;
    transaction.commit().await?;
    checkpoint(client, instance).await.map(|found| {
        found.unwrap_or(Checkpoint {
            instance: instance.to_owned(),
            version: projection.version(),
            position: 0,
            failure: None,
            updated_at: DateTime::UNIX_EPOCH,
        })
    })
}

/// Moves a checkpoint if it still is where this reader left it, and the tables are those of its
/// version. False when somebody else moved it, or swapped other tables in.
pub(super) async fn advance(
    client: &impl GenericClient,
    instance: &str,
    version: i32,
    from: i64,
    to: i64,
) -> Result<bool, tokio_postgres::Error> {
    let moved = client
        .execute(
            "UPDATE public.projection_checkpoint SET position = $4, failure = NULL, updated_at = now()
             WHERE instance = $1 AND version = $2 AND position = $3",
            &[&instance, &version, &from, &to],
        )
        .await?;
    Ok(moved == 1)
}

/// Notes why an instance stands still.
pub(super) async fn fail(client: &Client, instance: &str, failure: &str) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "UPDATE public.projection_checkpoint SET failure = $2, updated_at = now() WHERE instance = $1",
            &[&instance, &failure],
        )
        .await?;
    Ok(())
}

/// Locks the checkpoint of an instance, so that it stands still until the transaction ends, and
/// answers where that is.
pub(super) async fn hold(client: &impl GenericClient, instance: &str) -> Result<i64, tokio_postgres::Error> {
    let row = client
        .query_opt("SELECT position FROM public.projection_checkpoint WHERE instance = $1 FOR UPDATE", &[&instance])
        .await?;
    Ok(row.map_or(0, |row| row.get(0)))
}

/// Whether somebody wants a list of everything that is applied: tests of faults make this table.
/// It has a row per instance and position, so that what is applied twice is refused.
pub(super) async fn is_audited(client: &Client) -> Result<bool, tokio_postgres::Error> {
    Ok(client.query_one("SELECT to_regclass('public.applied_audit') IS NOT NULL", &[]).await?.get(0))
}

/// Adds what is applied to that list, in the transaction that applies it.
pub(super) async fn audit(
    client: &impl GenericClient,
    instance: &str,
    after: i64,
    to: i64,
) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "INSERT INTO public.applied_audit (instance, position) SELECT $1, generate_series($2::bigint + 1, $3)",
            &[&instance, &after, &to],
        )
        .await?;
    Ok(())
}

/// Takes the failure of an instance away, so that its reader tries again at once; whether it had one.
pub(crate) async fn clear_failure(client: &impl GenericClient, instance: &str) -> Result<bool, tokio_postgres::Error> {
    let cleared = client
        .execute(
            "UPDATE public.projection_checkpoint SET failure = NULL WHERE instance = $1 AND failure IS NOT NULL",
            &[&instance],
        )
        .await?;
    Ok(cleared == 1)
}

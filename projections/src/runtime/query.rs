//! One question to a read model.

use std::pin::pin;

use deadpool_postgres::Pool;
use futures::TryStreamExt;
use tokio_postgres::{Row, types::ToSql};

use super::ReadError;

/// What `sql` answers, each row read by `read`. The statement is prepared once per connection, so
/// its text must not hold what people send.
pub async fn query<R>(
    pool: &Pool,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> R,
) -> Result<Vec<R>, ReadError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query_raw(&statement, parameters.iter().copied()).await?;
    let mut rows = pin!(rows);
    let mut answer = Vec::new();
    // As they come: all rows of a long list would be in memory beside what is made of them.
    while let Some(row) = rows.try_next().await? {
        answer.push(read(&row));
    }
    Ok(answer)
}

/// The same, but the database plans for these very values: worth its while where the best way depends on how
/// common they are.
pub async fn query_planned_anew<R>(
    pool: &Pool,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
    read: impl Fn(&Row) -> R,
) -> Result<Vec<R>, ReadError> {
    let mut client = pool.get().await?;
    let statement = client.prepare_cached(sql).await?;
    let transaction = client.transaction().await?;
    let setting = transaction.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan");
    // Both are under way before either is answered.
    let (_, rows) = futures::try_join!(setting, transaction.query(&statement, parameters))?;
    transaction.rollback().await?;
    Ok(rows.iter().map(read).collect())
}

//! One question to a read model.

use deadpool_postgres::Pool;
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
    Ok(client.query(&statement, parameters).await?.iter().map(read).collect())
}

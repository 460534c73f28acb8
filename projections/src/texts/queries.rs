//! Questions about text in pictures.

use std::pin::pin;

use deadpool_postgres::Pool;
use futures::TryStreamExt;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{grams, rows::LineRow, words};
use crate::{
    runtime::{ReadError, TableRow, query},
    text::Query,
};

/// How alike a query and the words of a picture have to be: what PostgreSQL takes for alike.
pub(super) const MIN_LIKENESS: f32 = 0.5;
/// After so many comparisons others have their turn: each takes some ten microseconds.
const COMPARED_AT_ONCE: usize = 64;

/// Questions about text in pictures.
#[derive(Clone)]
pub struct TextQueries {
    pool: Pool,
}

/// Where text is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Within<'a> {
    /// In what is these users'.
    Owners(&'a [Uuid]),
    /// In what is in one of these albums.
    Albums(&'a [Uuid]),
}

impl TextQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// The lines on an asset, in the order of reading.
    ///
    /// # Errors
    /// The database is away.
    pub async fn lines(&self, asset: Uuid) -> Result<Vec<LineRow>, ReadError> {
        let sql = format!("SELECT {} FROM texts.line WHERE asset_id = $1 ORDER BY place", LineRow::column_list(""));
        query(&self.pool, &sql, &[&asset], LineRow::from_row).await
    }

    /// The assets whose text is like this one.
    ///
    /// # Errors
    /// The database is away.
    pub async fn like(&self, text: &str, within: Within<'_>) -> Result<Vec<Uuid>, ReadError> {
        let wanted = Query::new(&words::document([text]));
        match within {
            Within::Albums(albums) => self.compare(&wanted, include_str!("sql/in_albums.sql"), &[&albums]).await,
            Within::Owners(owners) => match grams::wanted(&wanted, owners) {
                Some(grams) => {
                    let parameters: [&(dyn ToSql + Sync); 4] = [&grams.any, &grams.all, &grams.least, &owners];
                    self.compare(&wanted, include_str!("sql/candidates.sql"), &parameters).await
                }
                None => Ok(Vec::new()),
            },
        }
    }

    /// Those of the candidates that are alike. They are looked at as they come, since there can be many.
    async fn compare(
        &self,
        wanted: &Query,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Uuid>, ReadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(sql).await?;
        let rows = client.query_raw(&statement, parameters.iter().copied()).await?;
        let mut rows = pin!(rows);
        let (mut alike, mut compared) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            if wanted.strict_word_similarity(row.get(1)) >= MIN_LIKENESS {
                alike.push(row.get(0));
            }
            compared += 1;
            if compared % COMPARED_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
        }
        Ok(alike)
    }
}

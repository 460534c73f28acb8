//! Assets by their distance from a vector, page by page to the very end.
//!
//! Where a filter leaves few assets, the distances of all of them are measured. Else the index is asked; it almost always
//! finds what is near, and never says what it has missed. So its word counts for the head of the results only, which is
//! the same whichever page is asked for: after the head come all others, measured, and nothing is lost or told twice. The
//! head begins with the first results, which are sought alone for the pages among them: in less than half the time.

use deadpool_postgres::Transaction;
use pgvector::HalfVector;
use tokio_postgres::{IsolationLevel, Row, types::ToSql};
use uuid::Uuid;

use super::{Space, VectorQueries, queries::Bounds};
use crate::{
    library::{AssetRow, MetadataFilter, Question},
    runtime::{ReadError, TableRow},
};

/// How many candidates the index keeps in mind. More find more, and take longer: of a million vectors 200 found 0.999 of
/// what is near, in 20.7 ms at the 95th percentile. No fewer than the first results, which it finds in one look.
const SEARCH_WIDTH: i32 = 150;
/// Where a filter passes most over, the index gives up after so many candidates; then all distances are measured.
const MAX_SCANNED: i32 = 20_000;

/// A question for the assets that are nearest to a vector.
#[derive(Clone, Copy, Debug)]
pub struct Nearest<'a> {
    /// Whose vectors are compared.
    pub space: &'a Space,
    /// From where.
    pub from: &'a HalfVector,
    /// Which assets are meant; how they are sorted counts for nothing, and `offset` and `limit` say which page.
    pub filter: &'a MetadataFilter,
}

/// An asset, and how far it is from what was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// Which.
    pub asset: AssetRow,
    /// Cosine distance, from 0 to 2.
    pub distance: f64,
}

impl VectorQueries {
    /// The page of assets that is asked for, nearest first. Assets without a vector are nowhere.
    ///
    /// # Errors
    /// The database is away.
    pub async fn nearest(&self, nearest: Nearest<'_>) -> Result<Vec<Near>, ReadError> {
        let (offset, limit) = (nearest.filter.offset, nearest.filter.limit);
        let mut client = self.pool.get().await?;
        // One snapshot, so that the head is the same for both of its parts.
        let transaction =
            client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
        let breadth = if nearest.space.is_indexed {
            nearest.breadth(&transaction, self.bounds.measured_assets).await?
        } else {
            Breadth::Unknown
        };
        if breadth != Breadth::Wide {
            if nearest.space.is_indexed {
                plan_by_values(&transaction).await?;
            }
            return nearest.measured(&transaction, breadth, &[], offset, limit).await;
        }
        let head = nearest.head(&transaction, self.bounds).await?;
        let mut found = nearest.assets(&transaction, part(&head, offset, limit)).await?;
        let wanted = limit - found.len() as i64;
        if wanted > 0 {
            let shown: Vec<Uuid> = head.iter().map(|(id, _)| *id).collect();
            let skipped = (offset - head.len() as i64).max(0);
            found.extend(nearest.measured(&transaction, breadth, &shown, skipped, wanted).await?);
        }
        Ok(found)
    }
}

/// How many assets a filter leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breadth {
    /// So many at most, as it was found by looking.
    AtMost(i64),
    /// More than are measured.
    Wide,
    /// Who knows.
    Unknown,
}

/// The index knows rounded directions alone.
fn sort(found: &mut [(Uuid, f64)]) {
    found.sort_by(|(one, near), (other, far)| near.total_cmp(far).then(one.cmp(other)));
}

/// What lies on the page of what was found.
fn part(head: &[(Uuid, f64)], offset: i64, limit: i64) -> &[(Uuid, f64)] {
    let at = |place: i64| usize::try_from(place).map_or(head.len(), |place| place.min(head.len()));
    &head[at(offset)..at(offset.saturating_add(limit))]
}

impl Nearest<'_> {
    /// How many assets the filter leaves, if it looks at nothing that has to be sought for each.
    async fn breadth(&self, transaction: &Transaction<'_>, measured: i64) -> Result<Breadth, ReadError> {
        if !self.filter.is_of_assets_alone() {
            return Ok(Breadth::Unknown);
        }
        let question = self.filter.question();
        let most = measured + 1;
        let (sql, parameters) = if self.filter.is_counted() {
            let Question { sql, parameters } = self.filter.counted();
            (format!("SELECT coalesce(sum(count), 0)::bigint FROM library.asset_count WHERE {sql}"), parameters)
        } else {
            let Question { sql, parameters } = question.conditions();
            (format!("SELECT count(*) FROM (SELECT FROM library.asset WHERE {sql} LIMIT {most}) AS few"), parameters)
        };
        let statement = transaction.prepare_cached(&sql).await?;
        let count: i64 = transaction.query_one(&statement, &parameters).await?.get(0);
        Ok(match count > measured {
            true => Breadth::Wide,
            false if self.filter.is_counted() => Breadth::Unknown,
            false => Breadth::AtMost(measured),
        })
    }

    /// All distances of what fits and is not among `shown` are measured.
    async fn measured(
        &self,
        transaction: &Transaction<'_>,
        breadth: Breadth,
        shown: &[Uuid],
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Near>, ReadError> {
        let question = self.filter.question();
        let Question { sql, mut parameters } = question.conditions();
        let first = parameters.len() + 1;
        let (shown_at, offset_at, limit_at) = (first + 1, first + 2, first + 3);
        // Even the values do not say it of each filter.
        let bound = match breadth {
            Breadth::AtMost(count) => format!("LIMIT {count}"),
            Breadth::Wide | Breadth::Unknown => String::new(),
        };
        parameters.extend([&self.from as &(dyn ToSql + Sync), &shown, &offset, &limit]);
        let sql = format!(
            "WITH measured AS MATERIALIZED (
                 SELECT fitting.id, {distance} AS distance
                 FROM (SELECT id FROM library.asset WHERE {sql} {bound}) AS fitting
                 JOIN vectors.vector_{space} AS vector ON vector.asset_id = fitting.id
                 WHERE NOT EXISTS (SELECT FROM unnest(${shown_at}::uuid[]) AS shown (id) WHERE shown.id = fitting.id)
             ), page AS (
                 SELECT id, distance FROM measured ORDER BY distance, id LIMIT ${limit_at} OFFSET ${offset_at}
             )
             SELECT {columns}, page.distance FROM page JOIN library.asset AS asset USING (id)
             ORDER BY page.distance, page.id",
            distance = self.distance(first),
            space = self.space.id,
            columns = AssetRow::column_list("asset."),
        );
        self.ask(transaction, &sql, &parameters, near).await
    }

    /// The head, nearest first, or its first results where the page lies among them. What the index finds comes in the same
    /// order however much of it is taken, so either begins alike; and what is put in exact order is each part by itself.
    async fn head(&self, transaction: &Transaction<'_>, bounds: Bounds) -> Result<Vec<(Uuid, f64)>, ReadError> {
        let question = self.filter.question();
        let Question { sql, mut parameters } = question.conditions();
        let first = parameters.len() + 1;
        parameters.push(&self.from);
        let is_among_first = self.filter.offset.saturating_add(self.filter.limit) <= bounds.first_results;
        let results = if is_among_first { bounds.first_results } else { bounds.head_results };
        let sql = format!("{} LIMIT {results}", self.head_sql(&sql, first));
        prefer_index(transaction).await?;
        let mut head = self.ask_anew(transaction, &sql, &parameters, |row| (row.get(0), row.get(1))).await?;
        undo_preference(transaction).await?;
        let firsts = usize::try_from(bounds.first_results).map_or(head.len(), |firsts| firsts.min(head.len()));
        let (firsts, others) = head.split_at_mut(firsts);
        sort(firsts);
        sort(others);
        Ok(head)
    }

    async fn assets(&self, transaction: &Transaction<'_>, page: &[(Uuid, f64)]) -> Result<Vec<Near>, ReadError> {
        let (ids, distances): (Vec<Uuid>, Vec<f64>) = page.iter().copied().unzip();
        let sql = format!(
            "SELECT {columns}, page.distance FROM unnest($1::uuid[], $2::float8[]) AS page (id, distance)
             JOIN library.asset AS asset USING (id)
             ORDER BY page.distance, page.id",
            columns = AssetRow::column_list("asset."),
        );
        self.ask(transaction, &sql, &[&ids, &distances], near).await
    }

    /// What the index finds, in order, without an end.
    fn head_sql(&self, conditions: &str, parameter: usize) -> String {
        let distance = self.distance(parameter);
        format!(
            "SELECT fitting.id, {distance} AS distance
             FROM vectors.vector_{space} AS vector
             JOIN (SELECT id FROM library.asset WHERE {conditions}) AS fitting ON fitting.id = vector.asset_id
             ORDER BY {distance}, fitting.id",
            space = self.space.id,
        )
    }

    /// In the words of the index.
    fn distance(&self, parameter: usize) -> String {
        let dimension = self.space.dimension;
        format!(
            "vector.embedding::public.halfvec({dimension}) OPERATOR(public.<=>)
             ${parameter}::public.halfvec({dimension})"
        )
    }

    async fn ask<R>(
        &self,
        transaction: &Transaction<'_>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        let statement = transaction.prepare_cached(sql).await?;
        Ok(transaction.query(&statement, parameters).await?.iter().map(read).collect())
    }

    /// The page stands in the text, since the plan depends on it; so the statement is not kept.
    async fn ask_anew<R>(
        &self,
        transaction: &Transaction<'_>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        read: impl Fn(&Row) -> R,
    ) -> Result<Vec<R>, ReadError> {
        Ok(transaction.query(sql, parameters).await?.iter().map(read).collect())
    }
}

/// Asks the index first and looks up each asset that it finds: the planner does not know how few are needed. Of equal
/// distance are few, so that sorting them by id takes nothing.
async fn prefer_index(transaction: &Transaction<'_>) -> Result<(), ReadError> {
    let sql = format!(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off;
         SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
         SET LOCAL plan_cache_mode = force_custom_plan;
         SET LOCAL hnsw.ef_search = {SEARCH_WIDTH}; SET LOCAL hnsw.iterative_scan = strict_order;
         SET LOCAL hnsw.max_scan_tuples = {MAX_SCANNED};"
    );
    Ok(transaction.batch_execute(&sql).await?)
}

/// A plan that is kept takes any filter to leave half of all assets, and goes through all vectors. What is asked for says
/// how many there are; it costs a millisecond to look, of a hundred.
async fn plan_by_values(transaction: &Transaction<'_>) -> Result<(), ReadError> {
    Ok(transaction.batch_execute("SET LOCAL plan_cache_mode = force_custom_plan").await?)
}

async fn undo_preference(transaction: &Transaction<'_>) -> Result<(), ReadError> {
    let sql = "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on;
               SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;";
    Ok(transaction.batch_execute(sql).await?)
}

fn near(row: &Row) -> Near {
    Near { asset: AssetRow::from_row(row), distance: row.get(AssetRow::COLUMNS.len()) }
}

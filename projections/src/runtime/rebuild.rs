//! Rebuilding a read model beside the live one.
//!
//! The new tables are filled from the log in a schema of their own while the old ones serve. When
//! they have caught up they are compared row for row, and take the old ones' place in one
//! transaction. A rebuild that was stopped goes on where it was; nothing but its own schema is
//! touched before the swap.

use std::{sync::Arc, time::Duration};

use albumen_schemas::feed::{Feed, FeedError};
use tokio_postgres::{IsolationLevel, Transaction};

use super::{
    ApplyError, Projection, delivery,
    instance::{self, Indexes},
    subscription::Session,
};

/// Events applied in one transaction of a rebuild: nobody waits for a single one, and what happens to one row within
/// a batch is written once. Two batches of some 40 MB are in memory at a time.
const BATCH_EVENTS: usize = 10_000;
/// The swap waits this long for those who read the old tables, then tries again later.
const SWAP_LOCK_TIMEOUT_MS: u32 = 2_000;
/// How often the swap is tried.
const SWAP_ATTEMPTS: u32 = 30;
/// Between those attempts.
const SWAP_DELAY: Duration = Duration::from_millis(200);

/// How a rebuild goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Events applied so far.
    pub position: i64,
    /// Where the live one is, which is how far it has to go.
    pub head: i64,
}

/// A table that did not come out the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which one.
    pub table: &'static str,
    /// Rows only in the live one.
    pub only_live: i64,
    /// Rows only in the rebuilt one.
    pub only_rebuilt: i64,
}

/// What came of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Position up to which the two were compared; none when the live one was of another version,
    /// whose tables are another matter.
    pub compared_at: Option<i64>,
    /// Tables that differ; empty when the rebuild changed nothing.
    pub differences: Vec<Difference>,
}

/// Why a rebuild stopped. What it has done is kept, and it goes on from there the next time.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another one of the same read model is under way.
    #[error("a rebuild of {0} is under way already; wait for it or stop it")]
    UnderWay(&'static str),
    /// The database failed.
    #[error("the database failed: {}; run the rebuild again, it goes on where it was", super::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    /// The log could not be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// An event could not be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The old tables were in use all the time.
    #[error("the old tables of {0} were in use without a pause; run the rebuild again, it only has to swap")]
    Busy(&'static str),
}

impl RebuildError {
    /// Whether the log or the read model is at fault, so that trying again cannot help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Apply(error) => error.is_permanent(),
            Self::Feed(error) => matches!(error, FeedError::Poison { .. }),
            Self::UnderWay(_) | Self::Database(_) | Self::Busy(_) => false,
        }
    }
}

/// Rebuilds one read model and swaps it in.
///
/// It goes as far as the live one has come and no further, so that the two can be compared; who
/// follows the log goes on from there with the new one.
///
/// # Errors
/// See [`RebuildError`].
pub async fn rebuild(
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    database: &tokio_postgres::Config,
    mut report: impl FnMut(RebuildProgress),
) -> Result<Rebuilt, RebuildError> {
    let mut rebuilding = Rebuilding::start(projection, feed, database).await?;
    rebuilding.catch_up(&mut report).await?;
    rebuilding.index().await?;
    let rebuilt = rebuilding.compare().await?;
    for _ in 0..SWAP_ATTEMPTS {
        if rebuilding.swap().await? {
            return Ok(rebuilt);
        }
        tokio::time::sleep(SWAP_DELAY).await;
        rebuilding.catch_up(&mut report).await?;
    }
    Err(RebuildError::Busy(rebuilding.projection.name()))
}

struct Rebuilding {
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    ahead: delivery::Ahead,
    session: Session,
    next: String,
    position: i64,
}

impl Rebuilding {
    async fn start(
        projection: Arc<dyn Projection>,
        feed: Arc<dyn Feed>,
        database: &tokio_postgres::Config,
    ) -> Result<Self, RebuildError> {
        let next = format!("{}_next", projection.name());
        let mut session = Session::connect(database, &next).await?;
        // Held by the connection, so it ends with this rebuild however that ends.
        let alone: bool = session.client.query_one("SELECT pg_try_advisory_lock(hashtext($1))", &[&next]).await?.get(0);
        if !alone {
            return Err(RebuildError::UnderWay(projection.name()));
        }
        let live = instance::ensure(&mut session.client, projection.as_ref(), projection.name(), Indexes::Now).await?;
        let mut checkpoint = instance::ensure(&mut session.client, projection.as_ref(), &next, Indexes::Later).await?;
        // What another version left, or one that is ahead of the live one, is of no use.
        if checkpoint.version != projection.version() || checkpoint.position > live.position {
            discard(&session, &next).await?;
            checkpoint = instance::ensure(&mut session.client, projection.as_ref(), &next, Indexes::Later).await?;
        }
        let ahead = delivery::Ahead::new(feed.clone(), BATCH_EVENTS);
        Ok(Self { projection, feed, ahead, session, next, position: checkpoint.position })
    }

    /// Applies what the live one has applied.
    async fn catch_up(&mut self, report: &mut impl FnMut(RebuildProgress)) -> Result<(), RebuildError> {
        loop {
            let live = position_of(&self.session, self.projection.name()).await?;
            if self.position >= live {
                return Ok(());
            }
            while self.position < live {
                let events = self.ahead.read(self.position, live).await?;
                if !self.session.apply(self.projection.as_ref(), self.position, &events).await? {
                    self.position = position_of(&self.session, &self.next).await?;
                } else if let Some(last) = events.last() {
                    self.position = last.position;
                }
                report(RebuildProgress { position: self.position, head: live });
            }
        }
    }

    /// Makes the indexes, which cost much less once the tables are full.
    async fn index(&self) -> Result<(), RebuildError> {
        self.session.client.batch_execute(self.projection.indexes_sql()).await?;
        Ok(())
    }

    /// Compares with the live tables in one snapshot, without holding anybody up: the snapshot
    /// shows where the live ones are, and the new ones are brought to that very position in it.
    async fn compare(&mut self) -> Result<Rebuilt, RebuildError> {
        let name = self.projection.name();
        let transaction =
            self.session.client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).start().await?;
        let live = instance::checkpoint(&transaction, name).await?;
        let live = live.ok_or_else(|| FeedError::Unavailable(format!("the checkpoint of {name} is gone")))?;
        let (projection, feed) = (self.projection.as_ref(), self.feed.as_ref());
        let position = bring_to(&transaction, projection, feed, &self.next, self.position, live.position).await?;
        let mut differences = Vec::new();
        let is_comparable = live.version == projection.version();
        if is_comparable {
            for table in projection.tables() {
                differences.extend(difference(&transaction, name, &self.next, table).await?);
            }
        }
        transaction.commit().await?;
        self.position = position;
        Ok(Rebuilt { compared_at: is_comparable.then_some(position), differences })
    }

    /// Puts the new tables in the place of the old ones. False when the old ones were in use. The
    /// live read model is held still for it and the new one brought to its very position, so that
    /// nobody who reads sees time go backwards.
    async fn swap(&mut self) -> Result<bool, RebuildError> {
        let name = self.projection.name();
        let transaction = self.session.client.transaction().await?;
        transaction.batch_execute(&format!("SET LOCAL lock_timeout = {SWAP_LOCK_TIMEOUT_MS}")).await?;
        match instance::hold(&transaction, name).await {
            Ok(live) => {
                let (projection, feed) = (self.projection.as_ref(), self.feed.as_ref());
                bring_to(&transaction, projection, feed, &self.next, self.position, live).await?;
            }
            Err(error) => return in_use(error),
        }
        match transaction.batch_execute(&swap_sql(name, &self.next)).await {
            Ok(()) => {
                transaction.commit().await?;
                Ok(true)
            }
            Err(error) => in_use(error),
        }
    }
}

fn swap_sql(name: &str, next: &str) -> String {
    format!(
        "DROP SCHEMA IF EXISTS {name} CASCADE;
         ALTER SCHEMA {next} RENAME TO {name};
         DELETE FROM public.projection_checkpoint WHERE instance = '{name}';
         UPDATE public.projection_checkpoint SET instance = '{name}' WHERE instance = '{next}';"
    )
}

fn in_use(error: tokio_postgres::Error) -> Result<bool, RebuildError> {
    use tokio_postgres::error::SqlState;
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => Ok(false),
        _ => Err(error.into()),
    }
}

async fn discard(session: &Session, next: &str) -> Result<(), tokio_postgres::Error> {
    session
        .client
        .batch_execute(&format!(
            "BEGIN; DROP SCHEMA IF EXISTS {next} CASCADE;
             DELETE FROM public.projection_checkpoint WHERE instance = '{next}'; COMMIT;"
        ))
        .await
}

async fn position_of(session: &Session, instance: &str) -> Result<i64, tokio_postgres::Error> {
    Ok(instance::checkpoint(&session.client, instance).await?.map_or(0, |checkpoint| checkpoint.position))
}

/// Events to read at once on the way from `position` to `target`.
fn limit(position: i64, target: i64) -> usize {
    usize::try_from(target - position).unwrap_or(BATCH_EVENTS).min(BATCH_EVENTS)
}

/// Applies the rest up to `target` within a transaction, and answers with the position reached.
async fn bring_to(
    transaction: &Transaction<'_>,
    projection: &dyn Projection,
    feed: &dyn Feed,
    next: &str,
    mut position: i64,
    target: i64,
) -> Result<i64, RebuildError> {
    while position < target {
        let events = delivery::read_existing(feed, position, limit(position, target)).await?;
        if !Session::apply_within(transaction, next, projection, position, &events).await? {
            return Err(RebuildError::UnderWay(projection.name()));
        }
        position = events.last().map_or(position, |last| last.position);
    }
    Ok(position)
}

async fn difference(
    transaction: &Transaction<'_>,
    live: &str,
    next: &str,
    table: &'static str,
) -> Result<Option<Difference>, tokio_postgres::Error> {
    let except = |from: &str, other: &str| {
        format!("SELECT count(*) FROM (SELECT * FROM {from}.{table} EXCEPT ALL SELECT * FROM {other}.{table}) AS rest")
    };
    let only_live = transaction.query_one(&except(live, next), &[]).await?.get(0);
    let only_rebuilt = transaction.query_one(&except(next, live), &[]).await?.get(0);
    Ok((only_live > 0 || only_rebuilt > 0).then_some(Difference { table, only_live, only_rebuilt }))
}

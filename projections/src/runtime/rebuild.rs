//! Rebuilding a read model beside the live one.
//!
//! The new tables are filled from the log in a schema of their own while the old ones serve. When
//! they have caught up they are compared row for row, and take the old ones' place in one
//! transaction. A rebuild that was stopped goes on where it was; nothing but its own schema is
//! touched before the swap. The old tables can be kept: then they can be switched back to, once they
//! have caught up with what happened since.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_schemas::feed::{Feed, FeedError};
use tokio_postgres::{IsolationLevel, Transaction};

use super::{
    ApplyError, Projection, delivery, give_way,
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

/// A throttled rebuild applies so many batches a second at least, so that its pauses are short and even.
const THROTTLED_BATCHES_PER_S: u32 = 10;
/// What a throttled rebuild was kept from doing within this time, it makes up for.
const THROTTLED_ARREARS: Duration = Duration::from_secs(1);

/// What is wanted of a rebuild.
#[derive(Clone, Debug)]
pub struct RebuildOptions {
    /// So many events a second at most, giving way to whatever else there is to do; none for as fast as it goes.
    pub events_per_s: Option<NonZeroU32>,
    /// Set to have it stop after the batch that it is at.
    pub stop: Arc<AtomicBool>,
    /// Whether it takes the live one's place when it has been compared.
    pub swap: bool,
    /// Whether the live one's tables are kept then, to be switched back to.
    pub keep_previous: bool,
}

impl Default for RebuildOptions {
    fn default() -> Self {
        Self { events_per_s: None, stop: Arc::default(), swap: true, keep_previous: false }
    }
}

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
    /// There was no thread for it.
    #[error("there is no thread for a rebuild: {0}; run it again, it goes on where it was")]
    Thread(std::io::Error),
    /// There were no connections for it.
    #[error("a rebuild has no connections of its own: {0}; run it again, it goes on where it was")]
    Connections(deadpool_postgres::BuildError),
    /// It was asked to stop.
    #[error("the rebuild of {0} was stopped; the next one goes on where it was")]
    Stopped(&'static str),
    /// There is nothing to switch back to.
    #[error("no earlier tables of {0} are kept, so there is nothing to switch back to")]
    NothingKept(&'static str),
    /// What is kept was made by another release.
    #[error("the earlier tables of {name} are of version {version}; only the release that made them can use them")]
    OtherVersion {
        /// Of which read model.
        name: &'static str,
        /// The version of its tables.
        version: i32,
    },
    /// A replay cannot go back.
    #[error("{name} stands at {position} already; replay into another database")]
    Ahead {
        /// Which read model.
        name: &'static str,
        /// Where it stands.
        position: i64,
    },
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
            Self::OtherVersion { .. } | Self::Ahead { .. } => true,
            Self::UnderWay(_)
            | Self::Database(_)
            | Self::Thread(_)
            | Self::Connections(_)
            | Self::Stopped(_)
            | Self::NothingKept(_)
            | Self::Busy(_) => false,
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
    report: impl FnMut(RebuildProgress),
) -> Result<Rebuilt, RebuildError> {
    rebuild_with(projection, feed, database, &RebuildOptions::default(), report).await
}

/// The same, as it is wanted.
///
/// # Errors
/// See [`RebuildError`].
pub async fn rebuild_with(
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    database: &tokio_postgres::Config,
    options: &RebuildOptions,
    mut report: impl FnMut(RebuildProgress),
) -> Result<Rebuilt, RebuildError> {
    let next = format!("{}_next", projection.name());
    let mut session = alone(projection.as_ref(), database, &next).await?;
    if options.events_per_s.is_some() {
        give_way::ask_session(&session.client, database).await?;
    }
    let position = begin(&mut session, projection.as_ref(), &next).await?;
    let mut rebuilding = Rebuilding::new(projection, feed, session, next, position, options);
    rebuilding.catch_up(&mut report).await?;
    rebuilding.index().await?;
    let rebuilt = rebuilding.compare().await?;
    if options.swap {
        let how = if options.keep_previous { Swap::Keep } else { Swap::Replace };
        rebuilding.swap_in(how, &mut report).await?;
    }
    Ok(rebuilt)
}

/// Switches back to the tables that the last rebuild has replaced, once they have caught up. Those that
/// were live are kept in their place. Answers with the position at which that was.
///
/// # Errors
/// See [`RebuildError`].
pub async fn swap_back(
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    database: &tokio_postgres::Config,
    mut report: impl FnMut(RebuildProgress),
) -> Result<i64, RebuildError> {
    let (name, previous) = (projection.name(), previous_of(projection.name()));
    let session = alone(projection.as_ref(), database, &previous).await?;
    let kept = instance::checkpoint(&session.client, &previous).await?.ok_or(RebuildError::NothingKept(name))?;
    if kept.version != projection.version() {
        return Err(RebuildError::OtherVersion { name, version: kept.version });
    }
    let options = RebuildOptions::default();
    let mut back = Rebuilding::new(projection, feed, session, previous, kept.position, &options);
    back.catch_up(&mut report).await?;
    back.swap_in(Swap::Exchange, &mut report).await
}

/// Drops what a rebuild has kept: the tables that it replaced, and those that it has not finished. True
/// when there were any.
///
/// # Errors
/// See [`RebuildError`].
pub async fn drop_kept(projection: &dyn Projection, database: &tokio_postgres::Config) -> Result<bool, RebuildError> {
    let next = format!("{}_next", projection.name());
    let session = alone(projection, database, &next).await?;
    let mut had_any = false;
    for instance in [next, previous_of(projection.name())] {
        had_any |= instance::checkpoint(&session.client, &instance).await?.is_some();
        discard(&session, &instance).await?;
    }
    Ok(had_any)
}

/// The instance that holds the tables which a rebuild has replaced.
fn previous_of(name: &str) -> String {
    format!("{name}_previous")
}

/// A session on `instance` that nobody else has who rebuilds, switches back or drops.
async fn alone(
    projection: &dyn Projection,
    database: &tokio_postgres::Config,
    instance: &str,
) -> Result<Session, RebuildError> {
    let session = Session::connect(database, instance).await?;
    let lock = format!("{}_next", projection.name());
    // Held by the connection, so it ends with this rebuild however that ends.
    let alone: bool = session.client.query_one("SELECT pg_try_advisory_lock(hashtext($1))", &[&lock]).await?.get(0);
    if alone { Ok(session) } else { Err(RebuildError::UnderWay(projection.name())) }
}

/// Makes the new tables, or finds those of a rebuild that was stopped. Answers with how far they are.
async fn begin(session: &mut Session, projection: &dyn Projection, next: &str) -> Result<i64, RebuildError> {
    let live = instance::ensure(&mut session.client, projection, projection.name(), Indexes::Now).await?;
    let mut checkpoint = instance::ensure(&mut session.client, projection, next, Indexes::Later).await?;
    // What another version left, or one that is ahead of the live one, is of no use.
    if checkpoint.version != projection.version() || checkpoint.position > live.position {
        discard(session, next).await?;
        checkpoint = instance::ensure(&mut session.client, projection, next, Indexes::Later).await?;
    }
    Ok(checkpoint.position)
}

/// Keeps a rebuild from going faster than it may.
struct Pace {
    events_per_s: Option<NonZeroU32>,
    due: Instant,
}

impl Pace {
    fn of(events_per_s: Option<NonZeroU32>) -> Self {
        Self { events_per_s, due: Instant::now() }
    }

    /// Events that one batch may have.
    fn batch(&self) -> usize {
        let throttled = |rate: NonZeroU32| (rate.get() / THROTTLED_BATCHES_PER_S).max(1) as usize;
        self.events_per_s.map_or(BATCH_EVENTS, |rate| throttled(rate).min(BATCH_EVENTS))
    }

    /// Waits as long as these events should have taken.
    async fn keep(&mut self, events: usize) {
        let Some(rate) = self.events_per_s else { return };
        let oldest_due = Instant::now().checked_sub(THROTTLED_ARREARS).unwrap_or(self.due);
        self.due = self.due.max(oldest_due) + Duration::from_secs_f64(events as f64 / f64::from(rate.get()));
        tokio::time::sleep_until(self.due.into()).await;
    }
}

/// What becomes of the old tables when others take their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swap {
    /// They are dropped.
    Replace,
    /// They are kept, instead of those that were kept before.
    Keep,
    /// They take the place of those that come.
    Exchange,
}

struct Rebuilding<'a> {
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    ahead: delivery::Ahead,
    session: Session,
    next: String,
    position: i64,
    pace: Pace,
    options: &'a RebuildOptions,
}

impl<'a> Rebuilding<'a> {
    fn new(
        projection: Arc<dyn Projection>,
        feed: Arc<dyn Feed>,
        session: Session,
        next: String,
        position: i64,
        options: &'a RebuildOptions,
    ) -> Self {
        let pace = Pace::of(options.events_per_s);
        let ahead = delivery::Ahead::new(feed.clone(), pace.batch());
        Self { projection, feed, ahead, session, next, position, pace, options }
    }

    /// Makes the indexes, which cost much less once the tables are full.
    async fn index(&self) -> Result<(), RebuildError> {
        Ok(self.projection.make_indexes(&self.session.client).await?)
    }

    /// Applies what the live one has applied.
    async fn catch_up(&mut self, report: &mut impl FnMut(RebuildProgress)) -> Result<(), RebuildError> {
        loop {
            let live = position_of(&self.session, self.projection.name()).await?;
            if self.position >= live {
                return Ok(());
            }
            while self.position < live {
                if self.options.stop.load(Ordering::Relaxed) {
                    return Err(RebuildError::Stopped(self.projection.name()));
                }
                let events = self.ahead.read(self.position, live).await?;
                if !self.session.apply(self.projection.as_ref(), self.position, &events).await? {
                    self.position = position_of(&self.session, &self.next).await?;
                } else if let Some(last) = events.last() {
                    self.position = last.position;
                }
                report(RebuildProgress { position: self.position, head: live });
                self.pace.keep(events.len()).await;
            }
        }
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

    /// Tries to swap until nobody is in the way, and answers with the position at which that was.
    async fn swap_in(&mut self, how: Swap, report: &mut impl FnMut(RebuildProgress)) -> Result<i64, RebuildError> {
        for _ in 0..SWAP_ATTEMPTS {
            if let Some(position) = self.swap(how).await? {
                return Ok(position);
            }
            tokio::time::sleep(SWAP_DELAY).await;
            self.catch_up(report).await?;
        }
        Err(RebuildError::Busy(self.projection.name()))
    }

    /// Puts the new tables in the place of the old ones. None when the old ones were in use. The
    /// live read model is held still for it and the new one brought to its very position, so that
    /// nobody who reads sees time go backwards.
    async fn swap(&mut self, how: Swap) -> Result<Option<i64>, RebuildError> {
        let name = self.projection.name();
        let transaction = self.session.client.transaction().await?;
        transaction.batch_execute(&format!("SET LOCAL lock_timeout = {SWAP_LOCK_TIMEOUT_MS}")).await?;
        let live = match instance::hold(&transaction, name).await {
            Ok(live) => live,
            Err(error) => return in_use(error),
        };
        let (projection, feed) = (self.projection.as_ref(), self.feed.as_ref());
        bring_to(&transaction, projection, feed, &self.next, self.position, live).await?;
        match transaction.batch_execute(&swap_sql(how, name, &self.next)).await {
            Ok(()) => {
                transaction.commit().await?;
                Ok(Some(live))
            }
            Err(error) => in_use(error),
        }
    }
}

fn swap_sql(how: Swap, name: &str, next: &str) -> String {
    let (aside, previous) = (format!("{name}_aside"), previous_of(name));
    match how {
        Swap::Replace => [dropped(name), renamed(next, name)].concat(),
        Swap::Keep => [dropped(&previous), renamed(name, &previous), renamed(next, name)].concat(),
        Swap::Exchange => [renamed(name, &aside), renamed(next, name), renamed(&aside, next)].concat(),
    }
}

fn dropped(instance: &str) -> String {
    format!(
        "DROP SCHEMA IF EXISTS {instance} CASCADE;
         DELETE FROM public.projection_checkpoint WHERE instance = '{instance}';"
    )
}

fn renamed(from: &str, to: &str) -> String {
    format!(
        "ALTER SCHEMA {from} RENAME TO {to};
         UPDATE public.projection_checkpoint SET instance = '{to}' WHERE instance = '{from}';"
    )
}

fn in_use(error: tokio_postgres::Error) -> Result<Option<i64>, RebuildError> {
    use tokio_postgres::error::SqlState;
    match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED) => Ok(None),
        _ => Err(error.into()),
    }
}

async fn discard(session: &Session, next: &str) -> Result<(), tokio_postgres::Error> {
    session.client.batch_execute(&format!("BEGIN; {} COMMIT;", dropped(next))).await
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

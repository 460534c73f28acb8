//! Rebuilds as whoever runs an installation sees them: which there are, how far, and what came of them.
//!
//! A rebuild runs in the process that was asked for it, a server or a command. What it says of itself
//! lies in a table, so that every other process can show it, and ask it to stop.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use albumen_schemas::feed::Feed;
use chrono::{DateTime, TimeDelta, Utc};
use deadpool_postgres::Pool;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Projection, ReadError, RebuildError, RebuildOptions, RebuildProgress, Rebuilt, give_way, query,
    rebuild::{drop_kept, rebuild_with, swap_back},
};

/// How often a rebuild says how far it is, and looks whether it should stop.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// One that has said nothing for so long is not running any more, whatever it said last.
const SILENCE: TimeDelta = TimeDelta::seconds(15);

/// How a rebuild stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildState {
    /// It is under way.
    Running,
    /// Its process ended in the middle; the next one goes on where it was.
    Interrupted,
    /// It was asked to stop; the next one goes on where it was.
    Cancelled,
    /// It came to nothing.
    Failed,
    /// It is done and was compared, and waits to be swapped in.
    Built,
    /// It is live.
    Swapped,
    /// The tables before it are live again.
    SwappedBack,
}

impl RebuildState {
    const ALL: [Self; 7] = [
        Self::Running,
        Self::Interrupted,
        Self::Cancelled,
        Self::Failed,
        Self::Built,
        Self::Swapped,
        Self::SwappedBack,
    ];

    /// The stored name, which is also that of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Built => "built",
            Self::Swapped => "swapped",
            Self::SwappedBack => "swapped-back",
        }
    }

    fn of(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Failed)
    }
}

/// What is known of the last rebuild of a read model.
#[derive(Clone, Debug, PartialEq)]
pub struct RebuildStatus {
    /// Of which read model.
    pub read_model: String,
    /// How it stands.
    pub state: RebuildState,
    /// Events applied so far.
    pub position: i64,
    /// How far it has to go.
    pub target: i64,
    /// Events applied a second, lately.
    pub events_per_s: f64,
    /// The most it may apply a second, if it was throttled.
    pub throttle_events_per_s: Option<i32>,
    /// Position at which the two were compared.
    pub compared_at: Option<i64>,
    /// Tables that differed: their names, and how many rows only the old and only the new one had.
    pub differences: Value,
    /// Why it came to nothing.
    pub failure: Option<String>,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When it last said something.
    pub updated_at: DateTime<Utc>,
}

impl RebuildStatus {
    /// How long it will still take at its present rate; none when nothing moves.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let is_moving = self.state == RebuildState::Running && self.events_per_s > 0.0;
        is_moving.then(|| (self.target - self.position).max(0) as f64 / self.events_per_s)
    }
}

/// Runs rebuilds and keeps account of them.
#[derive(Clone)]
pub struct Rebuilds {
    pool: Pool,
    database: tokio_postgres::Config,
    feed: Arc<dyn Feed>,
    feed_over: FeedOver,
}

/// Makes a feed of the log that reads by these connections.
pub type FeedOver = Arc<dyn Fn(Pool) -> Arc<dyn Feed> + Send + Sync>;

/// Has a rebuild stop when whoever asked for it is gone.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a rebuild says of itself while it runs.
#[derive(Default)]
struct Account {
    position: AtomicI64,
    target: AtomicI64,
}

impl Rebuilds {
    /// Rebuilds in a database, from what `feed` brings; those that give way from what `feed_over` makes.
    #[must_use]
    pub fn new(pool: Pool, database: tokio_postgres::Config, feed: Arc<dyn Feed>, feed_over: FeedOver) -> Self {
        Self { pool, database, feed, feed_over }
    }

    /// The last rebuild of each read model that had one.
    ///
    /// # Errors
    /// The database is away.
    pub async fn statuses(&self) -> Result<Vec<RebuildStatus>, ReadError> {
        let sql = "SELECT read_model, state, position, target, events_per_s, throttle_events_per_s, compared_at,
                          differences, failure, started_at, updated_at
                   FROM public.rebuild ORDER BY read_model";
        let now = Utc::now();
        query(&self.pool, sql, &[], |row| {
            let updated_at: DateTime<Utc> = row.get(10);
            let state = match RebuildState::of(row.get(1)) {
                RebuildState::Running if updated_at + SILENCE < now => RebuildState::Interrupted,
                state => state,
            };
            RebuildStatus {
                read_model: row.get(0),
                state,
                position: row.get(2),
                target: row.get(3),
                events_per_s: row.get(4),
                throttle_events_per_s: row.get(5),
                compared_at: row.get(6),
                differences: row.get(7),
                failure: row.get(8),
                started_at: row.get(9),
                updated_at,
            }
        })
        .await
    }

    /// Whether a rebuild of it is under way, wherever.
    ///
    /// # Errors
    /// The database is away.
    pub async fn is_running(&self, read_model: &str) -> Result<bool, ReadError> {
        let statuses = self.statuses().await?;
        let running = statuses.iter().find(|status| status.read_model == read_model);
        Ok(running.is_some_and(|status| status.state == RebuildState::Running))
    }

    /// Asks the rebuild of a read model to stop, wherever it runs. False when none is under way.
    ///
    /// # Errors
    /// The database is away.
    pub async fn cancel(&self, read_model: &str) -> Result<bool, ReadError> {
        if !self.is_running(read_model).await? {
            return Ok(false);
        }
        self.execute("UPDATE public.rebuild SET stop_requested = true WHERE read_model = $1", &[&read_model]).await?;
        Ok(true)
    }

    /// Rebuilds a read model; what it replaces is kept. It ends when the rebuild does.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn run(
        &self,
        projection: Arc<dyn Projection>,
        events_per_s: Option<NonZeroU32>,
        swap: bool,
        mut report: impl FnMut(RebuildProgress),
    ) -> Result<Rebuilt, RebuildError> {
        let name = projection.name();
        if self.is_running(name).await? {
            return Err(RebuildError::UnderWay(name));
        }
        self.note_start(name, events_per_s).await?;
        let options = RebuildOptions { events_per_s, swap, keep_previous: true, ..RebuildOptions::default() };
        let account = Arc::new(Account::default());
        let accountant = tokio::spawn(self.clone().keep_account(name, account.clone(), options.stop.clone()));
        let report = |progress: RebuildProgress| {
            account.position.store(progress.position, Ordering::Relaxed);
            account.target.store(progress.head, Ordering::Relaxed);
            report(progress);
        };
        let outcome = match events_per_s {
            None => rebuild_with(projection, self.feed.clone(), &self.database, &options, report).await,
            Some(_) => self.give_way(projection, options, report).await,
        };
        accountant.abort();
        self.note_end(name, &account, swap, &outcome).await?;
        outcome
    }

    /// Rebuilds beside requests that go before. When nobody waits for it any more, it stops.
    async fn give_way(
        &self,
        projection: Arc<dyn Projection>,
        options: RebuildOptions,
        mut report: impl FnMut(RebuildProgress),
    ) -> Result<Rebuilt, RebuildError> {
        let (feed_over, database) = (self.feed_over.clone(), self.database.clone());
        let _stop = StopOnDrop(options.stop.clone());
        let (tell, mut told) = watch::channel(RebuildProgress { position: 0, head: 0 });
        let rebuilding = give_way::on_own_thread(move || async move {
            let feed = feed_over(give_way::connections(&database).map_err(RebuildError::Connections)?);
            rebuild_with(projection, feed, &database, &options, |progress| {
                tell.send_replace(progress);
            })
            .await
        });
        tokio::pin!(rebuilding);
        loop {
            tokio::select! {
                Ok(()) = told.changed() => report(*told.borrow_and_update()),
                outcome = &mut rebuilding => {
                    report(*told.borrow());
                    return outcome.map_err(RebuildError::Thread)?;
                }
            }
        }
    }

    /// Switches back to the tables that the last rebuild has replaced.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn swap_back(&self, projection: Arc<dyn Projection>) -> Result<i64, RebuildError> {
        let name = projection.name();
        let position = swap_back(projection, self.feed.clone(), &self.database, |_| {}).await?;
        let sql = "UPDATE public.rebuild SET state = $2, updated_at = now() WHERE read_model = $1";
        self.execute(sql, &[&name, &RebuildState::SwappedBack.as_str()]).await?;
        Ok(position)
    }

    /// Drops what rebuilds have kept or left of a read model. True when there was anything.
    ///
    /// # Errors
    /// See [`RebuildError`].
    pub async fn drop_kept(&self, projection: &dyn Projection) -> Result<bool, RebuildError> {
        drop_kept(projection, &self.database).await
    }

    async fn execute(
        &self,
        sql: &str,
        parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<(), ReadError> {
        let client = self.pool.get().await?;
        client.execute(sql, parameters).await?;
        Ok(())
    }

    async fn note_start(&self, name: &str, events_per_s: Option<NonZeroU32>) -> Result<(), ReadError> {
        let throttle = events_per_s.map(|rate| i32::try_from(rate.get()).unwrap_or(i32::MAX));
        let sql = "INSERT INTO public.rebuild (read_model, state, throttle_events_per_s) VALUES ($1, 'running', $2)
                   ON CONFLICT (read_model) DO UPDATE SET
                       state = 'running', stop_requested = false, position = 0, target = 0, events_per_s = 0,
                       throttle_events_per_s = excluded.throttle_events_per_s, compared_at = NULL,
                       differences = '[]', failure = NULL, started_at = now(), updated_at = now()";
        self.execute(sql, &[&name, &throttle]).await
    }

    /// Says how far it is, and stops it when somebody asks.
    async fn keep_account(self, name: &'static str, account: Arc<Account>, stop: Arc<AtomicBool>) {
        let (mut last, mut last_at) = (None, Instant::now());
        loop {
            tokio::time::sleep(REPORT_INTERVAL).await;
            let position = account.position.load(Ordering::Relaxed);
            let target = account.target.load(Ordering::Relaxed);
            let applied = position - last.unwrap_or(position);
            let rate = applied as f64 / last_at.elapsed().as_secs_f64();
            (last, last_at) = (Some(position), Instant::now());
            let sql = "UPDATE public.rebuild SET position = $2, target = $3, events_per_s = $4, updated_at = now()
                       WHERE read_model = $1 RETURNING stop_requested";
            match query(&self.pool, sql, &[&name, &position, &target, &rate], |row| row.get(0)).await {
                Ok(requested) if requested.first() == Some(&true) => stop.store(true, Ordering::Relaxed),
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "the account of a rebuild could not be kept"),
            }
        }
    }

    async fn note_end(
        &self,
        name: &str,
        account: &Account,
        swap: bool,
        outcome: &Result<Rebuilt, RebuildError>,
    ) -> Result<(), ReadError> {
        let (state, failure) = match outcome {
            Ok(_) if swap => (RebuildState::Swapped, None),
            Ok(_) => (RebuildState::Built, None),
            Err(RebuildError::Stopped(_)) => (RebuildState::Cancelled, None),
            Err(error) => (RebuildState::Failed, Some(error.to_string())),
        };
        let rebuilt = outcome.as_ref().ok();
        let differences = rebuilt.map_or_else(Vec::new, |rebuilt| rebuilt.differences.clone());
        let differences: Value = differences
            .into_iter()
            .map(|one| json!({"table": one.table, "onlyLive": one.only_live, "onlyRebuilt": one.only_rebuilt}))
            .collect();
        let (position, target) = (account.position.load(Ordering::Relaxed), account.target.load(Ordering::Relaxed));
        let sql = "UPDATE public.rebuild SET state = $2, failure = $3, compared_at = $4, differences = $5,
                       position = greatest(position, $6), target = greatest(target, $7), updated_at = now()
                   WHERE read_model = $1";
        let compared_at = rebuilt.and_then(|rebuilt| rebuilt.compared_at);
        self.execute(sql, &[&name, &state.as_str(), &failure, &compared_at, &differences, &position, &target]).await
    }
}

impl From<ReadError> for RebuildError {
    fn from(error: ReadError) -> Self {
        Self::Feed(albumen_schemas::feed::FeedError::Unavailable(error.to_string()))
    }
}

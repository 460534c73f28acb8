//! A read model that follows the log.
//!
//! Events are applied in batches; the checkpoint moves in the same transaction by compare-and-set.
//! So delivery may repeat and its effect doesn't, and of two readers of one instance only one can
//! move it. An event that cannot be applied stops the read model at its position, loudly.
//!
//! Of all processes that follow, one applies at a time: the one whose connection holds the lock
//! (`leadership`). The others stand by and take over when it is gone.

use std::{cmp::Ordering, sync::Arc, time::Duration};

use albumen_domain::Recorded;
use albumen_schemas::{
    feed::{Feed, FeedError, PIECE_EVENTS},
    leadership::{self, STANDBY_INTERVAL},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_postgres::Client;

use super::{ApplyError, Projection, Writer, delivery, instance, rebuild::rebuild, writer::StatementCache};

/// Events applied in one transaction at most: read models that catch up together share what is read.
const BATCH_EVENTS: usize = PIECE_EVENTS;
/// Events that were passed over are noted in the checkpoint when nothing follows for this long:
/// other processes wait for the checkpoint, but not longer than they notice.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(20);
/// So many events may be passed over before the checkpoint says so: a restart reads them again.
const MAX_UNNOTED_EVENTS: i64 = 20_000;
/// Between attempts when the database or the log is away.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// A read model that stands still looks again now and then, in case a new release can go on.
const FAILED_DELAY: Duration = Duration::from_secs(60);
/// How often it looks whether somebody asked it to try again.
const RETRY_POLL: Duration = Duration::from_secs(1);

/// How far a read model has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Position of the last event in it.
    pub position: i64,
    /// What of that the checkpoint says, which other processes look at: it is a moment late with
    /// events that do not matter to this read model.
    pub noted: i64,
    /// Why it stands still, if it does.
    pub failure: Option<String>,
    /// Counts the times that this process became the one that applies to it; none while another
    /// one does.
    pub term: Option<u64>,
}

impl Progress {
    const fn at(position: i64) -> Self {
        Self { position, noted: position, failure: None, term: None }
    }

    /// Progress of which nothing is known yet but a position that stands for that.
    pub(crate) const fn unknown(position: i64) -> Self {
        Self::at(position)
    }
}

/// Progress that more than one may report: who applies, and who hears of others that do.
pub(crate) type Reported = Arc<watch::Sender<Progress>>;

/// A read model that follows the log in the background.
pub struct Subscription {
    progress: Reported,
    task: JoinHandle<()>,
}

impl Subscription {
    /// How far it has come, to look at or to wait for.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Where others may report what they hear.
    pub(crate) const fn reported(&self) -> &Reported {
        &self.progress
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Called after a batch is committed and before its position is told to those who wait.
pub type Listener = Arc<dyn Fn(&[Arc<Recorded>]) + Send + Sync>;

/// Starts following the log from the checkpoint.
///
/// # Errors
/// The instance could not be made: the database is away.
pub async fn follow(
    projection: Arc<dyn Projection>,
    feed: Arc<dyn Feed>,
    database: tokio_postgres::Config,
    listener: Listener,
) -> Result<Subscription, tokio_postgres::Error> {
    let mut session = Session::connect(&database, projection.name()).await?;
    let checkpoint =
        instance::ensure(&mut session.client, projection.as_ref(), projection.name(), instance::Indexes::Now).await?;
    if checkpoint.version < projection.version() {
        tracing::info!(
            projection = projection.name(),
            from = checkpoint.version,
            to = projection.version(),
            "a read model has a new version: it is rebuilt beside the old one"
        );
    }
    let progress = Arc::new(watch::Sender::new(Progress::at(checkpoint.position)));
    let follower = Follower { projection, source: feed, database, listener, progress: progress.clone(), terms: 0 };
    Ok(Subscription { progress, task: tokio::spawn(follower.run(session)) })
}

/// A connection whose search path is one instance.
pub(super) struct Session {
    pub(super) client: Client,
    statements: StatementCache,
    instance: String,
    /// Ends with the connection.
    connection: JoinHandle<()>,
    is_audited: bool,
}

impl Session {
    pub(super) async fn connect(
        database: &tokio_postgres::Config,
        instance: &str,
    ) -> Result<Self, tokio_postgres::Error> {
        let mut database = database.clone();
        // At most 63 characters, of which the first count.
        database.application_name(format!("albumen {instance} {}", leadership::process_name()));
        let (client, connection) = leadership::connect(&database).await?;
        // The log is the truth: what a crash takes back is applied again from the checkpoint.
        client.batch_execute(&format!("SET search_path = {instance}; SET synchronous_commit = off;")).await?;
        let is_audited = !instance.ends_with("_next") && instance::is_audited(&client).await?;
        Ok(Self { client, statements: StatementCache::new(), instance: instance.to_owned(), connection, is_audited })
    }

    /// Applies a batch that follows `position`. False when somebody else moved the checkpoint.
    pub(super) async fn apply(
        &mut self,
        projection: &dyn Projection,
        position: i64,
        events: &[Arc<Recorded>],
    ) -> Result<bool, ApplyError> {
        let Some(last) = events.last() else { return Ok(true) };
        let transaction = self.client.transaction().await?;
        if !instance::advance(&transaction, &self.instance, projection.version(), position, last.position).await? {
            return Ok(false);
        }
        if self.is_audited {
            instance::audit(&transaction, &self.instance, position, last.position).await?;
        }
        apply_what_concerns(projection, &mut Writer::new(&transaction, &mut self.statements), events).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Moves the checkpoint over events that do not matter. False when somebody else moved it.
    async fn note(&mut self, projection: &dyn Projection, from: i64, to: i64) -> Result<bool, ApplyError> {
        if from == to {
            return Ok(true);
        }
        if !self.is_audited {
            return Ok(instance::advance(&self.client, &self.instance, projection.version(), from, to).await?);
        }
        let transaction = self.client.transaction().await?;
        let is_moved = instance::advance(&transaction, &self.instance, projection.version(), from, to).await?;
        if is_moved {
            instance::audit(&transaction, &self.instance, from, to).await?;
        }
        transaction.commit().await?;
        Ok(is_moved)
    }

    /// Like [`Self::apply`], inside a transaction that the caller ends.
    pub(super) async fn apply_within(
        transaction: &tokio_postgres::Transaction<'_>,
        instance: &str,
        projection: &dyn Projection,
        position: i64,
        events: &[Arc<Recorded>],
    ) -> Result<bool, ApplyError> {
        let Some(last) = events.last() else { return Ok(true) };
        if !instance::advance(transaction, instance, projection.version(), position, last.position).await? {
            return Ok(false);
        }
        let mut statements = StatementCache::new();
        apply_what_concerns(projection, &mut Writer::new(transaction, &mut statements), events).await?;
        Ok(true)
    }
}

async fn apply_what_concerns(
    projection: &dyn Projection,
    writer: &mut Writer<'_>,
    events: &[Arc<Recorded>],
) -> Result<(), ApplyError> {
    let mine: Vec<Arc<Recorded>> = events.iter().filter(|event| projection.concerns(event)).cloned().collect();
    if mine.is_empty() { Ok(()) } else { projection.apply(writer, &mine).await }
}

struct Follower {
    projection: Arc<dyn Projection>,
    /// All readers' feed, which may give each of them one of its own.
    source: Arc<dyn Feed>,
    database: tokio_postgres::Config,
    listener: Listener,
    progress: Reported,
    terms: u64,
}

/// Says that this process applies to a read model, until it is dropped.
struct Term<'a>(&'a Reported);

impl<'a> Term<'a> {
    fn begin(progress: &'a Reported, number: u64) -> Self {
        progress.send_modify(|progress| progress.term = Some(number));
        Self(progress)
    }
}

impl Drop for Term<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|progress| progress.term = None);
    }
}

impl Follower {
    /// A new release may bring a new version of the read model. The old tables serve until the new
    /// ones are complete. Answers with the checkpoint's position, or why there is no going on.
    async fn upgrade(&self, session: &Session) -> Result<i64, Stopped> {
        let name = self.projection.name();
        loop {
            let checkpoint = instance::checkpoint(&session.client, name)
                .await
                .map_err(|error| Stopped::ForNow(super::describe(&error)))?
                .ok_or_else(|| Stopped::ForNow(format!("the checkpoint of {name} is gone")))?;
            match checkpoint.version.cmp(&self.projection.version()) {
                Ordering::Equal => return Ok(checkpoint.position),
                Ordering::Greater => return Err(Stopped::Outdated(outdated(name, checkpoint.version))),
                Ordering::Less => {}
            }
            if let Err(error) = rebuild(self.projection.clone(), self.source.clone(), &self.database, |_| {}).await {
                let reason = format!("the rebuild for a new version failed: {error}");
                let for_good = if error.is_permanent() { Stopped::ForGood } else { Stopped::ForNow };
                return Err(for_good(reason));
            }
        }
    }

    async fn run(mut self, session: Session) {
        let mut session = Some(session);
        loop {
            let connected = match session.take() {
                Some(connected) => Ok(connected),
                None => Session::connect(&self.database, self.projection.name()).await,
            };
            let served = match connected {
                Ok(connected) => self.serve(connected).await,
                Err(error) => Err(error),
            };
            if let Err(error) = served {
                tracing::debug!(projection = self.projection.name(), error = super::describe(&error), "no database");
            }
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Waits for its turn, and applies for as long as the connection lives.
    async fn serve(&mut self, mut session: Session) -> Result<(), tokio_postgres::Error> {
        let name = self.projection.name();
        let task = leadership::projection_task(name);
        loop {
            // A new version is built beside the old one, whose readers keep their turn until it is there.
            if let Err(stopped) = self.upgrade(&session).await {
                self.pause(&session, stopped).await;
                return Ok(());
            }
            if leadership::try_hold(&session.client, &task).await? {
                break;
            }
            if let Some(checkpoint) = instance::checkpoint(&session.client, name).await? {
                heard(&self.progress, checkpoint.position, checkpoint.failure);
            }
            tokio::time::sleep(STANDBY_INTERVAL).await;
        }
        self.terms += 1;
        let feed = self.source.for_reader(name).unwrap_or_else(|| self.source.clone());
        let _term = Term::begin(&self.progress, self.terms);
        while !session.client.is_closed() {
            let stopped = self.follow(&mut session, feed.as_ref()).await;
            if matches!(stopped, Stopped::Outdated(_)) {
                // The turn ends with the connection, so that the newer release can have it.
                return Ok(());
            }
            self.pause(&session, stopped).await;
        }
        Ok(())
    }

    /// Applies batches until something is wrong.
    async fn follow(&self, session: &mut Session, feed: &dyn Feed) -> Stopped {
        let mut head = feed.head();
        loop {
            // Looked at again whenever somebody else has moved the checkpoint (a rebuild was
            // swapped in, say).
            let position = match self.upgrade(session).await {
                Ok(position) => position,
                Err(stopped) => return stopped,
            };
            self.report(position, position);
            if let Some(stopped) = self.follow_from(session, feed, position, &mut head).await {
                return stopped;
            }
        }
    }

    async fn follow_from(
        &self,
        session: &mut Session,
        feed: &dyn Feed,
        position: i64,
        head: &mut watch::Receiver<i64>,
    ) -> Option<Stopped> {
        let mut place = Place { noted: position, reached: position };
        loop {
            let step = match delivery::read(feed, place.reached, BATCH_EVENTS).await {
                Ok(events) if events.is_empty() => self.idle(session, &mut place, head).await,
                Ok(events) => self.take_in(session, &mut place, &events).await,
                Err(FeedError::Unavailable(reason)) => return Some(Stopped::ForNow(reason)),
                Err(error @ FeedError::Poison { .. }) => return Some(Stopped::ForGood(error.to_string())),
            };
            match step {
                Ok(true) => {}
                Ok(false) => return None,
                Err(stopped) => return Some(stopped),
            }
        }
    }

    /// Waits for something to read. False when somebody else moved the checkpoint.
    async fn idle(
        &self,
        session: &mut Session,
        place: &mut Place,
        head: &mut watch::Receiver<i64>,
    ) -> Result<bool, Stopped> {
        let reached = place.reached;
        let newer = async { head.wait_for(|head| *head > reached).await.is_ok() };
        let there_is_more = if place.noted == reached {
            tokio::select! {
                there_is_more = newer => there_is_more,
                // With it this process has lost its turn.
                _ = &mut session.connection => {
                    return Err(Stopped::ForNow("the connection to the database ended".to_owned()));
                }
            }
        } else {
            match tokio::time::timeout(CHECKPOINT_DELAY, newer).await {
                Ok(there_is_more) => there_is_more,
                Err(_) => return self.note(session, place).await,
            }
        };
        if there_is_more { Ok(true) } else { Err(Stopped::ForNow("the log's feed has ended".to_owned())) }
    }

    async fn note(&self, session: &mut Session, place: &mut Place) -> Result<bool, Stopped> {
        let is_noted =
            session.note(self.projection.as_ref(), place.noted, place.reached).await.map_err(Stopped::from)?;
        place.noted = place.reached;
        self.progress.send_modify(|progress| progress.noted = place.noted);
        Ok(is_noted)
    }

    /// Applies what was read, or passes it over. False when somebody else moved the checkpoint.
    async fn take_in(
        &self,
        session: &mut Session,
        place: &mut Place,
        events: &[Arc<Recorded>],
    ) -> Result<bool, Stopped> {
        let Some(last) = events.last() else { return Ok(true) };
        if events.iter().any(|event| self.projection.concerns(event)) {
            let is_applied = self.apply(session, place.noted, events).await.map_err(Stopped::from)?;
            *place = Place { noted: last.position, reached: last.position };
            return Ok(is_applied);
        }
        place.reached = last.position;
        self.tell(events, place.noted);
        if place.reached - place.noted > MAX_UNNOTED_EVENTS { self.note(session, place).await } else { Ok(true) }
    }

    /// Applies a batch; one that fails for good is applied event by event, so that all before the
    /// fault are applied and the fault's own position is named.
    async fn apply(&self, session: &mut Session, position: i64, events: &[Arc<Recorded>]) -> Result<bool, ApplyError> {
        match self.apply_at_once(session, position, events).await {
            Err(error) if error.is_permanent() => {}
            outcome => return outcome,
        }
        let mut before = position;
        for event in events {
            match self.apply_at_once(session, before, std::slice::from_ref(event)).await {
                Ok(true) => before = event.position,
                Ok(false) => return Ok(false),
                Err(error @ ApplyError::Database(_)) if error.is_permanent() => {
                    return Err(ApplyError::Poison { position: event.position, reason: error.to_string() });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Applies events in one transaction, and tells of them.
    async fn apply_at_once(
        &self,
        session: &mut Session,
        position: i64,
        events: &[Arc<Recorded>],
    ) -> Result<bool, ApplyError> {
        let is_applied = session.apply(self.projection.as_ref(), position, events).await?;
        if let Some(last) = events.last().filter(|_| is_applied) {
            self.tell(events, last.position);
        }
        Ok(is_applied)
    }

    fn tell(&self, events: &[Arc<Recorded>], noted: i64) {
        let Some(last) = events.last() else { return };
        (self.listener)(events);
        self.report(last.position, noted);
    }

    fn report(&self, position: i64, noted: i64) {
        let term = Some(self.terms);
        self.progress.send_replace(Progress { noted, term, ..Progress::at(position) });
    }

    async fn pause(&self, session: &Session, stopped: Stopped) {
        let projection = self.projection.name();
        match stopped {
            Stopped::ForNow(reason) => {
                tracing::warn!(projection, reason, "a read model waits for the database or the log");
                tokio::time::sleep(RETRY_DELAY).await;
            }
            Stopped::ForGood(reason) => {
                tracing::error!(projection, reason, "a read model stands still: an event cannot be applied");
                if let Err(error) = instance::fail(&session.client, projection, &reason).await {
                    tracing::warn!(projection, error = super::describe(&error), "the failure could not be noted");
                }
                self.progress.send_modify(|progress| progress.failure = Some(reason));
                await_retry(session, projection).await;
            }
            Stopped::Outdated(reason) => {
                tracing::error!(projection, reason, "a read model is left to a newer release");
                self.progress.send_modify(|progress| progress.failure = Some(reason));
                tokio::time::sleep(FAILED_DELAY).await;
            }
        }
    }
}

/// Where a reader is: what it has taken in, and what of that the checkpoint says.
struct Place {
    noted: i64,
    reached: i64,
}

impl From<ApplyError> for Stopped {
    fn from(error: ApplyError) -> Self {
        let stopped = if error.is_permanent() { Self::ForGood } else { Self::ForNow };
        stopped(error.to_string())
    }
}

/// Notes what another process has reached; older news than what is known count for nothing.
pub(crate) fn heard(progress: &Reported, position: i64, failure: Option<String>) {
    progress.send_if_modified(|progress| {
        let is_news = progress.term.is_none()
            && (position > progress.position || (position == progress.position && failure != progress.failure));
        if is_news {
            *progress = Progress { failure, ..Progress::at(position) };
        }
        is_news
    });
}

/// Waits until a read model that stands still is worth another try: somebody took its failure
/// away, or much time has passed.
async fn await_retry(session: &Session, projection: &str) {
    let asked = async {
        loop {
            tokio::time::sleep(RETRY_POLL).await;
            match instance::checkpoint(&session.client, projection).await {
                Ok(Some(checkpoint)) if checkpoint.failure.is_some() => {}
                _ => return,
            }
        }
    };
    let _ = tokio::time::timeout(FAILED_DELAY, asked).await;
}

/// Why a read model does not go on.
enum Stopped {
    /// Trying again soon can help.
    ForNow(String),
    /// An event cannot be applied.
    ForGood(String),
    /// Its tables belong to a newer release by now, whose checkpoint is not ours to write in.
    Outdated(String),
}

fn outdated(name: &str, version: i32) -> String {
    format!("{name} is of version {version}: run the newer release that made it, or rebuild {name} with this one")
}

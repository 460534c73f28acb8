//! The one writer of the log in this process.
//!
//! Appends that wait are joined into one transaction, so they share its commit. Inside it, always
//! in this order, so that nothing can deadlock with another process: new keys, claims (sorted),
//! the head locked, versions checked, the events, the head moved, commit. A conflict fails its
//! own append only.
//!
//! A connection that breaks is replaced and the batch written again, once. Where it broke during
//! the commit, the database is first asked what became of the transaction, so that an append is
//! never written twice, and never reported as failed while its events stand.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_domain::{Recorded, StreamId};
use albumen_schemas::database;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Statement, Transaction, error::SqlState};

use super::{
    append::{Append, AppendError, Appended, HashedClaim, NewEvent, Waiting},
    chain::{Hash, link},
    feed::LogFeed,
};
use crate::error::{StoreError, describe};

/// Events joined into one transaction at most, so that no append waits long for others. One
/// larger append goes alone.
pub const MAX_BATCH_EVENTS: usize = 1_000;
/// Appends that may wait for the committer; more have to wait to wait.
const QUEUE_LENGTH: usize = 4_096;
/// A statement that takes longer is given up, so that a stuck database cannot hold commands, and
/// so is a transaction that idles as long, so that a stuck process cannot hold the log's head.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// Between attempts to reach the database.
const RECONNECT_DELAY: Duration = Duration::from_millis(200);
/// Attempts to write a batch: a second one hides a connection that broke while it was idle.
const WRITE_ATTEMPTS: usize = 2;
/// How long the database is asked what became of a commit; a restart after a crash fits in.
const COMMIT_INQUIRY_TIMEOUT: Duration = Duration::from_secs(30);

/// Hands appends to the committer.
#[derive(Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
}

impl Appender {
    /// Starts the committer on a connection of its own. It ends when the last appender is dropped.
    #[must_use]
    pub fn start(config: tokio_postgres::Config, feed: Arc<LogFeed>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_LENGTH);
        tokio::spawn(Committer { config, feed, session: None }.run(waiting));
        Self { queue }
    }

    /// Writes an append; returns once it is safely on disk.
    ///
    /// # Errors
    /// See [`AppendError`].
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the server is stopping".to_owned());
        self.queue.send(Waiting { append, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

struct Session {
    client: Client,
    statements: Statements,
}

struct Statements {
    owners: Statement,
    salts: Statement,
    release: Statement,
    take: Statement,
    holders: Statement,
    lock: Statement,
    versions: Statement,
    insert: Statement,
    advance: Statement,
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            owners: client.prepare(include_str!("sql/insert_owner_keys.sql")).await?,
            salts: client.prepare(include_str!("sql/insert_salts.sql")).await?,
            release: client.prepare(include_str!("sql/release_claims.sql")).await?,
            take: client.prepare(include_str!("sql/take_claims.sql")).await?,
            holders: client.prepare(include_str!("sql/claim_holders.sql")).await?,
            lock: client.prepare(include_str!("sql/lock_head.sql")).await?,
            versions: client.prepare(include_str!("sql/stream_versions.sql")).await?,
            insert: client.prepare(include_str!("sql/insert_events.sql")).await?,
            advance: client.prepare(include_str!("sql/advance_head.sql")).await?,
        })
    }
}

struct Committer {
    config: tokio_postgres::Config,
    feed: Arc<LogFeed>,
    session: Option<Session>,
}

impl Committer {
    async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut held_back = None;
        loop {
            let first = match held_back.take() {
                Some(waiting) => waiting,
                None => match queue.recv().await {
                    Some(waiting) => waiting,
                    None => return,
                },
            };
            let (batch, next) = join_waiting(first, &mut queue);
            held_back = next;
            self.commit(batch).await;
        }
    }

    async fn commit(&mut self, batch: Vec<Waiting>) {
        let (appends, answers): (Vec<Append>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.append, waiting.answer)).unzip();
        match self.write(&appends).await {
            Ok(Outcome { results, recorded }) => {
                let generation = appends.iter().map(|append| append.key_generation).min().unwrap_or_default();
                self.feed.appended(recorded, generation);
                for (answer, result) in answers.into_iter().zip(results) {
                    // Who asked may be gone; what was written stands.
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                tracing::warn!(error = describe(&error), "a batch of appends could not be written");
                for answer in answers {
                    let _ = answer.send(Err(StoreError::Unavailable(describe(&error)).into()));
                }
            }
        }
    }

    async fn write(&mut self, appends: &[Append]) -> Result<Outcome, tokio_postgres::Error> {
        let mut attempt = 1;
        loop {
            let session = self.session().await?;
            let error = match write(session, appends).await {
                Ok(outcome) => return Ok(outcome),
                Err(Failure::NotWritten(error)) => error,
                Err(Failure::Unknown { error, transaction, outcome }) => {
                    if was_committed(&self.config, transaction).await {
                        self.session = None;
                        return Ok(*outcome);
                    }
                    error
                }
            };
            // Whatever it was, what is left of the old connection is not worth finding out.
            self.session = None;
            if attempt == WRITE_ATTEMPTS {
                return Err(error);
            }
            attempt += 1;
        }
    }

    async fn session(&mut self) -> Result<&mut Session, tokio_postgres::Error> {
        let session = match self.session.take().filter(|session| !session.client.is_closed()) {
            Some(session) => session,
            None => match connect(&self.config).await {
                Ok(session) => session,
                Err(error) => {
                    tokio::time::sleep(RECONNECT_DELAY).await;
                    return Err(error);
                }
            },
        };
        Ok(self.session.insert(session))
    }
}

async fn connect(config: &tokio_postgres::Config) -> Result<Session, tokio_postgres::Error> {
    let (client, connection) = database::connect(config.clone().application_name("albumen committer")).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever appends next connects again, and says so when that fails; at a stop it is nothing to warn of.
            tracing::debug!(%error, "the committer's connection to the database ended");
        }
    });
    let timeout_ms = STATEMENT_TIMEOUT.as_millis();
    client
        .batch_execute(&format!(
            "SET statement_timeout = {timeout_ms}; SET idle_in_transaction_session_timeout = {timeout_ms};
             SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan"
        ))
        .await?;
    let statements = Statements::prepare(&client).await?;
    Ok(Session { client, statements })
}

/// What waits now, up to the bound; what would exceed it comes next.
fn join_waiting(first: Waiting, queue: &mut mpsc::Receiver<Waiting>) -> (Vec<Waiting>, Option<Waiting>) {
    let mut events = first.append.events.len();
    let mut batch = vec![first];
    while let Ok(waiting) = queue.try_recv() {
        events += waiting.append.events.len();
        if events > MAX_BATCH_EVENTS {
            return (batch, Some(waiting));
        }
        batch.push(waiting);
    }
    (batch, None)
}

struct Outcome {
    results: Vec<Result<Appended, AppendError>>,
    recorded: Vec<Arc<Recorded>>,
}

/// How a batch was not written.
enum Failure {
    /// Nothing of it stands.
    NotWritten(tokio_postgres::Error),
    /// The connection broke during the commit.
    Unknown {
        error: tokio_postgres::Error,
        /// PostgreSQL's id of the transaction.
        transaction: String,
        /// What it comes to where the commit stands.
        outcome: Box<Outcome>,
    },
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::NotWritten(error)
    }
}

/// Asks what became of a transaction whose commit nobody answered. Where the database does not
/// come back in time the answer is no, and the command's caller is told that it failed.
async fn was_committed(config: &tokio_postgres::Config, transaction: String) -> bool {
    let deadline = Instant::now() + COMMIT_INQUIRY_TIMEOUT;
    while Instant::now() < deadline {
        match commit_status(config, &transaction).await.as_deref() {
            Ok("committed") => return true,
            // The old backend may not have noticed yet that nobody listens.
            Ok("in progress") => {}
            Ok(_) => return false,
            // It was lost in a crash, so wholly that its id is yet to come.
            Err(error) if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => return false,
            Err(error) => tracing::debug!(error = describe(error), "waiting for the database to ask about a commit"),
        }
        tokio::time::sleep(RECONNECT_DELAY).await;
    }
    tracing::error!(transaction, "the database did not come back to say what became of a commit");
    false
}

async fn commit_status(config: &tokio_postgres::Config, transaction: &str) -> Result<String, tokio_postgres::Error> {
    let (client, connection) = database::connect(config).await?;
    let driver = tokio::spawn(connection);
    let row = client.query_one("SELECT coalesce(pg_xact_status($1::text::xid8), '')", &[&transaction]).await;
    driver.abort();
    Ok(row?.get(0))
}

async fn write(session: &mut Session, appends: &[Append]) -> Result<Outcome, Failure> {
    let Session { client, statements } = session;
    let mut refusals: HashMap<usize, AppendError> = HashMap::new();
    loop {
        let known_refusals = refusals.len();
        let transaction = client.transaction().await?;
        store_keys(&transaction, statements, appends, &mut refusals).await?;
        let losses = settle_claims(&transaction, statements, appends, &refusals).await?;
        let head = lock_head(&transaction, statements).await?;
        check_versions(&transaction, statements, appends, &losses, &mut refusals).await?;
        for (index, loss) in losses {
            // A key lost to an append that is refused itself is not lost: that shows next time.
            if loss.rival.is_none_or(|rival| !refusals.contains_key(&rival)) {
                refusals.insert(index, loss.error);
            }
        }
        if refusals.len() > known_refusals {
            // What a refused append took or released must not decide about the others: once more
            // without it. Every round refuses at least one more, so the rounds end.
            transaction.rollback().await?;
            continue;
        }
        let placed = place(appends, &refusals, head.position, head.hash);
        insert(&transaction, statements, &placed).await?;
        let committed = transaction.commit().await;
        let outcome = placed.into_outcome(appends.len(), refusals);
        return match committed {
            Ok(()) => Ok(outcome),
            Err(error) => Err(Failure::Unknown { error, transaction: head.transaction, outcome: Box::new(outcome) }),
        };
    }
}

/// Stores new keys. A key that another process stored first fails the append that brought it: its
/// values are sealed with a key nobody has.
async fn store_keys(
    transaction: &Transaction<'_>,
    statements: &Statements,
    appends: &[Append],
    refusals: &mut HashMap<usize, AppendError>,
) -> Result<(), tokio_postgres::Error> {
    let accepted = |(index, _): &(usize, &Append)| !refusals.contains_key(index);
    let appending: Vec<_> = appends.iter().enumerate().filter(accepted).collect();
    let owners: BTreeMap<_, _> =
        appending.iter().flat_map(|(_, append)| &append.keys.owners).map(|(id, key)| (*id, key)).collect();
    let salts: BTreeMap<_, _> = appending
        .iter()
        .flat_map(|(_, append)| &append.keys.salts)
        .map(|(subject, salt)| (subject.id, (subject.owner, salt)))
        .collect();
    if owners.is_empty() && salts.is_empty() {
        return Ok(());
    }
    let (ids, keys): (Vec<_>, Vec<_>) = owners.into_iter().unzip();
    let stored_owners: HashMap<uuid::Uuid, Option<Vec<u8>>> = match ids.as_slice() {
        [] => HashMap::new(),
        _ => transaction
            .query(&statements.owners, &[&ids, &keys])
            .await?
            .into_iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect(),
    };
    let ids: Vec<_> = salts.keys().copied().collect();
    let (owners, values): (Vec<_>, Vec<_>) = salts.into_values().unzip();
    let stored_salts: HashMap<uuid::Uuid, Option<Vec<u8>>> = match ids.as_slice() {
        [] => HashMap::new(),
        _ => transaction
            .query(&statements.salts, &[&ids, &owners, &values])
            .await?
            .into_iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect(),
    };
    for (index, append) in appending {
        let kept = |stored: Option<&Option<Vec<u8>>>, key: &Vec<u8>| stored.and_then(Option::as_ref) == Some(key);
        let all_kept = append.keys.owners.iter().all(|(id, key)| kept(stored_owners.get(id), key))
            && append.keys.salts.iter().all(|(subject, salt)| kept(stored_salts.get(&subject.id), salt));
        if !all_kept {
            refusals.insert(index, AppendError::Conflict);
        }
    }
    Ok(())
}

/// An append that does not get a key it takes.
struct Loss {
    error: AppendError,
    /// The append of the same batch that gets it, if it is one of those.
    rival: Option<usize>,
}

/// Releases and takes, in the order of the keys, so that two processes which want the same keys
/// wait for each other in one direction only. Of two appends in one batch that take the same key,
/// the earlier has it. Returns those that lost, by index.
async fn settle_claims(
    transaction: &Transaction<'_>,
    statements: &Statements,
    appends: &[Append],
    refusals: &HashMap<usize, AppendError>,
) -> Result<BTreeMap<usize, Loss>, tokio_postgres::Error> {
    let accepted = appends.iter().enumerate().filter(|(index, _)| !refusals.contains_key(index));
    let mut changes: Vec<&HashedClaim> = accepted.flat_map(|(_, append)| &append.claims).collect();
    let wanted = changes.iter().filter(|claim| claim.takes).count() as u64;
    // Stable, so that the earlier stays the first; and a key is released before it is taken.
    changes.sort_by_key(claim_order);
    changes.dedup_by_key(|claim| claim_order(claim));
    let mut taken = 0;
    for run in changes.chunk_by(|one, next| one.takes == next.takes) {
        match run {
            [claim, ..] if claim.takes => taken += execute_claims(transaction, &statements.take, run).await?,
            _ => drop(execute_claims(transaction, &statements.release, run).await?),
        }
    }
    if taken == wanted {
        return Ok(BTreeMap::new());
    }
    changes.retain(|claim| claim.takes);
    let taken = Taken { holders: holders(transaction, statements, &changes).await?, tried: changes };
    Ok(taken.losses(appends, refusals))
}

fn claim_order<'a>(claim: &&'a HashedClaim) -> (&'static str, &'a [u8], bool) {
    (claim.name, claim.key.as_slice(), claim.takes)
}

async fn execute_claims(
    transaction: &Transaction<'_>,
    statement: &Statement,
    claims: &[&HashedClaim],
) -> Result<u64, tokio_postgres::Error> {
    let names: Vec<&str> = claims.iter().map(|claim| claim.name).collect();
    let keys: Vec<&[u8]> = claims.iter().map(|claim| claim.key.as_slice()).collect();
    let holders: Vec<String> = claims.iter().map(|claim| claim.holder.to_string()).collect();
    transaction.execute(statement, &[&names, &keys, &holders]).await
}

type ClaimKey<'a> = (&'static str, &'a [u8]);

/// Who holds the given claims now, in this transaction.
async fn holders(
    transaction: &Transaction<'_>,
    statements: &Statements,
    claims: &[&HashedClaim],
) -> Result<HashMap<(String, Vec<u8>), String>, tokio_postgres::Error> {
    let names: Vec<&str> = claims.iter().map(|claim| claim.name).collect();
    let keys: Vec<&[u8]> = claims.iter().map(|claim| claim.key.as_slice()).collect();
    let rows = transaction.query(&statements.holders, &[&names, &keys]).await?;
    Ok(rows.into_iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect())
}

/// What came of taking claims.
struct Taken<'a> {
    /// What was tried, each key once.
    tried: Vec<&'a HashedClaim>,
    holders: HashMap<(String, Vec<u8>), String>,
}

impl<'a> Taken<'a> {
    fn losses(&self, appends: &'a [Append], refusals: &HashMap<usize, AppendError>) -> BTreeMap<usize, Loss> {
        let foreign = self.foreign_holders();
        let mut held: HashMap<ClaimKey<'a>, (usize, StreamId)> = HashMap::new();
        let mut losses = BTreeMap::new();
        for (index, append) in appends.iter().enumerate().filter(|(index, _)| !refusals.contains_key(index)) {
            let mut own: HashMap<ClaimKey<'a>, StreamId> = HashMap::new();
            let mut takes = append.claims.iter().filter(|claim| claim.takes);
            match takes.find_map(|claim| loss(claim, &foreign, &held).or_else(|| loss_to_itself(claim, &mut own))) {
                Some(loss) => drop(losses.insert(index, loss)),
                None => held.extend(own.into_iter().map(|(key, holder)| (key, (index, holder)))),
            }
        }
        losses
    }

    /// Claims that were not free, and who holds them where that is known.
    fn foreign_holders(&self) -> HashMap<ClaimKey<'a>, Option<StreamId>> {
        let mut foreign = HashMap::new();
        for claim in &self.tried {
            match self.holders.get(&(claim.name.to_owned(), claim.key.clone())) {
                Some(holder) if *holder == claim.holder.to_string() => {}
                // Where nobody holds it, it was given back since: it is not ours all the same.
                holder => {
                    foreign.insert((claim.name, claim.key.as_slice()), holder.and_then(|text| parse_stream(text)));
                }
            }
        }
        foreign
    }
}

fn loss(
    claim: &HashedClaim,
    foreign: &HashMap<ClaimKey<'_>, Option<StreamId>>,
    held: &HashMap<ClaimKey<'_>, (usize, StreamId)>,
) -> Option<Loss> {
    let claimed = |holder| AppendError::Claimed { name: claim.name, holder };
    let key = (claim.name, claim.key.as_slice());
    if let Some(holder) = foreign.get(&key) {
        let error = holder.map_or(AppendError::Conflict, claimed);
        return (*holder != Some(claim.holder)).then_some(Loss { error, rival: None });
    }
    match held.get(&key) {
        Some((rival, holder)) if *holder != claim.holder => Some(Loss { error: claimed(*holder), rival: Some(*rival) }),
        _ => None,
    }
}

/// Two streams of one append cannot have the same key either: the first of them has it.
fn loss_to_itself<'a>(claim: &'a HashedClaim, own: &mut HashMap<ClaimKey<'a>, StreamId>) -> Option<Loss> {
    let holder = *own.entry((claim.name, claim.key.as_slice())).or_insert(claim.holder);
    let error = AppendError::Claimed { name: claim.name, holder };
    (holder != claim.holder).then_some(Loss { error, rival: None })
}

fn parse_stream(text: &str) -> Option<StreamId> {
    let (kind, id) = text.split_once('/')?;
    Some(StreamId { kind: kind.parse().ok()?, id: id.parse().ok()? })
}

/// The locked end of the log.
struct Head {
    position: i64,
    hash: Hash,
    /// PostgreSQL's id of the transaction that locked it.
    transaction: String,
}

async fn lock_head(transaction: &Transaction<'_>, statements: &Statements) -> Result<Head, tokio_postgres::Error> {
    let row = transaction.query_one(&statements.lock, &[]).await?;
    let hash: Vec<u8> = row.get(1);
    // The table's check holds the length.
    Ok(Head { position: row.get(0), hash: hash.try_into().unwrap_or([0; 32]), transaction: row.get(2) })
}

/// Fails every append whose streams are no longer where it saw them. Of two appends to one stream
/// in a batch, the later fails too.
async fn check_versions(
    transaction: &Transaction<'_>,
    statements: &Statements,
    appends: &[Append],
    losses: &BTreeMap<usize, Loss>,
    refusals: &mut HashMap<usize, AppendError>,
) -> Result<(), tokio_postgres::Error> {
    let streams: HashSet<StreamId> =
        appends.iter().flat_map(|append| &append.events).map(|event| event.stream).collect();
    let kinds: Vec<&str> = streams.iter().map(|stream| stream.kind.as_str()).collect();
    let ids: Vec<String> = streams.iter().map(|stream| stream.id.to_string()).collect();
    let mut versions: HashMap<(String, String), i64> = transaction
        .query(&statements.versions, &[&kinds, &ids])
        .await?
        .into_iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect();
    for (index, append) in appends.iter().enumerate() {
        if refusals.contains_key(&index) || losses.contains_key(&index) {
            continue;
        }
        let mut moved = HashMap::new();
        let fits = append.events.iter().all(|event| {
            let stream = (event.stream.kind.to_string(), event.stream.id.to_string());
            let current = moved.get(&stream).or_else(|| versions.get(&stream)).copied().unwrap_or(0);
            moved.insert(stream, event.sequence);
            event.sequence == current + 1
        });
        if fits {
            versions.extend(moved);
        } else {
            refusals.insert(index, AppendError::Conflict);
        }
    }
    Ok(())
}

/// Events with their places in the log.
struct Placed<'a> {
    events: Vec<(&'a NewEvent, i64, Hash)>,
    ranges: HashMap<usize, Appended>,
    recorded_at: DateTime<Utc>,
}

fn place<'a>(
    appends: &'a [Append],
    refusals: &HashMap<usize, AppendError>,
    mut position: i64,
    mut hash: Hash,
) -> Placed<'a> {
    let recorded_at = now_in_microseconds();
    let mut placed = Placed { events: Vec::new(), ranges: HashMap::new(), recorded_at };
    for (index, append) in appends.iter().enumerate().filter(|(index, _)| !refusals.contains_key(index)) {
        let first_position = position + 1;
        for event in &append.events {
            position += 1;
            hash = link(&hash, position, recorded_at.timestamp_micros(), &event.content);
            placed.events.push((event, position, hash));
        }
        placed.ranges.insert(index, Appended { first_position, last_position: position });
    }
    placed
}

/// PostgreSQL keeps microseconds; the hash must see what is kept.
fn now_in_microseconds() -> DateTime<Utc> {
    let now = Utc::now();
    now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos() % 1_000))
}

async fn insert(
    transaction: &Transaction<'_>,
    statements: &Statements,
    placed: &Placed<'_>,
) -> Result<(), tokio_postgres::Error> {
    let Some((_, head, head_hash)) = placed.events.last() else {
        return Ok(());
    };
    let events = &placed.events;
    let kinds: Vec<&str> = events.iter().map(|(event, ..)| event.stream.kind.as_str()).collect();
    let ids: Vec<String> = events.iter().map(|(event, ..)| event.stream.id.to_string()).collect();
    let sequences: Vec<i64> = events.iter().map(|(event, ..)| event.sequence).collect();
    let names: Vec<&str> = events.iter().map(|(event, ..)| event.name).collect();
    let versions: Vec<&str> = events.iter().map(|(event, ..)| event.version.as_str()).collect();
    let payloads: Vec<&str> = events.iter().map(|(event, ..)| event.payload.as_str()).collect();
    let metadata: Vec<&str> = events.iter().map(|(event, ..)| event.metadata.as_str()).collect();
    let positions: Vec<i64> = events.iter().map(|(_, position, _)| *position).collect();
    let hashes: Vec<&[u8]> = events.iter().map(|(.., hash)| hash.as_slice()).collect();
    transaction
        .execute(
            &statements.insert,
            &[
                &kinds,
                &ids,
                &sequences,
                &names,
                &versions,
                &payloads,
                &metadata,
                &positions,
                &hashes,
                &placed.recorded_at,
            ],
        )
        .await?;
    transaction.execute(&statements.advance, &[head, &head_hash.as_slice()]).await?;
    Ok(())
}

impl Placed<'_> {
    fn into_outcome(mut self, appends: usize, mut refusals: HashMap<usize, AppendError>) -> Outcome {
        let recorded = self
            .events
            .iter()
            .map(|(event, position, _)| {
                Arc::new(Recorded {
                    position: *position,
                    recorded_at: self.recorded_at,
                    stream: event.stream,
                    sequence: event.sequence,
                    event: event.event.clone(),
                    metadata: event.circumstances.clone(),
                })
            })
            .collect();
        let results = (0..appends)
            .map(|index| match self.ranges.remove(&index) {
                Some(appended) => Ok(appended),
                None => Err(refusals.remove(&index).unwrap_or(AppendError::Conflict)),
            })
            .collect();
        Outcome { results, recorded }
    }
}

//! The way in: one command to one aggregate, or one to each of many.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{Actor, Aggregate, AnyEvent, Metadata, StreamId, StreamKind};
use albumen_schemas::codec;
use deadpool_postgres::Pool;
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    cqrs::{Cycle, DecidedEvent, Store, cycle, decide_one},
    error::{CommandError, StoreError},
    joint::{Joint, Refused},
    log::{Append, AppendError, Appended, Appender, HashedClaim, LogFeed, LogReader, NewEvent},
    seal::{self, Keyring, MasterKey},
    streams,
    turns::Turns,
};

/// How often a command is tried again when others changed the same stream meanwhile. Writers of
/// this process take turns ([`Turns`]), so the others are other processes, and they are few.
const CONFLICT_RETRIES: usize = 8;

/// What the write side is opened with.
pub struct Settings {
    /// The database, for the committer's own connection and for listening.
    pub database: tokio_postgres::Config,
    /// Connections to the same database for everything else.
    pub pool: Pool,
    /// The secret outside it.
    pub master_key: MasterKey,
}

/// The write side of Albumen.
#[derive(Clone)]
pub struct Commands {
    store: Arc<Store>,
    pool: Pool,
    feed: Arc<LogFeed>,
    turns: Arc<Turns>,
    read_only: bool,
}

/// Circumstances of a command; they become the metadata of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Goes into the log with every event.
    pub metadata: Metadata,
}

impl Context {
    /// Circumstances of what whoever runs the installation asks for.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            metadata: Metadata {
                actor: Actor::Operator,
                session: None,
                api_key: None,
                client: Some("albumen".to_owned()),
                correlation: Uuid::new_v4().to_string(),
                causation: None,
            },
        }
    }

    /// Circumstances of a job that answers the event at `causation`.
    #[must_use]
    pub fn job(name: &str, causation: Option<i64>) -> Self {
        Self { metadata: Metadata::job(name, Uuid::new_v4().to_string(), causation) }
    }
}

/// What came of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Executed {
    /// Position of the last event; none when nothing had to happen.
    pub position: Option<i64>,
}

impl Commands {
    /// Opens the write side on a migrated database.
    ///
    /// # Errors
    /// The database is away, or the master key is not the one it was written with.
    pub async fn open(settings: Settings) -> Result<Self, StoreError> {
        let keyring = Arc::new(Keyring::new(settings.master_key, settings.pool.clone()));
        keyring.check_master().await?;
        let reader = LogReader::new(settings.pool.clone(), keyring.clone());
        let feed = LogFeed::new(reader, keyring.clone()).await?;
        feed.listen(settings.database.clone());
        let store = Store {
            streams: PostgresEventRepository::new(streams::pool_of(&settings.database)),
            appender: Appender::start(settings.database, feed.clone()),
            keyring,
        };
        Ok(Self { store: Arc::new(store), pool: settings.pool, feed, turns: Arc::default(), read_only: false })
    }

    /// The same, but every command is refused: what is left is the log, to be read.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// Whether every command is refused.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The log's way to its readers.
    #[must_use]
    pub const fn feed(&self) -> &Arc<LogFeed> {
        &self.feed
    }

    /// The keys of all subjects.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.store.keyring
    }

    /// Asks one aggregate. Conflicts with others are tried again.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn execute<A: Aggregate>(
        &self,
        id: Uuid,
        command: A::Command,
        context: &Context,
    ) -> Result<Executed, CommandError<A::Refusal>>
    where
        AnyEvent: From<A::Event>,
    {
        if self.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let _turn = self.turns.take(BTreeSet::from([StreamId { kind: A::KIND, id }])).await;
        for _ in 0..=CONFLICT_RETRIES {
            match cycle::<A>(&self.store, id, command.clone(), context.metadata.clone()).await {
                Cycle::Nothing => return Ok(Executed { position: None }),
                Cycle::Appended(appended) => return Ok(Executed { position: Some(appended.last_position) }),
                Cycle::Refused(refusal) => return Err(CommandError::Refused(refusal)),
                Cycle::NotAppended(AppendError::Conflict) => {}
                Cycle::NotAppended(error) => return Err(error.into()),
                Cycle::Failed(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Conflict)
    }

    /// Asks many aggregates of one kind, each its own command: all of it happens or nothing. Their
    /// streams are loaded by one query and appended in one transaction. Personal values are not
    /// opened for it, so only aggregates whose rules look at none (assets, albums) may be asked this way.
    ///
    /// # Errors
    /// See [`CommandError`]; the refusal is that of the first aggregate that refuses.
    pub async fn execute_many<A: Aggregate>(
        &self,
        commands: Vec<(Uuid, A::Command)>,
        context: &Context,
    ) -> Result<Executed, CommandError<A::Refusal>>
    where
        AnyEvent: From<A::Event>,
    {
        if self.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let streams = commands.iter().map(|(id, _)| StreamId { kind: A::KIND, id: *id }).collect();
        let _turn = self.turns.take(streams).await;
        for _ in 0..=CONFLICT_RETRIES {
            let decisions = self.decide_many::<A>(&commands).await?;
            if decisions.is_empty() {
                return Ok(Executed { position: None });
            }
            match append(&self.store, decisions, &context.metadata).await {
                Ok(appended) => return Ok(Executed { position: Some(appended.last_position) }),
                Err(AppendError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Conflict)
    }

    /// Asks aggregates of several kinds: all of it happens, in one append, or nothing.
    ///
    /// # Errors
    /// See [`CommandError`]; the refusal is that of the first aggregate that refuses.
    pub async fn execute_joint(&self, joint: &Joint, context: &Context) -> Result<Executed, CommandError<Refused>> {
        if self.read_only {
            return Err(StoreError::ReadOnly.into());
        }
        let streams = joint.parts.iter().flat_map(|part| part.streams()).collect();
        let _turn = self.turns.take(streams).await;
        for _ in 0..=CONFLICT_RETRIES {
            let mut decisions = Vec::new();
            for part in &joint.parts {
                decisions.extend(part.decide(self).await?);
            }
            if decisions.is_empty() {
                return Ok(Executed { position: None });
            }
            match append(&self.store, decisions, &context.metadata).await {
                Ok(appended) => return Ok(Executed { position: Some(appended.last_position) }),
                Err(AppendError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommandError::Conflict)
    }

    /// What aggregates of one kind make of their commands, as they are now.
    pub(crate) async fn decide_many<A: Aggregate>(
        &self,
        commands: &[(Uuid, A::Command)],
    ) -> Result<Vec<StreamDecision>, CommandError<A::Refusal>>
    where
        AnyEvent: From<A::Event>,
    {
        let ids: Vec<Uuid> = commands.iter().map(|(id, _)| *id).collect();
        let mut loaded = self.load_many::<A>(&ids).await?;
        let mut decisions = Vec::with_capacity(commands.len());
        for (id, command) in commands {
            let (aggregate, version) = loaded.entry(*id).or_default();
            decisions.extend(decide_stream(*id, aggregate, version, command.clone())?);
        }
        Ok(decisions)
    }

    async fn load_many<A: Aggregate>(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, (A, i64)>, StoreError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(include_str!("log/sql/read_streams.sql")).await?;
        let rows = client.query(&statement, &[&A::KIND.as_str(), &ids]).await?;
        let mut loaded: HashMap<Uuid, (A, i64)> = HashMap::with_capacity(ids.len());
        for row in rows {
            let stream = StreamId { kind: A::KIND, id: parse_id(A::KIND, row.get(0))? };
            let corrupt = |reason: String| StoreError::Corrupt { stream, reason };
            let mut payload: Value = serde_json::from_str(row.get(4)).map_err(|error| corrupt(error.to_string()))?;
            seal::skip(&mut payload);
            let tagged = codec::decode_tagged(A::KIND, row.get(2), row.get(3), payload)
                .map_err(|error| corrupt(error.to_string()))?;
            let event: A::Event = serde_json::from_value(tagged).map_err(|error| corrupt(error.to_string()))?;
            let (aggregate, version) = loaded.entry(stream.id).or_default();
            aggregate.evolve(&event);
            *version = row.get(1);
        }
        Ok(loaded)
    }
}

fn parse_id(kind: StreamKind, text: &str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt {
        stream: StreamId { kind, id: Uuid::nil() },
        reason: format!("{text} is not an id"),
    })
}

fn decide_stream<A: Aggregate>(
    id: Uuid,
    aggregate: &mut A,
    version: &mut i64,
    command: A::Command,
) -> Result<Option<StreamDecision>, CommandError<A::Refusal>>
where
    AnyEvent: From<A::Event>,
{
    let events = aggregate.decide(command).map_err(CommandError::Refused)?;
    if events.is_empty() {
        return Ok(None);
    }
    let prior = *version;
    let mut decided = Vec::with_capacity(events.len());
    for event in events {
        decided.push(decide_one(aggregate, id, &event));
        aggregate.evolve(&event);
        *version += 1;
    }
    Ok(Some(StreamDecision { stream: StreamId { kind: A::KIND, id }, prior, events: decided }))
}

/// What is to be written to one stream.
pub(crate) struct StreamDecision {
    pub(crate) stream: StreamId,
    /// Sequence of the last event that the decision knew.
    pub(crate) prior: i64,
    pub(crate) events: Vec<DecidedEvent>,
}

/// Serialises, seals and hashes what was decided, and has it written.
pub(crate) async fn append(
    store: &Store,
    decisions: Vec<StreamDecision>,
    metadata: &Metadata,
) -> Result<Appended, AppendError> {
    let fault = |error: &dyn std::fmt::Display| StoreError::Fault(error.to_string());
    let circumstances = serde_json::to_string(metadata).map_err(|error| fault(&error))?;
    let mut encoded = Vec::with_capacity(decisions.len());
    let mut sealing = HashSet::new();
    for decision in decisions {
        for (sequence, decided) in (decision.prior + 1..).zip(decision.events) {
            let (key, payload) = codec::encode(&decided.event).map_err(|error| fault(&error))?;
            // What readers will get, which is not always what was written (a number that is none,
            // say). An event that cannot be read again must not come into the log.
            let readable = codec::decode(decision.stream.kind, key.name, &key.version.to_string(), payload.clone())
                .map_err(|error| fault(&error))?;
            let decided = DecidedEvent { event: readable, ..decided };
            if seal::has_personal(&payload) {
                sealing.insert(decided.subject);
            }
            encoded.push((decision.stream, sequence, key, payload, decided));
        }
    }
    let key_generation = store.keyring.generation();
    let (keys, new_keys) = store.keyring.to_seal(&sealing).await?;
    let mut append = Append { keys: new_keys, key_generation, ..Append::default() };
    for (stream, sequence, key, mut payload, decided) in encoded {
        if let Some(subject_key) = keys.get(&decided.subject.id) {
            let bound = seal::Context { stream, event: key.name };
            seal::seal(&mut payload, subject_key, bound).map_err(|error| fault(&error))?;
        }
        append.claims.extend(decided.claims.into_iter().map(|claim| HashedClaim {
            name: claim.name,
            key: store.keyring.claim_key(claim.name, &claim.key),
            holder: stream,
            takes: HashedClaim::takes(claim.change),
        }));
        let event = NewEvent {
            stream,
            sequence,
            name: key.name,
            version: key.version.to_string(),
            payload: payload.to_string(),
            metadata: circumstances.clone(),
            content: [0; 32],
            event: decided.event,
            circumstances: metadata.clone(),
        };
        append.events.push(event.hashed());
    }
    let appended = store.appender.append(append).await?;
    store.keyring.remember(keys.into_values(), key_generation);
    Ok(appended)
}

impl<R: std::error::Error + 'static> From<AppendError> for CommandError<R> {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            AppendError::Claimed { name, holder } => Self::Claimed { name, holder },
            AppendError::Store(error) => Self::Store(error),
        }
    }
}

//! cqrs-es over the log: loading an aggregate, letting it decide, handing on what it decided.
//!
//! The framework gives the cycle of one command. Its repository here reads streams with
//! postgres-es and writes them with our own appender, which postgres-es cannot replace: it returns
//! positions, names refused claims, chains hashes and shares commits. This is the only place that
//! knows sqlx.

use std::sync::Arc;

use albumen_domain::{Aggregate, AnyEvent, Claim, DomainEvent, Metadata, StreamId, Subject};
use albumen_schemas::codec;
use cqrs_es::{
    CqrsFramework,
    event_sink::EventSink,
    persist::{
        PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream, SerializedEvent,
        SerializedSnapshot,
    },
};
use parking_lot::Mutex;
use postgres_es::PostgresEventRepository;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::StoreError,
    log::{AppendError, Appended, Appender},
    seal::{self, Keyring, Opened},
};

/// A domain aggregate as cqrs-es knows it (the orphan rule asks for a type of our own).
pub(crate) struct Hosted<A>(A);

impl<A: Aggregate> Default for Hosted<A> {
    fn default() -> Self {
        Self(A::default())
    }
}

/// cqrs-es asks for it for snapshots, which we do not take (its stores apply events twice then).
impl<A> Serialize for Hosted<A> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("aggregates are not stored"))
    }
}

impl<'de, A> Deserialize<'de> for Hosted<A> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("aggregates are not stored"))
    }
}

/// A domain event as cqrs-es knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "E: DomainEvent")]
pub(crate) struct HostedEvent<E>(E);

impl<E: DomainEvent> cqrs_es::DomainEvent for HostedEvent<E> {
    fn event_type(&self) -> String {
        self.0.key().name.to_owned()
    }

    fn event_version(&self) -> String {
        self.0.key().version.to_string()
    }
}

/// What an aggregate decided, besides the events themselves.
#[derive(Default)]
pub(crate) struct Decided {
    events: Mutex<Vec<DecidedEvent>>,
}

/// An event with all that the appender has to know of it.
#[derive(Clone, Debug)]
pub(crate) struct DecidedEvent {
    pub(crate) event: AnyEvent,
    pub(crate) subject: Subject,
    pub(crate) claims: Vec<Claim>,
}

/// What a command is decided for: cqrs-es calls it the aggregate's services.
pub(crate) struct Deciding {
    id: Uuid,
    decided: Arc<Decided>,
}

impl<A: Aggregate> cqrs_es::Aggregate for Hosted<A>
where
    AnyEvent: From<A::Event>,
{
    const TYPE: &'static str = A::KIND.as_str();
    type Command = A::Command;
    type Event = HostedEvent<A::Event>;
    type Error = A::Refusal;
    type Services = Deciding;

    async fn handle(
        &mut self,
        command: A::Command,
        deciding: &Deciding,
        sink: &EventSink<Self>,
    ) -> Result<(), A::Refusal> {
        for event in self.0.decide(command)? {
            let decided = decide_one(&self.0, deciding.id, &event);
            deciding.decided.events.lock().push(decided);
            sink.write(HostedEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        self.0.evolve(&event.0);
    }
}

/// What the appender has to know of `event`, which happens in state `aggregate`.
pub(crate) fn decide_one<A: Aggregate>(aggregate: &A, id: Uuid, event: &A::Event) -> DecidedEvent
where
    AnyEvent: From<A::Event>,
{
    DecidedEvent {
        subject: aggregate.subject(id, event),
        claims: aggregate.claims(id, event),
        event: event.clone().into(),
    }
}

/// What the write side needs, once per process.
pub(crate) struct Store {
    pub(crate) streams: PostgresEventRepository,
    pub(crate) appender: Appender,
    pub(crate) keyring: Arc<Keyring>,
}

/// The repository of one execution.
struct Repository {
    store: Arc<Store>,
    stream: StreamId,
    metadata: Metadata,
    decided: Arc<Decided>,
    outcome: Arc<Mutex<Option<Result<Appended, AppendError>>>>,
}

impl Repository {
    async fn open(&self, mut event: SerializedEvent) -> Result<SerializedEvent, StoreError> {
        let corrupt = |reason: String| StoreError::Corrupt { stream: self.stream, reason };
        let mut subjects = std::collections::HashSet::new();
        seal::sealed_subjects(&event.payload, &mut subjects);
        if !subjects.is_empty() {
            let keys = self.store.keyring.to_open(&subjects).await?;
            let key_of = |subject| keys.get(&subject).map_or(Opened::Erased, |key| Opened::Key(&key.cipher));
            let context = seal::Context { stream: self.stream, event: &event.event_type };
            seal::open(&mut event.payload, context, &key_of).map_err(corrupt)?;
        }
        event.payload = codec::decode_tagged(self.stream.kind, &event.event_type, &event.event_version, event.payload)
            .map_err(|error| corrupt(error.to_string()))?;
        // Ours has more in it than cqrs-es can hold, and no rule looks at it.
        event.metadata = Value::Object(serde_json::Map::new());
        Ok(event)
    }
}

impl PersistedEventRepository for Repository {
    async fn get_events<A: cqrs_es::Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let stored = self.store.streams.get_events::<A>(id).await?;
        let mut opened = Vec::with_capacity(stored.len());
        for event in stored {
            opened.push(self.open(event).await.map_err(|error| PersistenceError::UnknownError(Box::new(error)))?);
        }
        Ok(opened)
    }

    async fn get_last_events<A: cqrs_es::Aggregate>(
        &self,
        id: &str,
        last: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let events = self.get_events::<A>(id).await?;
        Ok(events.into_iter().filter(|event| event.sequence > last).collect())
    }

    async fn get_snapshot<A: cqrs_es::Aggregate>(
        &self,
        _: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: cqrs_es::Aggregate>(
        &self,
        events: &[SerializedEvent],
        _: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let decided = std::mem::take(&mut *self.decided.events.lock());
        let Some(first) = events.first() else { return Ok(()) };
        let prior = i64::try_from(first.sequence).unwrap_or(i64::MAX) - 1;
        let streams = vec![crate::commands::StreamDecision { stream: self.stream, prior, events: decided }];
        let outcome = crate::commands::append(&self.store, streams, &self.metadata).await;
        *self.outcome.lock() = Some(outcome);
        Ok(())
    }

    async fn stream_events<A: cqrs_es::Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Err(no_replay())
    }

    async fn stream_all_events<A: cqrs_es::Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(no_replay())
    }
}

/// Read models follow the log in its total order, which a replay per type does not have.
fn no_replay() -> PersistenceError {
    PersistenceError::UnknownError("read models follow the log, they do not replay streams".into())
}

/// What came of one cycle.
pub(crate) enum Cycle<R> {
    /// Nothing had to happen.
    Nothing,
    /// Written.
    Appended(Appended),
    /// A rule forbids it.
    Refused(R),
    /// The appender refused it.
    NotAppended(AppendError),
    /// It could not be loaded.
    Failed(StoreError),
}

/// One cycle of load, decide, append.
pub(crate) async fn cycle<A: Aggregate>(
    store: &Arc<Store>,
    id: Uuid,
    command: A::Command,
    metadata: Metadata,
) -> Cycle<A::Refusal>
where
    AnyEvent: From<A::Event>,
{
    let stream = StreamId { kind: A::KIND, id };
    let decided = Arc::new(Decided::default());
    let outcome = Arc::new(Mutex::new(None));
    let repository =
        Repository { store: store.clone(), stream, metadata, decided: decided.clone(), outcome: outcome.clone() };
    let events = PersistedEventStore::<_, Hosted<A>>::new_event_store(repository);
    let framework = CqrsFramework::new(events, Vec::new(), Deciding { id, decided });
    let executed = framework.execute(&id.to_string(), command).await;
    let outcome = outcome.lock().take();
    match (executed, outcome) {
        (Err(error), _) => failed(stream, error),
        (Ok(()), None) => Cycle::Nothing,
        (Ok(()), Some(Ok(appended))) => Cycle::Appended(appended),
        (Ok(()), Some(Err(error))) => Cycle::NotAppended(error),
    }
}

fn failed<R: std::error::Error>(stream: StreamId, error: cqrs_es::AggregateError<R>) -> Cycle<R> {
    use cqrs_es::AggregateError as Error;
    match error {
        Error::UserError(refusal) => Cycle::Refused(refusal),
        Error::AggregateConflict => Cycle::NotAppended(AppendError::Conflict),
        Error::DatabaseConnectionError(error) => Cycle::Failed(StoreError::Unavailable(error.to_string())),
        Error::DeserializationError(error) => Cycle::Failed(StoreError::Corrupt { stream, reason: error.to_string() }),
        Error::UnexpectedError(error) => match error.downcast::<StoreError>() {
            Ok(error) => Cycle::Failed(*error),
            Err(error) => Cycle::Failed(StoreError::Unavailable(error.to_string())),
        },
    }
}

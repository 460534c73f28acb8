//! What every event has in common: its name, its metadata, its place in the log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    DomainEvent, StreamId, StreamKind, activity::ActivityEvent, album::AlbumEvent, api_key::ApiKeyEvent,
    asset::AssetEvent, embedding::EmbeddingEvent, erasure::ErasureEvent, external_library::ExternalLibraryEvent,
    face::FaceEvent, face_embedding::FaceEmbeddingEvent, memory::MemoryEvent, notification::NotificationEvent,
    partnership::PartnershipEvent, person::PersonEvent, processing::ProcessingEvent, queue::QueueEvent,
    session::SessionEvent, shared_link::SharedLinkEvent, stack::StackEvent, system::SystemEvent, tag::TagEvent,
    task::TaskEvent, text::TextEvent, user::UserEvent,
};

/// Name and version of an event, for example `asset-uploaded` version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    /// The fact's name in kebab case.
    pub name: &'static str,
    /// Counts from 1; a new one is a new shape of the same fact.
    pub version: u16,
}

impl std::fmt::Display for EventKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.v{}", self.name, self.version)
    }
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Actor {
    /// A person, by session or key.
    User {
        /// Whose account.
        id: Uuid,
    },
    /// A worker of ours.
    Job {
        /// The job's name, for example `metadata`.
        name: String,
    },
    /// Whoever runs the installation, by its command line.
    Operator,
    /// Somebody who is not logged in (a failed or first sign-up, say).
    Anonymous,
}

/// Circumstances of an event: who, from where, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// Who caused it.
    pub actor: Actor,
    /// The session it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Uuid>,
    /// The API key it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Uuid>,
    /// The client's own name, for example `immich-android/3.1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Joins everything that one request caused.
    pub correlation: String,
    /// Position of the event that a job answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<i64>,
}

impl Metadata {
    /// Circumstances of a job that answers the event at `causation`.
    #[must_use]
    pub fn job(name: &str, correlation: String, causation: Option<i64>) -> Self {
        Self {
            actor: Actor::Job { name: name.to_owned() },
            session: None,
            api_key: None,
            client: None,
            correlation,
            causation,
        }
    }
}

/// An event as the log holds it, opened and brought to its newest version.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Place in the one total order: 1, 2, 3 … without gaps.
    pub position: i64,
    /// When it was committed.
    pub recorded_at: DateTime<Utc>,
    /// Whose stream.
    pub stream: StreamId,
    /// Place within the stream, from 1.
    pub sequence: i64,
    /// What happened.
    pub event: AnyEvent,
    /// Under what circumstances.
    pub metadata: Metadata,
}

macro_rules! any_event {
    ($($variant:ident($event:ty) = $kind:ident),+ $(,)?) => {
        /// An event of any noun.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "few are in memory at a time, and those are shared")]
        pub enum AnyEvent {
            $(
                #[doc = concat!("Of a stream of kind `", stringify!($kind), "`.")]
                $variant($event),
            )+
        }

        impl AnyEvent {
            /// Name and version.
            #[must_use]
            pub fn key(&self) -> EventKey {
                match self { $(Self::$variant(event) => event.key(),)+ }
            }

            /// Every name and version that streams of `kind` can hold today.
            #[must_use]
            pub fn keys(kind: StreamKind) -> &'static [EventKey] {
                match kind { $(StreamKind::$kind => <$event>::keys(),)+ }
            }

            /// Reads the tagged form (`{"type": …, "data": …}`) of an event of a stream of `kind`.
            ///
            /// # Errors
            /// The JSON does not have the shape of the newest version of that event.
            pub fn from_tagged(kind: StreamKind, tagged: serde_json::Value) -> Result<Self, serde_json::Error> {
                Ok(match kind {
                    $(StreamKind::$kind => Self::$variant(serde_json::from_value(tagged)?),)+
                })
            }

            /// The same from the text of that form.
            ///
            /// # Errors
            /// See [`Self::from_tagged`].
            pub fn from_tagged_text(kind: StreamKind, tagged: &str) -> Result<Self, serde_json::Error> {
                Ok(match kind {
                    $(StreamKind::$kind => Self::$variant(serde_json::from_str(tagged)?),)+
                })
            }

            /// JSON Schemas of every event that streams of `kind` can hold today.
            #[cfg(feature = "schema")]
            #[must_use]
            pub fn schemas(kind: StreamKind) -> Vec<(EventKey, schemars::Schema)> {
                match kind { $(StreamKind::$kind => <$event>::schemas(),)+ }
            }

            /// The tagged form.
            ///
            /// # Errors
            /// Never for events of this crate; serde's signature asks for it.
            pub fn to_tagged(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Self::$variant(event) => serde_json::to_value(event),)+ }
            }
        }

        $(
            impl From<$event> for AnyEvent {
                fn from(event: $event) -> Self { Self::$variant(event) }
            }
        )+
    };
}

any_event! {
    User(UserEvent) = User,
    Session(SessionEvent) = Session,
    ApiKey(ApiKeyEvent) = ApiKey,
    Asset(AssetEvent) = Asset,
    Processing(ProcessingEvent) = Processing,
    System(SystemEvent) = System,
    Erasure(ErasureEvent) = Erasure,
    Album(AlbumEvent) = Album,
    Tag(TagEvent) = Tag,
    Stack(StackEvent) = Stack,
    Partnership(PartnershipEvent) = Partnership,
    SharedLink(SharedLinkEvent) = SharedLink,
    Activity(ActivityEvent) = Activity,
    Person(PersonEvent) = Person,
    Face(FaceEvent) = Face,
    Memory(MemoryEvent) = Memory,
    Queue(QueueEvent) = Queue,
    Task(TaskEvent) = Task,
    Notification(NotificationEvent) = Notification,
    ExternalLibrary(ExternalLibraryEvent) = ExternalLibrary,
    Embedding(EmbeddingEvent) = Embedding,
    Text(TextEvent) = Text,
    FaceEmbedding(FaceEmbeddingEvent) = FaceEmbedding,
}

/// Declares the events of a noun: the enum, its tagged form, names and versions.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[doc = $doc:literal])* $variant:ident($body:ty) = $key:literal v $version:literal ),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type", content = "data")]
        #[allow(clippy::large_enum_variant, reason = "few are in memory at a time, and those are shared")]
        pub enum $name {
            $( $(#[doc = $doc])* #[serde(rename = $key)] $variant($body), )+
        }

        impl crate::DomainEvent for $name {
            fn key(&self) -> crate::EventKey {
                match self { $( Self::$variant(_) => crate::EventKey { name: $key, version: $version }, )+ }
            }

            fn keys() -> &'static [crate::EventKey] {
                &[ $( crate::EventKey { name: $key, version: $version }, )+ ]
            }
        }

        #[cfg(feature = "schema")]
        impl $name {
            /// JSON Schemas of the bodies.
            #[must_use]
            pub fn schemas() -> Vec<(crate::EventKey, schemars::Schema)> {
                vec![$({
                    let key = crate::EventKey { name: $key, version: $version };
                    (key, crate::schema::of_event::<$body>(key, concat!($($doc),*)))
                },)+]
            }
        }

        $(
            impl From<$body> for $name {
                fn from(body: $body) -> Self { Self::$variant(body) }
            }
        )+
    };
}
pub(crate) use events;

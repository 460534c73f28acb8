//! The rules of Albumen: aggregates, the commands they take, the events they yield.
//!
//! Everything here is pure and synchronous. A decision is a function of state and command;
//! what it needs from outside (the time, a random id, a look-up) comes in as a value. This
//! crate knows no I/O, no HTTP, no SQL and no clock, and a test of the workspace holds that.
//!
//! Each noun has a folder: `mod.rs` says what it is, `command.rs` what can be asked of it,
//! `event.rs` what can have happened to it, `decide.rs` the rules between the two.

pub mod activity;
pub mod album;
pub mod api_key;
pub mod asset;
pub mod differences;
pub mod embedding;
pub mod erasure;
mod event;
pub mod external_library;
pub mod face;
pub mod face_embedding;
pub mod fingerprint;
mod ids;
pub mod memory;
pub mod models;
pub mod notification;
pub mod partnership;
pub mod person;
mod personal;
pub mod processing;
pub mod queue;
#[cfg(feature = "schema")]
pub mod schema;
pub mod session;
pub mod shared_link;
pub mod stack;
pub mod system;
pub mod tag;
pub mod task;
pub mod text;
pub mod undo;
pub mod user;
pub mod vector;

pub use event::{Actor, AnyEvent, EventKey, Metadata, Recorded};
pub use ids::{StreamId, StreamKind};
pub use personal::Personal;

use uuid::Uuid;

/// A noun whose history is a stream of events.
///
/// `decide` answers what happens when a command meets a state; `evolve` is what an event makes
/// of a state. Neither can fail for a reason outside the rules.
pub trait Aggregate: Default + Send + Sync + 'static {
    /// The kind of stream that holds this aggregate's events.
    const KIND: StreamKind;
    /// What can be asked.
    type Command: Clone + Send + Sync + 'static;
    /// What can have happened.
    type Event: DomainEvent;
    /// Why a command can be refused.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// The events that `command` causes in this state: none when there is nothing to change.
    ///
    /// # Errors
    /// The rule that forbids the command.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Moves the state on by one event.
    fn evolve(&mut self, event: &Self::Event);

    /// Natural keys that `event`, happening in this state, takes or gives back. They are decided
    /// in the same transaction as the event, so two racing commands cannot both take one.
    fn claims(&self, _id: Uuid, _event: &Self::Event) -> Vec<Claim> {
        Vec::new()
    }

    /// Whose personal values `event` holds: they are sealed under this subject's key.
    fn subject(&self, id: Uuid, event: &Self::Event) -> Subject;
}

/// An event of one aggregate: a fact in the past tense, with a name and a version.
pub trait DomainEvent:
    Clone + std::fmt::Debug + PartialEq + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static
{
    /// Name and version under which the fact is stored.
    fn key(&self) -> EventKey;
    /// Every name and version that this aggregate writes today.
    fn keys() -> &'static [EventKey];
}

/// Whose data a personal value is, and whose key protects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The user, asset or person that the value is about: its salt can be deleted alone.
    pub id: Uuid,
    /// The user whose random key it is derived from: deleting that erases all of theirs.
    pub owner: Uuid,
}

impl Subject {
    /// A subject that is its own owner (a user).
    #[must_use]
    pub const fn own(id: Uuid) -> Self {
        Self { id, owner: id }
    }
}

/// A natural key that must be unique, taken or released together with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which namespace the key lives in, for example `user-email`.
    pub name: &'static str,
    /// The key's bytes. The log's edge stores only an HMAC of them.
    pub key: Vec<u8>,
    /// Whether it is taken or released.
    pub change: ClaimChange,
}

/// What happens to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimChange {
    /// The stream takes the key; refused when another stream holds it.
    Take,
    /// The stream gives the key back.
    Release,
}

impl Claim {
    /// A key that is taken.
    #[must_use]
    pub fn take(name: &'static str, key: impl Into<Vec<u8>>) -> Self {
        Self { name, key: key.into(), change: ClaimChange::Take }
    }

    /// A key that is given back.
    #[must_use]
    pub fn release(name: &'static str, key: impl Into<Vec<u8>>) -> Self {
        Self { name, key: key.into(), change: ClaimChange::Release }
    }
}

#[cfg(test)]
pub(crate) mod testing;

//! What is handed to the appender, ready to be written.

use albumen_domain::{AnyEvent, ClaimChange, Metadata, StreamId};
use tokio::sync::oneshot;

use super::chain::{ContentHasher, Hash};
use crate::{error::StoreError, seal::NewKeys};

/// An event that is serialised, sealed and hashed, and lacks only its place in the log.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Whose stream.
    pub stream: StreamId,
    /// Place within the stream, from 1.
    pub sequence: i64,
    /// Its name.
    pub name: &'static str,
    /// Its version, as text.
    pub version: String,
    /// JSON, sealed.
    pub payload: String,
    /// JSON of `circumstances`.
    pub metadata: String,
    /// Hash of all the above.
    pub content: Hash,
    /// The same event in plain form, for the readers in this process.
    pub event: AnyEvent,
    /// The same metadata in plain form.
    pub circumstances: Metadata,
}

impl NewEvent {
    /// Completes an event with the hash of its content.
    #[must_use]
    pub fn hashed(mut self) -> Self {
        self.content =
            ContentHasher::hash(self.stream, self.sequence, self.name, &self.version, &self.payload, &self.metadata);
        self
    }
}

/// A natural key that is taken or released, as the claims table knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashedClaim {
    /// Namespace.
    pub name: &'static str,
    /// HMAC of the key.
    pub key: Vec<u8>,
    /// Who takes or releases it.
    pub holder: StreamId,
    /// Whether it is taken.
    pub takes: bool,
}

impl HashedClaim {
    pub(crate) const fn takes(change: ClaimChange) -> bool {
        matches!(change, ClaimChange::Take)
    }
}

/// The outcome of one command: written whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct Append {
    /// In order; the events of one stream have contiguous sequences.
    pub events: Vec<NewEvent>,
    /// Taken and released with them.
    pub claims: Vec<HashedClaim>,
    /// Keys that sealed them and are not stored yet.
    pub keys: NewKeys,
    /// [`Keyring::generation`] when the keys were looked up.
    ///
    /// [`Keyring::generation`]: crate::seal::Keyring::generation
    pub key_generation: u64,
}

/// What came of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Position of its first event.
    pub first_position: i64,
    /// Position of its last event.
    pub last_position: i64,
}

/// Why an append was refused.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A stream has moved on since it was read, or a key was made twice.
    #[error("the stream has moved on")]
    Conflict,
    /// A natural key is taken.
    #[error("the {name} is taken")]
    Claimed {
        /// The claim's name.
        name: &'static str,
        /// Who holds it.
        holder: StreamId,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An append on its way to the committer.
pub(super) struct Waiting {
    pub(super) append: Append,
    pub(super) answer: oneshot::Sender<Result<Appended, AppendError>>,
}

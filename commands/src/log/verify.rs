//! The proof that the log is whole: every position there, every hash right, the head at the end.

use albumen_domain::StreamId;

use super::{
    chain::{ContentHasher, GENESIS, Hash, link},
    read::{LogReader, StoredEvent},
};
use crate::error::StoreError;

/// Rows read at a time: some 10 MB.
const BATCH_EVENTS: usize = 5_000;

/// What was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Events in the log.
    pub events: i64,
    /// Hash of the last one: keep it elsewhere to prove later that history was not rewritten.
    pub hash: Hash,
}

/// What is wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A position is missing.
    #[error("event {expected} is missing: the next one there is {found}")]
    Hole {
        /// The position that should come.
        expected: i64,
        /// The one that came.
        found: i64,
    },
    /// An event is not what it was.
    #[error("event {position} was changed: its hash does not follow from its content and the event before")]
    Changed {
        /// Its place.
        position: i64,
    },
    /// The head does not point to the last event.
    #[error("the log's head says {head}, but the last event is {last}")]
    Head {
        /// What the head says.
        head: i64,
        /// What is there.
        last: i64,
    },
    /// The head does not hold the hash of the last event.
    #[error("the log's head does not hold the hash of event {position}, the last one")]
    HeadHash {
        /// The last event's place.
        position: i64,
    },
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks the whole chain; `progress` hears the position now and then.
///
/// # Errors
/// The first fault, see [`VerifyError`].
pub async fn verify(reader: &LogReader, mut progress: impl FnMut(i64)) -> Result<Verified, VerifyError> {
    let mut verified = Verified { events: 0, hash: GENESIS };
    loop {
        // Before the events, so that all that it speaks of are there to be read.
        let (head, head_hash) = reader.head_and_hash().await?;
        let batch = reader.stored(verified.events, BATCH_EVENTS).await?;
        if batch.is_empty() {
            return match head == verified.events {
                false => Err(VerifyError::Head { head, last: verified.events }),
                true if head_hash != verified.hash => Err(VerifyError::HeadHash { position: head }),
                true => Ok(verified),
            };
        }
        for event in &batch {
            verified = step(verified, event)?;
        }
        progress(verified.events);
    }
}

fn step(before: Verified, event: &StoredEvent) -> Result<Verified, VerifyError> {
    let expected = before.events + 1;
    if event.position != expected {
        return Err(VerifyError::Hole { expected, found: event.position });
    }
    let changed = || VerifyError::Changed { position: event.position };
    let stream =
        StreamId { kind: event.kind.parse().map_err(|_| changed())?, id: event.id.parse().map_err(|_| changed())? };
    // The same id in another spelling would be another stream.
    if stream.id.to_string() != event.id {
        return Err(changed());
    }
    let content =
        ContentHasher::hash(stream, event.sequence, &event.name, &event.version, &event.payload, &event.metadata);
    let hash = link(&before.hash, event.position, event.recorded_at.timestamp_micros(), &content);
    if event.hash != hash {
        return Err(changed());
    }
    Ok(Verified { events: event.position, hash })
}

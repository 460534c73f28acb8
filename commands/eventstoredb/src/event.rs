//! An event as the mirror holds it.

use albumen_commands::log::{Hash, StoredEvent};
use eventstore::{EventData, RecordedEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::fault::MirrorFault;

/// What the ids of mirrored events are hashed with, so that they are those of nothing else.
const ID_DOMAIN: &[u8] = b"albumen: id of a mirrored event\0";

/// What the log knows of an event beside its payload, as the mirror's metadata.
#[derive(Serialize, Deserialize)]
pub struct CopiedEvent {
    /// Place in the log.
    pub position: i64,
    /// Place within the stream, from 1; its revision in the mirror is one less.
    pub sequence: i64,
    /// When it was committed, in microseconds since 1970.
    pub recorded_at: i64,
    /// Version of the event.
    pub version: String,
    /// Hash of the chain before it, in hexadecimal digits.
    pub previous: String,
    /// Hash of the chain up to here.
    pub hash: String,
    /// The metadata, byte by byte as the log has it.
    pub metadata: Box<RawValue>,
}

/// The stream of the mirror that an event goes to.
#[must_use]
pub fn stream_name(event: &StoredEvent) -> String {
    format!("{}-{}", event.kind, event.id)
}

/// The id of an event in the mirror. It follows from the hash, and with it from all that the event is
/// and from its place.
#[must_use]
pub fn event_id(event: &StoredEvent) -> Uuid {
    let digest: [u8; 32] = Sha256::new_with_prefix(ID_DOMAIN).chain_update(&event.hash).finalize().into();
    let (id, _) = digest.split_at(16);
    Uuid::from_slice(id).map_or(Uuid::nil(), |id| uuid::Builder::from_custom_bytes(id.into_bytes()).into_uuid())
}

/// Its revision in the mirror.
pub(crate) fn revision(event: &StoredEvent) -> u64 {
    u64::try_from(event.sequence - 1).unwrap_or_default()
}

/// What is sent of an event; `previous` is the hash before it.
pub(crate) fn event_data(event: &StoredEvent, previous: &[u8]) -> Result<EventData, MirrorFault> {
    let unreadable =
        |error: serde_json::Error| MirrorFault::Unreadable { position: event.position, reason: error.to_string() };
    let raw = |text: &str| RawValue::from_string(text.to_owned()).map_err(unreadable);
    let copied = CopiedEvent {
        position: event.position,
        sequence: event.sequence,
        recorded_at: event.recorded_at.timestamp_micros(),
        version: event.version.clone(),
        previous: hexadecimal(previous),
        hash: hexadecimal(&event.hash),
        metadata: raw(&event.metadata)?,
    };
    let data = EventData::json(&event.name, &raw(&event.payload)?).map_err(unreadable)?;
    data.id(event_id(event)).metadata_as_json(&copied).map_err(unreadable)
}

/// Whether what the mirror has is this very event.
pub(crate) fn is_same(found: &RecordedEvent, event: &StoredEvent) -> bool {
    found.id == event_id(event)
}

/// What else stands there, for a person.
pub(crate) fn describe(found: &RecordedEvent) -> String {
    format!("{} {}", found.event_type, found.id)
}

/// The hash of a stored event; the table's check holds its length.
pub(crate) fn hash(event: &StoredEvent) -> Hash {
    event.hash.as_slice().try_into().unwrap_or_default()
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn stored(hash: u8) -> StoredEvent {
        StoredEvent {
            position: 7,
            recorded_at: DateTime::UNIX_EPOCH,
            kind: "shared-link".to_owned(),
            id: "5f0c1d2e-0000-4000-8000-000000000001".to_owned(),
            sequence: 1,
            name: "shared-link-made".to_owned(),
            version: "1".to_owned(),
            payload: r#"{"b": 1,  "a":"é"}"#.to_owned(),
            metadata: r#"{ "actor":{"kind":"operator"}}"#.to_owned(),
            hash: vec![hash; 32],
        }
    }

    #[test]
    fn an_id_follows_from_the_hash_alone() {
        assert_eq!(event_id(&stored(1)), event_id(&stored(1)));
        assert_ne!(event_id(&stored(1)), event_id(&stored(2)));
        assert_eq!(event_id(&stored(1)).get_version_num(), 8);
        // For ever: another id would write the whole mirror once more.
        assert_eq!(event_id(&stored(1)).to_string(), include_str!("../vectors/event-id.txt").trim());
    }

    #[test]
    fn a_stream_is_in_the_category_of_its_kind() {
        assert_eq!(stream_name(&stored(1)), "shared-link-5f0c1d2e-0000-4000-8000-000000000001");
    }
}

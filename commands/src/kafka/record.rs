//! An event as a record of `albumen.log`, there and back.

use albumen_domain::StreamId;
use albumen_schemas::topics::header;
use chrono::DateTime;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};

use crate::log::{ContentHasher, Hash, StoredEvent, link};

/// An event that came by Kafka, with the hash that it says stood before it.
pub(super) struct Delivered {
    pub(super) event: StoredEvent,
    pub(super) previous: Hash,
}

/// The key of an event's record.
pub(super) fn key(event: &StoredEvent) -> String {
    format!("{}/{}", event.kind, event.id)
}

/// The headers of an event's record.
pub(super) fn headers(event: &StoredEvent, previous: &Hash) -> OwnedHeaders {
    let (position, sequence) = (event.position.to_string(), event.sequence.to_string());
    let recorded_at = event.recorded_at.timestamp_micros().to_string();
    let (hash, previous) = (hexadecimal(&event.hash), hexadecimal(previous));
    let values = [
        (header::POSITION, position.as_str()),
        (header::RECORDED_AT, &recorded_at),
        (header::SEQUENCE, &sequence),
        (header::EVENT, &event.name),
        (header::VERSION, &event.version),
        (header::METADATA, &event.metadata),
        (header::HASH, &hash),
        (header::PREVIOUS, &previous),
    ];
    values.into_iter().fold(OwnedHeaders::new_with_capacity(8), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    })
}

/// The position that a record of any of our topics speaks of.
pub(super) fn position(record: &impl Message) -> Option<i64> {
    text(record.headers()?, header::POSITION)?.parse().ok()
}

/// The event of a record; none where it is not one of ours, or not whole.
pub(super) fn event(record: &impl Message) -> Option<Delivered> {
    let headers = record.headers()?;
    let field = |name| text(headers, name);
    let (kind, id) = std::str::from_utf8(record.key()?).ok()?.split_once('/')?;
    let event = StoredEvent {
        position: field(header::POSITION)?.parse().ok()?,
        recorded_at: DateTime::from_timestamp_micros(field(header::RECORDED_AT)?.parse().ok()?)?,
        kind: kind.to_owned(),
        id: id.to_owned(),
        sequence: field(header::SEQUENCE)?.parse().ok()?,
        name: field(header::EVENT)?.to_owned(),
        version: field(header::VERSION)?.to_owned(),
        payload: std::str::from_utf8(record.payload()?).ok()?.to_owned(),
        metadata: field(header::METADATA)?.to_owned(),
        hash: bytes(field(header::HASH)?)?.to_vec(),
    };
    let delivered = Delivered { previous: bytes(field(header::PREVIOUS)?)?, event };
    delivered.is_whole().then_some(delivered)
}

impl Delivered {
    /// Whether its hash is that of its content after the hash before.
    fn is_whole(&self) -> bool {
        let event = &self.event;
        let (Ok(kind), Ok(id)) = (event.kind.parse(), event.id.parse()) else { return false };
        let stream = StreamId { kind, id };
        let content =
            ContentHasher::hash(stream, event.sequence, &event.name, &event.version, &event.payload, &event.metadata);
        event.hash == link(&self.previous, event.position, event.recorded_at.timestamp_micros(), &content)
    }

    /// Whether it is the one that follows `before` in the chain.
    pub(super) fn follows(&self, before: &Self) -> bool {
        self.event.position == before.event.position + 1 && self.previous.as_slice() == before.event.hash
    }
}

fn text<'a>(headers: &'a impl Headers, name: &str) -> Option<&'a str> {
    let found = (0..headers.count()).filter_map(|index| headers.try_get(index)).find(|header| header.key == name)?;
    std::str::from_utf8(found.value?).ok()
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() || !text.is_ascii() {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use albumen_domain::StreamKind;
    use chrono::Utc;
    use rdkafka::{Timestamp, message::OwnedMessage};
    use uuid::Uuid;

    use super::*;
    use crate::log::GENESIS;

    fn stored() -> StoredEvent {
        let stream = StreamId { kind: StreamKind::Asset, id: Uuid::from_u128(7) };
        let recorded_at = DateTime::from_timestamp_micros(Utc::now().timestamp_micros()).expect("a time");
        let (payload, metadata) = (r#"{"sealed":"…"}"#.to_owned(), r#"{"actor":"x"}"#.to_owned());
        let content = ContentHasher::hash(stream, 1, "asset-uploaded", "1", &payload, &metadata);
        StoredEvent {
            position: 1,
            recorded_at,
            kind: "asset".to_owned(),
            id: stream.id.to_string(),
            sequence: 1,
            name: "asset-uploaded".to_owned(),
            version: "1".to_owned(),
            hash: link(&GENESIS, 1, recorded_at.timestamp_micros(), &content).to_vec(),
            payload,
            metadata,
        }
    }

    fn record(event: &StoredEvent, previous: &Hash) -> OwnedMessage {
        OwnedMessage::new(
            Some(event.payload.clone().into_bytes()),
            Some(key(event).into_bytes()),
            "albumen.log".to_owned(),
            Timestamp::NotAvailable,
            0,
            0,
            Some(headers(event, previous)),
        )
    }

    #[test]
    fn an_event_survives_the_way_there_and_back() {
        let stored = stored();
        let back = event(&record(&stored, &GENESIS)).expect("is one of ours").event;
        assert_eq!(format!("{back:?}"), format!("{stored:?}"));
        assert_eq!(position(&record(&stored, &GENESIS)), Some(1));
    }

    #[test]
    fn what_was_changed_on_the_way_is_none_of_ours() {
        let stored = stored();
        let changed = [
            StoredEvent { payload: "{}".to_owned(), ..stored.clone() },
            StoredEvent { position: 2, ..stored.clone() },
            StoredEvent { name: "asset-deleted".to_owned(), ..stored.clone() },
        ];
        for changed in changed {
            assert!(event(&record(&changed, &GENESIS)).is_none(), "{changed:?}");
        }
        assert!(event(&record(&stored, &[1; 32])).is_none(), "it follows from something else");
    }
}

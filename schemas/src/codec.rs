//! The stored form of events: name, version and JSON, and how old versions become new ones.
//!
//! A stored event is never renamed and never re-meant. When a fact gets a new shape, its version
//! counts up and an [`Upcaster`] here turns the old shape into the new one, one version at a time.

use albumen_domain::{AnyEvent, EventKey, StreamKind};
use serde_json::{Map, Value};

/// Turns the payload of one version of an event into that of the next.
pub struct Upcaster {
    /// The event's name.
    pub name: &'static str,
    /// The version that it takes; it yields the one after.
    pub from_version: u16,
    /// The change of shape.
    pub upcast: fn(Map<String, Value>) -> Map<String, Value>,
}

/// Every upcaster there is. The order does not matter.
const UPCASTERS: &[Upcaster] = &[];

/// Why a stored event cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The log was written by a newer release.
    #[error("unknown event {name}.v{version} of a {kind} stream: it was written by a newer release, run that one")]
    Unknown {
        /// Kind of its stream.
        kind: StreamKind,
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// The payload is not what its version says.
    #[error("the payload of {name}.v{version} does not have its shape: {reason}")]
    Shape {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// What is wrong.
        reason: String,
    },
}

/// Reads an event of any version, with its personal values opened or marked as erased.
///
/// # Errors
/// See [`CodecError`].
pub fn decode(kind: StreamKind, name: &str, version: &str, payload: Value) -> Result<AnyEvent, CodecError> {
    decode_with(UPCASTERS, kind, name, version, payload)
}

/// [`decode`] for a payload that is still text. One of today's version is read straight into its event, which is most
/// of what reading the log costs.
///
/// # Errors
/// See [`CodecError`].
pub fn decode_text(kind: StreamKind, name: &str, version: &str, payload: &str) -> Result<AnyEvent, CodecError> {
    let newest = AnyEvent::keys(kind).iter().find(|key| key.name == name && is_version(version, key.version));
    if let Some(key) = newest {
        // Its name is one of ours and needs no escapes.
        let tagged = ["{\"type\":\"", key.name, "\",\"data\":", payload, "}"].concat();
        if let Ok(event) = AnyEvent::from_tagged_text(kind, &tagged) {
            return Ok(event);
        }
    }
    let payload = serde_json::from_str(payload).map_err(|error| shape(name, version, &error))?;
    decode(kind, name, version, payload)
}

fn is_version(text: &str, version: u16) -> bool {
    text.parse() == Ok(version)
}

fn decode_with(
    upcasters: &[Upcaster],
    kind: StreamKind,
    name: &str,
    version: &str,
    payload: Value,
) -> Result<AnyEvent, CodecError> {
    let (key, payload) = newest(upcasters, kind, AnyEvent::keys(kind), name, version, payload)?;
    AnyEvent::from_tagged(kind, tag(key.name, payload)).map_err(|error| shape(name, version, &error))
}

/// The tagged form of an event of any version, brought to the newest.
///
/// # Errors
/// See [`CodecError`].
pub fn decode_tagged(kind: StreamKind, name: &str, version: &str, payload: Value) -> Result<Value, CodecError> {
    let (key, payload) = newest(UPCASTERS, kind, AnyEvent::keys(kind), name, version, payload)?;
    Ok(tag(key.name, payload))
}

fn newest(
    upcasters: &[Upcaster],
    kind: StreamKind,
    keys: &[EventKey],
    name: &str,
    version: &str,
    payload: Value,
) -> Result<(EventKey, Value), CodecError> {
    let unknown = || CodecError::Unknown { kind, name: name.to_owned(), version: version.to_owned() };
    let key = keys.iter().find(|key| key.name == name).copied().ok_or_else(unknown)?;
    let stored: u16 = version.parse().map_err(|_| unknown())?;
    if stored == 0 || stored > key.version {
        return Err(unknown());
    }
    if stored == key.version {
        return Ok((key, payload));
    }
    let Value::Object(mut body) = payload else {
        return Err(CodecError::Shape {
            name: name.to_owned(),
            version: version.to_owned(),
            reason: "it is not an object".to_owned(),
        });
    };
    for step in stored..key.version {
        let upcaster = upcasters
            .iter()
            .find(|upcaster| upcaster.name == name && upcaster.from_version == step)
            .ok_or_else(unknown)?;
        body = (upcaster.upcast)(body);
    }
    Ok((key, Value::Object(body)))
}

fn tag(name: &str, payload: Value) -> Value {
    let mut tagged = Map::with_capacity(2);
    tagged.insert("type".to_owned(), Value::from(name));
    tagged.insert("data".to_owned(), payload);
    Value::Object(tagged)
}

/// The payload of an event as it is stored, before sealing.
///
/// # Errors
/// Never for events of `domain`; serde's signature asks for it.
pub fn encode(event: &AnyEvent) -> Result<(EventKey, Value), serde_json::Error> {
    let mut tagged = event.to_tagged()?;
    Ok((event.key(), tagged.get_mut("data").map(Value::take).unwrap_or_default()))
}

fn shape(name: &str, version: &str, error: &serde_json::Error) -> CodecError {
    CodecError::Shape { name: name.to_owned(), version: version.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use albumen_domain::erasure::{ErasureScope, SubjectErased};
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_of_today_survives_the_way_there_and_back() {
        let event = AnyEvent::Erasure(SubjectErased { scope: ErasureScope::Owner }.into());
        let (key, payload) = encode(&event).expect("encodes");
        let back = decode(StreamKind::Erasure, key.name, &key.version.to_string(), payload).expect("decodes");
        assert_eq!(back, event);
    }

    #[test]
    fn an_event_of_a_newer_release_is_refused_by_name() {
        let error = decode(StreamKind::Erasure, "subject-erased", "9", Value::Null).expect_err("unknown");
        assert!(error.to_string().contains("subject-erased.v9"), "{error}");
        decode(StreamKind::Erasure, "subject-forgotten", "1", Value::Null).expect_err("unknown");
        decode(StreamKind::Erasure, "subject-erased", "0", Value::Null).expect_err("versions count from 1");
    }

    /// A fact that had two shapes before its present one.
    const STEPS: [Upcaster; 2] = [
        Upcaster { name: "moved", from_version: 2, upcast: |body| rename(body, "place", "position") },
        Upcaster { name: "moved", from_version: 1, upcast: |body| rename(body, "at", "place") },
    ];

    fn rename(mut body: Map<String, Value>, old: &str, new: &str) -> Map<String, Value> {
        let value = body.remove(old).expect("the old shape has it");
        body.insert(new.to_owned(), value);
        body
    }

    fn upcast(upcasters: &[Upcaster], version: &str, payload: Value) -> Result<(EventKey, Value), CodecError> {
        let keys = [EventKey { name: "moved", version: 3 }];
        newest(upcasters, StreamKind::System, &keys, "moved", version, payload)
    }

    #[test]
    fn old_shapes_become_the_newest_step_by_step() {
        let newest = json!({"position": 7, "kept": true});
        for (version, stored) in
            [("1", json!({"at": 7, "kept": true})), ("2", json!({"place": 7, "kept": true})), ("3", newest.clone())]
        {
            let (key, payload) = upcast(&STEPS, version, stored).expect("is known");
            assert_eq!((key.version, payload), (3, newest.clone()), "from version {version}");
        }
    }

    #[test]
    fn a_missing_step_and_a_body_that_is_no_object_are_errors() {
        let missing = upcast(&STEPS[..1], "1", json!({"at": 7}));
        assert!(matches!(missing, Err(CodecError::Unknown { .. })));
        assert!(matches!(upcast(&STEPS, "1", json!(7)), Err(CodecError::Shape { .. })));
    }

    #[test]
    fn every_old_version_has_its_upcaster_and_no_other_has() {
        let keys: Vec<_> = StreamKind::ALL.into_iter().flat_map(AnyEvent::keys).collect();
        let expected: BTreeSet<_> =
            keys.iter().flat_map(|key| (1..key.version).map(|version| (key.name, version))).collect();
        let present: Vec<_> = UPCASTERS.iter().map(|upcaster| (upcaster.name, upcaster.from_version)).collect();
        assert_eq!(present.len(), expected.len(), "an upcaster stands twice");
        assert_eq!(present.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn a_payload_of_the_wrong_shape_is_an_error() {
        let error = decode(StreamKind::Erasure, "subject-erased", "1", json!({"scope": 3}));
        assert!(matches!(error, Err(CodecError::Shape { .. })));
    }
}

//! Personal values in an event's JSON: plain with a mark inside, sealed in the log.
//!
//! A sealed value is the object `{"$sealed": "1.<subject>.<base64 of nonce and ciphertext>"}`.
//! It is bound to its stream and to the event's name, so it cannot be moved elsewhere.

use std::{borrow::Cow, collections::HashSet};

use albumen_domain::StreamId;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    keyring::SubjectKey,
    master::{MasterKeyError, NONCE_BYTES, random},
};

const PERSONAL_MARK: &str = "$personal";
const ERASED_MARK: &str = "$erased";
const SEALED_MARK: &str = "$sealed";
/// The way of sealing; another way gets another number.
const FORMAT: &str = "1";

/// Where a value belongs: sealed into it, and required to open it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Whose stream.
    pub stream: StreamId,
    /// The event's name.
    pub event: &'a str,
}

impl Context<'_> {
    fn bytes(&self) -> Vec<u8> {
        format!("{}/{}/{}", self.stream.kind, self.stream.id, self.event).into_bytes()
    }
}

/// What came of looking for a subject's key.
pub enum Opened<'a> {
    /// The key.
    Key(&'a XChaCha20Poly1305),
    /// It was erased.
    Erased,
}

/// Seals every plain personal value in `payload`. True when there was one.
///
/// # Errors
/// The system has no random numbers.
pub fn seal(payload: &mut Value, key: &SubjectKey, context: Context<'_>) -> Result<bool, MasterKeyError> {
    let mut found = false;
    let bound_to = context.bytes();
    visit(payload, &mut |mark, value| {
        if mark != PERSONAL_MARK {
            return Ok(None);
        }
        found = true;
        let nonce = random::<NONCE_BYTES>()?;
        let plain = zeroize::Zeroizing::new(value.to_string());
        let sealed = key
            .cipher
            .encrypt(XNonce::from_slice(nonce.as_slice()), Payload { msg: plain.as_bytes(), aad: &bound_to })
            .map_err(|_| MasterKeyError::Random("sealing failed".to_owned()))?;
        let text = STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(Some(marked(SEALED_MARK, Value::from(format!("{FORMAT}.{}.{text}", key.subject)))))
    })?;
    Ok(found)
}

/// Whether `payload` holds a plain personal value.
#[must_use]
pub fn has_personal(payload: &Value) -> bool {
    match payload {
        Value::Object(map) => (map.len() == 1 && map.contains_key(PERSONAL_MARK)) || map.values().any(has_personal),
        Value::Array(items) => items.iter().any(has_personal),
        _ => false,
    }
}

/// Adds the subjects of all sealed values in `payload` to `subjects`.
pub fn sealed_subjects<S: std::hash::BuildHasher>(payload: &Value, subjects: &mut HashSet<Uuid, S>) {
    match payload {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get(SEALED_MARK).filter(|_| map.len() == 1) {
                subjects.extend(parse(text).map(|(subject, _)| subject));
                return;
            }
            map.values().for_each(|value| sealed_subjects(value, subjects));
        }
        Value::Array(items) => items.iter().for_each(|item| sealed_subjects(item, subjects)),
        _ => {}
    }
}

/// Opens every sealed value in `payload`; what has no key any more becomes an erased value.
///
/// # Errors
/// A value does not open with its own key: somebody changed it.
pub fn open<'k>(payload: &mut Value, context: Context<'_>, key_of: &dyn Fn(Uuid) -> Opened<'k>) -> Result<(), String> {
    let bound_to = context.bytes();
    visit(payload, &mut |mark, value| {
        if mark != SEALED_MARK {
            return Ok(None);
        }
        let text = value.as_str().ok_or("a sealed value that is not text")?;
        let (subject, sealed) = parse(text).ok_or("a sealed value in an unknown format")?;
        let cipher = match key_of(subject) {
            Opened::Key(cipher) => cipher,
            Opened::Erased => return Ok(Some(marked(ERASED_MARK, Value::Bool(true)))),
        };
        let plain = decrypt(cipher, &sealed, &bound_to).and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok(Some(marked(PERSONAL_MARK, plain.ok_or("a sealed value does not open with its key")?)))
    })
    .map_err(|reason: &str| reason.to_owned())
}

/// How a sealed value begins where an event's JSON is text as we write it. Within a text of that JSON every quote
/// has a backslash before it, so nothing else looks like this.
const SEALED_TEXT: &str = "{\"$sealed\":\"";
/// How it ends. Base64 has neither quotes nor backslashes.
const SEALED_TEXT_END: &str = "\"}";

/// A sealed value in the text of an event.
struct SealedText<'a> {
    /// What stands before it and after the one before.
    before: &'a str,
    sealed: &'a str,
}

/// Walks over the sealed values of a text, and then yields what is left.
struct SealedTexts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for SealedTexts<'a> {
    type Item = SealedText<'a>;

    fn next(&mut self) -> Option<SealedText<'a>> {
        let (before, begun) = self.rest.split_once(SEALED_TEXT)?;
        let (sealed, rest) = begun.split_once(SEALED_TEXT_END)?;
        self.rest = rest;
        Some(SealedText { before, sealed })
    }
}

/// [`sealed_subjects`] of an event whose JSON is still text.
pub fn sealed_subjects_of_text<S: std::hash::BuildHasher>(payload: &str, subjects: &mut HashSet<Uuid, S>) {
    subjects.extend(SealedTexts { rest: payload }.filter_map(|value| subject_of(value.sealed)));
}

/// [`open`] for an event whose JSON is still text: what was sealed is put in as it was written, so that nothing has
/// to be parsed twice.
///
/// # Errors
/// See [`open`].
pub fn open_text<'p, 'k>(
    payload: &'p str,
    context: Context<'_>,
    key_of: &dyn Fn(Uuid) -> Opened<'k>,
) -> Result<Cow<'p, str>, String> {
    let mut values = SealedTexts { rest: payload };
    let Some(first) = values.next() else { return Ok(Cow::Borrowed(payload)) };
    let bound_to = context.bytes();
    let mut opened = String::with_capacity(payload.len());
    let mut next = Some(first);
    while let Some(SealedText { before, sealed }) = next {
        opened.push_str(before);
        let (subject, sealed) = parse(sealed).ok_or("a sealed value in an unknown format")?;
        match key_of(subject) {
            Opened::Key(cipher) => {
                let plain = decrypt(cipher, &sealed, &bound_to).ok_or("a sealed value does not open with its key")?;
                let plain = std::str::from_utf8(&plain).map_err(|_| "a sealed value is no text")?;
                opened.extend(["{\"", PERSONAL_MARK, "\":", plain, "}"]);
            }
            Opened::Erased => opened.extend(["{\"", ERASED_MARK, "\":true}"]),
        }
        next = values.next();
    }
    opened.push_str(values.rest);
    Ok(Cow::Owned(opened))
}

/// Leaves every sealed value closed: it reads as erased. For loading aggregates whose rules look
/// at no personal value, which is then much faster.
pub fn skip(payload: &mut Value) {
    let _: Result<(), ()> =
        visit(payload, &mut |mark, _| Ok((mark == SEALED_MARK).then(|| marked(ERASED_MARK, Value::Bool(true)))));
}

fn decrypt(cipher: &XChaCha20Poly1305, sealed: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: bound_to }).ok()
}

fn subject_of(sealed: &str) -> Option<Uuid> {
    let (format, rest) = sealed.split_once('.')?;
    let (subject, _) = rest.split_once('.')?;
    if format == FORMAT { Uuid::parse_str(subject).ok() } else { None }
}

fn parse(text: &str) -> Option<(Uuid, Vec<u8>)> {
    let mut parts = text.splitn(3, '.');
    if parts.next()? != FORMAT {
        return None;
    }
    let subject = Uuid::parse_str(parts.next()?).ok()?;
    Some((subject, STANDARD_NO_PAD.decode(parts.next()?).ok()?))
}

fn marked(mark: &str, value: Value) -> Value {
    let mut map = Map::with_capacity(1);
    map.insert(mark.to_owned(), value);
    Value::Object(map)
}

/// Calls `change` for every object of one member; where it answers with a value, that takes the
/// object's place, otherwise the walk goes on inside.
fn visit<E, F>(value: &mut Value, change: &mut F) -> Result<(), E>
where
    F: FnMut(&str, &Value) -> Result<Option<Value>, E>,
{
    match value {
        Value::Object(map) => {
            if map.len() == 1 {
                let replacement = match map.iter().next() {
                    Some((mark, inner)) if mark.starts_with('$') => change(mark, inner)?,
                    _ => None,
                };
                if let Some(replacement) = replacement {
                    *value = replacement;
                    return Ok(());
                }
            }
            map.values_mut().try_for_each(|inner| visit(inner, change))
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| visit(item, change)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use albumen_domain::StreamKind;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn context(event: &str) -> Context<'_> {
        Context { stream: StreamId { kind: StreamKind::Asset, id: Uuid::from_u128(5) }, event }
    }

    fn sealed(key: &SubjectKey) -> Value {
        let mut payload = json!({"name": {"$personal": "Ada"}, "deep": [{"$personal": {"x": 1}}], "plain": 3});
        assert!(seal(&mut payload, key, context("e")).expect("seals"));
        payload
    }

    #[test]
    fn what_is_sealed_opens_with_its_key() {
        let key = SubjectKey::for_tests(Uuid::from_u128(1), 1);
        let mut payload = sealed(&key);
        assert!(!payload.to_string().contains("Ada"));
        open(&mut payload, context("e"), &|_| Opened::Key(&key.cipher)).expect("opens");
        assert_eq!(payload, json!({"name": {"$personal": "Ada"}, "deep": [{"$personal": {"x": 1}}], "plain": 3}));
    }

    #[test]
    fn without_its_key_it_reads_as_erased() {
        let mut payload = sealed(&SubjectKey::for_tests(Uuid::from_u128(1), 1));
        open(&mut payload, context("e"), &|_| Opened::Erased).expect("is an answer");
        assert_eq!(payload["name"], json!({"$erased": true}));
        assert_eq!(payload["plain"], json!(3));
    }

    #[test]
    fn it_cannot_be_moved_to_another_event_or_opened_by_another_key() {
        let key = SubjectKey::for_tests(Uuid::from_u128(1), 1);
        open(&mut sealed(&key), context("f"), &|_| Opened::Key(&key.cipher)).expect_err("another event");
        let other = SubjectKey::for_tests(Uuid::from_u128(1), 2);
        open(&mut sealed(&key), context("e"), &|_| Opened::Key(&other.cipher)).expect_err("another key");
        let text = sealed(&key).to_string();
        open_text(&text, context("f"), &|_| Opened::Key(&key.cipher)).expect_err("another event");
        open_text(&text, context("e"), &|_| Opened::Key(&other.cipher)).expect_err("another key");
    }

    #[test]
    fn the_subjects_are_found() {
        let key = SubjectKey::for_tests(Uuid::from_u128(1), 1);
        let mut subjects = HashSet::new();
        sealed_subjects(&sealed(&key), &mut subjects);
        assert_eq!(subjects, HashSet::from([Uuid::from_u128(1)]));
    }

    /// Any JSON; with `marks`, also what looks like a mark of ours, as a client may store it.
    fn any_json(marks: bool) -> impl Strategy<Value = Value> {
        let key = if marks { "[a-z]{0,3}|\\$personal|\\$sealed|\\$erased" } else { "[a-z]{0,3}" };
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_payload_survives_the_way_there_and_back(
            personal in any_json(true), other in any_json(true), plain in any_json(false),
        ) {
            let key = SubjectKey::for_tests(Uuid::from_u128(1), 1);
            let payload = json!({"a": marked(PERSONAL_MARK, personal), "b": [plain, marked(PERSONAL_MARK, other)]});
            let mut stored = payload.clone();
            prop_assert!(has_personal(&stored));
            prop_assert!(seal(&mut stored, &key, context("e")).expect("seals"));
            prop_assert!(!has_personal(&stored));
            let mut read: Value = serde_json::from_str(&stored.to_string()).expect("is JSON");
            let mut skipped = read.clone();
            let text = stored.to_string();
            let mut subjects = HashSet::new();
            sealed_subjects_of_text(&text, &mut subjects);
            prop_assert_eq!(subjects, HashSet::from([Uuid::from_u128(1)]));
            let opened = open_text(&text, context("e"), &|_| Opened::Key(&key.cipher)).expect("opens");
            prop_assert_eq!(serde_json::from_str::<Value>(&opened).expect("is JSON"), payload.clone());
            open(&mut read, context("e"), &|_| Opened::Key(&key.cipher)).expect("opens");
            prop_assert_eq!(&read, &payload);
            skip(&mut skipped);
            let erased = open_text(&text, context("e"), &|_| Opened::Erased).expect("is an answer");
            prop_assert_eq!(serde_json::from_str::<Value>(&erased).expect("is JSON"), skipped.clone());
            prop_assert_eq!(skipped, json!({"a": {"$erased": true}, "b": [&payload["b"][0], {"$erased": true}]}));
        }
    }

    #[test]
    fn nothing_personal_means_nothing_sealed() {
        let key = SubjectKey::for_tests(Uuid::from_u128(1), 1);
        let mut payload = json!({"favorite": true});
        assert!(!seal(&mut payload, &key, context("e")).expect("seals"));
        assert_eq!(payload, json!({"favorite": true}));
    }
}

//! The contracts of the log's events, in `schemas/events`:
//!
//! - `<name>.v<version>.schema.json`: the shape, derived from the type. A type that changes without
//!   a new version fails here.
//! - `<name>.v<version>.golden.json`: samples as the log holds them (opened). Written once, never
//!   changed, read for ever; `INDEX` holds their hashes.
//! - `<name>.v<version>.decoded.json`: what the samples are in the newest version.
//!
//! `ALBUMEN_BLESS=1` rewrites schemas and decoded forms and adds new golden files to `INDEX`; it
//! never changes what `INDEX` says about a file already.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use albumen_domain::{AnyEvent, EventKey, Metadata, StreamKind, schema};
use albumen_schemas::codec;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const METADATA: &str = "metadata";

/// A committed golden file.
#[derive(Deserialize)]
struct Golden {
    /// Absent for the metadata, which every stream has.
    kind: Option<StreamKind>,
    samples: BTreeMap<String, Value>,
}

impl Golden {
    fn read(stem: &str) -> Self {
        let path = file(stem, "golden");
        serde_json::from_value(read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

fn file(stem: &str, what: &str) -> PathBuf {
    folder().join(format!("{stem}.{what}.json"))
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_blessing() -> bool {
    std::env::var_os("ALBUMEN_BLESS").is_some()
}

/// Fails unless the committed file says the same.
fn compare(path: &Path, expected: &Value, advice: &str) {
    if is_blessing() {
        let text = serde_json::to_string_pretty(expected).expect("serialises");
        fs::write(path, text + "\n").expect("writes");
    }
    assert!(path.exists(), "{} is missing: ALBUMEN_BLESS=1 writes it", path.display());
    let committed = read(path);
    let name = path.file_name().unwrap_or_default().display();
    assert!(committed == *expected, "{name}: {advice}\n\ncommitted: {committed:#}\n\nnow: {expected:#}");
}

fn keys() -> Vec<(StreamKind, EventKey)> {
    StreamKind::ALL.into_iter().flat_map(|kind| AnyEvent::keys(kind).iter().map(move |key| (kind, *key))).collect()
}

/// The files of one kind, by what stands before it.
fn stems(what: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("can be read").file_name().into_string().expect("is text"));
    names.filter_map(|name| name.strip_suffix(&format!(".{what}.json")).map(str::to_owned)).collect()
}

/// `name.v1` in its parts.
fn parse_stem(stem: &str) -> (&str, u16) {
    let parts = stem.rsplit_once(".v").and_then(|(name, version)| Some((name, version.parse().ok()?)));
    parts.unwrap_or_else(|| panic!("{stem} is not a name and a version"))
}

fn check(validator: &jsonschema::Validator, value: &Value, what: &str) {
    let faults: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{what}: {faults:?}");
}

#[test]
fn a_name_means_one_event() {
    let keys = keys();
    let names: BTreeSet<&str> = keys.iter().map(|(_, key)| key.name).collect();
    assert_eq!(names.len(), keys.len(), "a name stands twice");
}

#[test]
fn schemas_are_those_of_the_types() {
    for kind in StreamKind::ALL {
        for (key, schema) in AnyEvent::schemas(kind) {
            let advice = "the event has another shape now; give it a new version and an upcaster";
            compare(&file(&key.to_string(), "schema"), schema.as_value(), advice);
        }
    }
    let advice = "every event has metadata, and what is stored must stay readable; only add what can be absent";
    compare(&file(METADATA, "schema"), schema::of_metadata().as_value(), advice);
}

#[test]
fn every_event_has_a_golden_file_that_covers_it() {
    for (kind, key) in keys() {
        let golden = Golden::read(&key.to_string());
        assert_eq!(golden.kind, Some(kind), "{key}");
        let schema = AnyEvent::schemas(kind).into_iter().find(|(other, _)| *other == key).expect("is derived").1;
        let schema = schema.as_value();
        assert_covers(&key.to_string(), schema, &golden.samples);
    }
    assert_covers(METADATA, schema::of_metadata().as_value(), &Golden::read(METADATA).samples);
}

/// Fails unless there is a sample with every member, one with no more than it needs, and, where
/// something is personal, one that was erased.
fn assert_covers(stem: &str, schema: &Value, samples: &BTreeMap<String, Value>) {
    let members = |name: &str| -> BTreeSet<String> {
        let sample = samples.get(name).unwrap_or_else(|| panic!("{stem}: the sample `{name}` is missing"));
        sample.as_object().expect("an object").keys().cloned().collect()
    };
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let all: BTreeSet<String> = properties.keys().cloned().collect();
    assert_eq!(members("complete"), all, "{stem}: `complete`");
    let required = schema["required"].as_array().into_iter().flatten();
    let required: BTreeSet<String> = required.map(|name| name.as_str().expect("a name").to_owned()).collect();
    if required != all {
        let fewest = samples.values().map(|sample| sample.as_object().map_or(0, Map::len)).min();
        assert_eq!(fewest, Some(required.len()), "{stem}: no sample holds only what is required");
    }
    if schema.to_string().contains("x-personal") {
        assert!(samples["erased"].to_string().contains(r#"{"$erased":true}"#), "{stem}: `erased`");
    }
}

#[test]
fn golden_files_are_read_for_ever() {
    for stem in stems("golden") {
        let golden = Golden::read(&stem);
        let schema = read(&file(&stem, "schema"));
        let validator = jsonschema::validator_for(&schema).expect("is a schema");
        let mut decoded = Map::new();
        for (name, sample) in &golden.samples {
            let what = format!("{stem}, sample `{name}`");
            check(&validator, sample, &what);
            check(&validator, &sealed(sample), &format!("{what}, sealed"));
            decoded.insert(name.clone(), newest(&stem, &golden, sample, &what));
        }
        let advice = "its samples are read as something else now";
        compare(&file(&stem, "decoded"), &Value::Object(decoded), advice);
    }
}

/// What a sample is in the newest version, which the newest schema must admit.
fn newest(stem: &str, golden: &Golden, sample: &Value, what: &str) -> Value {
    let Some(kind) = golden.kind else {
        let metadata = Metadata::deserialize(sample).unwrap_or_else(|error| panic!("{what}: {error}"));
        return serde_json::to_value(metadata).expect("serialises");
    };
    let (name, version) = parse_stem(stem);
    let event = codec::decode(kind, name, &version.to_string(), sample.clone());
    let event = event.unwrap_or_else(|error| panic!("{what}: {error}"));
    let of_text = codec::decode_text(kind, name, &version.to_string(), &sample.to_string());
    assert_eq!(of_text.unwrap_or_else(|error| panic!("{what}: {error}")), event, "{what}, read from text");
    let (key, payload) = codec::encode(&event).expect("encodes");
    assert_eq!(key.name, name);
    let schema = read(&file(&key.to_string(), "schema"));
    check(&jsonschema::validator_for(&schema).expect("is a schema"), &payload, what);
    payload
}

/// The sample as the log's table holds it.
fn sealed(sample: &Value) -> Value {
    match sample {
        Value::Object(map) if map.len() == 1 && map.contains_key("$personal") => {
            json!({ "$sealed": "1.00000001-0000-4000-8000-000000000001.c2VhbGVk/+" })
        }
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), sealed(value))).collect(),
        Value::Array(items) => items.iter().map(sealed).collect(),
        other => other.clone(),
    }
}

#[test]
fn a_schema_refuses_what_is_plain_or_has_another_shape() {
    let schema = read(&file("asset-key-value-set.v1", "schema"));
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    for (payload, is_valid) in [
        (json!({"key": "k", "value": {"$personal": {}}}), true),
        (json!({"key": "k", "value": {"plain": true}}), false),
        (json!({"key": "k", "value": {"$personal": "no object"}}), false),
        (json!({"key": "k", "value": {"$personal": {}, "$erased": true}}), false),
        (json!({"key": "k", "value": {"$erased": false}}), false),
        (json!({"key": "k", "value": {"$sealed": "nothing"}}), false),
        (json!({"key": 1, "value": {"$erased": true}}), false),
        (json!({"value": {"$erased": true}}), false),
    ] {
        assert_eq!(validator.is_valid(&payload), is_valid, "{payload}");
    }
}

#[test]
fn golden_files_are_as_they_were_committed() {
    let path = folder().join("INDEX");
    let mut index = read_index(&path);
    let present: BTreeMap<String, String> = stems("golden")
        .iter()
        .map(|stem| {
            let path = file(stem, "golden");
            let hash = Sha256::digest(fs::read(&path).expect("can be read"));
            (format!("{stem}.golden.json"), format!("{hash:x}"))
        })
        .collect();
    if is_blessing() {
        for (name, hash) in &present {
            index.entry(name.clone()).or_insert_with(|| hash.clone());
        }
        let lines: String = index.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
        fs::write(&path, lines).expect("writes");
    }
    for (name, hash) in &index {
        let now = present.get(name).unwrap_or_else(|| panic!("{name} was deleted; the log still holds such events"));
        assert_eq!(now, hash, "{name} was changed; the log still holds what it said before");
    }
    let unlisted: Vec<&String> = present.keys().filter(|name| !index.contains_key(*name)).collect();
    assert!(unlisted.is_empty(), "not in INDEX (ALBUMEN_BLESS=1 adds them): {unlisted:?}");
}

/// In the form of sha256sum.
fn read_index(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let parse = |line: &str| {
        let (hash, name) = line.split_once("  ").unwrap_or_else(|| panic!("INDEX: {line}"));
        (name.to_owned(), hash.to_owned())
    };
    text.lines().map(parse).collect()
}

#[test]
fn every_file_belongs_to_a_golden_file() {
    let golden = stems("golden");
    for what in ["schema", "decoded"] {
        assert_eq!(stems(what), golden, "files of kind {what}");
    }
    let newest: BTreeMap<&str, u16> = keys().into_iter().map(|(_, key)| (key.name, key.version)).collect();
    for stem in golden.iter().filter(|stem| *stem != METADATA) {
        let (name, version) = parse_stem(stem);
        let known = newest.get(name).is_some_and(|newest| (1..=*newest).contains(&version));
        assert!(known, "no event {stem} is known, but the log may hold it");
    }
}

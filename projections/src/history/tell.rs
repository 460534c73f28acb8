//! An event in a person's words: what was done, what it was and what it became.

use std::collections::HashMap;

use albumen_domain::{Actor, AnyEvent, Recorded};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{owner::id_in, words};

/// Names of people, by their ids.
pub type Names = HashMap<Uuid, String>;

/// See the module's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What was done, without saying by whom: `made the album “Summer”`.
    pub words: String,
    /// What the values were that were replaced. What was erased is `{"erased": true}`.
    pub was: Map<String, Value>,
    /// The values that the event holds.
    pub became: Map<String, Value>,
    /// Whether something of it was erased.
    pub erased: bool,
}

/// The longest value that is told, as JSON: more is for programs, which read the log.
const MAX_VALUE_BYTES: usize = 4_096;
/// So many of a list are told.
const MAX_ITEMS: usize = 100;
/// Names that are told when several people are meant.
const MAX_NAMES: usize = 5;
/// Members that say how work is organised, not what came of it.
const INNER_MEMBERS: [&str; 4] = ["lease", "revision", "attempt", "vector"];
/// Parts of the names of members that are nobody's business, in lower case.
const SECRET_PARTS: [&str; 7] = ["password", "_hash", "token", "secret", "licensekey", "license_key", "activation"];

/// What an event is about, which is told of it. `before` are earlier events of its stream, in order.
#[must_use]
pub fn tell<'a>(recorded: &Recorded, before: impl IntoIterator<Item = &'a Recorded>, names: &Names) -> Told {
    let mut state = Map::new();
    for earlier in before {
        state.extend(members(&earlier.event));
    }
    let name = recorded.event.key().name;
    let line = words::line_of(name);
    let mut became = members(&recorded.event);
    let mut was = Map::new();
    if line.is_none_or(|line| line.replaces) {
        let replaced = became.keys().filter_map(|member| Some((member.clone(), state.get(member)?.clone())));
        was.extend(replaced);
    }
    state.extend(became.clone());
    let words = line.map_or_else(|| name.replace('-', " "), |line| Phrase { state: &state, names }.fill(line.says));
    let erased = is_erased(&Value::Object(became.clone())) || is_erased(&Value::Object(was.clone()));
    present(&mut was);
    present(&mut became);
    Told { words, was, became, erased }
}

/// Who caused an event, in words.
#[must_use]
pub fn actor_name(actor: &Actor, names: &Names) -> String {
    match actor {
        Actor::User { id } => names.get(id).cloned().unwrap_or_else(|| "somebody who is gone".to_owned()),
        Actor::Job { name } => format!("the job {name}"),
        Actor::Operator => "the operator".to_owned(),
        Actor::Anonymous => "somebody who is not logged in".to_owned(),
    }
}

/// The values of an event, with personal ones opened.
fn members(event: &AnyEvent) -> Map<String, Value> {
    let data = event.to_tagged().ok().and_then(|mut tagged| tagged.get_mut("data").map(Value::take));
    match data.map(opened) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Without the marks of personal values.
fn opened(value: Value) -> Value {
    match value {
        Value::Object(mut map) if map.len() == 1 && map.contains_key("$personal") => {
            map.remove("$personal").unwrap_or_default()
        }
        Value::Object(map) if map.len() == 1 && map.contains_key("$erased") => json!({ "erased": true }),
        // A value that can also be taken away.
        Value::Object(mut map) if map.len() == 1 && map.contains_key("value") => {
            opened(map.remove("value").unwrap_or_default())
        }
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, opened(value))).collect(),
        Value::Array(items) => items.into_iter().map(opened).collect(),
        other => other,
    }
}

fn is_erased(value: &Value) -> bool {
    match value {
        Value::Object(map) if map.len() == 1 && map.get("erased") == Some(&Value::Bool(true)) => true,
        Value::Object(map) => map.values().any(is_erased),
        Value::Array(items) => items.iter().any(is_erased),
        _ => false,
    }
}

fn is_secret(member: &str) -> bool {
    let member = member.to_lowercase();
    SECRET_PARTS.iter().any(|part| member.contains(part)) && member != "should_change_password"
}

/// Leaves out what is secret or nobody's business, and shortens what is long.
fn present(members: &mut Map<String, Value>) {
    members.retain(|name, _| !INNER_MEMBERS.contains(&name.as_str()) && !is_secret(name));
    for value in members.values_mut() {
        hide_secrets(value);
        shorten(value);
    }
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !is_secret(name));
            map.values_mut().for_each(hide_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

fn shorten(value: &mut Value) {
    if let Value::Array(items) = value {
        items.truncate(MAX_ITEMS);
    }
    if value.to_string().len() > MAX_VALUE_BYTES {
        *value = json!({ "shortened": true });
    }
}

/// What stands in for the places of a line.
struct Phrase<'a> {
    state: &'a Map<String, Value>,
    names: &'a Names,
}

impl Phrase<'_> {
    fn fill(&self, line: &str) -> String {
        let mut filled = String::with_capacity(line.len() + 32);
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let end = closing(after);
            filled.push_str(&self.place(&after[..end]));
            rest = after.get(end + 1..).unwrap_or_default();
        }
        filled.push_str(rest);
        filled
    }

    fn place(&self, place: &str) -> String {
        let (mark, rest) = place.split_at(place.len().min(1));
        match mark {
            "=" => self.value(rest).map_or_else(unknown, plain),
            "@" => self.people(rest),
            "#" => {
                let mut parts = rest.split('|');
                let count = self.value(parts.next().unwrap_or_default()).and_then(Value::as_array).map_or(0, Vec::len);
                let (one, many) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                if count == 1 { format!("one {one}") } else { format!("{count} {many}") }
            }
            "?" => {
                let (member, choices) = rest.split_once('|').unwrap_or((rest, ""));
                let (yes, no) = choice(choices);
                let holds = self.value(member).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
                self.fill(if holds { yes } else { no })
            }
            _ => self.value(place).map_or_else(unknown, quoted),
        }
    }

    fn value(&self, member: &str) -> Option<&Value> {
        self.state.get(member)
    }

    fn people(&self, member: &str) -> String {
        let person = |value: &Value| {
            let id = id_in(value).or_else(|| id_in(&value["user"]));
            id.and_then(|id| self.names.get(&id).cloned()).unwrap_or_else(|| "somebody".to_owned())
        };
        match self.value(member) {
            Some(Value::Array(list)) => {
                let mut names: Vec<String> = list.iter().take(MAX_NAMES).map(person).collect();
                if list.len() > MAX_NAMES {
                    names.push(format!("{} more", list.len() - MAX_NAMES));
                }
                let last = names.pop().unwrap_or_default();
                if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
            }
            Some(value) => person(value),
            None => "somebody".to_owned(),
        }
    }
}

/// Where a place ends: others may stand in it.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (index, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return index,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The two of a choice: what parts them stands in none of the places in them.
fn choice(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (index, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '|' if depth == 0 => return (&text[..index], &text[index + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn unknown() -> String {
    "(unknown)".to_owned()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value if is_erased(value) => "(erased)".to_owned(),
        other => other.to_string(),
    }
}

fn quoted(value: &Value) -> String {
    if is_erased(value) || value.is_null() { plain(value) } else { format!("“{}”", plain(value)) }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use albumen_domain::{
        Metadata, Personal, StreamId, StreamKind,
        album::{
            AlbumAssetsAdded, AlbumCreated, AlbumDetailsChanged, AlbumEvent, AlbumMember, AlbumOrder, AlbumRole,
            AlbumUsersAdded,
        },
        asset::{AssetEvent, FavoriteChanged},
        user::{PasswordChanged, UserEvent},
    };
    use albumen_schemas::codec;
    use chrono::DateTime;

    use super::*;

    fn recorded(kind: StreamKind, event: AnyEvent) -> Recorded {
        Recorded {
            position: 1,
            recorded_at: DateTime::UNIX_EPOCH,
            stream: StreamId { kind, id: Uuid::from_u128(9) },
            sequence: 1,
            event,
            metadata: Metadata::job("test", String::new(), None),
        }
    }

    fn album(event: impl Into<AlbumEvent>) -> Recorded {
        recorded(StreamKind::Album, AnyEvent::Album(event.into()))
    }

    fn summer(name: Personal<String>) -> Recorded {
        let description = String::new().into();
        album(AlbumCreated { owner: Uuid::from_u128(1), name, description, order: AlbumOrder::Ascending })
    }

    #[test]
    fn every_event_has_its_words() {
        let known: BTreeSet<&str> = StreamKind::ALL.into_iter().flat_map(AnyEvent::keys).map(|key| key.name).collect();
        let told: BTreeSet<&str> = words::LINES.iter().map(|line| line.event).collect();
        let missing: Vec<_> = known.difference(&told).collect();
        assert!(missing.is_empty(), "give these a line in history/words.rs: {missing:?}");
        let stray: Vec<_> = told.difference(&known).collect();
        assert!(stray.is_empty(), "no such events: {stray:?}");
        assert_eq!(told.len(), words::LINES.len(), "a line stands twice");
    }

    /// No line asks for something that its event never says, nor tells of a secret.
    #[test]
    fn every_golden_event_can_be_told() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/events");
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let name = entry.file_name().into_string().expect("is text");
            let Some(stem) = name.strip_suffix(".golden.json").filter(|stem| *stem != "metadata") else { continue };
            let golden: Value = serde_json::from_slice(&fs::read(entry.path()).expect("is read")).expect("is JSON");
            let kind: StreamKind = golden["kind"].as_str().expect("a kind").parse().expect("is known");
            let (event, version) = stem.rsplit_once(".v").expect("a version");
            for (sample, payload) in golden["samples"].as_object().expect("samples") {
                let event = codec::decode(kind, event, version, payload.clone()).expect("decodes");
                let told = tell(&recorded(kind, event), [], &Names::new());
                assert!(!told.words.is_empty() && !told.words.contains(['{', '}']), "{stem} {sample}: {}", told.words);
                assert_eq!(told.erased, sample == "erased", "{stem} {sample}");
                let shown = Value::Object(told.became).to_string();
                assert!(!shown.contains("_hash\"") && !shown.contains("secret"), "{stem} {sample}: {shown}");
            }
        }
    }

    #[test]
    fn what_it_was_and_what_it_became() {
        let renamed = album(AlbumDetailsChanged { name: Some("Winter".to_owned().into()), description: None });
        let before = summer("Summer".to_owned().into());
        let told = tell(&renamed, [&before], &Names::new());
        assert_eq!(Value::Object(told.was), json!({"name": "Summer"}));
        assert_eq!(Value::Object(told.became), json!({"name": "Winter"}));
        assert_eq!(told.words, "changed what the album “Winter” is called or says");
    }

    #[test]
    fn counts_people_and_choices_are_put_in() {
        let (ada, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = Names::from([(ada, "Ada".to_owned()), (ben, "Ben".to_owned())]);
        let before = summer("Summer".to_owned().into());
        let words = |event: &Recorded| tell(event, [&before], &names).words;
        let member = |user| AlbumMember { user, role: AlbumRole::Viewer };
        assert_eq!(words(&before), "made the album “Summer”");
        let added = album(AlbumAssetsAdded { assets: vec![ada, ben] });
        assert_eq!(words(&added), "put 2 pictures into the album “Summer”");
        let shared = album(AlbumUsersAdded { users: vec![member(ada), member(ben)] });
        assert_eq!(words(&shared), "shared the album “Summer” with Ada and Ben");
        let favorite = |favorite| {
            let event: AssetEvent = FavoriteChanged { favorite }.into();
            tell(&recorded(StreamKind::Asset, event.into()), [], &names).words
        };
        assert_eq!(favorite(true), "marked (unknown) as a favourite");
        assert_eq!(favorite(false), "no longer marks (unknown) as a favourite");
    }

    #[test]
    fn what_was_erased_is_said_to_be() {
        let told = tell(&summer(Personal::Erased), [], &Names::new());
        assert_eq!(told.words, "made the album (erased)");
        assert!(told.erased);
        assert_eq!(told.became["name"], json!({"erased": true}));
    }

    #[test]
    fn secrets_are_not_told() {
        let event: UserEvent =
            PasswordChanged { password_hash: "bcrypt".to_owned().into(), should_change_password: true }.into();
        let told = tell(&recorded(StreamKind::User, event.into()), [], &Names::new());
        assert_eq!(Value::Object(told.became), json!({"should_change_password": true}));
    }
}

//! What a batch does to entries: those that it has to know are loaded, and the rest is written blind.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    kind::Kind,
    rows::{EntryRow, GoneRow},
};
use crate::runtime::Writer;

/// What is gone is remembered this long. A device that was away for a day less begins again from
/// nothing, so nobody needs it any more.
const REMEMBERED: TimeDelta = TimeDelta::days(31);

/// Which thing: its kind, ids and name. Things of one kind and first id are neighbours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub kind: Kind,
    pub a: Uuid,
    pub scope: Uuid,
    pub b: Uuid,
    pub key: String,
}

impl Key {
    pub const fn new(kind: Kind, scope: Uuid, a: Uuid) -> Self {
        Self { kind, a, scope, b: Uuid::nil(), key: String::new() }
    }

    pub fn with(self, b: Uuid) -> Self {
        Self { b, ..self }
    }

    pub fn named(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }
}

/// When a thing came to be, where that matters, and when it last changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub created: i64,
    pub change: i64,
}

/// When a thing went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone {
    pub change: i64,
    pub at: DateTime<Utc>,
}

/// See the module's words.
#[derive(Default)]
pub(super) struct Ledger {
    /// What was loaded, as the batch has left it.
    known: BTreeMap<Key, Entry>,
    /// What is to be written; nothing stands for a row to be deleted.
    entries: BTreeMap<Key, Option<Entry>>,
    gone: BTreeMap<Key, Option<Gone>>,
    /// Those that are gone as a whole, before what is written.
    cleared: BTreeSet<Uuid>,
}

impl Ledger {
    /// Loads entries: all of these kinds whose `column` is one of `ids`.
    pub async fn load(
        &mut self,
        writer: &mut Writer<'_>,
        kinds: &[Kind],
        column: &'static str,
        ids: &[Uuid],
    ) -> Result<(), tokio_postgres::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let sql = format!(
            "SELECT kind, a, scope, b, key, created, change FROM entry WHERE {column} = ANY($1) AND kind = ANY($2)"
        );
        for row in writer.query(&sql, &[&ids, &kinds]).await? {
            let Some(kind) = Kind::by_name(row.get(0)) else { continue };
            let key = Key { kind, a: row.get(1), scope: row.get(2), b: row.get(3), key: row.get(4) };
            self.known.insert(key, Entry { created: row.get(5), change: row.get(6) });
        }
        Ok(())
    }

    /// A thing that was loaded or put.
    pub fn get(&self, key: &Key) -> Option<Entry> {
        self.known.get(key).copied()
    }

    /// All known things of a kind and a first id.
    pub fn of(&self, kind: Kind, a: Uuid) -> Vec<Key> {
        let from = Key::new(kind, Uuid::nil(), a);
        self.known.range(from..).map(|(key, _)| key).take_while(|key| key.kind == kind && key.a == a).cloned().collect()
    }

    /// All known things of a kind in a scope.
    pub fn within(&self, kind: Kind, scope: Uuid) -> Vec<Key> {
        self.of_kind(kind).filter(|key| key.scope == scope).cloned().collect()
    }

    /// All known things of a kind.
    pub fn all(&self, kind: Kind) -> Vec<Key> {
        self.of_kind(kind).cloned().collect()
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Key> {
        let from = Key::new(kind, Uuid::nil(), Uuid::nil());
        self.known.range(from..).map(|(key, _)| key).take_while(move |key| key.kind == kind)
    }

    /// A thing is there, and whoever was told that it is not will hear of it.
    pub fn put(&mut self, key: Key, entry: Entry) {
        self.gone.insert(key.clone(), None);
        self.known.insert(key.clone(), entry);
        self.entries.insert(key, Some(entry));
    }

    /// A thing is not there any more. Nobody is told.
    pub fn remove(&mut self, key: Key) {
        self.known.remove(&key);
        self.entries.insert(key, None);
    }

    /// Whoever may know of it is told that a thing is not there.
    pub fn tell_gone(&mut self, key: Key, gone: Gone) {
        self.gone.insert(key, Some(gone));
    }

    /// A thing was told to be gone, and is not.
    pub fn untell_gone(&mut self, key: Key) {
        self.gone.insert(key, None);
    }

    /// Everything of a scope goes, told or not.
    pub fn clear(&mut self, scope: Uuid) {
        self.known.retain(|key, _| key.scope != scope);
        self.entries.retain(|key, _| key.scope != scope);
        self.gone.retain(|key, _| key.scope != scope);
        self.cleared.insert(scope);
    }

    /// Writes what the batch did. `now` is the time of its last event.
    pub async fn save(self, writer: &mut Writer<'_>, now: DateTime<Utc>) -> Result<(), tokio_postgres::Error> {
        if !self.cleared.is_empty() {
            let cleared: Vec<Uuid> = self.cleared.into_iter().collect();
            writer.execute("DELETE FROM entry WHERE scope = ANY($1)", &[&cleared]).await?;
            writer.execute("DELETE FROM gone WHERE scope = ANY($1)", &[&cleared]).await?;
        }
        let (put, removed) = split(self.entries, entry_row);
        writer.delete::<EntryRow>(&removed.iter().collect::<Vec<_>>()).await?;
        writer.save::<EntryRow>(&put.iter().collect::<Vec<_>>()).await?;
        let oldest = now - REMEMBERED;
        let (told, untold) = split(self.gone, gone_row);
        writer.delete::<GoneRow>(&untold.iter().collect::<Vec<_>>()).await?;
        writer.save::<GoneRow>(&told.iter().filter(|row| row.at >= oldest).collect::<Vec<_>>()).await?;
        writer.execute("DELETE FROM gone WHERE at < $1", &[&oldest]).await?;
        Ok(())
    }
}

/// Rows to be written, and rows whose keys are to be deleted.
fn split<V, R>(values: BTreeMap<Key, Option<V>>, row: impl Fn(Key, Option<V>) -> R) -> (Vec<R>, Vec<R>) {
    let (present, absent): (Vec<_>, Vec<_>) = values.into_iter().partition(|(_, value)| value.is_some());
    let rows = |values: Vec<(Key, Option<V>)>| values.into_iter().map(|(key, value)| row(key, value)).collect();
    (rows(present), rows(absent))
}

fn entry_row(key: Key, entry: Option<Entry>) -> EntryRow {
    let entry = entry.unwrap_or(Entry { created: 0, change: 0 });
    EntryRow {
        kind: key.kind.as_str().to_owned(),
        a: key.a,
        scope: key.scope,
        b: key.b,
        key: key.key,
        created: entry.created,
        change: entry.change,
    }
}

fn gone_row(key: Key, gone: Option<Gone>) -> GoneRow {
    let gone = gone.unwrap_or(Gone { change: 0, at: DateTime::UNIX_EPOCH });
    GoneRow {
        kind: key.kind.as_str().to_owned(),
        a: key.a,
        scope: key.scope,
        b: key.b,
        key: key.key,
        change: gone.change,
        at: gone.at,
    }
}

//! How events change this read model.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    asset::AssetEvent,
    text::{TextEvent, TextRead},
    user::UserEvent,
};
use uuid::Uuid;

use super::{
    grams,
    rows::{LineRow, ReadingRow},
};
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// See the module's words.
pub struct Texts;

#[async_trait::async_trait]
impl Projection for Texts {
    fn name(&self) -> &'static str {
        "texts"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes_sql(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["reading", "line", "reading_gram"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Text(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Asset(event) => matches!(event, AssetEvent::Deleted(_)),
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let owners: Vec<Uuid> = events.iter().filter_map(|recorded| gone_user(recorded)).collect();
        let theirs = owned_by(writer, &owners).await?;
        let named = events.iter().map(|recorded| recorded.stream.id).chain(theirs);
        let readings = Batch::load(writer, named, |row: &ReadingRow| row.asset_id).await?;
        let mut tables = Tables { readings, lines: HashMap::new() };
        for recorded in events {
            tables.apply(recorded);
        }
        tables.save(writer).await?;
        Ok(())
    }
}

async fn owned_by(writer: &mut Writer<'_>, owners: &[Uuid]) -> Result<Vec<Uuid>, tokio_postgres::Error> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rows = writer.query("SELECT asset_id FROM reading WHERE owner_id = ANY($1)", &[&owners]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

struct Tables {
    readings: Batch<ReadingRow>,
    /// The lines of the readings of the batch.
    lines: HashMap<Uuid, Vec<LineRow>>,
}

impl Tables {
    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match (&recorded.event, gone_user(recorded)) {
            (_, Some(owner)) => self.readings.remove_where(|reading| reading.owner_id == owner),
            (AnyEvent::Text(TextEvent::Read(read)), None) => self.read(id, recorded.position, read),
            _ => self.readings.remove(id),
        }
    }

    /// Where nothing was read, or what was read is erased, there is nothing.
    fn read(&mut self, id: Uuid, position: i64, read: &TextRead) {
        match &read.lines {
            Personal::Known(lines) if !lines.is_empty() => {
                self.readings.insert(id, ReadingRow::of(id, position, read, lines));
                let rows = lines.iter().enumerate().map(|(place, line)| LineRow::of(id, position, place, line));
                self.lines.insert(id, rows.collect());
            }
            Personal::Known(_) | Personal::Erased => self.readings.remove(id),
        }
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        let (mut outdated, mut gone, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ids, mut numbers) = (Vec::new(), Vec::new());
        for (old, new) in self.readings.changes() {
            outdated.extend(old.map(|old| old.asset_id));
            match (old, new) {
                (_, Some(new)) => {
                    lines.extend(self.lines.get(&new.asset_id).into_iter().flatten());
                    ids.push(new.asset_id);
                    numbers.push(in_words_of_postgresql(&grams::numbers(new.owner_id, &new.words)));
                }
                (Some(old), None) => gone.push(old.asset_id),
                (None, None) => {}
            }
        }
        if !outdated.is_empty() {
            writer.execute("DELETE FROM line WHERE asset_id = ANY($1)", &[&outdated]).await?;
        }
        if !gone.is_empty() {
            writer.execute("DELETE FROM reading_gram WHERE asset_id = ANY($1)", &[&gone]).await?;
        }
        if !ids.is_empty() {
            writer.execute(include_str!("sql/save_grams.sql"), &[&ids, &numbers]).await?;
        }
        writer.add::<LineRow>(&lines).await?;
        self.readings.save(writer).await
    }
}

fn in_words_of_postgresql(numbers: &[i32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

//! How events change this read model.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{
    Actor, AnyEvent, Recorded,
    asset::{AssetEvent, Visibility},
};
use uuid::Uuid;

use super::{
    owner,
    rows::{EntryRow, LockedAssetRow},
};
use crate::runtime::{ApplyError, Projection, Writer};

/// See the module's words.
pub struct History;

#[async_trait::async_trait]
impl Projection for History {
    fn name(&self) -> &'static str {
        "history"
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes_sql(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["entry", "locked_asset"]
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut owners = Owners::load(writer, events).await?;
        let mut locks = Locks::default();
        let mut entries = Vec::with_capacity(events.len());
        for recorded in events {
            locks.hear(recorded);
            entries.push(entry(recorded, owners.of(recorded)));
        }
        writer.save::<EntryRow>(&entries.iter().collect::<Vec<_>>()).await?;
        locks.save(writer).await?;
        Ok(())
    }
}

fn entry(recorded: &Recorded, owner_id: Option<Uuid>) -> EntryRow {
    EntryRow {
        position: recorded.position,
        stream_kind: recorded.stream.kind.as_str().to_owned(),
        stream_id: recorded.stream.id,
        owner_id,
        event: recorded.event.key().name.to_owned(),
        actor_id: match &recorded.metadata.actor {
            Actor::User { id } => Some(*id),
            _ => None,
        },
        session_id: recorded.metadata.session,
    }
}

/// Whose the things of a batch are. The first entry of a thing knows it.
struct Owners(HashMap<Uuid, Option<Uuid>>);

impl Owners {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let born: HashSet<Uuid> = events.iter().filter(|r| r.sequence == 1).map(|r| r.stream.id).collect();
        let older: HashSet<Uuid> = events.iter().map(|r| r.stream.id).filter(|id| !born.contains(id)).collect();
        // A stream of work begins later than the thing itself, and has its id.
        let wanted: Vec<Uuid> = older.into_iter().chain(born).collect();
        let rows = writer.query(include_str!("sql/owners.sql"), &[&wanted]).await?;
        Ok(Self(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
    }

    fn of(&mut self, recorded: &Recorded) -> Option<Uuid> {
        *self.0.entry(recorded.stream.id).or_insert_with(|| owner::named_by(recorded))
    }
}

/// What a batch does to the list of locked assets: the last word counts.
#[derive(Default)]
struct Locks(HashMap<Uuid, bool>);

impl Locks {
    fn hear(&mut self, recorded: &Recorded) {
        let visibility = match &recorded.event {
            AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) if uploaded.visibility == Visibility::Locked => {
                uploaded.visibility
            }
            AnyEvent::Asset(AssetEvent::VisibilityChanged(changed)) => changed.visibility,
            _ => return,
        };
        self.0.insert(recorded.stream.id, visibility == Visibility::Locked);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        let rows = |locked: bool| -> Vec<LockedAssetRow> {
            let meant = self.0.iter().filter(|(_, is_locked)| **is_locked == locked);
            meant.map(|(asset_id, _)| LockedAssetRow { asset_id: *asset_id }).collect()
        };
        writer.save::<LockedAssetRow>(&rows(true).iter().collect::<Vec<_>>()).await?;
        writer.delete::<LockedAssetRow>(&rows(false).iter().collect::<Vec<_>>()).await
    }
}

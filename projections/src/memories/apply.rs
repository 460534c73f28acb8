//! How events change this read model.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{AnyEvent, Recorded, asset::AssetEvent, memory::MemoryEvent, user::UserEvent};
use uuid::Uuid;

use super::rows::{MemoryAssetRow, MemoryRow};
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// See the module's words.
pub struct Memories;

#[async_trait::async_trait]
impl Projection for Memories {
    fn name(&self) -> &'static str {
        "memories"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["memory", "memory_asset"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Memory(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Asset(event) => matches!(event, AssetEvent::Deleted(_)),
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut tables = Tables::load(writer, events).await?;
        for recorded in events {
            tables.apply(recorded);
        }
        tables.save(writer).await?;
        Ok(())
    }
}

type LinkKey = (Uuid, Uuid);

/// A memory has a handful of assets, so all of them are loaded.
struct Tables {
    memories: Batch<MemoryRow>,
    stored: HashMap<LinkKey, MemoryAssetRow>,
    links: HashMap<LinkKey, MemoryAssetRow>,
    /// Assets that are gone, also from memories that no event names.
    gone_assets: HashSet<Uuid>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        // The stream of an erasure has the subject's id, which can be a memory's.
        let named = events.iter().filter(|r| matches!(r.event, AnyEvent::Memory(_) | AnyEvent::Erasure(_)));
        let mut ids: HashSet<Uuid> = named.map(|recorded| recorded.stream.id).collect();
        let gone: Vec<Uuid> = events.iter().filter_map(|recorded| gone_user(recorded)).collect();
        if !gone.is_empty() {
            let rows = writer.query("SELECT id FROM memory WHERE owner_id = ANY($1)", &[&gone]).await?;
            ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let memories = Batch::load(writer, ids.iter().copied(), |row: &MemoryRow| row.id).await?;
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let rows = writer.load::<MemoryAssetRow>(&ids).await?;
        let stored: HashMap<LinkKey, MemoryAssetRow> =
            rows.into_iter().map(|row| ((row.memory_id, row.asset_id), row)).collect();
        Ok(Self { memories, links: stored.clone(), stored, gone_assets: HashSet::new() })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Memory(event) => self.apply_memory(recorded, event),
            AnyEvent::Asset(_) => self.lose_asset(id),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(user) => {
                    for memory in self.memories.ids_where(|memory| memory.owner_id == user) {
                        self.remove(memory);
                    }
                }
                None => {
                    self.remove(id);
                    self.lose_asset(id);
                }
            },
            _ => {}
        }
    }

    fn apply_memory(&mut self, recorded: &Recorded, event: &MemoryEvent) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match event {
            MemoryEvent::Created(created) => {
                self.memories.insert(id, MemoryRow::created(id, at, created));
                self.link(id, &created.assets);
                return;
            }
            MemoryEvent::Deleted(_) => {
                self.remove(id);
                return;
            }
            _ => {}
        }
        // A memory whose owner was erased has no row any more, and what happens to it is not shown.
        let Some(memory) = self.memories.change(id) else { return };
        memory.updated_at = at;
        match event {
            MemoryEvent::Changed(changed) => memory.change(changed),
            MemoryEvent::AssetsAdded(added) => self.link(id, &added.assets),
            MemoryEvent::AssetsRemoved(removed) => {
                for asset in &removed.assets {
                    self.links.remove(&(id, *asset));
                }
            }
            _ => {}
        }
    }

    fn link(&mut self, memory_id: Uuid, assets: &[Uuid]) {
        let row = |asset_id: Uuid| ((memory_id, asset_id), MemoryAssetRow { memory_id, asset_id });
        self.links.extend(assets.iter().copied().map(row));
    }

    fn remove(&mut self, id: Uuid) {
        self.memories.remove(id);
        self.links.retain(|(memory, _), _| *memory != id);
    }

    fn lose_asset(&mut self, asset: Uuid) {
        self.gone_assets.insert(asset);
        self.links.retain(|(_, id), _| *id != asset);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.memories.save(writer).await?;
        if !self.gone_assets.is_empty() {
            let gone: Vec<Uuid> = self.gone_assets.iter().copied().collect();
            writer.execute("DELETE FROM memory_asset WHERE asset_id = ANY($1)", &[&gone]).await?;
        }
        // An asset that is gone can have been put in once more; whatever is left is written again.
        let is_saved = |key: &LinkKey| self.stored.contains_key(key) && !self.gone_assets.contains(&key.1);
        let saved: Vec<&MemoryAssetRow> =
            self.links.iter().filter(|(key, _)| !is_saved(key)).map(|(_, row)| row).collect();
        let deleted: Vec<&MemoryAssetRow> =
            self.stored.iter().filter(|(key, _)| !self.links.contains_key(key)).map(|(_, row)| row).collect();
        writer.delete(&deleted).await?;
        writer.save(&saved).await
    }
}

//! How events change this read model.

use std::{collections::HashSet, sync::Arc};

use albumen_domain::{AnyEvent, Recorded, asset::AssetEvent, memory::MemoryEvent, user::UserEvent};
use uuid::Uuid;

use super::rows::{MemoryAssetRow, MemoryRow};
use crate::{
    gone::gone_user,
    links::Links,
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

struct Tables {
    memories: Batch<MemoryRow>,
    links: Links<MemoryAssetRow>,
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
        let memories = Batch::load(writer, ids, |row: &MemoryRow| row.id).await?;
        Ok(Self { memories, links: Links::default() })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Memory(event) => self.apply_memory(recorded, event),
            AnyEvent::Asset(_) => self.links.clear_second(id),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(user) => {
                    for memory in self.memories.ids_where(|memory| memory.owner_id == user) {
                        self.remove(memory);
                    }
                }
                None => {
                    self.remove(id);
                    self.links.clear_second(id);
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
                removed.assets.iter().for_each(|asset| self.links.remove((id, *asset)));
            }
            _ => {}
        }
    }

    fn link(&mut self, memory_id: Uuid, assets: &[Uuid]) {
        for asset_id in assets.iter().copied() {
            self.links.put((memory_id, asset_id), MemoryAssetRow { memory_id, asset_id });
        }
    }

    fn remove(&mut self, id: Uuid) {
        self.memories.remove(id);
        self.links.clear_first(id);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.memories.save(writer).await?;
        self.links.save(writer).await
    }
}

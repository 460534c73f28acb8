//! Memories, compared with a naive model, which replays the whole history event by event.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::{AssetEvent, Visibility},
    erasure::{ErasureEvent, ErasureScope},
    memory::{MemoryCreated, MemoryEvent, MemoryTopic},
    user::UserEvent,
};
use albumen_projections::{
    ReadModels,
    memories::{MemoryFilter, MemoryOrder},
};
use uuid::Uuid;

use crate::{naive::Photo, people};

/// What is left of memories: as they were made, with all changes in them.
fn memories(events: &[Arc<Recorded>]) -> BTreeMap<Uuid, MemoryCreated> {
    let mut memories: BTreeMap<Uuid, MemoryCreated> = BTreeMap::new();
    for recorded in events {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Memory(MemoryEvent::Created(created)) => _ = memories.insert(id, created.clone()),
            AnyEvent::Memory(event) => hear(&mut memories, id, event),
            AnyEvent::Asset(AssetEvent::Deleted(_)) => lose_asset(&mut memories, id),
            AnyEvent::User(UserEvent::Removed(_)) => memories.retain(|_, memory| memory.owner != id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => memories.retain(|_, memory| memory.owner != id),
                ErasureScope::Subject => {
                    memories.remove(&id);
                    lose_asset(&mut memories, id);
                }
            },
            _ => {}
        }
    }
    memories
}

fn lose_asset(memories: &mut BTreeMap<Uuid, MemoryCreated>, asset: Uuid) {
    memories.values_mut().for_each(|memory| memory.assets.retain(|id| *id != asset));
}

fn hear(memories: &mut BTreeMap<Uuid, MemoryCreated>, id: Uuid, event: &MemoryEvent) {
    let Some(memory) = memories.get_mut(&id) else { return };
    match event {
        MemoryEvent::Created(_) => {}
        MemoryEvent::Changed(changed) => {
            memory.saved = changed.saved.unwrap_or(memory.saved);
            memory.seen_at = changed.seen_at.or(memory.seen_at);
            memory.memory_at = changed.memory_at.unwrap_or(memory.memory_at);
        }
        MemoryEvent::AssetsAdded(added) => memory.assets.extend(&added.assets),
        MemoryEvent::AssetsRemoved(removed) => memory.assets.retain(|asset| !removed.assets.contains(asset)),
        MemoryEvent::Deleted(_) => _ = memories.remove(&id),
    }
}

/// Every answer about memories is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], photos: &[Photo]) {
    let memories = memories(events);
    let hidden = people::assets_with_hidden(events);
    let is_in_sight = |photo: &&Photo| photo.is_active() && photo.visibility == Visibility::Timeline;
    let in_sight: Vec<Uuid> = photos.iter().filter(is_in_sight).map(|photo| photo.id).collect();
    let is_shown = |asset: &Uuid| in_sight.contains(asset) && !hidden.contains(asset);
    assert_hidden(models, &in_sight, |asset| hidden.contains(asset)).await;
    let mut every: BTreeMap<(Uuid, Uuid), ()> = BTreeMap::new();
    for (id, memory) in &memories {
        let row = models.memories().memory(*id).await.unwrap().expect("it is left");
        let MemoryTopic::OnThisDay { year } = memory.topic;
        assert_eq!((row.owner_id, row.year, row.memory_at), (memory.owner, year, memory.memory_at));
        assert_eq!((row.show_at, row.hide_at), (memory.show_at, memory.hide_at));
        assert_eq!((row.saved, row.seen_at), (memory.saved, memory.seen_at));
        every.extend(memory.assets.iter().filter(|asset| is_shown(asset)).map(|asset| ((*id, *asset), ())));
    }
    let ids: Vec<Uuid> = memories.keys().copied().collect();
    let found = models.memories().assets_of(&ids).await.unwrap();
    assert!(found.is_sorted_by_key(|(memory, row)| (*memory, row.taken_at)));
    let found: BTreeSet<(Uuid, Uuid)> = found.into_iter().map(|(memory, row)| (memory, row.id)).collect();
    assert_eq!(found, every.keys().copied().collect());
    let owners: BTreeSet<Uuid> = memories.values().map(|memory| memory.owner).collect();
    for owner in owners {
        assert_list(models, owner, &memories, &every).await;
    }
}

/// Of few assets and of many it is asked in different ways.
async fn assert_hidden(models: &ReadModels, assets: &[Uuid], is_hidden: impl Fn(&Uuid) -> bool) {
    const MANY: u128 = 2_000;
    let expected: BTreeSet<Uuid> = assets.iter().copied().filter(|asset| is_hidden(asset)).collect();
    let nobodys = (0..MANY).map(Uuid::from_u128);
    for asked in [assets.to_vec(), assets.iter().copied().chain(nobodys).collect()] {
        let found: BTreeSet<Uuid> = models.memories().showing_hidden(&asked).await.unwrap().into_iter().collect();
        assert_eq!(found, expected, "of {}", asked.len());
    }
}

async fn assert_list(
    models: &ReadModels,
    owner: Uuid,
    memories: &BTreeMap<Uuid, MemoryCreated>,
    every: &BTreeMap<(Uuid, Uuid), ()>,
) {
    let has_something = |id: &Uuid| every.keys().any(|(memory, _)| memory == id);
    let some_time = memories.values().next().map(|memory| memory.memory_at);
    for filter in [
        MemoryFilter::default(),
        MemoryFilter { saved: Some(true), ..MemoryFilter::default() },
        MemoryFilter { shown_at: some_time, saved: Some(false), ..MemoryFilter::default() },
    ] {
        let is_meant = |memory: &MemoryCreated| {
            filter.saved.is_none_or(|saved| memory.saved == saved)
                && filter.shown_at.is_none_or(|at| {
                    memory.show_at.is_none_or(|from| from <= at) && memory.hide_at.is_none_or(|until| until >= at)
                })
        };
        let expected: BTreeSet<Uuid> = memories
            .iter()
            .filter(|(id, memory)| memory.owner == owner && is_meant(memory) && has_something(id))
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(models.memories().count(owner, filter).await.unwrap(), expected.len() as i64);
        for order in [MemoryOrder::NewestFirst, MemoryOrder::OldestFirst, MemoryOrder::Random] {
            let list = models.memories().list(owner, filter, order, None, 0).await.unwrap();
            match order {
                MemoryOrder::NewestFirst => assert!(list.is_sorted_by_key(|row| std::cmp::Reverse(row.memory_at))),
                MemoryOrder::OldestFirst => assert!(list.is_sorted_by_key(|row| row.memory_at)),
                MemoryOrder::Random => {}
            }
            assert_eq!(list.iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected);
        }
        let first = models.memories().list(owner, filter, MemoryOrder::default(), Some(1), 0).await.unwrap();
        assert_eq!(first.len(), expected.len().min(1));
    }
}

//! The rules of a memory.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    MemoryAssetsAdded, MemoryAssetsRemoved, MemoryChanged, MemoryCommand, MemoryCreated, MemoryDeleted, MemoryEdit,
    MemoryEvent, NewMemory,
};
use crate::{Aggregate, StreamKind, Subject};

/// What the rules have to remember of a memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    life: Life,
    owner: Option<Uuid>,
    saved: bool,
    seen_at: Option<DateTime<Utc>>,
    memory_at: Option<DateTime<Utc>>,
    assets: HashSet<Uuid>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Deleted,
}

/// Why a memory refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryRefusal {
    /// It was never made, or is gone.
    #[error("Memory not found")]
    Unknown,
    /// An id was used twice: the day was recalled before.
    #[error("a memory with this id exists already, or did")]
    Exists,
}

impl Memory {
    fn create(&self, new: NewMemory) -> Result<Vec<MemoryEvent>, MemoryRefusal> {
        if self.life != Life::Unborn {
            return Err(MemoryRefusal::Exists);
        }
        let NewMemory { owner, topic, memory_at, show_at, hide_at, saved, seen_at, assets } = new;
        let assets = each_once(assets, |_| true);
        Ok(vec![MemoryCreated { owner, topic, memory_at, show_at, hide_at, saved, seen_at, assets }.into()])
    }

    fn edit(&self, edit: &MemoryEdit) -> Vec<MemoryEvent> {
        let changed = MemoryChanged {
            saved: edit.saved.filter(|saved| *saved != self.saved),
            seen_at: edit.seen_at.filter(|seen_at| Some(*seen_at) != self.seen_at),
            memory_at: edit.memory_at.filter(|memory_at| Some(*memory_at) != self.memory_at),
        };
        if changed == MemoryChanged::default() { Vec::new() } else { vec![changed.into()] }
    }

    fn add(&self, assets: Vec<Uuid>) -> Vec<MemoryEvent> {
        let assets = each_once(assets, |id| !self.assets.contains(id));
        if assets.is_empty() { Vec::new() } else { vec![MemoryAssetsAdded { assets }.into()] }
    }

    fn remove(&self, assets: Vec<Uuid>) -> Vec<MemoryEvent> {
        let assets = each_once(assets, |id| self.assets.contains(id));
        if assets.is_empty() { Vec::new() } else { vec![MemoryAssetsRemoved { assets }.into()] }
    }
}

/// Those of `ids` that are meant, each once and in their order.
fn each_once(ids: Vec<Uuid>, is_meant: impl Fn(&Uuid) -> bool) -> Vec<Uuid> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|id| is_meant(id) && seen.insert(*id)).collect()
}

impl Aggregate for Memory {
    const KIND: StreamKind = StreamKind::Memory;
    type Command = MemoryCommand;
    type Event = MemoryEvent;
    type Refusal = MemoryRefusal;

    fn decide(&self, command: MemoryCommand) -> Result<Vec<MemoryEvent>, MemoryRefusal> {
        if let MemoryCommand::Create(new) = command {
            return self.create(*new);
        }
        if self.life != Life::Active {
            return Err(MemoryRefusal::Unknown);
        }
        Ok(match command {
            MemoryCommand::Create(_) => Vec::new(),
            MemoryCommand::Edit(edit) => self.edit(&edit),
            MemoryCommand::AddAssets(assets) => self.add(assets),
            MemoryCommand::RemoveAssets(assets) => self.remove(assets),
            MemoryCommand::Delete => vec![MemoryDeleted {}.into()],
        })
    }

    fn evolve(&mut self, event: &MemoryEvent) {
        match event {
            MemoryEvent::Created(created) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(created.owner),
                    saved: created.saved,
                    seen_at: created.seen_at,
                    memory_at: Some(created.memory_at),
                    assets: created.assets.iter().copied().collect(),
                }
            }
            MemoryEvent::Changed(changed) => {
                self.saved = changed.saved.unwrap_or(self.saved);
                self.seen_at = changed.seen_at.or(self.seen_at);
                self.memory_at = changed.memory_at.or(self.memory_at);
            }
            MemoryEvent::AssetsAdded(added) => self.assets.extend(&added.assets),
            MemoryEvent::AssetsRemoved(removed) => {
                for asset in &removed.assets {
                    self.assets.remove(asset);
                }
            }
            MemoryEvent::Deleted(_) => self.life = Life::Deleted,
        }
    }

    fn subject(&self, id: Uuid, event: &MemoryEvent) -> Subject {
        let owner = match event {
            MemoryEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::MemoryTopic, testing::given};

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn new() -> Box<NewMemory> {
        Box::new(NewMemory {
            owner: id(1),
            topic: MemoryTopic::OnThisDay { year: 2020 },
            memory_at: DateTime::UNIX_EPOCH,
            show_at: None,
            hide_at: None,
            saved: false,
            seen_at: None,
            assets: vec![id(7), id(8), id(7)],
        })
    }

    fn created() -> MemoryEvent {
        Memory::default().decide(MemoryCommand::Create(new())).expect("the unborn can be made").remove(0)
    }

    #[test]
    fn a_day_is_recalled_once() {
        let MemoryEvent::Created(first) = created() else { panic!("a memory was made") };
        assert_eq!(first.assets, [id(7), id(8)]);
        let again = || MemoryCommand::Create(new());
        assert_eq!(given::<Memory>([created()]).when(again()).refused(), MemoryRefusal::Exists);
        let gone = [created(), MemoryDeleted {}.into()];
        assert_eq!(given::<Memory>(gone.clone()).when(again()).refused(), MemoryRefusal::Exists);
        assert_eq!(given::<Memory>(gone).when(MemoryCommand::Delete).refused(), MemoryRefusal::Unknown);
    }

    #[test]
    fn an_edit_says_only_what_changes() {
        let seen_at = Some(DateTime::UNIX_EPOCH);
        let edit = MemoryEdit { saved: Some(false), seen_at, memory_at: Some(DateTime::UNIX_EPOCH) };
        given::<Memory>([created()]).when(MemoryCommand::Edit(edit)).then([MemoryChanged {
            seen_at,
            ..MemoryChanged::default()
        }
        .into()]);
        given::<Memory>([created()]).when(MemoryCommand::Edit(MemoryEdit::default())).then([]);
    }

    #[test]
    fn each_asset_is_in_it_once() {
        given::<Memory>([created()])
            .when(MemoryCommand::AddAssets(vec![id(8), id(9), id(9)]))
            .then([MemoryAssetsAdded { assets: vec![id(9)] }.into()]);
        given::<Memory>([created()])
            .when(MemoryCommand::RemoveAssets(vec![id(8), id(9), id(8)]))
            .then([MemoryAssetsRemoved { assets: vec![id(8)] }.into()]);
    }
}

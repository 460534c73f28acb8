//! What is recalled of earlier years.

use albumen_domain::memory::MemoryEvent;
use uuid::Uuid;

use super::{Clock, State};
use crate::sync::{kind::Kind, ledger::Key};

impl State {
    pub(super) fn memory(&mut self, id: Uuid, event: &MemoryEvent, clock: &mut Clock) {
        if let MemoryEvent::Created(created) = event {
            self.ledger.put(Key::new(Kind::Memory, created.owner, id), clock.entry());
            return self.recall(id, &created.assets, clock);
        }
        // A memory whose owner was erased is not there any more.
        let Some(memory) = self.known_memory(id) else { return };
        match event {
            MemoryEvent::Created(_) => {}
            MemoryEvent::Changed(_) => self.ledger.put(memory, clock.entry()),
            MemoryEvent::AssetsAdded(added) => {
                self.ledger.put(memory, clock.entry());
                self.recall(id, &added.assets, clock);
            }
            MemoryEvent::AssetsRemoved(removed) => {
                self.ledger.put(memory, clock.entry());
                for asset in &removed.assets {
                    self.remove_told(Key::new(Kind::MemoryAsset, id, *asset), clock);
                }
            }
            MemoryEvent::Deleted(_) => self.forget_memory(id, clock),
        }
    }

    fn known_memory(&self, id: Uuid) -> Option<Key> {
        self.ledger.of(Kind::Memory, id).into_iter().next()
    }

    fn recall(&mut self, memory: Uuid, assets: &[Uuid], clock: &mut Clock) {
        for asset in assets {
            // What is gone is recalled by nothing.
            if self.assets.get(*asset).is_some() {
                self.ledger.put(Key::new(Kind::MemoryAsset, memory, *asset), clock.entry());
            }
        }
    }

    /// What it was made of is not told one by one.
    pub(super) fn forget_memory(&mut self, id: Uuid, clock: &mut Clock) {
        let Some(memory) = self.known_memory(id) else { return };
        self.ledger.clear(id);
        self.remove_told(memory, clock);
    }
}

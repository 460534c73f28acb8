//! Assets that lie on top of each other.

use albumen_domain::stack::StackEvent;
use uuid::Uuid;

use super::{Clock, State};
use crate::sync::{kind::Kind, ledger::Key};

/// Fewer are no stack.
const MIN_ASSETS: usize = 2;

impl State {
    pub(super) fn stack(&mut self, id: Uuid, event: &StackEvent, clock: &mut Clock) {
        if let StackEvent::Created(created) = event {
            self.ledger.put(Key::new(Kind::Stack, created.owner, id), clock.entry());
            return self.lay(id, &created.assets, clock);
        }
        // A stack that fell apart is not there any more.
        let Some(stack) = self.known_stack(id) else { return };
        match event {
            StackEvent::Created(_) => {}
            StackEvent::AssetsAdded(added) => {
                self.ledger.put(stack, clock.entry());
                self.lay(id, &added.assets, clock);
            }
            StackEvent::PrimaryChosen(_) => self.ledger.put(stack, clock.entry()),
            StackEvent::AssetsRemoved(removed) => self.take_from_stack(id, &removed.assets, clock),
            StackEvent::Deleted(_) => self.dissolve(id, clock),
        }
    }

    fn known_stack(&self, id: Uuid) -> Option<Key> {
        self.ledger.of(Kind::Stack, id).into_iter().next()
    }

    fn lay(&mut self, stack: Uuid, assets: &[Uuid], clock: &mut Clock) {
        for asset in assets {
            self.ledger.put(Key::new(Kind::StackAsset, stack, *asset), clock.entry());
            self.touch(*asset, true, false, clock);
        }
    }

    pub(super) fn take_from_stack(&mut self, id: Uuid, assets: &[Uuid], clock: &mut Clock) {
        let Some(stack) = self.known_stack(id) else { return };
        for asset in assets {
            self.ledger.remove(Key::new(Kind::StackAsset, id, *asset));
            self.touch(*asset, true, false, clock);
        }
        if self.ledger.within(Kind::StackAsset, id).len() < MIN_ASSETS {
            self.dissolve(id, clock);
        } else {
            self.ledger.put(stack, clock.entry());
        }
    }

    pub(super) fn dissolve(&mut self, id: Uuid, clock: &mut Clock) {
        let Some(stack) = self.known_stack(id) else { return };
        for member in self.ledger.within(Kind::StackAsset, id) {
            self.touch(member.a, true, false, clock);
            self.ledger.remove(member);
        }
        self.remove_told(stack, clock);
    }
}

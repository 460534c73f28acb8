//! Who shows what is in their timeline to whom.

use albumen_domain::partnership::PartnershipEvent;
use uuid::Uuid;

use super::{Clock, State};
use crate::sync::{
    kind::Kind,
    ledger::{Entry, Key},
};

/// A partnership as each of the two is told of it.
fn told_to(user: Uuid, pair: &Key) -> Key {
    Key::new(Kind::Partner, user, pair.a).with(pair.b)
}

impl State {
    pub(super) fn partnership(&mut self, id: Uuid, event: &PartnershipEvent, clock: &mut Clock) {
        match event {
            PartnershipEvent::Begun(begun) => {
                let pair = Key::new(Kind::Partnership, id, begun.shared_by).with(begun.shared_with);
                let change = clock.next();
                let entry = Entry { created: change, change };
                for user in [pair.a, pair.b] {
                    self.ledger.put(told_to(user, &pair), entry);
                }
                self.ledger.put(pair, entry);
            }
            PartnershipEvent::TimelineChanged(_) => {
                let change = clock.next();
                for pair in self.ledger.within(Kind::Partnership, id) {
                    let Some(begun) = self.ledger.get(&pair) else { continue };
                    for user in [pair.a, pair.b] {
                        self.ledger.put(told_to(user, &pair), Entry { change, ..begun });
                    }
                }
            }
            PartnershipEvent::Ended(_) => {
                self.ledger.within(Kind::Partnership, id).into_iter().for_each(|pair| self.part(pair, clock));
            }
        }
    }

    /// All partnerships of a user who is gone are over.
    pub(super) fn part_from_all(&mut self, user: Uuid, clock: &mut Clock) {
        let mut theirs = self.ledger.of(Kind::Partnership, user);
        theirs.extend(self.ledger.all(Kind::Partnership).into_iter().filter(|pair| pair.b == user));
        theirs.into_iter().for_each(|pair| self.part(pair, clock));
    }

    fn part(&mut self, pair: Key, clock: &mut Clock) {
        for user in [pair.a, pair.b] {
            self.remove_told(told_to(user, &pair), clock);
        }
        self.ledger.remove(pair);
    }
}

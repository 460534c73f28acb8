//! Text in pictures.

use albumen_domain::text::TextRead;
use uuid::Uuid;

use super::{Clock, State};
use crate::{
    sync::{kind::Kind, ledger::Key},
    texts::line_id,
};

impl State {
    /// Each reading replaces the one before: whoever has lines of that is told that all of them are gone.
    pub(super) fn text(&mut self, id: Uuid, read: &TextRead, clock: &mut Clock) {
        let Some(owner) = self.assets.get(id).map(|asset| asset.owner_id) else { return };
        let before = self.ledger.of(Kind::Text, id);
        if !before.is_empty() {
            self.ledger.tell_gone(Key::new(Kind::Text, owner, id), clock.gone());
        }
        before.into_iter().for_each(|line| self.ledger.remove(line));
        let position = clock.position;
        for place in 0..read.lines.known().map_or(0, Vec::len) {
            let line = Key::new(Kind::Text, owner, id).with(line_id(id, position, place));
            self.ledger.put(line, clock.entry());
        }
    }
}

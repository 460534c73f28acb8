//! Whose turn it is to change a stream.
//!
//! The versions in the log alone keep a stream in order, but where many change one at the same time, all but one of them
//! have decided in vain, and who is unlucky often enough is sent away. So the writers of one process stand in line for a
//! stream, in the order in which they came; between processes there are still the versions.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use albumen_domain::StreamId;
use parking_lot::Mutex;
use tokio::{
    sync::{Mutex as Line, OwnedMutexGuard},
    time::{Instant, timeout_at},
};

/// Who has stood in line for this long goes ahead: where the database is stuck, all shall hear of it, not one after the
/// other.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lines before the streams that somebody is changing.
pub(crate) struct Turns {
    patience: Duration,
    lines: Mutex<HashMap<StreamId, Arc<Line<()>>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { patience: PATIENCE, lines: Mutex::default() }
    }
}

impl Turns {
    /// Waits for one's turn at all of these streams; it lasts until what is returned is dropped. The lines are entered
    /// in the same order by everybody, so nobody waits for somebody who waits for them.
    pub(crate) async fn take(&self, streams: BTreeSet<StreamId>) -> Turn<'_> {
        let deadline = Instant::now() + self.patience;
        let mut turn = Turn { turns: self, held: Vec::with_capacity(streams.len()) };
        for stream in streams {
            let line = self.lines.lock().entry(stream).or_default().clone();
            // Known to the turn before it waits: whoever is gone meanwhile leaves no line behind.
            turn.held.push((stream, None));
            let place = match line.clone().try_lock_owned() {
                Ok(place) => Some(place),
                Err(_) => timeout_at(deadline, line.lock_owned()).await.ok(),
            };
            if let Some(held) = turn.held.last_mut() {
                held.1 = place;
            }
        }
        turn
    }
}

/// The turn of one writer.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    /// No place where patience ran out.
    held: Vec<(StreamId, Option<OwnedMutexGuard<()>>)>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut lines = self.turns.lines.lock();
        for (stream, place) in self.held.drain(..) {
            drop(place);
            // Whoever waits holds on to the line, so one that nobody else holds is over.
            if lines.get(&stream).is_some_and(|line| Arc::strong_count(line) == 1) {
                lines.remove(&stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use albumen_domain::StreamKind;
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    fn streams<const COUNT: usize>(numbers: [u128; COUNT]) -> BTreeSet<StreamId> {
        numbers.map(|number| StreamId { kind: StreamKind::Album, id: Uuid::from_u128(number) }).into()
    }

    #[tokio::test]
    async fn a_stream_is_changed_by_one_at_a_time_and_another_is_free() {
        let turns = Turns::default();
        let first = turns.take(streams([2, 1])).await;
        assert!(turns.take(streams([3, 1])).now_or_never().is_none());
        assert!(turns.take(streams([3])).now_or_never().is_some(), "who gave up stands in nobody's way");
        drop(first);
        assert!(turns.take(streams([1, 2, 3])).now_or_never().is_some());
        assert!(turns.lines.lock().is_empty(), "a line where nobody stands is forgotten");
    }

    #[tokio::test]
    async fn those_who_wait_have_their_turn_in_the_order_in_which_they_came() {
        let turns = Turns::default();
        let order = Mutex::new(Vec::new());
        let first = turns.take(streams([1])).await;
        let change = async |number: usize| {
            let _turn = turns.take(streams([1])).await;
            order.lock().push(number);
        };
        let end = async {
            tokio::task::yield_now().await;
            drop(first);
        };
        tokio::join!(change(1), change(2), change(3), end);
        assert_eq!(*order.lock(), [1, 2, 3]);
        assert!(turns.lines.lock().is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let turns = Turns { patience: Duration::from_millis(20), ..Turns::default() };
        let _stuck = turns.take(streams([1])).await;
        let _impatient = turns.take(streams([1, 2])).await;
        assert!(turns.take(streams([2])).now_or_never().is_none(), "the other stream is theirs all the same");
    }
}

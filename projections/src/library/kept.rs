//! Answers that are kept in memory, within a bound.
//!
//! Whoever keeps them says whether one is still good: by what it comes to, or by where the read models stood that it
//! was drawn from.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// What was not asked for as long makes room for others.
const IDLE_AFTER: Duration = Duration::from_secs(60);

/// Answers to questions of one kind, of so many bytes at most.
pub(super) struct Shelf<Q, A, const MOST_BYTES: usize>(Mutex<Kept<Q, A>>);

struct Kept<Q, A> {
    answers: HashMap<Q, Entry<A>>,
    bytes: usize,
}

struct Entry<A> {
    answer: Arc<A>,
    bytes: usize,
    asked_at: Instant,
}

impl<Q, A, const MOST_BYTES: usize> Default for Shelf<Q, A, MOST_BYTES> {
    fn default() -> Self {
        Self(Mutex::new(Kept { answers: HashMap::new(), bytes: 0 }))
    }
}

impl<Q: Eq + Hash, A, const MOST_BYTES: usize> Shelf<Q, A, MOST_BYTES> {
    /// The answer that is kept, if it is still good.
    pub(super) fn get(&self, question: &Q, is_good: impl FnOnce(&A) -> bool) -> Option<Arc<A>> {
        let mut kept = self.0.lock();
        let entry = kept.answers.get_mut(question).filter(|entry| is_good(&entry.answer))?;
        entry.asked_at = Instant::now();
        Some(entry.answer.clone())
    }

    /// Keeps an answer in place of the one before, if there is room for so many bytes.
    pub(super) fn keep(&self, question: Q, answer: &Arc<A>, bytes: usize) {
        self.keep_at(question, answer, bytes, Instant::now());
    }

    fn keep_at(&self, question: Q, answer: &Arc<A>, bytes: usize, now: Instant) {
        let mut kept = self.0.lock();
        if let Some(before) = kept.answers.remove(&question) {
            kept.bytes -= before.bytes;
        }
        if kept.bytes + bytes > MOST_BYTES {
            kept.forget_idle(now);
        }
        // Where there is more than fits, what was there first stays: to let one go for the other would keep none.
        if kept.bytes + bytes <= MOST_BYTES {
            kept.bytes += bytes;
            kept.answers.insert(question, Entry { answer: answer.clone(), bytes, asked_at: now });
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.lock().bytes
    }
}

impl<Q, A> Kept<Q, A> {
    fn forget_idle(&mut self, now: Instant) {
        self.answers.retain(|_, entry| now.saturating_duration_since(entry.asked_at) < IDLE_AFTER);
        self.bytes = self.answers.values().map(|entry| entry.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_while_it_is_good() {
        let shelf = Shelf::<_, _, 100>::default();
        shelf.keep("a", &Arc::new(7), 10);
        assert_eq!(shelf.get(&"a", |answer| *answer == 7).as_deref(), Some(&7));
        assert!(shelf.get(&"a", |answer| *answer == 8).is_none());
        assert!(shelf.get(&"b", |_| true).is_none());
        shelf.keep("a", &Arc::new(8), 30);
        assert_eq!(shelf.get(&"a", |_| true).as_deref(), Some(&8));
        assert_eq!(shelf.bytes(), 30);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let shelf = Shelf::<_, _, 100>::default();
        for question in 0..4 {
            shelf.keep(question, &Arc::new(()), 40);
        }
        let is_kept = |question| shelf.get(&question, |()| true).is_some();
        assert_eq!([0, 1, 2, 3].map(is_kept), [true, true, false, false]);
        assert_eq!(shelf.bytes(), 80);
        // What is larger than all the room is not kept, and neither is what it was before.
        shelf.keep(0, &Arc::new(()), 101);
        assert_eq!((shelf.get(&0, |()| true).is_some(), shelf.bytes()), (false, 40));
    }

    #[test]
    fn what_nobody_asks_for_makes_room() {
        let shelf = Shelf::<_, _, 100>::default();
        let start = Instant::now();
        shelf.keep_at(0, &Arc::new(()), 50, start);
        shelf.keep_at(1, &Arc::new(()), 50, start + Duration::from_secs(1));
        shelf.keep_at(2, &Arc::new(()), 50, start + IDLE_AFTER);
        let is_kept = |question| shelf.get(&question, |()| true).is_some();
        assert_eq!([0, 1, 2].map(is_kept), [false, true, true]);
        assert_eq!(shelf.bytes(), 100);
    }
}

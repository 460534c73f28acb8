//! A feed in memory that does everything a feed is allowed to, and some things it is not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
};

use albumen_domain::Recorded;
use albumen_schemas::feed::{Feed, FeedError};
use tokio::sync::watch;

/// The log, as far as its readers know of it.
pub struct MemoryFeed {
    events: Vec<Arc<Recorded>>,
    /// Sizes of batches, in turn.
    sizes: Vec<usize>,
    /// How many events before the due ones are delivered again, in turn.
    repeats: Vec<usize>,
    reads: AtomicUsize,
    /// Position of an event that cannot be read; 0 for none.
    poison: AtomicI64,
    stopped: AtomicBool,
    head: watch::Sender<i64>,
}

impl MemoryFeed {
    /// A feed that knows all of `events`.
    pub fn of(events: &[Arc<Recorded>]) -> Self {
        let feed = Self::unpublished(events);
        feed.publish(events.len());
        feed
    }

    /// A feed that knows none of `events` yet.
    pub fn unpublished(events: &[Arc<Recorded>]) -> Self {
        Self {
            events: events.to_vec(),
            sizes: vec![usize::MAX],
            repeats: vec![0],
            reads: AtomicUsize::new(0),
            poison: AtomicI64::new(0),
            stopped: AtomicBool::new(false),
            head: watch::Sender::new(0),
        }
    }

    pub fn in_batches(mut self, sizes: &[usize]) -> Self {
        self.sizes = sizes.to_vec();
        self
    }

    pub fn repeating(mut self, repeats: &[usize]) -> Self {
        self.repeats = repeats.to_vec();
        self
    }

    /// Makes `more` events known.
    pub fn publish(&self, more: usize) {
        let all = self.events.len() as i64;
        self.head.send_modify(|head| *head = (*head + more as i64).min(all));
    }

    pub fn poison(&self, position: i64) {
        self.poison.store(position, Ordering::SeqCst);
    }

    /// From now on it cannot be reached, or can again.
    pub fn stop(&self, stopped: bool) {
        self.stopped.store(stopped, Ordering::SeqCst);
    }

    pub fn position(&self) -> i64 {
        *self.head.borrow()
    }

    fn event(&self, position: i64) -> Arc<Recorded> {
        self.events[position as usize - 1].clone()
    }
}

#[async_trait::async_trait]
impl Feed for MemoryFeed {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        if self.stopped.load(Ordering::SeqCst) {
            return Err(FeedError::Unavailable("it was stopped".to_owned()));
        }
        if after >= self.position() {
            return Ok(Vec::new());
        }
        let read = self.reads.fetch_add(1, Ordering::SeqCst);
        let size = self.sizes[read % self.sizes.len()].min(limit).min(self.events.len());
        let last = (after + size as i64).min(self.position());
        let poison = self.poison.load(Ordering::SeqCst);
        if (after + 1..=last).contains(&poison) {
            return Err(FeedError::Poison { position: poison, reason: "it was poisoned".to_owned() });
        }
        let first = (after + 1 - self.repeats[read % self.repeats.len()] as i64).max(1);
        Ok((first..=last).map(|position| self.event(position)).collect())
    }

    fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }
}

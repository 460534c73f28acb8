//! Requests take turns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{cache::Cache, error::Refusal};

/// Requests that wait, each with its picture in memory. Immich's server has some ten under way at once.
const MAX_WAITING: usize = 128;
/// How often it is looked whether nobody has asked for long.
const IDLE_POLL: Duration = Duration::from_secs(10);

/// As many requests at once as there are cores: a graph uses all of them, and while one is decoded another can be run.
pub(crate) struct Queue {
    seats: Semaphore,
    present: AtomicUsize,
    answered: AtomicUsize,
    last: Mutex<Instant>,
}

/// A request that is here.
pub(super) struct Presence<'a>(&'a Queue);

impl Queue {
    pub(super) fn new(seats: usize) -> Self {
        let seats = Semaphore::new(seats.max(1));
        Self { seats, present: AtomicUsize::new(0), answered: AtomicUsize::new(0), last: Mutex::new(Instant::now()) }
    }

    /// Comes in, if there is room.
    pub(super) fn enter(&self) -> Result<Presence<'_>, Refusal> {
        *self.last.lock() = Instant::now();
        let presence = Presence(self);
        if self.present.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            return Err(Refusal::not_now(format!("{MAX_WAITING} requests are waiting already")));
        }
        Ok(presence)
    }

    /// Whether nobody is here.
    pub(crate) fn is_empty(&self) -> bool {
        self.present.load(Ordering::Relaxed) == 0
    }

    /// Whether nobody is here but who asks.
    pub(super) fn is_alone(&self) -> bool {
        self.present.load(Ordering::Relaxed) <= 1
    }

    /// Waits for a turn, which lasts as long as what is given is held.
    pub(super) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.seats.acquire().await.ok()
    }

    /// How many have left.
    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::Relaxed)
    }

    fn has_been_idle_for(&self, time: Duration) -> bool {
        self.is_empty() && self.last.lock().elapsed() >= time
    }
}

impl Presence<'_> {
    /// Waits for its turn and runs `work` on a thread of its own.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let _seat = self.0.seat().await;
        tokio::task::spawn_blocking(work).await
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.0.present.fetch_sub(1, Ordering::Relaxed);
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        *self.0.last.lock() = Instant::now();
    }
}

/// Gives the memory back when nobody has asked for `idle`.
pub(super) async fn empty_when_idle(queue: Arc<Queue>, cache: Arc<Cache>, idle: Duration) {
    loop {
        tokio::time::sleep(IDLE_POLL.min(idle)).await;
        if queue.has_been_idle_for(idle) {
            cache.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_room_for_so_many() {
        let queue = Queue::new(1);
        let mut present: Vec<Presence> = (0..MAX_WAITING).map(|_| queue.enter().expect("there is room")).collect();
        assert!(queue.enter().is_err());
        present.pop();
        assert!(queue.enter().is_ok());
    }

    #[tokio::test]
    async fn idle_is_when_nobody_is_here() {
        let queue = Queue::new(1);
        let present = queue.enter().expect("there is room");
        assert!(!queue.has_been_idle_for(Duration::ZERO));
        assert_eq!((queue.is_empty(), queue.answered()), (false, 0));
        drop(present);
        assert_eq!((queue.is_empty(), queue.answered()), (true, 1));
        assert!(queue.has_been_idle_for(Duration::ZERO));
        assert!(!queue.has_been_idle_for(Duration::from_secs(60)));
    }
}

//! A few child processes that serve one request at a time, kept warm while there is work.
//!
//! A child is started when it is needed and stopped when nobody has needed it for a while: at
//! rest there is none, and what it had allocated is the system's again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a child waits for more work. Longer than the pause between two photos that come in
/// one by one, shorter than a person takes to look at the server's memory.
pub(super) const IDLE: Duration = Duration::from_secs(10);

/// Children of one kind. Dropping one must end its process.
#[derive(Debug)]
pub(super) struct Children<C> {
    inner: Arc<Inner<C>>,
}

#[derive(Debug)]
struct Inner<C> {
    seats: Arc<Semaphore>,
    /// Most recently used last.
    resting: Mutex<Resting<C>>,
    max_uses: u32,
    idle: Duration,
}

#[derive(Debug)]
struct Resting<C> {
    children: Vec<Rested<C>>,
    is_watched: bool,
}

#[derive(Debug)]
struct Rested<C> {
    child: C,
    uses: u32,
    since: Instant,
}

/// The right to use one child. Dropped without [`Seat::give_back`], its child ends.
#[derive(Debug)]
pub(super) struct Seat<C: Send + 'static> {
    inner: Arc<Inner<C>>,
    _permit: OwnedSemaphorePermit,
    /// None: one is to be started.
    pub child: Option<C>,
    uses: u32,
}

impl<C: Send + 'static> Children<C> {
    /// At most `size` at once, each replaced after `max_uses` requests (whatever it leaks is
    /// bounded so).
    pub(super) fn new(size: usize, max_uses: u32, idle: Duration) -> Self {
        let resting = Mutex::new(Resting { children: Vec::new(), is_watched: false });
        Self { inner: Arc::new(Inner { seats: Arc::new(Semaphore::new(size.max(1))), resting, max_uses, idle }) }
    }

    /// Waits for a turn.
    pub(super) async fn take(&self) -> Seat<C> {
        let seats = self.inner.seats.clone();
        let permit = match seats.acquire_owned().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("the semaphore is never closed"),
        };
        let rested = self.inner.resting.lock().children.pop();
        let (child, uses) = rested.map_or((None, 0), |rested| (Some(rested.child), rested.uses));
        Seat { inner: self.inner.clone(), _permit: permit, child, uses }
    }

    /// How many rest now.
    #[cfg(test)]
    pub(super) fn resting(&self) -> usize {
        self.inner.resting.lock().children.len()
    }
}

impl<C: Send + 'static> Seat<C> {
    /// Leaves the child for the next one: it did well.
    pub(super) fn give_back(mut self) {
        let uses = self.uses + 1;
        let Some(child) = self.child.take() else { return };
        if uses >= self.inner.max_uses {
            return;
        }
        let mut resting = self.inner.resting.lock();
        resting.children.push(Rested { child, uses, since: Instant::now() });
        if !resting.is_watched {
            resting.is_watched = true;
            tokio::spawn(Self::end_idle(self.inner.clone()));
        }
    }

    /// Ends children that have rested too long; ends itself with the last one, so that at rest
    /// nothing wakes up.
    async fn end_idle(inner: Arc<Inner<C>>) {
        loop {
            let next = {
                let mut resting = inner.resting.lock();
                let now = Instant::now();
                resting.children.retain(|rested| now.duration_since(rested.since) < inner.idle);
                let Some(oldest) = resting.children.first() else {
                    resting.is_watched = false;
                    return;
                };
                oldest.since + inner.idle
            };
            tokio::time::sleep_until(next.into()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(50);

    async fn serve(children: &Children<u32>, fresh: u32) -> u32 {
        let mut seat = children.take().await;
        let child = *seat.child.get_or_insert(fresh);
        seat.give_back();
        child
    }

    #[tokio::test]
    async fn a_child_serves_until_it_is_used_up() {
        let children = Children::new(1, 3, IDLE);
        let mut served = Vec::new();
        for fresh in 0..5 {
            served.push(serve(&children, fresh).await);
        }
        assert_eq!(served, [0, 0, 0, 3, 3]);
    }

    #[tokio::test]
    async fn a_child_that_failed_is_not_used_again() {
        let children = Children::new(1, 100, IDLE);
        assert_eq!(serve(&children, 1).await, 1);
        drop(children.take().await);
        assert_eq!(serve(&children, 2).await, 2);
    }

    #[tokio::test]
    async fn at_rest_there_is_none() {
        let children = Children::new(2, 100, QUICK);
        serve(&children, 1).await;
        assert_eq!(children.resting(), 1);
        tokio::time::sleep(QUICK * 3).await;
        assert_eq!(children.resting(), 0);
        serve(&children, 2).await;
        assert_eq!(children.resting(), 1);
        tokio::time::sleep(QUICK * 3).await;
        assert_eq!(children.resting(), 0);
    }
}

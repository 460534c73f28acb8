//! Clients of librdkafka, which have threads of their own and say goodbye when they go.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Clients of this process that are not gone yet.
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// Between looks whether all are gone.
const POLL: Duration = Duration::from_millis(10);

/// A consumer or producer. When it is dropped it goes on a thread that may wait, since leaving a
/// group is a question to a broker.
pub(super) struct Living<C: Send + 'static>(Option<C>);

impl<C: Send + 'static> Living<C> {
    pub(super) fn new(client: C) -> Self {
        ALIVE.fetch_add(1, Ordering::AcqRel);
        Self(Some(client))
    }

    /// The client, which is there until this is dropped.
    pub(super) const fn get(&self) -> Option<&C> {
        self.0.as_ref()
    }
}

impl<C: Send + 'static> Drop for Living<C> {
    fn drop(&mut self) {
        let Some(client) = self.0.take() else { return };
        let go = move || {
            drop(client);
            ALIVE.fetch_sub(1, Ordering::AcqRel);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(go)),
            Err(_) => go(),
        }
    }
}

/// Waits until every client is gone, for up to `bound`: a process that ends while their threads
/// are at work may end badly.
pub async fn all_gone(bound: Duration) {
    let deadline = Instant::now() + bound;
    while ALIVE.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
        tokio::time::sleep(POLL).await;
    }
}

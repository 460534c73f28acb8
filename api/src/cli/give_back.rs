//! What the allocator keeps of what is not used any more is given back when work has come to rest.
//!
//! It keeps room in every thread, for each length that was asked for there, and only the thread itself can let go of
//! that. After all long lists had been asked for, it was as much as the server holds at rest. So now and then every
//! thread is asked to let go, and does before it waits for work the next time.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::runtime::{Handle, RuntimeMetrics};

/// How often it is looked whether work has come to rest.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// It is at rest when all threads together had no more of it between two looks: a tenth of what one of them can do.
const REST: Duration = Duration::from_millis(500);
/// After so much work there is something to give back: some hundred answers.
const WORTH: Duration = Duration::from_millis(200);

thread_local! {
    /// The last request that this thread has followed.
    static FOLLOWED: Cell<u64> = const { Cell::new(0) };
}

/// Asks the threads of a runtime to give back what they do not use.
pub(super) struct GiveBack {
    /// How a thread does it.
    how: fn(),
    asked: AtomicU64,
}

impl GiveBack {
    pub(super) const fn new(how: fn()) -> Self {
        Self { how, asked: AtomicU64::new(0) }
    }

    /// For each thread, before it waits for work.
    pub(super) fn before_waiting(&self) {
        let asked = self.asked.load(Ordering::Relaxed);
        if FOLLOWED.replace(asked) != asked {
            (self.how)();
        }
    }

    /// Asks whenever work has come to rest.
    pub(super) async fn ask_at_rest(self: Arc<Self>) {
        let metrics = Handle::current().metrics();
        let mut moments = Moments::default();
        loop {
            tokio::time::sleep(LOOK_INTERVAL).await;
            if moments.is_one(worked(&metrics)) {
                self.asked.fetch_add(1, Ordering::Relaxed);
                // Threads that wait hear of it when they are woken.
                for _ in 0..metrics.num_workers() {
                    tokio::spawn(async {});
                }
            }
        }
    }
}

/// What all threads have worked since the runtime began.
fn worked(metrics: &RuntimeMetrics) -> Duration {
    (0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).sum()
}

/// Finds the moments for it.
#[derive(Default)]
struct Moments {
    looked_at: Duration,
    given_at: Duration,
}

impl Moments {
    /// Whether this is one, when so much has been worked in all.
    fn is_one(&mut self, worked: Duration) -> bool {
        let lately = worked.saturating_sub(self.looked_at);
        self.looked_at = worked;
        let is_one = lately <= REST && worked.saturating_sub(self.given_at) >= WORTH;
        if is_one {
            self.given_at = worked;
        }
        is_one
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::AtomicUsize, thread};

    use super::*;

    #[test]
    fn each_thread_gives_back_once_when_it_is_asked() {
        static GIVEN: AtomicUsize = AtomicUsize::new(0);
        let giving = GiveBack::new(|| {
            GIVEN.fetch_add(1, Ordering::SeqCst);
        });
        let given_after_waiting = || {
            (0..3).for_each(|_| giving.before_waiting());
            GIVEN.load(Ordering::SeqCst)
        };
        assert_eq!(given_after_waiting(), 0);
        giving.asked.fetch_add(1, Ordering::Relaxed);
        assert_eq!(given_after_waiting(), 1);
        assert_eq!(thread::scope(|scope| scope.spawn(given_after_waiting).join().expect("it ends")), 2);
        giving.asked.fetch_add(1, Ordering::Relaxed);
        assert_eq!(given_after_waiting(), 3);
    }

    #[test]
    fn the_moment_is_when_much_was_done_and_little_is() {
        let (mut moments, mut worked) = (Moments::default(), Duration::ZERO);
        let look = |lately: Duration| {
            worked += lately;
            moments.is_one(worked)
        };
        let little = WORTH / 4;
        let looks = [little, REST * 4, REST * 2, little, little, little, little, little, little];
        assert_eq!(looks.map(look), [false, false, false, true, false, false, false, true, false]);
    }
}

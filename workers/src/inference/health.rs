//! Which services are there, as far as is known.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::watch;

/// What is known of a service. One that was never asked is taken to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    /// Its last answer was a good one.
    is_healthy: bool,
    /// Its last answer was one at all.
    is_reachable: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { is_healthy: true, is_reachable: true }
    }
}

/// See the module's words.
pub(super) struct Health {
    known: Mutex<HashMap<String, Known>>,
    /// Counts what became known.
    changed: watch::Sender<u64>,
    /// Counts the requests that found no such model.
    lacked: watch::Sender<u64>,
}

impl Default for Health {
    fn default() -> Self {
        Self { known: Mutex::default(), changed: watch::Sender::new(0), lacked: watch::Sender::new(0) }
    }
}

impl Health {
    fn note(&self, url: &str, now: Known) {
        let before = self.known.lock().insert(url.to_owned(), now).unwrap_or_default();
        if before.is_reachable != now.is_reachable {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// It has answered well.
    pub(super) fn is_well(&self, url: &str) {
        self.note(url, Known::default());
    }

    /// It has answered, but not what was asked.
    pub(super) fn has_failed(&self, url: &str) {
        self.note(url, Known { is_healthy: false, is_reachable: true });
    }

    /// It has not answered.
    pub(super) fn is_away(&self, url: &str) {
        self.note(url, Known { is_healthy: false, is_reachable: false });
    }

    /// The services in the order in which they are asked: healthy ones first, and else as they stand.
    pub(super) fn sorted(&self, mut urls: Vec<String>) -> Vec<String> {
        let known = self.known.lock();
        urls.sort_by_key(|url| !known.get(url).copied().unwrap_or_default().is_healthy);
        urls
    }

    /// Whether any of them is there.
    pub(super) fn has_any(&self, urls: &[String]) -> bool {
        let known = self.known.lock();
        urls.iter().any(|url| known.get(url).copied().unwrap_or_default().is_reachable)
    }

    /// Somebody has asked in vain for a model: other ones may be there than it was thought.
    pub(super) fn lacks_a_model(&self) {
        self.lacked.send_modify(|count| *count += 1);
    }

    /// To hear of models that were not there.
    pub(super) fn lacks(&self) -> watch::Receiver<u64> {
        self.lacked.subscribe()
    }

    /// To hear of changes.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

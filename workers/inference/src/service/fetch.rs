//! Models that are on their way.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::store::{ModelId, Progress, PullFault, Puller};

/// A hub that could not be reached is asked again after that long.
const NETWORK_PAUSE: Duration = Duration::from_secs(10 * 60);
/// A hub that did not have a model, or sent something else, hardly has it sooner.
const OTHER_PAUSE: Duration = Duration::from_secs(60 * 60);
/// How often the log tells how far a download is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What came of fetching, when it is known.
type Outcome = Option<Result<(), String>>;

/// Fetches each model once at a time, and not at each request again where that cannot help.
pub(super) struct Fetcher {
    puller: Puller,
    known: Mutex<HashMap<ModelId, Fetch>>,
}

struct Fetch {
    outcome: watch::Receiver<Outcome>,
    /// Not before then is it tried again.
    again: Arc<Mutex<Option<Instant>>>,
}

impl Fetcher {
    pub(super) fn new(puller: Puller) -> Self {
        Self { puller, known: Mutex::new(HashMap::new()) }
    }

    /// Begins to fetch the model, unless it is under way or was tried a short time ago.
    pub(super) fn begin(&self, id: &ModelId) -> watch::Receiver<Outcome> {
        let mut known = self.known.lock();
        if let Some(fetch) = known.get(id) {
            let is_under_way = fetch.outcome.borrow().is_none();
            let is_too_early = fetch.again.lock().is_some_and(|again| again > Instant::now());
            if is_under_way || is_too_early {
                return fetch.outcome.clone();
            }
        }
        let (sender, outcome) = watch::channel(None);
        let again = Arc::new(Mutex::new(None));
        known.insert(id.clone(), Fetch { outcome: outcome.clone(), again: again.clone() });
        tokio::spawn(fetch(self.puller.clone(), id.clone(), sender, again));
        outcome
    }

    /// Fetches the model, or waits for who does.
    pub(super) async fn fetch(&self, id: &ModelId) -> Result<(), String> {
        let mut outcome = self.begin(id);
        let known = outcome.wait_for(Option::is_some).await;
        known.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| Err("fetching it broke off".to_owned()))
    }

    /// The models that are on their way.
    pub(super) fn under_way(&self) -> Vec<ModelId> {
        let known = self.known.lock();
        known.iter().filter(|(_, fetch)| fetch.outcome.borrow().is_none()).map(|(id, _)| id.clone()).collect()
    }
}

async fn fetch(puller: Puller, id: ModelId, outcome: watch::Sender<Outcome>, again: Arc<Mutex<Option<Instant>>>) {
    tracing::info!(model = %id, hub = puller.hub(id.task), "the model is not here; it is fetched");
    let fetched = puller.pull(&id, &Told::default()).await;
    match &fetched {
        Ok(()) => tracing::info!(model = %id, "the model has come"),
        Err(PullFault::Offline) => {}
        Err(error) => tracing::warn!(model = %id, %error, "the model could not be fetched"),
    }
    let pause = match &fetched {
        Ok(()) => None,
        Err(PullFault::Network(_) | PullFault::Disk(_)) => Some(NETWORK_PAUSE),
        Err(PullFault::Offline | PullFault::Absent(_) | PullFault::Refused(_)) => Some(OTHER_PAUSE),
    };
    *again.lock() = pause.map(|pause| Instant::now() + pause);
    outcome.send_replace(Some(fetched.map_err(|error| error.to_string())));
}

/// Tells the log now and then.
#[derive(Default)]
struct Told(Mutex<Option<(PathBuf, Instant)>>);

impl Progress for Told {
    fn at(&self, file: &Path, done: u64, total: Option<u64>) {
        let mut told = self.0.lock();
        let is_due = told.as_ref().is_none_or(|(last, when)| last != file || when.elapsed() >= TELL_EVERY);
        if is_due {
            *told = Some((file.to_owned(), Instant::now()));
            tracing::info!(file = %file.display(), done_mib = done >> 20, total_mib = total.map(|total| total >> 20), "fetching");
        }
    }
}

//! The models in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use albumen_domain::models::ModelPart;
use parking_lot::Mutex;

use super::{error::Refusal, fetch::Fetcher};
use crate::{
    memory,
    models::{Loaded, Shared, load},
    session::{OpenFault, Opener},
    store::{ModelId, Stamp, Store},
};

/// A part of a model.
type Key = (ModelId, ModelPart);

/// Holds what was asked for lately, within a bound.
pub(super) struct Cache {
    store: Store,
    opener: Arc<dyn Opener>,
    fetcher: Arc<Fetcher>,
    memory_bytes: u64,
    held: Mutex<Held>,
    /// One model is loaded at a time, so that two do not exceed the bound together.
    loading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    parts: BTreeMap<Key, Part>,
    uses: u64,
    /// What could not be loaded, although its files are there. Tried again by the next process.
    failed: BTreeMap<ModelId, String>,
    /// Whose folder was set aside once. A second time there is no sense in fetching it again.
    set_aside: BTreeSet<ModelId>,
}

struct Part {
    model: Shared,
    /// Its files as they were when it was loaded. Their size is about what it takes: floats of 16 bits become twice as
    /// large, and a table of words stays in its file, of which the system keeps in memory what is read of it.
    stamp: Arc<Stamp>,
    last_use: u64,
}

impl Held {
    fn get(&mut self, key: &Key) -> Option<(Shared, Arc<Stamp>)> {
        self.uses += 1;
        let part = self.parts.get_mut(key)?;
        part.last_use = self.uses;
        Some((part.model.clone(), part.stamp.clone()))
    }

    /// Lets go of what was not used for longest until `bytes` more fit.
    fn make_room(&mut self, bytes: u64, most: u64) {
        while self.parts.values().map(|part| part.stamp.bytes()).sum::<u64>() + bytes > most {
            let oldest = self.parts.iter().min_by_key(|(_, part)| part.last_use).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            tracing::info!(model = %oldest.0, part = oldest.1.as_str(), "the model makes room for another");
            self.parts.remove(&oldest);
        }
    }
}

impl Cache {
    pub(super) fn new(store: Store, opener: Arc<dyn Opener>, fetcher: Arc<Fetcher>, memory_bytes: u64) -> Self {
        Self { store, opener, fetcher, memory_bytes, held: Mutex::default(), loading: tokio::sync::Mutex::default() }
    }

    /// That part of a model: from memory, from its folder, or from its hub.
    pub(super) async fn get(&self, id: &ModelId, part: ModelPart) -> Result<Shared, Refusal> {
        let key = (id.clone(), part);
        if let Some(model) = self.in_memory(&key) {
            return Ok(model);
        }
        let _turn = self.loading.lock().await;
        if let Some(model) = self.in_memory(&key) {
            return Ok(model);
        }
        if let Some(reason) = self.held.lock().failed.get(id) {
            return Err(failed(id, reason));
        }
        self.fetch_missing(id).await?;
        match self.load(&key).await {
            Ok(model) => Ok(model),
            Err(OpenFault::Damaged(reason)) => self.replace(&key, &reason).await,
            Err(OpenFault::Unsupported(reason)) => Err(self.give_up(id, reason)),
            Err(OpenFault::Device(reason)) => Err(self.not_on_this_device(id, &reason).await),
        }
    }

    /// A part that is loaded, unless its files were replaced under it: it reads on in them, and would answer with rows of
    /// another table. Looking costs each request some microseconds, beside a run of milliseconds.
    fn in_memory(&self, key: &Key) -> Option<Shared> {
        let (model, stamp) = self.held.lock().get(key)?;
        let now = self.store.part_stamp(&key.0, key.1);
        // What was deleted or set aside is open still and as it was.
        if now == *stamp || now.is_empty() {
            return Some(model);
        }
        tracing::info!(model = %key.0, part = key.1.as_str(), "the model's files were replaced: it is loaded anew");
        self.drop_part(&model);
        None
    }

    async fn fetch_missing(&self, id: &ModelId) -> Result<(), Refusal> {
        let Some(missing) = self.store.missing(id) else { return Ok(()) };
        self.fetcher.fetch(id).await.map_err(|reason| {
            Refusal::lacking(format!(
                "Failed to load model '{}': {missing}, and it could not be fetched: {reason}",
                id.name
            ))
        })
    }

    /// Sets the folder of a damaged model aside, fetches it anew, and tries once more.
    async fn replace(&self, key: &Key, reason: &str) -> Result<Shared, Refusal> {
        let (id, part) = key;
        if !self.held.lock().set_aside.insert(id.clone()) {
            return Err(self.give_up(id, reason.to_owned()));
        }
        match self.store.set_aside(id, *part) {
            Ok(aside) => {
                tracing::warn!(model = %id, reason, aside = %aside.display(), "the model is damaged; it was set aside");
            }
            Err(error) => return Err(self.give_up(id, format!("{reason}; it could not be set aside: {error}"))),
        }
        self.fetch_missing(id).await?;
        match self.load(key).await {
            Ok(model) => Ok(model),
            Err(OpenFault::Damaged(reason) | OpenFault::Unsupported(reason)) => Err(self.give_up(id, reason)),
            Err(OpenFault::Device(reason)) => Err(self.not_on_this_device(id, &reason).await),
        }
    }

    fn give_up(&self, id: &ModelId, reason: String) -> Refusal {
        let refusal = failed(id, &reason);
        self.held.lock().failed.insert(id.clone(), reason);
        refusal
    }

    async fn load(&self, key: &Key) -> Result<Shared, OpenFault> {
        let (id, part) = key.clone();
        // From before it is loaded: what is replaced meanwhile is noticed by the next request.
        let stamp = Arc::new(self.store.part_stamp(&id, part));
        let bytes = stamp.bytes();
        self.held.lock().make_room(bytes, self.memory_bytes);
        let (store, opener, started) = (self.store.clone(), self.opener.clone(), Instant::now());
        let loading = tokio::task::spawn_blocking(move || {
            let loaded = load(&store, opener.as_ref(), &id, part);
            memory::give_back();
            loaded
        });
        let loaded: Loaded = loading.await.map_err(|error| OpenFault::Unsupported(error.to_string()))??;
        let ms = started.elapsed().as_millis() as u64;
        tracing::info!(model = %key.0, part = part.as_str(), mib = bytes >> 20, ms, "the model is loaded");
        let model = Arc::new(loaded);
        let mut held = self.held.lock();
        held.uses += 1;
        let last_use = held.uses;
        held.parts.insert(key.clone(), Part { model: model.clone(), stamp, last_use });
        Ok(model)
    }

    async fn not_on_this_device(&self, id: &ModelId, reason: &str) -> Refusal {
        self.leave_device().await;
        Refusal::not_now(format!("Failed to load model '{}', since the device was lost: {reason}", id.name))
    }

    /// Takes note that the device was lost while that model ran: all that was on it is gone. Of many requests that fail
    /// with one device, the first counts.
    pub(super) async fn device_lost(&self, model: &Shared) {
        // Nothing is loaded meanwhile, which would be onto the lost one.
        let _turn = self.loading.lock().await;
        let is_held = self.held.lock().parts.values().any(|part| Arc::ptr_eq(&part.model, model));
        if is_held {
            self.leave_device().await;
        }
    }

    async fn leave_device(&self) {
        let parts = std::mem::take(&mut self.held.lock().parts);
        let opener = self.opener.clone();
        let left = tokio::task::spawn_blocking(move || {
            opener.reopen();
            drop(parts);
            memory::give_back();
        });
        if let Err(error) = left.await {
            tracing::warn!(%error, "letting go of what was on a lost device broke off");
        }
    }

    /// Lets go of a part that went wrong while it ran, or is out of date. Of that one: who fails late does not take what was loaded in its
    /// place meanwhile.
    pub(super) fn drop_part(&self, model: &Shared) {
        self.held.lock().parts.retain(|_, part| !Arc::ptr_eq(&part.model, model));
    }

    /// Lets go of everything.
    pub(super) fn clear(&self) {
        let parts = std::mem::take(&mut self.held.lock().parts);
        if !parts.is_empty() {
            tracing::info!(parts = parts.len(), "nobody has asked for a while: the models leave the memory");
            drop(parts);
            memory::give_back();
        }
    }

    /// Whether the model is there whole, and was not found to be of no use.
    pub(super) fn is_usable(&self, id: &ModelId) -> bool {
        self.store.missing(id).is_none() && !self.held.lock().failed.contains_key(id)
    }

    /// Whether it was found to be of no use.
    pub(super) fn has_failed(&self, id: &ModelId) -> bool {
        self.held.lock().failed.contains_key(id)
    }

    /// The parts in memory.
    pub(super) fn held(&self) -> Vec<Key> {
        self.held.lock().parts.keys().cloned().collect()
    }
}

fn failed(id: &ModelId, reason: &str) -> Refusal {
    Refusal::failed(format!("Failed to load model '{}': {reason}", id.name))
}

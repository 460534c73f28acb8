//! The service: Immich's machine-learning contract over HTTP.
//!
//! `GET /` and `GET /ping` say that it is there. `POST /predict` answers with exactly the model that was asked for, which is fetched
//! and loaded when it is not there yet; a header names it. `GET /models` is ours: what would serve in place of what is asked for.

mod answer;
mod cache;
mod entries;
mod error;
mod fetch;
mod gather;
mod models;
mod predict;
mod queue;

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use serde_json::json;

use crate::{
    memory,
    session::Opener,
    store::{Puller, Store},
};
use cache::Cache;
use fetch::Fetcher;
use gather::Gatherer;
pub(crate) use queue::Queue;

/// The largest request: a picture of 200 megapixels as it comes from a camera, with room.
const MAX_REQUEST_BYTES: usize = 256 << 20;

/// What a person can set.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Processor cores to use.
    pub cpus: usize,
    /// What models in memory may take, in bytes.
    pub memory_bytes: u64,
    /// After so long without a request models leave the memory; zero: never.
    pub idle: Duration,
}

/// What a request needs.
#[derive(Clone)]
pub(crate) struct Service {
    store: Store,
    cache: Arc<Cache>,
    fetcher: Arc<Fetcher>,
    queue: Arc<Queue>,
    gatherer: Arc<Gatherer>,
    opener: Arc<dyn Opener>,
}

/// The routes of the service.
pub fn router(store: Store, opener: Arc<dyn Opener>, puller: Puller, options: Options) -> Router {
    let fetcher = Arc::new(Fetcher::new(puller));
    let cache = Arc::new(Cache::new(store.clone(), opener.clone(), fetcher.clone(), options.memory_bytes));
    let queue = Arc::new(Queue::new(options.cpus));
    if !options.idle.is_zero() {
        tokio::spawn(queue::empty_when_idle(queue.clone(), cache.clone(), options.idle));
    }
    tokio::spawn(memory::give_back_after_work(queue.clone()));
    let service = Service { store, cache, fetcher, queue, gatherer: Arc::default(), opener };
    Router::new()
        .route("/", get(async || Json(json!({"message": "Immich ML"}))))
        .route("/ping", get(async || "pong"))
        .route("/predict", post(predict::predict))
        .route("/models", get(models::models))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(service)
}

#[cfg(test)]
mod tests;

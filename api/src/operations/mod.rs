//! What whoever runs the installation asks: is this process alive, is it of use, how far behind is
//! what. The answers are the same on the API's own port (without figures), on a listener of
//! its own, and on the command line.

mod metrics;
mod progress;
mod status;

pub(crate) use progress::{Choices, Progress};
pub(crate) use status::{Status, TopicsStatus};

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use albumen_commands::{copies::CopyState, kafka::Brokers, log::LogFeed};
use albumen_projections::{ReadModels, projections};
use albumen_schemas::feed::Feed;
use albumen_workers::inference::local::LocalState;
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::sync::watch;

/// A database that has not answered by then is of no use to a request either.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// A read model that is further behind than this shows an old library.
const FAR_BEHIND_EVENTS: i64 = 10_000;

/// What there is to say about this process.
pub(crate) struct Operations {
    /// The parts that run in it, by name.
    pub(crate) roles: Vec<&'static str>,
    pub(crate) reads: Arc<ReadModels>,
    pub(crate) feed: Arc<LogFeed>,
    /// Where this process may publish the log.
    pub(crate) relay: Option<watch::Receiver<CopyState>>,
    /// Where this process may copy the log to EventStoreDB.
    pub(crate) mirror: Option<watch::Receiver<CopyState>>,
    pub(crate) kafka: Option<Brokers>,
    /// How the program is that runs models, where this process looks after it.
    pub(crate) models: Option<watch::Receiver<LocalState>>,
    pub(crate) is_stopping: AtomicBool,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    roles: Vec<&'static str>,
    /// Why not, in words.
    reasons: Vec<String>,
    /// How models are, where this process runs them. The library is there without them.
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<String>,
}

impl Operations {
    /// From now on it is not ready: nothing new should be sent here.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    fn serves_reads(&self) -> bool {
        self.roles.iter().any(|role| ["api", "project"].contains(role))
    }

    /// What keeps this process from copying the log, if it should.
    fn unkept(&self, copy: Option<&watch::Receiver<CopyState>>, how: &str) -> Option<String> {
        let state = copy?.borrow().clone();
        match state {
            CopyState::Disconnected => Some(format!("the log cannot be {how}: no connection to the database")),
            CopyState::Leading { problem: Some(problem), .. } if !self.serves_reads() => {
                Some(format!("the log cannot be {how}: {problem}"))
            }
            _ => None,
        }
    }

    async fn readiness(&self) -> Readiness {
        let mut reasons = Vec::new();
        if self.is_stopping.load(Ordering::Relaxed) {
            reasons.push("it is stopping".to_owned());
        }
        match tokio::time::timeout(DATABASE_TIMEOUT, self.reads.checkpoints()).await {
            Ok(Ok(checkpoints)) if self.serves_reads() => {
                let head = *self.feed.head().borrow();
                for projection in projections() {
                    let name = projection.name();
                    let Some(found) = checkpoints.iter().find(|found| found.instance == name) else {
                        reasons.push(format!("the read model {name} is not made yet: no process keeps it"));
                        continue;
                    };
                    if let Some(failure) = &found.failure {
                        reasons.push(format!("the read model {name} stands still: {failure}"));
                    } else if head - found.position > FAR_BEHIND_EVENTS && !self.reads.are_past() {
                        reasons.push(format!("the read model {name} is {} events behind", head - found.position));
                    }
                }
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => reasons.push(error.to_string()),
            Err(_) => reasons.push("the database does not answer".to_owned()),
        }
        reasons.extend(self.unkept(self.relay.as_ref(), "published"));
        reasons.extend(self.unkept(self.mirror.as_ref(), "mirrored"));
        let models = self.models.as_ref().map(|models| models.borrow().clone());
        if let Some(LocalState::Failed(reason)) = &models
            && !self.serves_reads()
        {
            reasons.push(format!("no models are served: {reason}"));
        }
        Readiness { ready: reasons.is_empty(), roles: self.roles.clone(), reasons, models: models.map(in_words) }
    }
}

fn in_words(models: LocalState) -> String {
    match models {
        LocalState::Off => "not needed".to_owned(),
        LocalState::Starting => "starting".to_owned(),
        LocalState::Serving(url) => format!("served at {url}"),
        LocalState::Failed(reason) => reason,
    }
}

/// Liveness and readiness, for the API's own port.
pub(crate) fn health_router(operations: Arc<Operations>) -> Router {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).with_state(operations)
}

/// The same with figures, for a listener of its own.
pub(crate) fn router(operations: Arc<Operations>) -> Router {
    Router::new().route("/metrics", get(figures)).with_state(operations.clone()).merge(health_router(operations))
}

async fn live() -> &'static str {
    "alive\n"
}

async fn ready(State(operations): State<Arc<Operations>>) -> (StatusCode, Json<Readiness>) {
    let readiness = operations.readiness().await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

async fn figures(State(operations): State<Arc<Operations>>) -> Response {
    match metrics::text(&operations).await {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
    }
}

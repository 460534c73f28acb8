//! What is to be done: each event asks for something, or answers it, or ends everything. [`assets`] says what of an asset,
//! [`faces`] what of all faces of an owner, [`asked`] what is asked for one by one: pictures of persons, and e-mails.

mod asked;
mod assets;
mod faces;

use std::{borrow::Borrow, collections::BTreeMap};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::AssetEvent,
    embedding::EmbeddingEvent,
    processing::{Job, ProcessingEvent},
    queue::{QueueEvent, QueueName},
    system::{ModelsChosen, SystemEvent},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::erases_owner;

/// Something that is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    pub asset_id: Uuid,
    pub job: Job,
    pub revision: i64,
    pub attempts: i32,
    pub not_before: Option<DateTime<Utc>>,
    pub gave_up: bool,
}

/// What is to be done after all these events.
pub fn todo<R: Borrow<Recorded>>(events: &[R]) -> Vec<Todo> {
    let events: Vec<&Recorded> = events.iter().map(Borrow::borrow).collect();
    let mut all = Vec::new();
    for (index, recorded) in events.iter().enumerate() {
        let AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) = &recorded.event else { continue };
        let (owner, id) = (uploaded.owner, recorded.stream.id);
        let concerns = |r: &&&Recorded| {
            r.stream.id == id
                || erases_owner(r, owner)
                || matches!(r.event, AnyEvent::Queue(_))
                || models_chosen(r).is_some()
                || embedded(r).is_some_and(|(asset, ..)| asset == id)
        };
        let mine = events[index..].iter().filter(concerns);
        let chosen = events[..index].iter().rev().find_map(|r| models_chosen(r)).cloned().unwrap_or_default();
        all.extend(assets::todo_of(id, &mine.copied().collect::<Vec<_>>(), chosen));
    }
    all.extend(asked::pictures_of_persons(&events));
    all.extend(faces::comparisons_of_faces(&events));
    all.extend(asked::mails(&events));
    all
}

fn models_chosen(recorded: &Recorded) -> Option<&ModelsChosen> {
    match &recorded.event {
        AnyEvent::System(SystemEvent::ModelsChosen(chosen)) => Some(chosen),
        _ => None,
    }
}

/// The asset, model and revision of a vector that was made.
fn embedded(recorded: &Recorded) -> Option<(Uuid, &str, i64)> {
    match &recorded.event {
        AnyEvent::Embedding(EmbeddingEvent::Made(made)) => Some((made.asset, &made.model, made.revision)),
        _ => None,
    }
}

/// What administrators drop.
fn drop_from_queue(todo: &mut BTreeMap<Job, Todo>, event: &QueueEvent, recorded: &Recorded) {
    match event {
        QueueEvent::Emptied(emptied) => todo.retain(|job, todo| {
            let is_dropped = if todo.gave_up {
                emptied.failed
            } else {
                todo.not_before.is_none_or(|not_before| not_before <= recorded.recorded_at)
            };
            *job == Job::Deletion || QueueName::of(*job) != emptied.queue || !is_dropped
        }),
        QueueEvent::FailuresCleared(cleared) => {
            todo.retain(|job, todo| *job == Job::Deletion || QueueName::of(*job) != cleared.queue || !todo.gave_up);
        }
        _ => {}
    }
}

/// An answer to what was asked before is no answer to what was asked since.
fn answer(todo: &mut BTreeMap<Job, Todo>, event: &ProcessingEvent) {
    let (job, revision) = match event {
        ProcessingEvent::MetadataRead(read) => (Job::Metadata, read.revision),
        ProcessingEvent::PreviewsMade(made) => (Job::Previews, made.revision),
        ProcessingEvent::SidecarWritten(written) => (Job::Sidecar, written.revision),
        ProcessingEvent::PersonThumbnailMade(made) => (Job::PersonThumbnail, made.revision),
        ProcessingEvent::DuplicatesSought(sought) => (Job::DuplicateDetection, sought.revision),
        ProcessingEvent::MailSettled(settled) => (settled.job, settled.revision),
        ProcessingEvent::FacesDetected(detected) => (Job::FaceDetection, detected.revision),
        ProcessingEvent::FacesClustered(clustered) if clustered.is_complete => {
            (Job::FaceClustering, clustered.revision)
        }
        ProcessingEvent::FacesClustered(_) | ProcessingEvent::PeopleRegrouped(_) => return,
        ProcessingEvent::AttemptFailed(failed) => {
            if let Some(todo) = todo.get_mut(&failed.job).filter(|todo| todo.revision == failed.revision) {
                todo.attempts = failed.attempt;
                todo.not_before = failed.retry_at;
                todo.gave_up = failed.retry_at.is_none();
            }
            return;
        }
        ProcessingEvent::JobRequested(_) => return,
    };
    if todo.get(&job).is_some_and(|todo| todo.revision <= revision) {
        todo.remove(&job);
    }
}

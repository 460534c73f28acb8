//! What is to be done with one asset.

use std::collections::{BTreeMap, BTreeSet};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::{AssetEvent, DetailMatter, Visibility},
    embedding::EmbeddingEvent,
    processing::{Job, ProcessingEvent},
    queue::{QueueEvent, QueueName},
    system::{ModelsChosen, SystemEvent},
    text::TextEvent,
};
use uuid::Uuid;

use super::{Todo, answer, drop_from_queue};
use crate::naive::shown;

/// What is recognised in one asset: by which models, and what was.
struct Recognition {
    chosen: ModelsChosen,
    seen: BTreeSet<(Job, String)>,
    /// Neither locked nor in the trash.
    is_in_sight: bool,
}

impl Recognition {
    fn has_vector(&self) -> bool {
        self.seen.iter().any(|(job, _)| *job == Job::Embedding)
    }

    fn is_possible(&self, job: Job) -> bool {
        self.chosen.of(job).is_some() && (job != Job::DuplicateDetection || self.has_vector())
    }

    /// Whether it is meant where all assets are: the same picture is looked for among what is in sight.
    fn is_meant(&self, job: Job) -> bool {
        job != Job::DuplicateDetection || self.is_in_sight
    }

    fn is_missing(&self, job: Job) -> bool {
        self.is_possible(job) && self.chosen.of(job).is_some_and(|model| !self.seen.contains(&(job, model.to_owned())))
    }

    /// A model has seen it, which is an answer if that model is chosen.
    fn see(&mut self, todo: &mut BTreeMap<Job, Todo>, job: Job, model: String, revision: i64) {
        let is_due = todo.get(&job).is_some_and(|waiting| waiting.revision <= revision);
        if is_due && self.chosen.of(job) == Some(model.as_str()) {
            todo.remove(&job);
        }
        self.seen.insert((job, model));
    }

    /// Asks for what was not seen and does not wait.
    fn ask(&self, todo: &mut BTreeMap<Job, Todo>, jobs: &[Job], fresh: impl Fn(Job) -> Todo) {
        for job in jobs.iter().filter(|job| self.is_missing(**job)) {
            if todo.get(job).is_none_or(|waiting| waiting.gave_up) {
                todo.insert(*job, fresh(*job));
            }
        }
    }
}

/// What is to be done with it after these events, which concern it, and with these models chosen before.
pub(super) fn todo_of(asset_id: Uuid, events: &[&Recorded], chosen: ModelsChosen) -> Vec<Todo> {
    let mut todo: BTreeMap<Job, Todo> = BTreeMap::new();
    let (mut hidden, mut was_read, mut has_previews) = (false, false, false);
    let (mut locked, mut trashed) = (false, false);
    let mut recognition = Recognition { chosen, seen: BTreeSet::new(), is_in_sight: true };
    for recorded in events {
        recognition.is_in_sight = !locked && !trashed;
        let revision = recorded.position;
        let fresh = |job| Todo { asset_id, job, revision, attempts: 0, not_before: None, gave_up: false };
        match &recorded.event {
            AnyEvent::Erasure(_) | AnyEvent::Asset(AssetEvent::Deleted(_)) => return Vec::new(),
            AnyEvent::Asset(AssetEvent::DeletionRequested(_)) => {
                todo = BTreeMap::from([(Job::Deletion, fresh(Job::Deletion))]);
                return todo_of_leaving(todo, events, revision);
            }
            AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => {
                hidden = uploaded.visibility == Visibility::Hidden;
                locked = uploaded.visibility == Visibility::Locked;
                todo.insert(Job::Metadata, fresh(Job::Metadata));
            }
            AnyEvent::Asset(AssetEvent::Trashed(_)) => trashed = true,
            AnyEvent::Asset(AssetEvent::Restored(_)) => trashed = false,
            AnyEvent::Asset(AssetEvent::SidecarReplaced(_)) => {
                todo.insert(Job::Metadata, fresh(Job::Metadata));
            }
            AnyEvent::Asset(AssetEvent::Tagged(_) | AssetEvent::Untagged(_)) => {
                todo.insert(Job::Sidecar, fresh(Job::Sidecar));
            }
            AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) => {
                let is_written = edited.description.is_some()
                    || edited.taken_at.is_some()
                    || edited.position.is_some()
                    || edited.rating.is_some();
                if is_written {
                    todo.insert(Job::Sidecar, fresh(Job::Sidecar));
                }
            }
            AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn))
                if withdrawn.matters.contains(&DetailMatter::Position) =>
            {
                todo.insert(Job::Sidecar, fresh(Job::Sidecar));
            }
            AnyEvent::Asset(AssetEvent::VisibilityChanged(changed)) => {
                hidden = changed.visibility == Visibility::Hidden;
                locked = changed.visibility == Visibility::Locked;
                if hidden {
                    todo.retain(|job, _| *job != Job::Previews && !Job::RECOGNITION.contains(job));
                } else if has_previews {
                    recognition.ask(&mut todo, &Job::ON_PREVIEWS, fresh);
                }
            }
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) => {
                let job = requested.job;
                let is_done = match job {
                    Job::Previews => !hidden,
                    job if Job::RECOGNITION.contains(&job) => has_previews && !hidden && recognition.is_possible(job),
                    _ => true,
                };
                if is_done {
                    todo.insert(job, fresh(job));
                }
            }
            AnyEvent::System(SystemEvent::ModelsChosen(now)) => {
                let before = std::mem::replace(&mut recognition.chosen, now.clone());
                let changed: Vec<Job> =
                    Job::RECOGNITION.into_iter().filter(|job| before.of(*job) != now.of(*job)).collect();
                todo.retain(|job, _| !changed.contains(job));
                if has_previews && !hidden {
                    let meant: Vec<Job> = changed.into_iter().filter(|job| recognition.is_meant(*job)).collect();
                    recognition.ask(&mut todo, &meant, fresh);
                }
            }
            AnyEvent::Embedding(EmbeddingEvent::Made(made)) => {
                recognition.see(&mut todo, Job::Embedding, made.model.clone(), made.revision);
                if has_previews && !hidden {
                    recognition.ask(&mut todo, &[Job::DuplicateDetection], fresh);
                }
            }
            AnyEvent::Text(TextEvent::Read(read)) => {
                recognition.see(&mut todo, Job::TextRecognition, shown(&read.model), read.revision);
            }
            AnyEvent::Processing(ProcessingEvent::FacesDetected(detected)) => {
                recognition.see(&mut todo, Job::FaceDetection, detected.model.clone(), detected.revision);
            }
            AnyEvent::Queue(event) => {
                queue(&mut todo, event, recorded, (hidden, trashed, was_read, has_previews), &recognition, fresh);
            }
            AnyEvent::Processing(event) => {
                answer(&mut todo, event);
                if matches!(event, ProcessingEvent::SidecarWritten(_)) {
                    todo.entry(Job::Metadata).or_insert_with(|| fresh(Job::Metadata));
                }
                was_read |= matches!(event, ProcessingEvent::MetadataRead(_));
                has_previews |= matches!(event, ProcessingEvent::PreviewsMade(_));
                if matches!(event, ProcessingEvent::DuplicatesSought(_)) {
                    recognition.seen.insert((Job::DuplicateDetection, "distance".to_owned()));
                }
                if matches!(event, ProcessingEvent::PreviewsMade(_)) && !hidden {
                    recognition.ask(&mut todo, &Job::ON_PREVIEWS, fresh);
                }
            }
            _ => {}
        }
        // Previews follow the first reading, unless nobody would see them.
        let asks = matches!(
            recorded.event,
            AnyEvent::Processing(ProcessingEvent::MetadataRead(_)) | AnyEvent::Asset(AssetEvent::VisibilityChanged(_))
        );
        if asks && was_read && !hidden && !has_previews {
            todo.entry(Job::Previews).or_insert_with(|| fresh(Job::Previews));
        }
    }
    todo.into_values().collect()
}

fn todo_of_leaving(mut todo: BTreeMap<Job, Todo>, events: &[&Recorded], asked_at: i64) -> Vec<Todo> {
    for recorded in events.iter().filter(|recorded| recorded.position > asked_at) {
        match &recorded.event {
            AnyEvent::Erasure(_) | AnyEvent::Asset(AssetEvent::Deleted(_)) => return Vec::new(),
            AnyEvent::Processing(event) => answer(&mut todo, event),
            _ => {}
        }
    }
    todo.into_values().collect()
}

/// What administrators ask of all assets at once, for this one.
fn queue(
    todo: &mut BTreeMap<Job, Todo>,
    event: &QueueEvent,
    recorded: &Recorded,
    (hidden, trashed, was_read, has_previews): (bool, bool, bool, bool),
    recognition: &Recognition,
    fresh: impl Fn(Job) -> Todo,
) {
    let waits = |todo: &BTreeMap<Job, Todo>, job| todo.get(&job).is_some_and(|todo| !todo.gave_up);
    match event {
        QueueEvent::Started(started) if started.queue == QueueName::MetadataExtraction => {
            if started.all && !trashed || !was_read && !waits(todo, Job::Metadata) {
                todo.insert(Job::Metadata, fresh(Job::Metadata));
            }
        }
        QueueEvent::Started(started) if started.queue == QueueName::ThumbnailGeneration => {
            let is_missing = !has_previews && !waits(todo, Job::Metadata) && !waits(todo, Job::Previews);
            if !hidden && (started.all && !trashed || is_missing) {
                todo.insert(Job::Previews, fresh(Job::Previews));
            }
        }
        QueueEvent::Started(started) => {
            let job = started.queue.startable().filter(|job| Job::RECOGNITION.contains(job));
            let job = job.filter(|job| recognition.is_meant(*job));
            let Some(job) = job.filter(|job| has_previews && !hidden && recognition.is_possible(*job)) else { return };
            if started.all && !trashed || recognition.is_missing(job) && !waits(todo, job) {
                todo.insert(job, fresh(job));
            }
        }
        QueueEvent::Reset(reset) => {
            let job = Job::FaceDetection;
            let is_possible = has_previews && !hidden && recognition.is_possible(job);
            let is_due = !trashed || recognition.is_missing(job) && !waits(todo, job);
            if reset.queue == QueueName::FaceDetection && is_possible && is_due {
                todo.insert(job, fresh(job));
            }
        }
        QueueEvent::Emptied(_) | QueueEvent::FailuresCleared(_) => drop_from_queue(todo, event, recorded),
        QueueEvent::Paused(_) | QueueEvent::Resumed(_) => {}
    }
}

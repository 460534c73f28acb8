//! What follows from events: which work appears, and which is answered.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::{AssetEvent, DetailMatter, DetailsEdited},
    embedding::EmbeddingEvent,
    erasure::{ErasureEvent, ErasureScope},
    person::PersonEvent,
    processing::{AttemptFailed, Job, JobRequested, ProcessingEvent},
    system::{NO_MODEL, SystemEvent},
    text::TextEvent,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    comparison::BREATH,
    models::{self, Chosen},
    queue,
    rows::{JobRow, SubjectRow},
    tasks,
};
use crate::runtime::{ApplyError, Batch, Projection, Storable, Writer};

/// News of an album that come within this time of one another go into one e-mail.
const NEWS_DELAY: TimeDelta = TimeDelta::minutes(5);

/// See the module's words.
pub struct Work;

#[async_trait::async_trait]
impl Projection for Work {
    fn name(&self) -> &'static str {
        "work"
    }

    fn version(&self) -> i32 {
        7
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["job", "subject", "paused_queue", "chosen_model", "task"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Asset(event) => matches!(
                event,
                AssetEvent::Uploaded(_)
                    | AssetEvent::VisibilityChanged(_)
                    | AssetEvent::Trashed(_)
                    | AssetEvent::Restored(_)
                    | AssetEvent::SidecarReplaced(_)
                    | AssetEvent::DetailsEdited(_)
                    | AssetEvent::DetailsWithdrawn(_)
                    | AssetEvent::Tagged(_)
                    | AssetEvent::Untagged(_)
                    | AssetEvent::DeletionRequested(_)
                    | AssetEvent::Deleted(_)
            ),
            AnyEvent::Person(event) => {
                matches!(event, PersonEvent::FeatureFaceChosen(_) | PersonEvent::Merged(_) | PersonEvent::Deleted(_))
            }
            AnyEvent::Processing(_)
            | AnyEvent::Erasure(_)
            | AnyEvent::Queue(_)
            | AnyEvent::Task(_)
            | AnyEvent::System(SystemEvent::ModelsChosen(_)) => true,
            _ => recognised(recorded).is_some(),
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        // A queue's event is about whatever is there by then, so the order between them counts.
        for group in events.chunk_by(|one, next| concern(one) == concern(next)) {
            match group.first().map(|recorded| concern(recorded)) {
                Some(Concern::Queues) => queue::apply(writer, group).await?,
                Some(Concern::Tasks) => tasks::apply(writer, group).await?,
                Some(Concern::Models) => models::apply(writer, group).await?,
                Some(Concern::Assets) | None => {
                    let mut todo = Todo::load(writer, group).await?;
                    for recorded in group {
                        todo.apply(recorded);
                    }
                    todo.save(writer).await?;
                }
            }
        }
        Ok(())
    }
}

/// What an event is about here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Concern {
    Assets,
    Queues,
    Tasks,
    Models,
}

const fn concern(recorded: &Recorded) -> Concern {
    match recorded.event {
        AnyEvent::Queue(_) => Concern::Queues,
        AnyEvent::Task(_) => Concern::Tasks,
        AnyEvent::System(_) => Concern::Models,
        _ => Concern::Assets,
    }
}

/// What a model has made of an asset, which is told in a stream of its own.
struct Recognised<'a> {
    asset: Uuid,
    job: Job,
    model: &'a str,
    revision: i64,
}

/// Whether an event is an answer to a job of recognition.
fn recognised(recorded: &Recorded) -> Option<Recognised<'_>> {
    let (asset, model, revision) = match &recorded.event {
        AnyEvent::Embedding(EmbeddingEvent::Made(made)) => (made.asset, made.model.as_str(), made.revision),
        AnyEvent::Processing(ProcessingEvent::DuplicatesSought(sought)) => {
            (recorded.stream.id, NO_MODEL, sought.revision)
        }
        AnyEvent::Text(TextEvent::Read(read)) => (recorded.stream.id, read.model.as_str(), read.revision),
        AnyEvent::Processing(ProcessingEvent::FacesDetected(detected)) => {
            (recorded.stream.id, detected.model.as_str(), detected.revision)
        }
        _ => return None,
    };
    let job = Job::answered_by(recorded.event.key().name)?;
    Some(Recognised { asset, job, model, revision })
}

/// Whose faces are more than before: the others are compared with them.
const fn owner_of_new_faces(recorded: &Recorded) -> Option<Uuid> {
    match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::FacesDetected(detected)) if detected.added + detected.measured > 0 => {
            Some(detected.owner)
        }
        _ => None,
    }
}

/// Which asset or person an event is about.
fn subject_of(recorded: &Recorded) -> Uuid {
    recognised(recorded).map_or(recorded.stream.id, |found| found.asset)
}

/// Whether an event can ask for a job of recognition, or answer one.
fn is_on_recognition(recorded: &Recorded) -> bool {
    let may_ask = matches!(
        recorded.event,
        AnyEvent::Asset(AssetEvent::VisibilityChanged(_))
            | AnyEvent::Processing(ProcessingEvent::PreviewsMade(_) | ProcessingEvent::JobRequested(_))
    );
    may_ask || recognised(recorded).is_some()
}

type JobKey = (Uuid, Job);

struct Todo {
    subjects: Batch<SubjectRow>,
    stored: HashMap<JobKey, JobRow>,
    jobs: HashMap<JobKey, JobRow>,
    chosen: Chosen,
}

impl Todo {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let mut ids: HashSet<Uuid> = events.iter().map(|recorded| subject_of(recorded)).collect();
        ids.extend(events.iter().filter_map(|recorded| owner_of_new_faces(recorded)));
        let owners: Vec<Uuid> = events.iter().filter_map(|recorded| erased_owner(recorded)).collect();
        if !owners.is_empty() {
            let sql = "SELECT asset_id FROM subject WHERE owner_id = ANY($1)
                       UNION SELECT asset_id FROM job WHERE owner_id = ANY($1)";
            let rows = writer.query(sql, &[&owners]).await?;
            ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let subjects = Batch::load(writer, ids.iter().copied(), |row: &SubjectRow| row.asset_id).await?;
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let stored: HashMap<JobKey, JobRow> = writer
            .load::<JobRow>(&ids)
            .await?
            .into_iter()
            .filter_map(|row| Some(((row.asset_id, Job::by_name(&row.job)?), row)))
            .collect();
        let needs_models = events.iter().any(|recorded| is_on_recognition(recorded));
        let chosen = if needs_models { models::chosen(writer).await? } else { Chosen::new() };
        Ok(Self { subjects, jobs: stored.clone(), stored, chosen })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, asked) = (recorded.stream.id, Asked { revision: recorded.position, at: recorded.recorded_at });
        if let Some(found) = recognised(recorded) {
            self.apply_recognised(&found, asked);
            if let Some(owner) = owner_of_new_faces(recorded) {
                self.ask_to_compare(owner, asked);
            }
            return;
        }
        match &recorded.event {
            AnyEvent::Asset(event) => self.apply_asset(id, asked, event),
            AnyEvent::Person(event) => self.apply_person(id, asked, event),
            AnyEvent::Processing(event) => self.apply_processing(id, asked, event),
            AnyEvent::Erasure(_) => match erased_owner(recorded) {
                None => self.forget(id),
                Some(owner) => {
                    for asset in self.subjects.ids_where(|subject| subject.owner_id == owner) {
                        self.forget(asset);
                    }
                    self.jobs.retain(|_, job| job.owner_id != owner);
                }
            },
            _ => {}
        }
    }

    fn apply_asset(&mut self, id: Uuid, asked: Asked, event: &AssetEvent) {
        if let AssetEvent::Uploaded(uploaded) = event {
            let subject = SubjectRow {
                asset_id: id,
                owner_id: uploaded.owner,
                visibility: uploaded.visibility.as_str().to_owned(),
                trashed: false,
                metadata_done: false,
                previews_done: false,
                leaving: false,
                recognised: json!({}),
            };
            self.subjects.insert(id, subject);
            self.ask(id, Job::Metadata, asked);
            return;
        }
        let Some(subject) = self.subjects.change(id) else { return };
        match event {
            AssetEvent::VisibilityChanged(changed) => {
                changed.visibility.as_str().clone_into(&mut subject.visibility);
                // What was hidden has no small pictures yet.
                let due = subject.visibility != "hidden" && subject.metadata_done && !subject.previews_done;
                let is_hidden = subject.visibility == "hidden";
                if due && !self.jobs.contains_key(&(id, Job::Previews)) {
                    self.ask(id, Job::Previews, asked);
                }
                if is_hidden {
                    let looks_at_it = |job: &Job| *job == Job::Previews || job.is_recognition();
                    self.jobs.retain(|(asset, job), _| *asset != id || !looks_at_it(job));
                } else {
                    self.ask_unseen(id, &Job::ON_PREVIEWS, asked);
                }
            }
            AssetEvent::Trashed(_) => subject.trashed = true,
            AssetEvent::Restored(_) => subject.trashed = false,
            AssetEvent::SidecarReplaced(_) => self.ask(id, Job::Metadata, asked),
            AssetEvent::DetailsEdited(edited) if !is_of_lens_alone(edited) => self.ask(id, Job::Sidecar, asked),
            AssetEvent::DetailsWithdrawn(withdrawn) if withdrawn.matters.contains(&DetailMatter::Position) => {
                self.ask(id, Job::Sidecar, asked);
            }
            AssetEvent::Tagged(_) | AssetEvent::Untagged(_) => self.ask(id, Job::Sidecar, asked),
            AssetEvent::DeletionRequested(_) => {
                subject.leaving = true;
                self.jobs.retain(|(asset, _), _| *asset != id);
                self.ask_leaving(id, asked);
            }
            AssetEvent::Deleted(_) => self.forget(id),
            _ => {}
        }
    }

    /// A person has nothing that has to be remembered, and one job.
    fn apply_person(&mut self, id: Uuid, asked: Asked, event: &PersonEvent) {
        const JOB: Job = Job::PersonThumbnail;
        match event {
            PersonEvent::FeatureFaceChosen(chosen) => {
                self.jobs.insert((id, JOB), todo(id, chosen.owner, JOB, asked));
            }
            _ => {
                self.jobs.remove(&(id, JOB));
            }
        }
    }

    fn apply_processing(&mut self, id: Uuid, asked: Asked, event: &ProcessingEvent) {
        match event {
            ProcessingEvent::PersonThumbnailMade(made) => {
                self.answered(id, Job::PersonThumbnail, made.revision);
                return;
            }
            ProcessingEvent::AttemptFailed(failed) => {
                self.failed(id, failed);
                return;
            }
            ProcessingEvent::JobRequested(requested) if requested.job.is_on_owner() => {
                if self.chosen.contains_key(&Job::FaceDetection) {
                    self.jobs.insert((id, requested.job), todo(id, requested.owner, requested.job, asked));
                }
                return;
            }
            ProcessingEvent::JobRequested(requested) if requested.job.is_mail() => {
                self.ask_to_write(id, requested, asked);
                return;
            }
            ProcessingEvent::MailSettled(settled) => {
                self.answered(id, settled.job, settled.revision);
                return;
            }
            // A person has nothing that has to be remembered.
            ProcessingEvent::JobRequested(requested) if requested.job == Job::PersonThumbnail => {
                self.jobs.insert((id, requested.job), todo(id, requested.owner, requested.job, asked));
                return;
            }
            ProcessingEvent::FacesClustered(clustered) => {
                if clustered.is_complete {
                    self.answered(id, Job::FaceClustering, clustered.revision);
                }
                self.put_off(id, Job::FaceClustering, asked);
                return;
            }
            ProcessingEvent::PeopleRegrouped(regrouped) => {
                Job::ON_OWNERS.into_iter().for_each(|job| self.answered(id, job, regrouped.revision));
                self.put_off(id, Job::FaceClustering, asked);
                return;
            }
            _ => {}
        }
        let Some(subject) = self.subjects.change(id) else { return };
        match event {
            ProcessingEvent::JobRequested(requested) => self.ask(id, requested.job, asked),
            ProcessingEvent::MetadataRead(read) => {
                subject.metadata_done = true;
                let due = subject.visibility != "hidden" && !subject.previews_done;
                self.answered(id, Job::Metadata, read.revision);
                if due && !self.jobs.contains_key(&(id, Job::Previews)) {
                    self.ask(id, Job::Previews, asked);
                }
            }
            ProcessingEvent::PreviewsMade(made) => {
                subject.previews_done = true;
                self.answered(id, Job::Previews, made.revision);
                self.ask_unseen(id, &Job::ON_PREVIEWS, asked);
            }
            ProcessingEvent::SidecarWritten(written) => {
                self.answered(id, Job::Sidecar, written.revision);
                if !self.jobs.contains_key(&(id, Job::Metadata)) {
                    self.ask(id, Job::Metadata, asked);
                }
            }
            ProcessingEvent::PersonThumbnailMade(_)
            | ProcessingEvent::AttemptFailed(_)
            | ProcessingEvent::DuplicatesSought(_)
            | ProcessingEvent::FacesDetected(_)
            | ProcessingEvent::FacesClustered(_)
            | ProcessingEvent::PeopleRegrouped(_)
            | ProcessingEvent::MailSettled(_) => {}
        }
    }

    /// New faces come in the company of others. However many they are, they don't put off what waits already. Where nobody
    /// looks for faces any more, nobody compares them: whoever chooses a model again asks for all of them.
    fn ask_to_compare(&mut self, owner: Uuid, asked: Asked) {
        if !self.chosen.contains_key(&Job::FaceDetection) {
            return;
        }
        let key = (owner, Job::FaceClustering);
        let waiting = self.jobs.get(&key).filter(|row| !row.gave_up);
        let not_before = waiting.map_or(Some(asked.at + BREATH), |row| row.not_before);
        self.jobs.insert(key, JobRow { not_before, ..todo(owner, owner, Job::FaceClustering, asked) });
    }

    /// Each request for news takes the place of the one before, and waits for the next.
    fn ask_to_write(&mut self, mail: Uuid, requested: &JobRequested, asked: Asked) {
        let not_before = (requested.job == Job::AlbumNews).then(|| asked.at + NEWS_DELAY);
        let row = JobRow { not_before, ..todo(mail, requested.owner, requested.job, asked) };
        self.jobs.insert((mail, requested.job), row);
    }

    /// What was asked for meanwhile, or is not done whole, waits a little.
    fn put_off(&mut self, id: Uuid, job: Job, now: Asked) {
        if let Some(row) = self.jobs.get_mut(&(id, job)) {
            row.not_before = Some(now.at + BREATH);
        }
    }

    /// Nothing more is done to an asset whose deletion was asked for, but to delete it.
    fn ask(&mut self, id: Uuid, job: Job, asked: Asked) {
        let Some(subject) = self.subjects.get(id) else { return };
        // Nobody sees pictures of what is hidden.
        let is_in_vain = job == Job::Previews && subject.visibility == "hidden";
        if subject.leaving || is_in_vain || (job.is_recognition() && !self.can_recognise(subject, job)) {
            return;
        }
        let row = todo(id, subject.owner_id, job, asked);
        self.jobs.insert((id, job), row);
    }

    /// A model is chosen, and there is a picture for it that somebody sees.
    fn can_recognise(&self, subject: &SubjectRow, job: Job) -> bool {
        let has_vector = || subject.was_seen_by_any(Job::Embedding);
        self.chosen.contains_key(&job)
            && subject.previews_done
            && subject.visibility != "hidden"
            && (job != Job::DuplicateDetection || has_vector())
    }

    /// Asks for those jobs that the chosen model has not done on the asset, unless they wait already.
    fn ask_unseen(&mut self, id: Uuid, jobs: &[Job], asked: Asked) {
        for job in jobs {
            let Some(subject) = self.subjects.get(id) else { return };
            let is_seen = self.chosen.get(job).is_none_or(|model| subject.was_seen(*job, model));
            let waits = self.jobs.get(&(id, *job)).is_some_and(|row| !row.gave_up);
            if !is_seen && !waits {
                self.ask(id, *job, asked);
            }
        }
    }

    /// Another model than the chosen one answers nothing: what comes during an upgrade is first shown to the model that
    /// still answers searches, within the same piece of work.
    fn apply_recognised(&mut self, found: &Recognised<'_>, asked: Asked) {
        let Some(subject) = self.subjects.change(found.asset) else { return };
        subject.see(found.job, found.model);
        let model = found.model.to_owned().storable();
        if self.chosen.get(&found.job) == Some(&model) {
            self.answered(found.asset, found.job, found.revision);
        }
        if found.job == Job::Embedding {
            self.ask_unseen(found.asset, &[Job::DuplicateDetection], asked);
        }
    }

    fn ask_leaving(&mut self, id: Uuid, asked: Asked) {
        let Some(subject) = self.subjects.get(id) else { return };
        let row = todo(id, subject.owner_id, Job::Deletion, asked);
        self.jobs.insert((id, Job::Deletion), row);
    }

    /// An answer to an older revision leaves the newer request standing.
    fn answered(&mut self, id: Uuid, job: Job, revision: i64) {
        if self.jobs.get(&(id, job)).is_some_and(|row| row.revision <= revision) {
            self.jobs.remove(&(id, job));
        }
    }

    fn failed(&mut self, id: Uuid, failed: &AttemptFailed) {
        let Some(row) = self.jobs.get_mut(&(id, failed.job)) else { return };
        if row.revision != failed.revision {
            return;
        }
        row.attempts = failed.attempt;
        row.not_before = failed.retry_at;
        row.gave_up = failed.retry_at.is_none();
        row.reason = Some(failed.reason.clone());
    }

    fn forget(&mut self, id: Uuid) {
        self.subjects.remove(id);
        self.jobs.retain(|(asset, _), _| *asset != id);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.subjects.save(writer).await?;
        let saved: Vec<&JobRow> =
            self.jobs.iter().filter(|(key, row)| self.stored.get(key) != Some(row)).map(|(_, row)| row).collect();
        let deleted: Vec<&JobRow> =
            self.stored.iter().filter(|(key, _)| !self.jobs.contains_key(key)).map(|(_, row)| row).collect();
        writer.save(&saved).await?;
        writer.delete(&deleted).await
    }
}

/// The lens is kept to ourselves: sidecars have no place for it that all programs know.
fn is_of_lens_alone(edited: &DetailsEdited) -> bool {
    let lens_model = edited.lens_model.clone();
    *edited == DetailsEdited { lens_model, ..DetailsEdited::default() }
}

/// The event that asks for something.
#[derive(Clone, Copy)]
struct Asked {
    revision: i64,
    at: DateTime<Utc>,
}

fn todo(asset_id: Uuid, owner_id: Uuid, job: Job, asked: Asked) -> JobRow {
    JobRow {
        asset_id,
        job: job.as_str().to_owned(),
        owner_id,
        revision: asked.revision,
        attempts: 0,
        not_before: None,
        gave_up: false,
        reason: None,
        requested_at: asked.at,
    }
}

fn erased_owner(recorded: &Recorded) -> Option<Uuid> {
    match &recorded.event {
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) if erased.scope == ErasureScope::Owner => {
            Some(recorded.stream.id)
        }
        _ => None,
    }
}

//! Asks, and writes down what the aggregates decide.

use std::collections::{HashMap, HashSet};

use albumen_domain::{
    Actor, Aggregate, AnyEvent, Metadata, Personal, Recorded, StreamId, Subject,
    activity::Activity,
    album::Album,
    api_key::{ApiKey, ApiKeyCommand, ApiKeyCreated, ApiKeyRotated},
    asset::{Asset, AssetCommand, AssetKind},
    embedding::{Embedding, EmbeddingCommand, EmbeddingMade},
    erasure::{Erase, Erasure, ErasureScope},
    external_library::{ExternalLibrary, ExternalLibraryCommand, ExternalLibraryCreated},
    face::Face,
    memory::Memory,
    notification::{Notification, NotificationCommand, NotificationCreated, NotificationKind, NotificationLevel},
    partnership::Partnership,
    person::{Person, PersonEvent},
    processing::{
        AttemptFailed, DuplicatesSought, Job, JobRequested, MailSettled, MetadataRead, PersonThumbnailMade,
        PreviewFile, PreviewKind, PreviewsMade, Processing, ProcessingCommand, SidecarWritten, mail_id,
    },
    queue::{Queue, QueueName},
    session::{Device, Session, SessionCommand, SessionStarted},
    shared_link::SharedLink,
    stack::Stack,
    system::{SYSTEM_ID, System, SystemEvent},
    tag::Tag,
    task::{Task, TaskCommand, TaskKind},
    text::Text,
    user::{AdminSetup, Registration, User, UserCommand},
    vector,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use uuid::Uuid;

use super::{History, Outcome, Reading, Step, WorkStep};
use crate::naive::{self, Todo};

/// The states of all aggregates, and the log that they have made.
pub struct Historian {
    pub(super) history: History,
    pub(super) now: DateTime<Utc>,
    ids: u64,
    pub(super) sequences: HashMap<StreamId, i64>,
    pub(super) users: Vec<(Uuid, User)>,
    sessions: Vec<(Uuid, Session)>,
    keys: Vec<(Uuid, ApiKey)>,
    pub(super) assets: Vec<(Uuid, Asset)>,
    pub(super) albums: Vec<(Uuid, Album)>,
    pub(super) tags: Vec<(Uuid, Tag)>,
    pub(super) stacks: Vec<(Uuid, Stack)>,
    /// Assets that are or were in a stack, or were meant to be.
    pub(super) stacked: HashSet<Uuid>,
    pub(super) persons: Vec<(Uuid, Person)>,
    pub(super) faces: Vec<(Uuid, Face)>,
    pub(super) memories: Vec<(Uuid, Memory)>,
    pub(super) texts: HashMap<Uuid, Text>,
    pub(super) owners: HashMap<Uuid, Uuid>,
    pub(super) partnerships: Vec<(Uuid, Partnership)>,
    pub(super) pairs: HashSet<(Uuid, Uuid)>,
    pub(super) links: Vec<(Uuid, SharedLink)>,
    pub(super) activities: Vec<(Uuid, Activity)>,
    kinds: HashMap<Uuid, AssetKind>,
    processing: HashMap<Uuid, Processing>,
    embeddings: HashMap<Uuid, Embedding>,
    erasures: HashMap<Uuid, Erasure>,
    system: System,
    queues: HashMap<QueueName, Queue>,
    tasks: Vec<(Uuid, Task, i32)>,
    notifications: Vec<(Uuid, Notification)>,
    libraries: Vec<(Uuid, ExternalLibrary)>,
}

impl Historian {
    /// There are two users from the start.
    pub fn new() -> Self {
        let mut historian = Self {
            history: History { events: Vec::new(), subjects: Vec::new(), erased: HashSet::new() },
            now: Utc.with_ymd_and_hms(2024, 1, 30, 22, 0, 0).single().expect("is a date"),
            ids: 0,
            sequences: HashMap::new(),
            users: Vec::new(),
            sessions: Vec::new(),
            keys: Vec::new(),
            assets: Vec::new(),
            albums: Vec::new(),
            tags: Vec::new(),
            stacks: Vec::new(),
            stacked: HashSet::new(),
            partnerships: Vec::new(),
            pairs: HashSet::new(),
            links: Vec::new(),
            activities: Vec::new(),
            persons: Vec::new(),
            faces: Vec::new(),
            memories: Vec::new(),
            texts: HashMap::new(),
            owners: HashMap::new(),
            kinds: HashMap::new(),
            processing: HashMap::new(),
            embeddings: HashMap::new(),
            erasures: HashMap::new(),
            system: System::default(),
            queues: HashMap::new(),
            tasks: Vec::new(),
            notifications: Vec::new(),
            libraries: Vec::new(),
        };
        historian.register(registration("first", AdminSetup::First));
        historian.register(registration("second", AdminSetup::ByAdmin { is_admin: false }));
        historian
    }

    pub fn into_history(self) -> History {
        self.history
    }

    /// Asks for a step; what is refused leaves no trace.
    pub fn take(&mut self, gap_ms: i64, step: Step) {
        self.now += TimeDelta::milliseconds(gap_ms);
        match step {
            Step::Register(registration) => self.register(registration),
            Step::User(who, command) => self.user(who, command),
            Step::StartSession(who, parent, device) => self.start_session(who, parent, device),
            Step::Session(which, command) => {
                ask_one(which, &mut self.sessions, command, &mut self.history, &mut self.sequences, self.now);
            }
            Step::CreateKey(who, name) => self.create_key(who, name),
            Step::ChangeKey(which, change) => self.key(which, ApiKeyCommand::Change(change)),
            Step::RotateKey(which) => {
                let secret_hash = STANDARD.encode(self.new_id().as_bytes());
                self.key(which, ApiKeyCommand::Rotate(ApiKeyRotated { secret_hash }));
            }
            Step::DeleteKey(which) => self.key(which, ApiKeyCommand::Delete),
            Step::System(command) => {
                let log = &mut self.history;
                ask(SYSTEM_ID, &mut self.system, command, log, &mut self.sequences, self.now);
            }
            Step::Upload(who, video, command) => self.upload(who, video, command),
            Step::Asset(which, command) => self.asset(which, command),
            Step::Link(photo, video) => {
                if let Some(video) = self.video(video) {
                    self.asset(photo, AssetCommand::LinkLivePhoto { video });
                }
            }
            Step::Album(step) => self.album(step),
            Step::Tag(step) => self.tag(step),
            Step::Stack(step) => self.stack(step),
            Step::Sharing(step) => self.sharing(step),
            Step::People(step) => self.people(step),
            Step::Memory(step) => self.memory(step),
            Step::ReadText(asset, lines) => self.read_text(asset, lines),
            Step::Work(step) => self.work(step),
            Step::Queue(queue, command) => {
                let state = self.queues.entry(queue).or_default();
                ask(queue.id(), state, command, &mut self.history, &mut self.sequences, self.now);
            }
            Step::CreateLibrary(who, name) => self.create_library(who, name),
            Step::Library(which, command) => {
                ask_one(which, &mut self.libraries, command, &mut self.history, &mut self.sequences, self.now);
            }
            Step::Tell(who, title) => self.tell(who, title),
            Step::Notification(which, command) => {
                ask_one(which, &mut self.notifications, command, &mut self.history, &mut self.sequences, self.now);
            }
            Step::RequestTask(task) => self.request_task(task),
            Step::Task(which, command) => self.task(which, command),
            Step::Erase(which, scope) => self.erase(which, scope),
        }
    }

    /// Ids that are spread like random ones.
    pub(super) fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        let spread =
            |seed: u64| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Uuid::from_u64_pair(spread(self.ids), spread(self.ids + 1_000_000))
    }

    fn register(&mut self, mut registration: Registration) {
        let (id, number) = (self.new_id(), self.users.len());
        registration.email.insert_str(0, &format!("U{number}"));
        registration.storage_label = registration.storage_label.map(|label| format!("{label}{number}"));
        let mut user = User::default();
        let command = UserCommand::Register(Box::new(registration));
        ask(id, &mut user, command, &mut self.history, &mut self.sequences, self.now);
        self.users.push((id, user));
    }

    fn user(&mut self, who: usize, mut command: UserCommand) {
        if let UserCommand::Edit(edit) = &mut command {
            let number = self.history.len();
            edit.email.as_mut().into_iter().for_each(|email| email.insert_str(0, &format!("U{number}")));
            let label = edit.storage_label.as_mut().and_then(Option::as_mut);
            label.into_iter().for_each(|label| label.push_str(&number.to_string()));
        }
        ask_one(who, &mut self.users, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn start_session(&mut self, who: usize, parent: Option<usize>, device: Device) {
        let id = self.new_id();
        let (user, _) = self.users[who % self.users.len()];
        let parent = parent.filter(|_| !self.sessions.is_empty()).map(|p| self.sessions[p % self.sessions.len()].0);
        let token_hash = STANDARD.encode(id.as_bytes());
        let started = SessionStarted { user, token_hash, parent, expires_at: parent.map(|_| self.now), device };
        let mut session = Session::default();
        let command = SessionCommand::Start(started);
        if ask(id, &mut session, command, &mut self.history, &mut self.sequences, self.now) {
            self.sessions.push((id, session));
        }
    }

    fn create_key(&mut self, who: usize, name: String) {
        let id = self.new_id();
        let (user, _) = self.users[who % self.users.len()];
        let secret_hash = STANDARD.encode(id.as_bytes());
        let created = ApiKeyCreated { user, name: name.into(), secret_hash, permissions: vec!["all".to_owned()] };
        let mut key = ApiKey::default();
        let command = ApiKeyCommand::Create(created);
        if ask(id, &mut key, command, &mut self.history, &mut self.sequences, self.now) {
            self.keys.push((id, key));
        }
    }

    fn key(&mut self, which: usize, command: ApiKeyCommand) {
        ask_one(which, &mut self.keys, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn video(&self, which: usize) -> Option<Uuid> {
        let videos: Vec<Uuid> =
            self.assets.iter().map(|(id, _)| *id).filter(|id| self.kinds[id] == AssetKind::Video).collect();
        (!videos.is_empty()).then(|| videos[which % videos.len()])
    }

    fn upload(&mut self, who: usize, video: Option<usize>, mut command: AssetCommand) {
        let id = self.new_id();
        let AssetCommand::Upload(upload) = &mut command else { return };
        upload.owner = self.users[who % self.users.len()].0;
        upload.path = format!("upload/{id}");
        upload.checksum = STANDARD.encode(id.as_bytes());
        upload.live_photo_video = video.and_then(|video| self.video(video));
        let (owner, kind) = (upload.owner, upload.kind);
        let mut asset = Asset::default();
        if ask(id, &mut asset, command, &mut self.history, &mut self.sequences, self.now) {
            self.assets.push((id, asset));
            self.owners.insert(id, owner);
            self.kinds.insert(id, kind);
        }
    }

    pub(super) fn asset(&mut self, which: usize, command: AssetCommand) {
        ask_one(which, &mut self.assets, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn create_library(&mut self, who: usize, name: String) {
        let (id, mut library) = (self.new_id(), ExternalLibrary::default());
        let created = ExternalLibraryCreated {
            owner: self.users[who % self.users.len()].0,
            import_paths: vec![name.clone()].into(),
            name: name.into(),
            exclusion_patterns: Vec::new().into(),
        };
        let command = ExternalLibraryCommand::Create(created);
        if ask(id, &mut library, command, &mut self.history, &mut self.sequences, self.now) {
            self.libraries.push((id, library));
        }
    }

    fn tell(&mut self, who: usize, title: String) {
        let (id, mut notification) = (self.new_id(), Notification::default());
        let created = NotificationCreated {
            user: self.users[who % self.users.len()].0,
            level: NotificationLevel::Info,
            kind: NotificationKind::Custom,
            description: Some(title.clone().into()),
            title: title.into(),
            data: None,
            read_at: None,
        };
        let command = NotificationCommand::Create(Box::new(created));
        if ask(id, &mut notification, command, &mut self.history, &mut self.sequences, self.now) {
            self.notifications.push((id, notification));
        }
    }

    fn request_task(&mut self, task: TaskKind) {
        let (id, mut state) = (self.new_id(), Task::default());
        let command = TaskCommand::Request(task);
        if ask(id, &mut state, command, &mut self.history, &mut self.sequences, self.now) {
            self.tasks.push((id, state, 0));
        }
    }

    fn task(&mut self, which: usize, mut command: TaskCommand) {
        if self.tasks.is_empty() {
            return;
        }
        let which = which % self.tasks.len();
        let (id, state, last) = &mut self.tasks[which];
        match &mut command {
            TaskCommand::Start { attempt } => *attempt = *last + 1,
            TaskCommand::Finish { attempt } => *attempt = *last,
            TaskCommand::Fail(failed) => failed.attempt = *last,
            TaskCommand::Request(_) => {}
        }
        let is_start = matches!(command, TaskCommand::Start { .. });
        if ask(*id, state, command, &mut self.history, &mut self.sequences, self.now) && is_start {
            *last += 1;
        }
    }

    fn erase(&mut self, which: usize, scope: ErasureScope) {
        let subjects: Vec<Uuid> = match scope {
            ErasureScope::Subject => {
                let albums = self.albums.iter().map(|(id, _)| *id);
                let tags = self.tags.iter().map(|(id, _)| *id);
                let links = self.links.iter().map(|(id, _)| *id);
                let activities = self.activities.iter().map(|(id, _)| *id);
                let persons = self.persons.iter().map(|(id, _)| *id);
                let assets = self.assets.iter().map(|(id, _)| *id);
                assets.chain(albums).chain(tags).chain(links).chain(activities).chain(persons).collect()
            }
            ErasureScope::Owner => self.users.iter().map(|(id, _)| *id).collect(),
        };
        if subjects.is_empty() {
            return;
        }
        let id = subjects[which % subjects.len()];
        self.history.erased.insert(id);
        let erasure = self.erasures.entry(id).or_default();
        ask(id, erasure, Erase { scope }, &mut self.history, &mut self.sequences, self.now);
    }

    fn work(&mut self, step: WorkStep) {
        match step {
            WorkStep::Request(which, job @ Job::PersonThumbnail) => {
                let Some((id, owner)) = self.some_person_ever(which) else { return };
                self.report(id, ProcessingCommand::RequestJob(JobRequested { owner, job }));
            }
            WorkStep::Request(which, job) if job.is_mail() => {
                let Some((id, owner)) = self.some_mail(which) else { return };
                self.owners.insert(id, owner);
                self.report(id, ProcessingCommand::RequestJob(JobRequested { owner, job }));
            }
            WorkStep::Request(which, job) => {
                let Some(asset) = self.some_asset(which) else { return };
                let owner = self.owners[&asset];
                let (id, requested) = (if job.is_on_owner() { owner } else { asset }, JobRequested { owner, job });
                self.report(id, ProcessingCommand::RequestJob(requested));
            }
            WorkStep::Answer(which, late, outcome) => {
                let todo: Vec<Todo> = naive::todo(&self.history.events);
                if todo.is_empty() {
                    return;
                }
                let Todo { asset_id, job, revision, attempts, .. } = todo[which % todo.len()].clone();
                self.answer(asset_id, job, (revision - late).max(1), attempts + 1, outcome);
            }
            WorkStep::Unasked(which, job, outcome) => {
                let Some(asset) = self.some_asset(which) else { return };
                let id = if job.is_on_owner() { self.owners[&asset] } else { asset };
                let revision = self.history.events.iter().find(|recorded| recorded.stream.id == id);
                self.answer(id, job, revision.map_or(1, |recorded| recorded.position), 1, outcome);
            }
        }
    }

    /// A person and whose it is, also if they are gone by now.
    fn some_person_ever(&self, which: usize) -> Option<(Uuid, Uuid)> {
        let created = self.history.events.iter().filter_map(|recorded| match &recorded.event {
            AnyEvent::Person(PersonEvent::Created(created)) => Some((recorded.stream.id, created.owner)),
            _ => None,
        });
        let created: Vec<(Uuid, Uuid)> = created.collect();
        (!created.is_empty()).then(|| created[which % created.len()])
    }

    /// E-mails to a user about an album, and the user.
    fn some_mail(&self, which: usize) -> Option<(Uuid, Uuid)> {
        let (recipient, _) = self.users[which % self.users.len()];
        let album = (!self.albums.is_empty()).then(|| self.albums[which % self.albums.len()].0)?;
        Some((mail_id(album, recipient), recipient))
    }

    fn some_asset(&self, which: usize) -> Option<Uuid> {
        (!self.assets.is_empty()).then(|| self.assets[which % self.assets.len()].0)
    }

    fn answer(&mut self, id: Uuid, job: Job, revision: i64, attempt: i32, outcome: Outcome) {
        // The work on all faces of an owner is the owner's.
        let (owner, lease) = (self.owners.get(&id).copied().unwrap_or(id), self.new_id());
        match (job, outcome) {
            (_, Outcome::Failed { reason, retry_after_s }) => {
                let retry_at = retry_after_s.map(|seconds| self.now + TimeDelta::seconds(seconds));
                let failed = AttemptFailed { owner, job, lease, revision, attempt, reason, retry_at };
                self.report(id, ProcessingCommand::ReportFailure(failed));
            }
            (Job::Metadata, Outcome::Done { reading, .. }) => {
                let read = metadata_read(owner, lease, revision, *reading);
                self.report(id, ProcessingCommand::ReportMetadata(Box::new(read)));
            }
            (Job::Previews, Outcome::Done { size, thumbhash, fullsize, .. }) => {
                let kinds = [PreviewKind::Thumbnail, PreviewKind::Preview, PreviewKind::Fullsize];
                let files = kinds.into_iter().take(if fullsize { 3 } else { 2 }).map(|kind| PreviewFile {
                    kind,
                    path: format!("thumbs/{id}_{}_{revision}", kind.as_str()),
                    size_bytes: 1,
                });
                let (width, height) = size;
                let thumbhash = thumbhash.map(|bytes| STANDARD.encode(bytes));
                let made = PreviewsMade { owner, lease, revision, files: files.collect(), thumbhash, width, height };
                self.report(id, ProcessingCommand::ReportPreviews(made));
            }
            (Job::Sidecar, Outcome::Done { .. }) => {
                let written = SidecarWritten { owner, lease, revision, path: format!("upload/{id}.xmp") };
                self.report(id, ProcessingCommand::ReportSidecar(written));
            }
            (Job::PersonThumbnail, Outcome::Done { .. }) => {
                let (face, path) = (lease, format!("thumbs/{id}_{revision}"));
                let made = PersonThumbnailMade { owner, lease, revision, face, path, size_bytes: 1 };
                self.report(id, ProcessingCommand::ReportPersonThumbnail(made));
            }
            (Job::Embedding, Outcome::Done { size, .. }) => self.embed(id, lease, revision, size.0),
            (Job::TextRecognition, Outcome::Done { size, .. }) => self.answer_text(id, lease, revision, size.0),
            (Job::DuplicateDetection, Outcome::Done { .. }) => {
                let sought = DuplicatesSought { owner, lease, revision };
                self.report(id, ProcessingCommand::ReportDuplicates(sought));
            }
            (Job::FaceDetection, Outcome::Done { size, .. }) => self.detect_faces(id, lease, revision, size.0),
            (Job::FaceClustering, Outcome::Done { size, .. }) => self.compare_faces(id, lease, revision, size.0),
            (Job::FaceRegrouping, Outcome::Done { size, .. }) => self.regroup_faces(id, lease, revision, size.0),
            (Job::AlbumInvitation | Job::AlbumNews, Outcome::Done { fullsize, .. }) => {
                let settled = MailSettled { owner, job, lease, revision, sent: fullsize };
                self.report(id, ProcessingCommand::ReportMail(settled));
            }
            (Job::Deletion, Outcome::Done { .. }) => {
                if let Some(which) = self.assets.iter().position(|(asset, _)| *asset == id) {
                    self.asset(which, AssetCommand::ConfirmDeletion);
                }
            }
        }
    }

    /// Mostly by the model that is chosen; a late answer can be that of another.
    fn embed(&mut self, asset: Uuid, lease: Uuid, revision: i64, number: i32) {
        let chosen = self.history.events.iter().rev().find_map(|recorded| match &recorded.event {
            AnyEvent::System(SystemEvent::ModelsChosen(chosen)) => chosen.embedding.clone(),
            _ => None,
        });
        let model = if number % 5 == 0 { "large".to_owned() } else { chosen.unwrap_or_else(|| "small".to_owned()) };
        let dimension = if model == "small" { 3 } else { 5 };
        let values: Vec<f32> = (0..dimension).map(|index| ((number * (index + 3)) % 17) as f32 - 8.0).collect();
        let made = EmbeddingMade {
            owner: self.owners[&asset],
            asset,
            lease,
            revision,
            dimension,
            vector: vector::encode(&values).into(),
            model: model.clone(),
        };
        let stream = vector::stream_id(asset, &model);
        let state = self.embeddings.entry(stream).or_default();
        let command = EmbeddingCommand::Report(made);
        ask(stream, state, command, &mut self.history, &mut self.sequences, self.now);
    }

    pub(super) fn report(&mut self, id: Uuid, command: ProcessingCommand) {
        let processing = self.processing.entry(id).or_default();
        ask(id, processing, command, &mut self.history, &mut self.sequences, self.now);
    }
}

fn registration(name: &str, setup: AdminSetup) -> Registration {
    Registration {
        email: "@example.org".to_owned(),
        name: name.to_owned(),
        password_hash: Some("hash".to_owned()),
        setup,
        storage_label: None,
        quota_bytes: None,
        avatar_color: None,
        should_change_password: false,
    }
}

fn metadata_read(owner: Uuid, lease: Uuid, revision: i64, reading: Reading) -> MetadataRead {
    MetadataRead {
        owner,
        lease,
        revision,
        file: reading.file.into(),
        sidecar: reading.sidecar.map(Personal::Known),
        stat: reading.stat,
        probe: reading.probe,
        place: reading.place.map(Personal::Known),
        reader: "exiftool 12.57".to_owned(),
    }
}

pub(super) fn ask_one<A>(
    which: usize,
    all: &mut [(Uuid, A)],
    command: A::Command,
    history: &mut History,
    sequences: &mut HashMap<StreamId, i64>,
    now: DateTime<Utc>,
) where
    A: Aggregate,
    AnyEvent: From<A::Event>,
{
    if all.is_empty() {
        return;
    }
    let which = which % all.len();
    let (id, state) = &mut all[which];
    ask(*id, state, command, history, sequences, now);
}

/// Whether there is anything new in the log.
pub(super) fn ask<A>(
    id: Uuid,
    state: &mut A,
    command: A::Command,
    history: &mut History,
    sequences: &mut HashMap<StreamId, i64>,
    now: DateTime<Utc>,
) -> bool
where
    A: Aggregate,
    AnyEvent: From<A::Event>,
{
    let Ok(events) = state.decide(command) else { return false };
    let is_sealable = |event: &A::Event| {
        let subject = state.subject(id, event);
        // Nothing personal can be sealed any more for who was erased.
        !has_personal(event) || !(history.erased.contains(&subject.id) || history.erased.contains(&subject.owner))
    };
    if events.is_empty() || !events.iter().all(is_sealable) {
        return false;
    }
    for event in events {
        let subject = state.subject(id, &event);
        state.evolve(&event);
        record(history, sequences, now, StreamId { kind: A::KIND, id }, subject, event.into());
    }
    true
}

fn has_personal(event: &impl serde::Serialize) -> bool {
    serde_json::to_string(event).expect("events can be written").contains("\"$personal\"")
}

fn record(
    history: &mut History,
    sequences: &mut HashMap<StreamId, i64>,
    recorded_at: DateTime<Utc>,
    stream: StreamId,
    subject: Subject,
    event: AnyEvent,
) {
    let sequence = sequences.entry(stream).or_default();
    *sequence += 1;
    let position = history.last() + 1;
    // Mostly by whoever the thing belongs to, sometimes by somebody else.
    let actor = if position % 4 == 0 { Actor::Operator } else { Actor::User { id: subject.owner } };
    let metadata = Metadata { actor, ..Metadata::job("history", format!("c{position}"), None) };
    history.subjects.push(subject);
    history.events.push(Recorded { position, recorded_at, stream, sequence: *sequence, event, metadata });
}

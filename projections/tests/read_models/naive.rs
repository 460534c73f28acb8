//! What the read models have to show, computed in memory from the whole history each time: slow,
//! and plain enough to be believed.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    asset::{
        AssetEvent, AssetKind, DetailMatter, Visibility,
        metadata::{Sources, Tags, interpret},
    },
    embedding::EmbeddingEvent,
    erasure::{ErasureEvent, ErasureScope},
    person::PersonEvent,
    processing::{Job, MetadataRead, ProcessingEvent},
    queue::{QueueEvent, QueueName},
    system::{ModelsChosen, SystemEvent},
    text::TextEvent,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Trashed(DateTime<Utc>),
    /// Its deletion was asked for.
    Leaving,
}

/// An asset that somebody can ask about.
#[derive(Clone, Debug)]
pub struct Photo {
    pub id: Uuid,
    pub owner: Uuid,
    pub kind: AssetKind,
    pub visibility: Visibility,
    pub favorite: bool,
    pub status: Status,
    pub uploaded_at: DateTime<Utc>,
    pub taken_at: DateTime<Utc>,
    pub local: NaiveDateTime,
    pub size: Option<(i32, i32)>,
    pub thumbhash: Option<Vec<u8>>,
    pub duration_ms: Option<i64>,
    pub projection_type: Option<String>,
    pub moving_half: Option<Uuid>,
    pub place: (Option<String>, Option<String>),
    pub position: Option<(f64, f64)>,
    pub bytes: i64,
    pub description: String,
    pub rating: Option<i16>,
    pub file_name: String,
    pub values: BTreeMap<String, Value>,
}

/// The first day of the month of a day.
pub fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).expect("every month has a first")
}

/// Text as a database shows it.
pub fn shown(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').collect()
}

/// All assets that are left, in the order of their upload.
pub fn library<R: Borrow<Recorded>>(events: &[R]) -> Vec<Photo> {
    let events: Vec<&Recorded> = events.iter().map(Borrow::borrow).collect();
    let uploads = events
        .iter()
        .enumerate()
        .filter(|(_, recorded)| matches!(recorded.event, AnyEvent::Asset(AssetEvent::Uploaded(_))));
    uploads.filter_map(|(index, _)| photo(events[index], &events[index + 1..])).collect()
}

/// An asset from its upload and all that followed; none when it is gone.
fn photo(upload: &Recorded, after: &[&Recorded]) -> Option<Photo> {
    let AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) = &upload.event else { return None };
    let id = upload.stream.id;
    let told: Vec<&Recorded> = after.iter().copied().filter(|r| r.stream.id == id).collect();
    let mine: Vec<&AnyEvent> = told.iter().map(|r| &r.event).collect();
    let is_gone =
        mine.iter().any(|event| matches!(event, AnyEvent::Asset(AssetEvent::Deleted(_)) | AnyEvent::Erasure(_)));
    if is_gone || after.iter().any(|recorded| erases_owner(recorded, uploaded.owner)) {
        return None;
    }
    let mut photo = Photo {
        id,
        owner: uploaded.owner,
        kind: uploaded.kind,
        visibility: uploaded.visibility,
        favorite: uploaded.favorite,
        status: status(id, after),
        uploaded_at: upload.recorded_at,
        taken_at: uploaded.file_created_at,
        local: uploaded.file_created_at.naive_utc(),
        size: None,
        thumbhash: None,
        duration_ms: uploaded.duration_ms,
        projection_type: None,
        moving_half: uploaded.live_photo_video,
        place: (None, None),
        position: None,
        bytes: uploaded.size_bytes,
        description: String::new(),
        rating: None,
        file_name: shown(uploaded.file_name.known().map_or("", String::as_str)),
        values: BTreeMap::new(),
    };
    photo.mark(&mine);
    photo.measure(&mine);
    photo.read(&told, uploaded.file_created_at);
    photo.listen(&mine);
    Some(photo)
}

/// Where a sidecar says it that can have been read before it was rewritten since a place was taken back: what it says
/// of the place counts for nothing then. The last of these events is a reading.
fn without_what_was_taken_back(events: &[&Recorded], read: &MetadataRead) -> MetadataRead {
    let mut believed = read.clone();
    let is_word = |recorded: &&Recorded| match &recorded.event {
        AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) => {
            edited.position.as_ref().and_then(Personal::known).is_some()
        }
        AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn)) => withdrawn.matters.contains(&DetailMatter::Position),
        _ => false,
    };
    let Some(last) = events.iter().rposition(is_word) else { return believed };
    if matches!(events[last].event, AnyEvent::Asset(AssetEvent::DetailsEdited(_))) {
        return believed;
    }
    let rewritten = events[last..].iter().find(|recorded| match &recorded.event {
        AnyEvent::Processing(ProcessingEvent::SidecarWritten(written)) => written.revision >= events[last].position,
        _ => false,
    });
    if rewritten.is_some_and(|rewritten| read.revision >= rewritten.position) {
        return believed;
    }
    if let Some(Personal::Known(sidecar)) = &mut believed.sidecar {
        let says = ["GPSLatitude", "GPSLongitude"].map(|name| sidecar.remove(name).is_some());
        if says == [true, true] {
            believed.place = None;
        }
    }
    believed
}

fn erases_owner(recorded: &Recorded, owner: Uuid) -> bool {
    let AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) = &recorded.event else { return false };
    erased.scope == ErasureScope::Owner && recorded.stream.id == owner
}

fn status(id: Uuid, after: &[&Recorded]) -> Status {
    let mut changes = after.iter().filter(|r| r.stream.id == id).filter_map(|recorded| match &recorded.event {
        AnyEvent::Asset(AssetEvent::Trashed(_)) => Some(Status::Trashed(recorded.recorded_at)),
        AnyEvent::Asset(AssetEvent::Restored(_)) => Some(Status::Active),
        AnyEvent::Asset(AssetEvent::DeletionRequested(_)) => Some(Status::Leaving),
        _ => None,
    });
    changes.next_back().unwrap_or(Status::Active)
}

impl Photo {
    /// What is marked and linked: the last word counts.
    fn mark(&mut self, events: &[&AnyEvent]) {
        for event in events {
            let AnyEvent::Asset(event) = event else { continue };
            match event {
                AssetEvent::FavoriteChanged(changed) => self.favorite = changed.favorite,
                AssetEvent::VisibilityChanged(changed) => self.visibility = changed.visibility,
                AssetEvent::LivePhotoLinked(linked) => self.moving_half = Some(linked.video),
                AssetEvent::LivePhotoUnlinked(_) => self.moving_half = None,
                AssetEvent::KeyValueSet(set) => {
                    let value = Value::Object(set.value.known().cloned().unwrap_or_default());
                    let text = value.to_string().replace("\\u0000", "");
                    self.values.insert(shown(&set.key), serde_json::from_str(&text).expect("is JSON"));
                }
                AssetEvent::KeyValueRemoved(removed) => {
                    self.values.remove(&shown(&removed.key));
                }
                _ => {}
            }
        }
    }

    /// A file's own size is better than that of its picture.
    fn measure(&mut self, events: &[&AnyEvent]) {
        for event in events {
            match event {
                AnyEvent::Processing(ProcessingEvent::PreviewsMade(made)) => {
                    self.size = self.size.or(Some((made.width, made.height)));
                    self.thumbhash = made.thumbhash.as_ref().and_then(|text| STANDARD.decode(text).ok());
                }
                AnyEvent::Processing(ProcessingEvent::MetadataRead(read)) => {
                    let chosen = self.interpreted(read, DateTime::UNIX_EPOCH);
                    self.size = chosen.width.zip(chosen.height).or(self.size);
                    self.duration_ms = chosen.duration_ms.or(self.duration_ms);
                }
                _ => {}
            }
        }
    }

    fn interpreted(&self, read: &MetadataRead, created: DateTime<Utc>) -> albumen_domain::asset::metadata::Chosen {
        let nothing = Tags::new();
        interpret(&Sources {
            file: read.file.known().unwrap_or(&nothing),
            sidecar: read.sidecar.as_ref().and_then(Personal::known),
            stat: &read.stat,
            probe: read.probe.as_ref(),
            place: read.place.as_ref().and_then(Personal::known),
            uploaded_file_created_at: created,
            is_video: self.kind == AssetKind::Video,
        })
    }

    /// What the file says: its last reading.
    fn read(&mut self, events: &[&Recorded], created: DateTime<Utc>) {
        let mut readings = events.iter().enumerate().filter_map(|(index, recorded)| match &recorded.event {
            AnyEvent::Processing(ProcessingEvent::MetadataRead(read)) => Some((index, read)),
            _ => None,
        });
        let Some((index, read)) = readings.next_back() else { return };
        let chosen = self.interpreted(&without_what_was_taken_back(&events[..=index], read), created);
        self.taken_at = chosen.taken_at;
        self.local = chosen.local_taken_at;
        self.projection_type = chosen.projection_type;
        self.position = chosen.position.map(|position| (position.latitude, position.longitude));
        self.place = (chosen.place.city.map(|t| shown(&t)), chosen.place.country.map(|t| shown(&t)));
        self.description = shown(&chosen.description);
        self.rating = chosen.rating;
    }

    /// What persons said, which is worth more than what the file says, whenever it was said.
    fn listen(&mut self, events: &[&AnyEvent]) {
        let of_file = (self.position, self.place.clone());
        for (index, event) in events.iter().enumerate() {
            if let AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn)) = event
                && withdrawn.matters.contains(&DetailMatter::Position)
            {
                // Only a reading that comes after it can say anything again.
                let is_reading =
                    |event: &&AnyEvent| matches!(event, AnyEvent::Processing(ProcessingEvent::MetadataRead(_)));
                let is_read_again = events[index..].iter().any(is_reading);
                (self.position, self.place) = if is_read_again { of_file.clone() } else { (None, (None, None)) };
            }
            let AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) = event else { continue };
            if let Some(taken) = &edited.taken_at {
                self.taken_at = taken.instant;
                self.local = taken.local;
            }
            if let Some(located) = edited.position.as_ref().and_then(Personal::known) {
                self.position = Some((located.position.latitude, located.position.longitude));
                let name = |text: &Option<String>| text.as_deref().map(shown);
                self.place = (name(&located.place.city), name(&located.place.country));
            }
            if let Some(description) = edited.description.as_ref().and_then(Personal::known) {
                self.description = shown(description);
            }
            if let Some(rating) = edited.rating {
                self.rating = rating.stars;
            }
        }
    }

    pub const fn is_trashed(&self) -> bool {
        matches!(self.status, Status::Trashed(_))
    }

    pub const fn is_active(&self) -> bool {
        matches!(self.status, Status::Active)
    }
}

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
        all.extend(todo_of(id, &mine.copied().collect::<Vec<_>>(), chosen));
    }
    all.extend(pictures_of_persons(&events));
    all.extend(comparisons_of_faces(&events));
    all.extend(mails(&events));
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

/// What is recognised in one asset: by which models, and what was.
struct Recognition {
    chosen: ModelsChosen,
    seen: BTreeSet<(Job, String)>,
}

impl Recognition {
    fn has_vector(&self) -> bool {
        self.seen.iter().any(|(job, _)| *job == Job::Embedding)
    }

    fn is_possible(&self, job: Job) -> bool {
        self.chosen.of(job).is_some() && (job != Job::DuplicateDetection || self.has_vector())
    }

    fn is_missing(&self, job: Job) -> bool {
        self.is_possible(job) && self.chosen.of(job).is_some_and(|model| !self.seen.contains(&(job, model.to_owned())))
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

/// Whose faces are compared with each other: what is asked of all of them at once.
fn comparisons_of_faces(events: &[&Recorded]) -> Vec<Todo> {
    let mut owners: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    let mut todo: BTreeMap<Uuid, BTreeMap<Job, Todo>> = BTreeMap::new();
    let mut model: Option<String> = None;
    for recorded in events {
        let (id, revision) = (recorded.stream.id, recorded.position);
        let later = recorded.recorded_at + TimeDelta::seconds(2);
        let fresh = |owner, job| Todo { asset_id: owner, job, revision, attempts: 0, not_before: None, gave_up: false };
        match &recorded.event {
            AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => {
                owners.insert(id, uploaded.owner);
            }
            AnyEvent::Asset(AssetEvent::Deleted(_)) => {
                owners.remove(&id);
            }
            AnyEvent::Erasure(_) => {
                owners.remove(&id);
                owners.retain(|_, owner| !erases_owner(recorded, *owner));
                todo.remove(&id);
            }
            AnyEvent::System(SystemEvent::ModelsChosen(chosen)) => {
                let is_other = model != chosen.faces;
                model.clone_from(&chosen.faces);
                match model {
                    Some(_) if is_other => {
                        for owner in owners.values() {
                            let job = Job::FaceClustering;
                            todo.entry(*owner).or_default().insert(job, fresh(*owner, job));
                        }
                    }
                    Some(_) => {}
                    None => todo.clear(),
                }
            }
            AnyEvent::Queue(event) => {
                let job = match event {
                    QueueEvent::Started(started) => {
                        (started.queue == QueueName::FacialRecognition).then_some(Job::FaceClustering)
                    }
                    QueueEvent::Reset(_) => Some(Job::FaceRegrouping),
                    _ => None,
                };
                for owner in owners.values().filter(|_| model.is_some()) {
                    todo.entry(*owner).or_default().extend(job.map(|job| (job, fresh(*owner, job))));
                }
                todo.values_mut().for_each(|todo| drop_from_queue(todo, event, recorded));
            }
            AnyEvent::Processing(ProcessingEvent::FacesDetected(detected))
                if detected.added > 0 || detected.measured > 0 =>
            {
                let todo = todo.entry(detected.owner).or_default();
                let waiting = todo.get(&Job::FaceClustering).filter(|todo| !todo.gave_up);
                let not_before = waiting.map_or(Some(later), |todo| todo.not_before);
                todo.insert(Job::FaceClustering, Todo { not_before, ..fresh(detected.owner, Job::FaceClustering) });
            }
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested))
                if requested.job.is_on_owner() && model.is_some() =>
            {
                todo.entry(id).or_default().insert(requested.job, fresh(id, requested.job));
            }
            AnyEvent::Processing(event) => {
                let Some(todo) = todo.get_mut(&id) else { continue };
                if let ProcessingEvent::PeopleRegrouped(regrouped) = event {
                    todo.retain(|_, todo| todo.revision > regrouped.revision);
                }
                answer(todo, event);
                let is_compared =
                    matches!(event, ProcessingEvent::FacesClustered(_) | ProcessingEvent::PeopleRegrouped(_));
                if let Some(todo) = todo.get_mut(&Job::FaceClustering).filter(|_| is_compared) {
                    todo.not_before = Some(later);
                }
            }
            _ => {}
        }
    }
    todo.into_values().flat_map(BTreeMap::into_values).collect()
}

/// Whom which face stands for is said anew each time, or the same asked for again, and ends with the person.
fn pictures_of_persons(events: &[&Recorded]) -> Vec<Todo> {
    let mut todo: BTreeMap<Uuid, (Uuid, BTreeMap<Job, Todo>)> = BTreeMap::new();
    for recorded in events {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Person(PersonEvent::FeatureFaceChosen(chosen)) => {
                let (job, revision) = (Job::PersonThumbnail, recorded.position);
                let fresh = Todo { asset_id: id, job, revision, attempts: 0, not_before: None, gave_up: false };
                todo.insert(id, (chosen.owner, BTreeMap::from([(job, fresh)])));
            }
            AnyEvent::Person(PersonEvent::Merged(_) | PersonEvent::Deleted(_)) => {
                todo.remove(&id);
            }
            AnyEvent::Queue(event) => {
                todo.values_mut().for_each(|(_, todo)| drop_from_queue(todo, event, recorded));
            }
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) if requested.job == Job::PersonThumbnail => {
                let (job, revision) = (Job::PersonThumbnail, recorded.position);
                let fresh = Todo { asset_id: id, job, revision, attempts: 0, not_before: None, gave_up: false };
                todo.insert(id, (requested.owner, BTreeMap::from([(job, fresh)])));
            }
            AnyEvent::Processing(event) => {
                if let Some((_, todo)) = todo.get_mut(&id) {
                    answer(todo, event);
                }
            }
            AnyEvent::Erasure(_) => {
                todo.remove(&id);
                todo.retain(|_, (owner, _)| !erases_owner(recorded, *owner));
            }
            _ => {}
        }
    }
    todo.into_values().flat_map(|(_, todo)| todo.into_values()).collect()
}

/// E-mails about albums are asked for anew each time, and news are written five minutes after the last.
fn mails(events: &[&Recorded]) -> Vec<Todo> {
    let mut todo: BTreeMap<Uuid, (Uuid, BTreeMap<Job, Todo>)> = BTreeMap::new();
    for recorded in events {
        let (id, revision) = (recorded.stream.id, recorded.position);
        match &recorded.event {
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) if requested.job.is_mail() => {
                let job = requested.job;
                let not_before = (job == Job::AlbumNews).then(|| recorded.recorded_at + TimeDelta::minutes(5));
                let fresh = Todo { asset_id: id, job, revision, attempts: 0, not_before, gave_up: false };
                todo.entry(id).or_insert_with(|| (requested.owner, BTreeMap::new())).1.insert(job, fresh);
            }
            AnyEvent::Processing(event) => {
                if let Some((_, todo)) = todo.get_mut(&id) {
                    answer(todo, event);
                }
            }
            AnyEvent::Queue(event) => {
                todo.values_mut().for_each(|(_, todo)| drop_from_queue(todo, event, recorded));
            }
            AnyEvent::Erasure(_) => {
                todo.remove(&id);
                todo.retain(|_, (owner, _)| !erases_owner(recorded, *owner));
            }
            _ => {}
        }
    }
    todo.into_values().flat_map(|(_, todo)| todo.into_values()).collect()
}

/// The same for one asset: each event asks for something, or answers it, or ends everything.
fn todo_of(asset_id: Uuid, events: &[&Recorded], chosen: ModelsChosen) -> Vec<Todo> {
    let mut todo: BTreeMap<Job, Todo> = BTreeMap::new();
    let (mut hidden, mut was_read, mut has_previews) = (false, false, false);
    let mut recognition = Recognition { chosen, seen: BTreeSet::new() };
    for recorded in events {
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
                todo.insert(Job::Metadata, fresh(Job::Metadata));
            }
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
                if hidden {
                    todo.retain(|job, _| !Job::RECOGNITION.contains(job));
                } else if has_previews {
                    recognition.ask(&mut todo, &Job::ON_PREVIEWS, fresh);
                }
            }
            AnyEvent::Processing(ProcessingEvent::JobRequested(requested)) => {
                let job = requested.job;
                let sees = has_previews && !hidden && recognition.is_possible(job);
                if sees || !Job::RECOGNITION.contains(&job) {
                    todo.insert(job, fresh(job));
                }
            }
            AnyEvent::System(SystemEvent::ModelsChosen(now)) => {
                let before = std::mem::replace(&mut recognition.chosen, now.clone());
                let changed: Vec<Job> =
                    Job::RECOGNITION.into_iter().filter(|job| before.of(*job) != now.of(*job)).collect();
                todo.retain(|job, _| !changed.contains(job));
                if has_previews && !hidden {
                    recognition.ask(&mut todo, &changed, fresh);
                }
            }
            AnyEvent::Embedding(EmbeddingEvent::Made(made)) => {
                recognition.seen.insert((Job::Embedding, made.model.clone()));
                if todo.get(&Job::Embedding).is_some_and(|todo| todo.revision <= made.revision) {
                    todo.remove(&Job::Embedding);
                }
                if has_previews && !hidden {
                    recognition.ask(&mut todo, &[Job::DuplicateDetection], fresh);
                }
            }
            AnyEvent::Text(TextEvent::Read(read)) => {
                recognition.seen.insert((Job::TextRecognition, shown(&read.model)));
                if todo.get(&Job::TextRecognition).is_some_and(|todo| todo.revision <= read.revision) {
                    todo.remove(&Job::TextRecognition);
                }
            }
            AnyEvent::Processing(ProcessingEvent::FacesDetected(detected)) => {
                recognition.seen.insert((Job::FaceDetection, detected.model.clone()));
                if todo.get(&Job::FaceDetection).is_some_and(|todo| todo.revision <= detected.revision) {
                    todo.remove(&Job::FaceDetection);
                }
            }
            AnyEvent::Queue(event) => {
                queue(&mut todo, event, recorded, (hidden, was_read, has_previews), &recognition, fresh);
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
    (hidden, was_read, has_previews): (bool, bool, bool),
    recognition: &Recognition,
    fresh: impl Fn(Job) -> Todo,
) {
    let waits = |todo: &BTreeMap<Job, Todo>, job| todo.get(&job).is_some_and(|todo| !todo.gave_up);
    match event {
        QueueEvent::Started(started) if started.queue == QueueName::MetadataExtraction => {
            if started.all || !was_read && !waits(todo, Job::Metadata) {
                todo.insert(Job::Metadata, fresh(Job::Metadata));
            }
        }
        QueueEvent::Started(started) if started.queue == QueueName::ThumbnailGeneration => {
            let is_missing = !has_previews && !waits(todo, Job::Metadata) && !waits(todo, Job::Previews);
            if !hidden && (started.all || is_missing) {
                todo.insert(Job::Previews, fresh(Job::Previews));
            }
        }
        QueueEvent::Started(started) => {
            let job = started.queue.startable().filter(|job| Job::RECOGNITION.contains(job));
            let Some(job) = job.filter(|job| has_previews && !hidden && recognition.is_possible(*job)) else { return };
            if started.all || recognition.is_missing(job) && !waits(todo, job) {
                todo.insert(job, fresh(job));
            }
        }
        QueueEvent::Reset(reset) => {
            let job = Job::FaceDetection;
            if reset.queue == QueueName::FaceDetection && has_previews && !hidden && recognition.is_possible(job) {
                todo.insert(job, fresh(job));
            }
        }
        QueueEvent::Emptied(_) | QueueEvent::FailuresCleared(_) => drop_from_queue(todo, event, recorded),
        QueueEvent::Paused(_) | QueueEvent::Resumed(_) => {}
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

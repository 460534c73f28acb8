//! What is to be done, and who does it.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use albumen_domain::{
    Aggregate, AnyEvent, Recorded, StreamId,
    asset::{Asset, AssetCommand, DetailMatter, Edit, Upload, Visibility},
    embedding::{Embedding, EmbeddingCommand, EmbeddingMade},
    processing::{
        AttemptFailed, FacesDetected, Job, JobRequested, MetadataRead, PreviewsMade, Processing, ProcessingCommand,
    },
    queue::{Queue, QueueCommand, QueueName, QueueStarted},
    system::{ModelsChosen, SYSTEM_ID, System, SystemCommand},
    vector,
};
use albumen_projections::{
    ReadModels,
    work::{Claimed, JobState, Work, WorkQueries},
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use uuid::Uuid;

use crate::{
    history::{histories, uploads},
    naive,
    support::{Database, MemoryFeed, apply_all, block_on, check, follow, reached, record},
};

const CASES: u32 = 16;
/// As long as a test may take.
const LONG: Duration = Duration::from_secs(600);
const OWNER: Uuid = Uuid::from_u128(1);
const MODEL: &str = "small";
const LARGER_MODEL: &str = "large";

#[test]
fn what_is_to_be_done_is_what_the_naive_model_says() {
    check(CASES, histories(), async |history| {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was()).in_batches(&[7, 1, 30])).await;
        let sql = "SELECT asset_id, job, revision, attempts, not_before, gave_up FROM work.job";
        let rows = database.client().await.query(sql, &[]).await.unwrap();
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|row| {
                let key: (Uuid, String) = (row.get(0), row.get(1));
                let not_before: Option<DateTime<Utc>> = row.get(4);
                (key, (row.get::<_, i64>(2), row.get::<_, i32>(3), not_before, row.get::<_, bool>(5)))
            })
            .collect();
        let expected: BTreeMap<_, _> = naive::todo(&history.as_it_was())
            .into_iter()
            .map(|todo| {
                let key = (todo.asset_id, todo.job.as_str().to_owned());
                (key, (todo.revision, todo.attempts, todo.not_before, todo.gave_up))
            })
            .collect();
        assert_eq!(found, expected);
    });
}

/// A log of assets that were just uploaded, to be written on.
struct Log {
    events: Vec<Arc<Recorded>>,
    assets: Vec<(Uuid, Asset, Processing)>,
    system: System,
}

impl Log {
    fn of_uploads(count: usize) -> Self {
        let mut runner = TestRunner::deterministic();
        let uploads = vec(uploads(), count).new_tree(&mut runner).expect("generates").current();
        let mut log = Self { events: Vec::new(), assets: Vec::new(), system: System::default() };
        for (index, upload) in uploads.into_iter().enumerate() {
            let id = Uuid::from_u128(1_000 + index as u128);
            log.assets.push((id, Asset::default(), Processing::default()));
            log.asset(index, AssetCommand::Upload(Box::new(Upload { owner: OWNER, ..upload })));
        }
        log
    }

    /// Two assets in the timeline that a model has seen.
    fn of_two_in_sight() -> Self {
        let mut log = Self::of_uploads(2);
        log.choose_models();
        for index in [0, 1] {
            let shown = Edit { visibility: Some(Visibility::Timeline), ..Edit::default() };
            log.asset(index, AssetCommand::Edit(Box::new(shown)));
            log.make_previews(index);
            log.embed(index);
        }
        log
    }

    fn asset(&mut self, index: usize, command: AssetCommand) {
        let (id, asset, _) = &mut self.assets[index];
        write(&mut self.events, *id, asset, command);
    }

    fn report(&mut self, index: usize, command: ProcessingCommand) {
        let (id, _, processing) = &mut self.assets[index];
        write(&mut self.events, *id, processing, command);
    }

    fn choose_models(&mut self) {
        self.choose(MODEL);
    }

    fn choose(&mut self, model: &str) {
        let chosen = ModelsChosen { embedding: Some(model.to_owned()), ..ModelsChosen::default() };
        write(&mut self.events, SYSTEM_ID, &mut self.system, SystemCommand::ChooseModels(chosen));
    }

    fn look_for_duplicates(&mut self) {
        let chosen = ModelsChosen { embedding: Some(MODEL.to_owned()), duplicates: true, ..ModelsChosen::default() };
        write(&mut self.events, SYSTEM_ID, &mut self.system, SystemCommand::ChooseModels(chosen));
    }

    fn start(&mut self, started: QueueStarted) {
        write(&mut self.events, started.queue.id(), &mut Queue::default(), QueueCommand::Start(started));
    }

    fn make_previews(&mut self, index: usize) {
        let made = PreviewsMade {
            owner: OWNER,
            lease: Uuid::from_u128(7),
            revision: 1 + index as i64,
            files: Vec::new(),
            thumbhash: None,
            width: 4,
            height: 3,
        };
        self.report(index, ProcessingCommand::ReportPreviews(made));
    }

    fn embed(&mut self, index: usize) {
        let newest = self.events.len() as i64;
        self.embed_by(MODEL, index, newest);
    }

    fn embed_by(&mut self, model: &str, index: usize, revision: i64) {
        let asset = self.assets[index].0;
        let made = EmbeddingMade {
            owner: OWNER,
            asset,
            lease: Uuid::from_u128(7),
            revision,
            model: model.to_owned(),
            dimension: 1,
            vector: vector::encode(&[1.0]).into(),
        };
        let command = EmbeddingCommand::Report(made);
        write(&mut self.events, vector::stream_id(asset, model), &mut Embedding::default(), command);
    }

    fn look_for_faces(&mut self, model: Option<&str>) {
        let chosen = ModelsChosen { faces: model.map(str::to_owned), ..ModelsChosen::default() };
        write(&mut self.events, SYSTEM_ID, &mut self.system, SystemCommand::ChooseModels(chosen));
    }

    fn find_a_face(&mut self, index: usize) {
        let detected = FacesDetected {
            owner: OWNER,
            lease: Uuid::from_u128(7),
            revision: self.events.len() as i64,
            model: MODEL.to_owned(),
            found: 1,
            added: 1,
            measured: 1,
            vanished: 0,
        };
        self.report(index, ProcessingCommand::ReportFaces(detected));
    }

    fn fail(&mut self, index: usize, claimed: &Claimed, retry_at: Option<DateTime<Utc>>) {
        let failed = AttemptFailed {
            owner: OWNER,
            job: Job::Metadata,
            lease: claimed.lease_id,
            revision: claimed.revision,
            attempt: claimed.attempt,
            reason: "broken".to_owned(),
            retry_at,
        };
        self.report(index, ProcessingCommand::ReportFailure(failed));
    }

    fn read(&mut self, index: usize, claimed: &Claimed) {
        let stat = albumen_domain::asset::metadata::FileStat {
            size_bytes: 1,
            modified_at: DateTime::UNIX_EPOCH,
            created_at: None,
        };
        let read = MetadataRead {
            owner: OWNER,
            lease: claimed.lease_id,
            revision: claimed.revision,
            file: BTreeMap::new().into(),
            sidecar: None,
            stat,
            probe: None,
            place: None,
            reader: "test".to_owned(),
        };
        self.report(index, ProcessingCommand::ReportMetadata(Box::new(read)));
    }
}

fn write<A>(events: &mut Vec<Arc<Recorded>>, id: Uuid, state: &mut A, command: A::Command)
where
    A: Aggregate,
    AnyEvent: From<A::Event>,
{
    for event in state.decide(command).expect("is allowed") {
        state.evolve(&event);
        record(events, StreamId { kind: A::KIND, id }, event.into());
    }
}

/// The read model of a log that grows.
struct Desk {
    database: Database,
    models: ReadModels,
}

impl Desk {
    async fn new(log: &Log) -> Self {
        let database = Database::create().await;
        let desk = Self { models: database.questions(), database };
        desk.catch_up(log).await;
        desk
    }

    async fn catch_up(&self, log: &Log) {
        let feed = Arc::new(MemoryFeed::of(&log.events));
        reached(&follow(&self.database, Arc::new(Work), &feed).await, log.events.len() as i64).await;
    }

    fn work(&self) -> &WorkQueries {
        self.models.work()
    }

    async fn claim(&self, limit: i64, duration: Duration) -> Vec<Claimed> {
        self.work().claim(Job::Metadata, limit, duration).await.unwrap()
    }
}

#[test]
fn no_piece_of_work_is_given_to_two() {
    const ASSETS: usize = 120;
    const CLAIMERS: usize = 6;
    block_on(async {
        let log = Log::of_uploads(ASSETS);
        let desk = Desk::new(&log).await;
        // Each with connections of its own, so that they really meet.
        let pools: Vec<ReadModels> = (0..CLAIMERS).map(|_| desk.database.questions()).collect();
        let claimers = pools.iter().enumerate().map(async |(index, models)| {
            let mut mine = Vec::new();
            loop {
                let claimed = models.work().claim(Job::Metadata, 1 + index as i64, LONG).await.unwrap();
                if claimed.is_empty() {
                    // Those that another has locked at this moment are passed over.
                    if models.work().counts(Job::Metadata).await.unwrap().waiting == 0 {
                        return mine;
                    }
                }
                mine.extend(claimed);
            }
        });
        let claimed: Vec<Claimed> = futures::future::join_all(claimers).await.into_iter().flatten().collect();
        let assets: HashSet<Uuid> = claimed.iter().map(|claimed| claimed.asset_id).collect();
        assert_eq!((claimed.len(), assets.len()), (ASSETS, ASSETS));
        assert!(claimed.iter().all(|claimed| claimed.attempt == 1 && claimed.owner_id == OWNER));
        let counts = desk.work().counts(Job::Metadata).await.unwrap();
        assert_eq!((counts.active, counts.waiting), (ASSETS as i64, 0));
    });
}

#[test]
fn the_oldest_request_comes_first() {
    block_on(async {
        let mut log = Log::of_uploads(4);
        log.asset(0, AssetCommand::ReplaceSidecar { path: Some("new.xmp".to_owned()) });
        let desk = Desk::new(&log).await;
        let revisions: Vec<i64> = desk.claim(10, LONG).await.iter().map(|claimed| claimed.revision).collect();
        assert_eq!(revisions, [2, 3, 4, 5]);
    });
}

#[test]
fn all_assets_are_those_outside_the_trash() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.asset(0, AssetCommand::Trash);
        log.asset(1, AssetCommand::Trash);
        log.asset(1, AssetCommand::Restore);
        log.start(QueueStarted { queue: QueueName::MetadataExtraction, all: true });
        let desk = Desk::new(&log).await;
        let claimed = desk.claim(10, LONG).await;
        // The first waits since its upload, the others were asked for again.
        let asked: Vec<(Uuid, i64)> = claimed.iter().map(|claimed| (claimed.asset_id, claimed.revision)).collect();
        assert_eq!(asked[0], (log.assets[0].0, 1));
        assert_eq!(asked[1..].iter().map(|(_, revision)| *revision).collect::<Vec<_>>(), [7, 7]);
    });
}

#[test]
fn what_lies_in_the_trash_is_not_shown_to_a_model_again() {
    block_on(async {
        let mut log = Log::of_two_in_sight();
        log.asset(0, AssetCommand::Trash);
        log.start(QueueStarted { queue: QueueName::SmartSearch, all: true });
        let desk = Desk::new(&log).await;
        let claimed = desk.work().claim(Job::Embedding, 10, LONG).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| claimed.asset_id).collect::<Vec<_>>(), [log.assets[1].0]);
    });
}

#[test]
fn the_same_picture_is_looked_for_among_what_is_in_sight() {
    block_on(async {
        let mut log = Log::of_two_in_sight();
        log.asset(0, AssetCommand::Trash);
        let desk = Desk::new(&log).await;
        let waiting = async || desk.work().counts(Job::DuplicateDetection).await.unwrap().waiting;
        assert_eq!(waiting().await, 0, "nobody looks for it yet");
        log.look_for_duplicates();
        desk.catch_up(&log).await;
        assert_eq!(waiting().await, 1);
        log.start(QueueStarted { queue: QueueName::DuplicateDetection, all: true });
        desk.catch_up(&log).await;
        assert_eq!(waiting().await, 1);
    });
}

#[test]
fn what_came_last_is_recognised_first() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose_models();
        for index in [1, 0, 2] {
            log.make_previews(index);
        }
        let desk = Desk::new(&log).await;
        let claimed = desk.work().claim(Job::Embedding, 10, LONG).await.unwrap();
        let assets: Vec<Uuid> = claimed.iter().map(|claimed| claimed.asset_id).collect();
        assert_eq!(assets, [2, 0, 1].map(|index: usize| log.assets[index].0));
    });
}

#[test]
fn work_is_listed_by_how_it_stands_however_much_comes_before() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose_models();
        for index in [0, 1, 2] {
            log.make_previews(index);
        }
        let desk = Desk::new(&log).await;
        // The last of the list, since the newest is recognised first.
        assert_eq!(desk.work().claim(Job::Embedding, 1, LONG).await.unwrap().len(), 1);
        for (states, expected) in [
            (vec![JobState::Active], Some(2)),
            (vec![JobState::Waiting], Some(0)),
            (JobState::ALL.to_vec(), Some(0)),
            (vec![JobState::Failed, JobState::Delayed], None),
        ] {
            let listed = desk.work().jobs(Job::Embedding, &states, 1).await.unwrap();
            let expected = expected.map(|index: usize| log.assets[index].0);
            assert_eq!(listed.first().map(|row| row.asset_id), expected, "{states:?}");
        }
    });
}

#[test]
fn no_small_pictures_are_made_of_what_is_hidden() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        let show = |visibility| AssetCommand::Edit(Box::new(Edit { visibility: Some(visibility), ..Edit::default() }));
        let previews = || ProcessingCommand::RequestJob(JobRequested { owner: OWNER, job: Job::Previews });
        log.asset(0, show(Visibility::Hidden));
        log.report(0, previews());
        log.asset(1, show(Visibility::Archive));
        log.report(1, previews());
        log.asset(1, show(Visibility::Hidden));
        log.asset(2, show(Visibility::Archive));
        log.report(2, previews());
        let desk = Desk::new(&log).await;
        let claimed = desk.work().claim(Job::Previews, 10, LONG).await.unwrap();
        let assets: Vec<Uuid> = claimed.iter().map(|claimed| claimed.asset_id).collect();
        assert_eq!(assets, [log.assets[2].0]);
    });
}

#[test]
fn what_a_model_has_seen_is_counted() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose_models();
        for index in [0, 1, 2] {
            log.make_previews(index);
        }
        let mut counted = Vec::new();
        for index in [1, 2] {
            log.embed(index);
            let desk = Desk::new(&log).await;
            let work = desk.work();
            let left = work.counts(Job::Embedding).await.unwrap().waiting;
            counted.push((left, work.count_seen_by(MODEL, Job::Embedding).await.unwrap()));
            assert_eq!(work.count_seen_by("another", Job::Embedding).await.unwrap(), 0);
            assert_eq!(work.count_seen_by(MODEL, Job::FaceDetection).await.unwrap(), 0);
        }
        assert_eq!(counted, [(2, 1), (1, 2)]);
    });
}

#[test]
fn what_is_to_be_seen_again_is_not_seen() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose_models();
        for index in [0, 1, 2] {
            log.make_previews(index);
            log.embed(index);
        }
        let desk = Desk::new(&log).await;
        let counted = async || {
            let left = desk.work().counts(Job::Embedding).await.unwrap().waiting;
            (left, desk.work().count_seen_by(MODEL, Job::Embedding).await.unwrap())
        };
        assert_eq!(counted().await, (0, 3));
        log.start(QueueStarted { queue: QueueName::SmartSearch, all: true });
        desk.catch_up(&log).await;
        assert_eq!(counted().await, (3, 0));
        log.embed(0);
        desk.catch_up(&log).await;
        assert_eq!(counted().await, (2, 1));
    });
}

/// An answer may come when nobody looks for faces any more: nobody would compare them either. Whoever switches it on
/// again has all of them compared.
#[test]
fn faces_that_come_late_are_compared_once_somebody_looks_for_them_again() {
    block_on(async {
        let mut log = Log::of_uploads(1);
        log.look_for_faces(Some(MODEL));
        log.make_previews(0);
        log.look_for_faces(None);
        log.find_a_face(0);
        let desk = Desk::new(&log).await;
        let waiting = async || {
            let counts = desk.work().counts(Job::FaceClustering).await.unwrap();
            counts.waiting + counts.delayed
        };
        assert_eq!(waiting().await, 0);
        log.look_for_faces(Some(MODEL));
        desk.catch_up(&log).await;
        assert_eq!(waiting().await, 1);
    });
}

/// What comes during an upgrade is shown to the model that still answers searches, and then to the chosen one: if the
/// server dies in between, that one has not seen it.
#[test]
fn only_the_chosen_model_answers() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose(LARGER_MODEL);
        log.make_previews(0);
        let revision = log.events.len() as i64;
        log.embed_by(MODEL, 0, revision);
        let desk = Desk::new(&log).await;
        let left = async || desk.work().counts(Job::Embedding).await.unwrap().waiting;
        assert_eq!(left().await, 1, "the chosen model has not seen it");
        log.embed_by(LARGER_MODEL, 0, revision);
        desk.catch_up(&log).await;
        assert_eq!(left().await, 0);
        assert!(desk.work().is_seen_by(LARGER_MODEL, Job::Embedding).await.unwrap());
    });
}

#[test]
fn work_is_done_by_the_model_that_it_was_asked_of() {
    block_on(async {
        let mut log = Log::of_uploads(3);
        log.choose(MODEL);
        log.make_previews(0);
        let desk = Desk::new(&log).await;
        let claim = async || desk.work().claim(Job::Embedding, 1, LONG).await.unwrap().remove(0);
        let model_for = async |work: &Claimed| desk.work().model_for(Job::Embedding, work).await.unwrap();
        let old = claim().await;
        assert_eq!(model_for(&old).await.as_deref(), Some(MODEL));
        log.choose(LARGER_MODEL);
        desk.catch_up(&log).await;
        assert_eq!(model_for(&old).await, None, "that is asked of another now, and anew");
        desk.work().release(old.lease_id, old.asset_id).await.unwrap();
        let new = claim().await;
        assert_eq!(model_for(&new).await.as_deref(), Some(LARGER_MODEL));
        log.embed_by(LARGER_MODEL, 0, new.revision);
        desk.catch_up(&log).await;
        assert_eq!(model_for(&new).await, None, "it is done");
    });
}

#[test]
fn an_expired_lease_is_taken_over() {
    block_on(async {
        let log = Log::of_uploads(1);
        let desk = Desk::new(&log).await;
        let first = desk.claim(1, Duration::from_millis(100)).await.remove(0);
        assert_eq!(desk.claim(1, LONG).await, [], "it is being worked on");
        tokio::time::sleep(Duration::from_millis(150)).await;
        let second = desk.claim(1, LONG).await.remove(0);
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert_ne!(first.lease_id, second.lease_id);
        // The late one cannot give back what is not its own any more.
        desk.work().release(first.lease_id, first.asset_id).await.unwrap();
        assert_eq!(desk.claim(1, LONG).await, []);
        desk.work().release(second.lease_id, second.asset_id).await.unwrap();
        assert_eq!(desk.claim(1, LONG).await.len(), 1);
        desk.work().release_all().await.unwrap();
        assert_eq!(desk.claim(1, LONG).await.len(), 1);
    });
}

#[test]
fn failed_attempts_are_counted_and_wait_for_their_time() {
    block_on(async {
        let mut log = Log::of_uploads(1);
        let desk = Desk::new(&log).await;
        let first = desk.claim(1, LONG).await.remove(0);
        let soon = Utc::now() + TimeDelta::milliseconds(800);
        log.fail(0, &first, Some(soon));
        desk.catch_up(&log).await;
        desk.work().release(first.lease_id, first.asset_id).await.unwrap();
        let due = desk.work().next_due(Job::Metadata).await.unwrap().expect("it is due at a time");
        assert_eq!(due.timestamp_micros(), soon.timestamp_micros());
        assert_eq!(desk.claim(1, LONG).await, []);
        assert_eq!(desk.work().counts(Job::Metadata).await.unwrap().delayed, 1);
        tokio::time::sleep((soon - Utc::now()).to_std().unwrap_or_default() + Duration::from_millis(50)).await;
        let second = desk.claim(1, LONG).await.remove(0);
        assert_eq!((second.attempt, second.revision), (2, first.revision));
        log.fail(0, &second, None);
        desk.catch_up(&log).await;
        desk.work().release(second.lease_id, second.asset_id).await.unwrap();
        assert_eq!(desk.claim(1, LONG).await, [], "it was given up");
        let counts = desk.work().counts(Job::Metadata).await.unwrap();
        assert_eq!((counts.active, counts.waiting, counts.delayed, counts.failed), (0, 0, 0, 1));
        // A new input is new hope.
        log.asset(0, AssetCommand::ReplaceSidecar { path: Some("new.xmp".to_owned()) });
        desk.catch_up(&log).await;
        let third = desk.claim(1, LONG).await.remove(0);
        assert_eq!((third.attempt, third.revision), (1, log.events.len() as i64));
    });
}

#[test]
fn a_place_that_is_taken_back_is_taken_out_of_the_sidecar() {
    block_on(async {
        let mut log = Log::of_uploads(2);
        log.asset(0, AssetCommand::WithdrawDetails(vec![DetailMatter::LensModel, DetailMatter::Position]));
        // No sidecar says anything of lenses.
        log.asset(1, AssetCommand::WithdrawDetails(vec![DetailMatter::LensModel]));
        let desk = Desk::new(&log).await;
        let claimed = desk.work().claim(Job::Sidecar, 10, LONG).await.unwrap();
        let asked: Vec<(Uuid, i64)> = claimed.iter().map(|claimed| (claimed.asset_id, claimed.revision)).collect();
        assert_eq!(asked, [(log.assets[0].0, 3)]);
    });
}

#[test]
fn a_result_of_an_older_input_leaves_the_newer_request() {
    block_on(async {
        let mut log = Log::of_uploads(1);
        let desk = Desk::new(&log).await;
        let old = desk.claim(1, Duration::from_millis(50)).await.remove(0);
        log.asset(0, AssetCommand::ReplaceSidecar { path: Some("new.xmp".to_owned()) });
        log.read(0, &old);
        desk.catch_up(&log).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
        let new = desk.claim(1, LONG).await.remove(0);
        assert_eq!((new.revision, new.attempt), (2, 1), "another input counts anew");
        log.read(0, &new);
        desk.catch_up(&log).await;
        desk.work().release(new.lease_id, new.asset_id).await.unwrap();
        assert_eq!(desk.claim(1, LONG).await, []);
        assert_eq!(desk.work().counts(Job::Metadata).await.unwrap().failed, 0);
    });
}

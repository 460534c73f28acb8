//! The way out of the log: from memory and from the table, the same, whole and soon.

use std::{
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::{Commands, Context, log::Append};
use albumen_domain::{
    Recorded,
    asset::{
        AssetCommand, Edit, LocatedPosition, Place, Position,
        metadata::{FileStat, Probe},
    },
    processing::{MetadataRead, Processing, ProcessingCommand},
};
use albumen_schemas::feed::{Feed, FeedError, PIECE_EVENTS};
use chrono::DateTime;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Database, PATIENCE, append_of, appender, ask, read_all, stream, upload_any};

/// A notification's way, from commit to the other process's readers.
const SOON: Duration = Duration::from_secs(1);
/// What readers that are far behind share, as positions count.
const PIECE: i64 = PIECE_EVENTS as i64;

async fn locate(commands: &Commands, id: Uuid, random: &mut StdRng) {
    let position = Position {
        latitude: random.random_range(-90.0..90.0),
        longitude: f64::from_bits(random.random::<u64>()).clamp(-180.0, 180.0),
    };
    let position = LocatedPosition { position, place: Place::default() };
    let edit = Edit { position: Some(position), ..Edit::default() };
    // What is no number cannot be written, and must not be half written.
    let _ = ask(commands, id, AssetCommand::Edit(Box::new(edit))).await;
}

async fn report_metadata(commands: &Commands, id: Uuid, random: &mut StdRng) {
    let tags = [
        ("FNumber".to_owned(), json!(random.random::<f64>())),
        ("Model".to_owned(), json!("α \u{0} \"quoted\" \u{1f4f7}")),
        ("Nested".to_owned(), json!({"$personal": [1, 2.5e300, null, {"$erased": true}]})),
    ];
    let nanoseconds = random.random_range(0..1_000_000_000);
    let read = MetadataRead {
        owner: Uuid::from_u128(1),
        lease: Uuid::new_v4(),
        revision: 1,
        file: tags.into_iter().collect::<std::collections::BTreeMap<_, _>>().into(),
        sidecar: None,
        stat: FileStat {
            size_bytes: i64::MAX,
            modified_at: DateTime::from_timestamp(-1, nanoseconds).expect("a time"),
            created_at: DateTime::from_timestamp(253_402_300_800, 0),
        },
        probe: Some(Probe { frames_per_second: Some(f64::NAN), ..Probe::default() }),
        place: None,
        reader: "test".to_owned(),
    };
    let command = ProcessingCommand::ReportMetadata(Box::new(read));
    commands.execute::<Processing>(id, command, &Context::job("metadata", Some(1))).await.expect("reports");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_and_table_give_the_same() {
    let database = Database::create().await;
    let writer = database.open().await;
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..100 {
        let id = upload_any(&writer).await;
        locate(&writer, id, &mut random).await;
        report_metadata(&writer, id, &mut random).await;
    }
    let (remembered, stored) = (read_all(&**writer.feed()).await, read_all(&**database.open().await.feed()).await);
    assert!(remembered.len() >= 200, "{}", remembered.len());
    assert_eq!(remembered.len(), stored.len());
    for (remembered, stored) in remembered.iter().zip(&stored) {
        assert_eq!(remembered, stored);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_hears_of_an_event_soon() {
    let database = Database::create().await;
    let (writer, reader) = (database.open().await, database.open().await);
    let mut head = reader.feed().head();
    // Until it listens.
    upload_any(&writer).await;
    tokio::time::timeout(PATIENCE, head.wait_for(|head| *head == 1)).await.expect("hears").expect("goes on");
    for number in 2..=10 {
        upload_any(&writer).await;
        let written = Instant::now();
        tokio::time::timeout(SOON, head.wait_for(|head| *head == number)).await.expect("in time").expect("goes on");
        assert!(written.elapsed() < SOON);
        let events = reader.feed().read(number - 1, 10).await.expect("reads");
        assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), [number]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_end_there_is_nothing_and_limits_hold() {
    let database = Database::create().await;
    let writer = database.open().await;
    for _ in 0..5 {
        upload_any(&writer).await;
    }
    for feed in [writer.feed().clone(), database.open().await.feed().clone()] {
        assert_eq!(*feed.head().borrow(), 5);
        for (after, limit, expected) in [(5, 10, 0), (9, 10, 0), (0, 2, 2), (3, 10, 2), (0, 0, 0), (0, 5, 5)] {
            let events = feed.read(after, limit).await.expect("reads");
            assert_eq!(events.len(), expected, "after {after}, limit {limit}");
        }
    }
}

/// Reads on until `last`, in batches of random sizes, waking when the head moves.
async fn follow(feed: Arc<impl Feed>, last: i64, seed: u64) -> Vec<Arc<Recorded>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut head = feed.head();
    let mut events: Vec<Arc<Recorded>> = Vec::new();
    while (events.len() as i64) < last {
        let after = events.last().map_or(0, |event| event.position);
        head.wait_for(|head| *head > after).await.expect("the feed goes on");
        let limit = random.random_range(1..40);
        let batch = feed.read(after, limit).await.expect("reads");
        assert!(batch.len() <= limit);
        events.extend(batch);
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_while_two_processes_write() {
    const WRITERS: i64 = 8;
    const EVENTS_EACH: i64 = 60;
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await, database.open().await];
    let last = WRITERS * EVENTS_EACH;
    // The third only reads. Each is read twice, by readers of different habits.
    let readers = (0..6).map(|number: usize| {
        let feed = processes[number % processes.len()].feed().clone();
        tokio::spawn(tokio::time::timeout(PATIENCE * 3, follow(feed, last, number as u64)))
    });
    let readers: Vec<_> = readers.collect();
    let writers = (0..WRITERS).map(|number| {
        let commands = processes[usize::from(number % 2 == 0)].clone();
        tokio::spawn(async move {
            for _ in 0..EVENTS_EACH {
                upload_any(&commands).await;
            }
        })
    });
    for writer in futures::future::join_all(writers).await {
        writer.expect("writes");
    }
    let expected: Vec<i64> = (1..=last).collect();
    let table = read_all(&**database.open().await.feed()).await;
    for reader in readers {
        let events = reader.await.expect("ends").expect("in time");
        assert_eq!(events.iter().map(|event| event.position).collect::<Vec<_>>(), expected);
        assert_eq!(events, table);
    }
}

/// Appends to one stream, at these places, what no rule decides about.
async fn fill(database: &Database, commands: &Commands, mut sequences: RangeInclusive<i64>) {
    const TOGETHER: usize = 500;
    let appender = appender(database, commands);
    loop {
        let some = sequences.by_ref().take(TOGETHER);
        let events: Vec<_> = some.flat_map(|sequence| append_of(stream(1), sequence, Vec::new()).events).collect();
        if events.is_empty() {
            return;
        }
        appender.append(Append { events, ..Append::default() }).await.expect("appends");
    }
}

/// Two processes, of which one has written so many events and the other has only heard of them.
async fn far_behind(database: &Database, events: i64) -> (Commands, Commands) {
    let (writer, reader) = (database.open().await, database.open().await);
    fill(database, &writer, 1..=events).await;
    hears(&reader, events).await;
    (writer, reader)
}

/// It listens then, and forgets nothing because it begins to.
async fn hears(commands: &Commands, position: i64) {
    let mut head = commands.feed().head();
    tokio::time::timeout(PATIENCE, head.wait_for(|head| *head == position)).await.expect("hears").expect("goes on");
}

fn positions(events: &[Arc<Recorded>]) -> Vec<i64> {
    events.iter().map(|event| event.position).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_catch_up_together_share_what_was_opened() {
    let database = Database::create().await;
    let (writer, reader) = far_behind(&database, PIECE + 1_000).await;
    let feed = reader.feed();
    let (one, other) = tokio::join!(feed.read(0, PIECE_EVENTS), feed.read(0, PIECE_EVENTS));
    let (one, other) = (one.expect("reads"), other.expect("reads"));
    assert_eq!(positions(&one), (1..=PIECE).collect::<Vec<_>>());
    let are_shared = |these: &[Arc<Recorded>], those: &[Arc<Recorded>]| {
        these.len() == those.len() && these.iter().zip(those).all(|(this, that)| Arc::ptr_eq(this, that))
    };
    assert!(are_shared(&one, &other));
    let rest = feed.read(700, PIECE_EVENTS).await.expect("reads");
    assert!(are_shared(&rest, &one[700..]), "who comes by in the middle gets what is left of it");

    let newest = feed.read(PIECE, PIECE_EVENTS).await.expect("reads");
    assert_eq!(positions(&newest), (PIECE + 1..=PIECE + 1_000).collect::<Vec<_>>());
    fill(&database, &writer, PIECE + 1_001..=PIECE + 1_001).await;
    hears(&reader, PIECE + 1_001).await;
    let newest = feed.read(PIECE, PIECE_EVENTS).await.expect("reads");
    assert_eq!(positions(&newest), (PIECE + 1..=PIECE + 1_001).collect::<Vec<_>>(), "what is no whole piece grows");

    reader.keyring().erase_subject(Uuid::from_u128(5)).await.expect("erases");
    let anew = feed.read(0, PIECE_EVENTS).await.expect("reads");
    assert_eq!(anew, one);
    assert!(!Arc::ptr_eq(&anew[0], &one[0]), "what was opened before an erasure is opened again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn around_an_event_that_cannot_be_read_everything_is() {
    let database = Database::create().await;
    let (_writer, reader) = far_behind(&database, PIECE + 1_000).await;
    let feed = reader.feed();
    let unheard_of = "UPDATE events SET event_type = 'unheard-of' WHERE position = 701";
    database.execute(&format!("SET session_replication_role = replica; {unheard_of}")).await;
    let whole = feed.read(0, PIECE_EVENTS).await;
    assert!(matches!(whole, Err(FeedError::Poison { position: 701, .. })), "{whole:?}");
    assert_eq!(positions(&feed.read(0, 700).await.expect("reads")), (1..=700).collect::<Vec<_>>());
    let behind = feed.read(701, PIECE_EVENTS).await.expect("reads");
    assert_eq!(positions(&behind), (702..=701 + PIECE).collect::<Vec<_>>());
}

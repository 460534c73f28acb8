//! Positions, versions and their conflicts.

use std::sync::atomic::{AtomicBool, Ordering};

use albumen_commands::{
    Context, Joint,
    log::{AppendError, verify},
};
use albumen_domain::asset::{Asset, AssetCommand};
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Database, append_of, appender, ask, assert_contiguous, stream, upload_any};

const WRITERS: usize = 16;
const EVENTS_PER_WRITER: usize = 25;

/// A reader that only knows `position > last` must never see a position before a smaller one.
async fn watch_for_holes(database: &Database, done: &AtomicBool) {
    let client = database.client().await;
    while !done.load(Ordering::Relaxed) {
        let row = client.query_one("SELECT count(*), coalesce(max(position), 0) FROM events", &[]).await;
        let row = row.expect("reads");
        assert_eq!(row.get::<_, i64>(0), row.get::<_, i64>(1), "a position came before a smaller one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_are_contiguous_and_in_commit_order() {
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await];
    let done = AtomicBool::new(false);
    let writing = async {
        let writers = (0..WRITERS).map(|number| {
            let commands = processes[number % processes.len()].clone();
            tokio::spawn(async move {
                for _ in 0..EVENTS_PER_WRITER {
                    upload_any(&commands).await;
                }
            })
        });
        for writer in join_all(writers).await {
            writer.expect("writes");
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(writing, watch_for_holes(&database, &done));
    let verified = verify(processes[0].feed().reader(), |_| {}).await.expect("the chain holds");
    assert_eq!(verified.events, (WRITERS * EVENTS_PER_WRITER) as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_of_versions_fails_its_own_append_only() {
    let database = Database::create().await;
    let commands = database.open().await;
    let appender = appender(&database, &commands);
    appender.append(append_of(stream(1), 1, Vec::new())).await.expect("appends");

    let held = database.hold_head().await;
    // The first goes alone and waits; the others are joined behind it.
    let blocker = tokio::spawn({
        let appender = appender.clone();
        async move { appender.append(append_of(stream(9), 1, Vec::new())).await }
    });
    database.wait_for_blocked(1).await;
    let joined = [
        append_of(stream(2), 1, Vec::new()),
        append_of(stream(1), 1, Vec::new()),
        append_of(stream(1), 2, Vec::new()),
        append_of(stream(1), 2, Vec::new()),
        append_of(stream(3), 2, Vec::new()),
        append_of(stream(4), 1, Vec::new()),
    ];
    let appending = join_all(joined.into_iter().map(|append| appender.append(append)));
    let (results, ()) = tokio::join!(appending, held.release());
    blocker.await.expect("ends").expect("appends");

    let conflicts: Vec<bool> = results.iter().map(|result| matches!(result, Err(AppendError::Conflict))).collect();
    assert_eq!(conflicts, [false, true, false, true, true, false], "{results:?}");
    let positions = results.into_iter().flatten().map(|appended| appended.last_position);
    assert_contiguous([1, 2].into_iter().chain(positions));
    assert_eq!(database.count("SELECT count(*) FROM events").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_to_one_stream_from_two_processes_all_happen() {
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await];
    let id = upload_any(&processes[0]).await;
    let asking = (0..8).map(|number: usize| {
        let commands = processes[number % processes.len()].clone();
        async move {
            let command = AssetCommand::SetKeyValue { key: format!("key {number}"), value: serde_json::Map::new() };
            ask(&commands, id, command).await
        }
    });
    for outcome in join_all(asking).await {
        outcome.expect("a conflict is tried again");
    }
    let sequences = "SELECT max(sequence) FROM events";
    assert_eq!(database.count(sequences).await, 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_to_one_stream_from_many_at_once_all_happen() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (id, other) = (upload_any(&commands).await, upload_any(&commands).await);
    let asking = (0..WRITERS * 3).map(|number: usize| {
        let command = AssetCommand::SetKeyValue { key: format!("key {number}"), value: serde_json::Map::new() };
        let commands = commands.clone();
        let context = Context::operator();
        // In both orders, so that nobody may wait for somebody who waits for them.
        let both = if number.is_multiple_of(2) { [id, other] } else { [other, id] };
        async move {
            let asked = both.map(|id| (id, command.clone())).to_vec();
            match number % 3 {
                0 => ask(&commands, id, command).await.map_err(|error| error.to_string()),
                1 => commands.execute_many::<Asset>(asked, &context).await.map_err(|error| error.to_string()),
                _ => {
                    let mut joint = Joint::default();
                    joint.ask::<Asset>(asked);
                    commands.execute_joint(&joint, &context).await.map_err(|error| error.to_string())
                }
            }
        }
    });
    for outcome in join_all(asking).await {
        outcome.expect("each has its turn");
    }
    // The two uploads, 16 commands to one asset and twice 16 to both.
    assert_eq!(database.count("SELECT count(*) FROM events").await, 2 + 16 + 2 * 2 * 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_changes_nothing_writes_nothing() {
    let database = Database::create().await;
    let commands = database.open().await;
    let id = upload_any(&commands).await;
    let restored = ask(&commands, id, AssetCommand::Restore).await.expect("is no error");
    assert_eq!(restored.position, None);
    ask(&commands, Uuid::from_u128(404), AssetCommand::Trash).await.expect_err("there is no such asset");
    assert_eq!(database.count("SELECT count(*) FROM events").await, 1);
    assert_eq!(database.count("SELECT position FROM log_head").await, 1);
}

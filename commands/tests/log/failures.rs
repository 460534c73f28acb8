//! A database that goes away: a command happened once and says so, or did not and says that.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use albumen_commands::{CommandError, StoreError, log::verify};
use albumen_domain::asset::AssetCommand;
use albumen_schemas::feed::Feed;
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Database, append_of, appender, ask, eventually, stream, upload, upload_any};

/// Ends connections like an administrator, or a restart, does. Returns how many.
async fn terminate(database: &Database, whose: &str) -> i64 {
    database
        .count(&format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND {whose}"
        ))
        .await
}

const COMMITTERS: &str = "application_name = 'albumen committer'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_broke_while_idle_is_replaced_unseen() {
    let database = Database::create().await;
    let commands = database.open().await;
    let appender = appender(&database, &commands);
    for sequence in 1..=5 {
        appender.append(append_of(stream(1), sequence, Vec::new())).await.expect("appends");
        assert!(terminate(&database, COMMITTERS).await > 0);
    }
    assert_eq!(database.count("SELECT count(*) FROM events").await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_breaks_in_mid_transaction_writes_once() {
    let database = Database::create().await;
    let commands = database.open().await;
    let held = database.hold_head().await;
    let uploading = tokio::spawn({
        let commands = commands.clone();
        async move { upload_any(&commands).await }
    });
    database.wait_for_blocked(1).await;
    assert_eq!(terminate(&database, COMMITTERS).await, 1);
    database.wait_for_blocked(1).await;
    held.release().await;
    uploading.await.expect("is written on the next connection");
    assert_eq!(database.count("SELECT count(*) FROM events").await, 1);
    assert_eq!(database.count("SELECT count(*) FROM claim").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_gone_costs_some_commands_at_most() {
    let database = Database::create().await;
    let commands = database.open().await;
    let id = upload_any(&commands).await;
    terminate(&database, "backend_type = 'client backend'").await;
    eventually("commands work again", async || match ask(&commands, id, AssetCommand::Trash).await {
        Ok(_) => true,
        Err(CommandError::Store(StoreError::Unavailable(_))) => false,
        Err(error) => panic!("{error}"),
    })
    .await;
    assert_eq!(database.count("SELECT count(*) FROM events").await, 2);
    // The listener comes back too.
    let other = database.open().await;
    let restored = ask(&other, id, AssetCommand::Restore).await.expect("restores").position.expect("wrote");
    let mut head = commands.feed().head();
    let heard = tokio::time::timeout(Duration::from_secs(4), head.wait_for(|head| *head >= restored)).await;
    heard.expect("before the next poll").expect("goes on");
}

/// Connections break at random moments, in the commit too. Whoever was told that it is done finds
/// it done once; whoever was told that it failed does not find it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_what_is_there() {
    const WRITERS: usize = 8;
    const COMMANDS_EACH: usize = 60;
    let database = Database::create().await;
    let commands = database.open().await;
    let done = AtomicBool::new(false);
    let breaking = async {
        let mut broken = 0;
        while !done.load(Ordering::Relaxed) {
            broken += terminate(&database, COMMITTERS).await;
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
        broken
    };
    let writing = async {
        let writers = (0..WRITERS).map(|_| {
            let commands = commands.clone();
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..COMMANDS_EACH {
                    let id = Uuid::new_v4();
                    answers.push((id, upload(&commands, id, Uuid::from_u128(1), &id.to_string()).await));
                }
                answers
            })
        });
        let answers = join_all(writers).await;
        done.store(true, Ordering::Relaxed);
        answers.into_iter().flat_map(|answers| answers.expect("ends")).collect::<Vec<_>>()
    };
    let (broken, answers) = tokio::join!(breaking, writing);
    assert!(broken > 10, "only {broken} connections broke");

    let client = database.client().await;
    let rows = client.query("SELECT aggregate_id, position FROM events", &[]).await.expect("reads");
    let written: HashMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(written.len(), rows.len(), "an event stands twice");
    let mut failed = 0;
    for (id, answer) in answers {
        let position = written.get(&id.to_string()).copied();
        match answer {
            Ok(executed) => assert_eq!(executed.position, position),
            Err(CommandError::Store(StoreError::Unavailable(_))) => {
                failed += 1;
                assert_eq!(position, None, "it was reported as failed");
            }
            Err(error) => panic!("{error}"),
        }
    }
    println!("{broken} connections broken, {failed} of {} commands failed", WRITERS * COMMANDS_EACH);
    verify(commands.feed().reader(), |_| {}).await.expect("is whole");
    upload_any(&commands).await;
}

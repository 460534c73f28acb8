//! That every change to the log is seen, and that it takes force to make one.

use albumen_commands::log::{Verified, VerifyError, verify};

use crate::support::{Database, upload_any};

const EVENTS: usize = 6;

async fn log_of_a_few(database: &Database) -> albumen_commands::Commands {
    let commands = database.open().await;
    for _ in 0..EVENTS {
        upload_any(&commands).await;
    }
    database.execute("CREATE TABLE saved AS TABLE events; CREATE TABLE saved_head AS TABLE log_head").await;
    commands
}

/// What a superuser does, who can switch the trigger off.
async fn tamper(database: &Database, statement: &str) {
    database.execute(&format!("SET session_replication_role = replica; {statement}")).await;
}

async fn undo(database: &Database) {
    let restore = "DELETE FROM events; INSERT INTO events TABLE saved;
                   DELETE FROM log_head; INSERT INTO log_head TABLE saved_head";
    tamper(database, restore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_seen() {
    let database = Database::create().await;
    let commands = log_of_a_few(&database).await;
    let whole = verify(commands.feed().reader(), |_| {}).await.expect("is whole");
    assert_eq!(whole.events, EVENTS as i64);

    let update = |column: &str, value: &str| format!("UPDATE events SET {column} = {value} WHERE position = 3");
    type Case = (&'static str, String, fn(&VerifyError) -> bool);
    let cases: Vec<Case> = vec![
        ("payload", update("payload", "replace(payload::text, '185000', '185001')::json"), changed_at_3),
        ("spelling of the payload", update("payload", "(payload::text || ' ')::json"), changed_at_3),
        ("metadata", update("metadata", "replace(metadata::text, 'operator', 'anonymous')::json"), changed_at_3),
        ("name", update("event_type", "'asset-trashed'"), changed_at_3),
        ("version", update("event_version", "'2'"), changed_at_3),
        ("sequence", update("sequence", "7"), changed_at_3),
        ("kind of stream", update("aggregate_type", "'user'"), changed_at_3),
        ("unknown kind of stream", update("aggregate_type", "'gods'"), changed_at_3),
        ("id of the stream", update("aggregate_id", "gen_random_uuid()::text"), changed_at_3),
        ("spelling of the id", update("aggregate_id", "upper(aggregate_id)"), changed_at_3),
        ("time", update("recorded_at", "recorded_at - interval '1 microsecond'"), changed_at_3),
        ("hash", update("hash", "sha256('')"), changed_at_3),
        ("swapped rows", SWAP.to_owned(), changed_at_3),
        ("a row that is gone", "DELETE FROM events WHERE position = 3".to_owned(), |error| {
            matches!(error, VerifyError::Hole { expected: 3, found: 4 })
        }),
        ("a tail that is gone", "DELETE FROM events WHERE position > 4".to_owned(), |error| {
            matches!(error, VerifyError::Head { head: 6, last: 4 })
        }),
        ("everything gone", "DELETE FROM events".to_owned(), |error| {
            matches!(error, VerifyError::Head { head: 6, last: 0 })
        }),
        ("a head that was moved back", "UPDATE log_head SET position = 4".to_owned(), |error| {
            matches!(error, VerifyError::Head { head: 4, last: 6 })
        }),
        ("a head with another hash", "UPDATE log_head SET hash = sha256('')".to_owned(), |error| {
            matches!(error, VerifyError::HeadHash { position: 6 })
        }),
    ];
    for (what, statement, is_expected) in cases {
        tamper(&database, &statement).await;
        match verify(commands.feed().reader(), |_| {}).await {
            Ok(_) => panic!("not seen: {what}"),
            Err(error) => assert!(is_expected(&error), "{what}: {error}"),
        }
        undo(&database).await;
        let again = verify(commands.feed().reader(), |_| {}).await.expect("was undone");
        assert_eq!(again, whole, "{what}");
    }
}

/// Position 3 and 4 change places, hashes and all but the content.
const SWAP: &str = "
    UPDATE events SET position = 100 WHERE position = 3;
    UPDATE events SET position = 3, hash = (SELECT hash FROM saved WHERE position = 3) WHERE position = 4;
    UPDATE events SET position = 4, hash = (SELECT hash FROM saved WHERE position = 4) WHERE position = 100";

fn changed_at_3(error: &VerifyError) -> bool {
    matches!(error, VerifyError::Changed { position: 3 })
}

/// A cut with a head that fits leaves a whole chain: only a hash kept elsewhere tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rewritten_end_shows_in_the_final_hash() {
    let database = Database::create().await;
    let commands = log_of_a_few(&database).await;
    let before = verify(commands.feed().reader(), |_| {}).await.expect("is whole");
    tamper(
        &database,
        "DELETE FROM events WHERE position > 4;
         UPDATE log_head SET position = 4, hash = (SELECT hash FROM saved WHERE position = 4)",
    )
    .await;
    let after = verify(commands.feed().reader(), |_| {}).await.expect("is a whole chain");
    assert_eq!(after.events, 4);
    assert_ne!(after.hash, before.hash);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_log_is_whole() {
    let database = Database::create().await;
    let commands = database.open().await;
    let verified = verify(commands.feed().reader(), |_| {}).await.expect("is whole");
    assert_eq!(verified, Verified { events: 0, hash: albumen_commands::log::GENESIS });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_is_append_only() {
    let database = Database::create().await;
    let commands = log_of_a_few(&database).await;
    let client = database.client().await;
    for statement in [
        "UPDATE events SET payload = '{}' WHERE position = 1",
        "DELETE FROM events WHERE position = 6",
        "DELETE FROM events WHERE position = 600",
        "TRUNCATE events",
    ] {
        let error = client.batch_execute(statement).await.expect_err(statement);
        let message = error.as_db_error().map(ToString::to_string).unwrap_or_default();
        assert!(message.contains("append-only"), "{statement}: {message}");
    }
    verify(commands.feed().reader(), |_| {}).await.expect("is whole");
}

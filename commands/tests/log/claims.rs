//! Natural keys: who gets them, who hears whose they are, and that nothing deadlocks over them.

use albumen_commands::{
    CommandError, Commands,
    log::{AppendError, Appender},
};
use albumen_domain::{
    StreamId, StreamKind,
    asset::{AssetCommand, CHECKSUM_CLAIM},
};
use futures::future::join_all;
use uuid::Uuid;

use crate::support::{Database, append_of, appender, ask, release, stream, take, upload};

const RACES: u128 = 30;

async fn race(one: &Commands, other: &Commands, checksum: &str) {
    for number in 0..RACES {
        let owner = Uuid::from_u128(1_000 + number);
        let ids = [Uuid::new_v4(), Uuid::new_v4()];
        let uploads = (upload(one, ids[0], owner, checksum), upload(other, ids[1], owner, checksum));
        let (first, second) = tokio::join!(uploads.0, uploads.1);
        let (winner, lost) = match (first, second) {
            (Ok(_), Err(lost)) => (ids[0], lost),
            (Err(lost), Ok(_)) => (ids[1], lost),
            outcomes => panic!("one has to win: {outcomes:?}"),
        };
        let CommandError::Claimed { name, holder } = lost else { panic!("refused for another reason: {lost}") };
        assert_eq!(name, CHECKSUM_CLAIM);
        assert_eq!(holder, StreamId { kind: StreamKind::Asset, id: winner });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_racing_uploads_one_wins_and_the_other_hears_its_id() {
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await];
    race(&processes[0], &processes[1], "a").await;
    race(&processes[0], &processes[0], "b").await;
    assert_eq!(database.count("SELECT count(*) FROM events").await, 2 * RACES as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_back_can_be_taken_again() {
    let database = Database::create().await;
    let commands = database.open().await;
    let (owner, first, second) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    upload(&commands, first, owner, "sum").await.expect("uploads");
    upload(&commands, second, owner, "sum").await.expect_err("is taken");
    upload(&commands, second, Uuid::from_u128(9), "sum").await.expect("another owner has copies of their own");
    for command in [AssetCommand::RequestDeletion, AssetCommand::ConfirmDeletion] {
        ask(&commands, first, command).await.expect("deletes");
    }
    upload(&commands, Uuid::from_u128(4), owner, "sum").await.expect("is free again");
    assert_eq!(database.count("SELECT count(*) FROM claim").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_append_leaves_the_claims_as_they_were() {
    let database = Database::create().await;
    let commands = database.open().await;
    let appender = appender(&database, &commands);
    appender.append(append_of(stream(1), 1, vec![take("old", stream(1))])).await.expect("appends");

    let held = database.hold_head().await;
    let blocker = tokio::spawn({
        let appender = appender.clone();
        async move { appender.append(append_of(stream(9), 1, Vec::new())).await }
    });
    database.wait_for_blocked(1).await;
    let joined = [
        // Its version is stale, so what it gives back stays taken and what it takes stays free.
        append_of(stream(1), 1, vec![release("old", stream(1)), take("new", stream(1))]),
        append_of(stream(2), 1, vec![take("new", stream(2))]),
        append_of(stream(3), 1, vec![take("old", stream(3))]),
        // It loses one key, so the other stays free for the next.
        append_of(stream(4), 1, vec![take("new", stream(4)), take("other", stream(4))]),
        append_of(stream(5), 1, vec![take("other", stream(5))]),
    ];
    let appending = join_all(joined.into_iter().map(|append| appender.append(append)));
    let (results, ()) = tokio::join!(appending, held.release());
    blocker.await.expect("ends").expect("appends");

    assert!(matches!(results[0], Err(AppendError::Conflict)), "{results:?}");
    assert!(results[1].is_ok() && results[4].is_ok(), "{results:?}");
    for (index, expected) in [(2, stream(1)), (3, stream(2))] {
        let is_claimed =
            matches!(results[index], Err(AppendError::Claimed { name: "test", holder }) if holder == expected);
        assert!(is_claimed, "{results:?}");
    }
    let expected = [("new", 2), ("old", 1), ("other", 5)].map(|(key, holder)| (key.to_owned(), stream(holder)));
    assert_eq!(holders(&database).await, expected);
}

async fn holders(database: &Database) -> Vec<(String, StreamId)> {
    let query = "SELECT convert_from(key, 'UTF8'), holder FROM claim ORDER BY key";
    let rows = database.client().await.query(query, &[]).await.expect("reads");
    let parse = |holder: &str| {
        let (kind, id) = holder.split_once('/').expect("kind and id");
        StreamId { kind: kind.parse().expect("a kind"), id: id.parse().expect("an id") }
    };
    rows.iter().map(|row| (row.get(0), parse(row.get(1)))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_can_exchange_their_keys_in_one_append() {
    let database = Database::create().await;
    let commands = database.open().await;
    let appender = appender(&database, &commands);
    for (number, key) in [(1, "a"), (2, "b")] {
        appender.append(append_of(stream(number), 1, vec![take(key, stream(number))])).await.expect("appends");
    }
    let mut exchange = append_of(
        stream(1),
        2,
        vec![release("a", stream(1)), take("b", stream(1)), release("b", stream(2)), take("a", stream(2))],
    );
    exchange.events.extend(append_of(stream(2), 2, Vec::new()).events);
    appender.append(exchange).await.expect("appends");
    assert_eq!(holders(&database).await, [("a".into(), stream(2)), ("b".into(), stream(1))]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_holder_can_give_a_key_back() {
    let database = Database::create().await;
    let commands = database.open().await;
    let appender = appender(&database, &commands);
    appender.append(append_of(stream(1), 1, vec![take("key", stream(1))])).await.expect("appends");
    appender.append(append_of(stream(2), 1, vec![release("key", stream(2))])).await.expect("appends");
    assert_eq!(holders(&database).await, [("key".into(), stream(1))]);
}

/// Each gives back what the other takes, in two processes at once. Both may be refused, but
/// neither may run into the other's locks from the opposite side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_changes_of_two_processes_do_not_deadlock() {
    let database = Database::create().await;
    let processes = [database.open().await, database.open().await];
    let appenders = [appender(&database, &processes[0]), appender(&database, &processes[1])];
    for (number, key) in [(1, "a"), (2, "b")] {
        appenders[0].append(append_of(stream(number), 1, vec![take(key, stream(number))])).await.expect("appends");
    }
    let cross = async |appender: &Appender, own: u128, gives: &str, takes: &str| {
        for _ in 0..200 {
            let claims = vec![release(gives, stream(own)), take(takes, stream(own))];
            match appender.append(append_of(stream(own), 2, claims)).await {
                Err(AppendError::Claimed { .. } | AppendError::Conflict) => {}
                outcome => panic!("{outcome:?}"),
            }
        }
    };
    tokio::join!(cross(&appenders[0], 1, "a", "b"), cross(&appenders[1], 2, "b", "a"));
    assert_eq!(holders(&database).await, [("a".into(), stream(1)), ("b".into(), stream(2))]);
}

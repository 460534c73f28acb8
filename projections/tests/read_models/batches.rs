//! However the log is cut into batches, and wherever a reader dies, the rows are the same.

use std::{sync::Arc, time::Duration};

use albumen_projections::{projections, runtime::Projection};
use proptest::{collection::vec, prelude::*};

use crate::{
    history::{History, histories},
    support::{
        Database, Disturbance, Disturbed, MemoryFeed, PATIENCE, Tables, apply_all, assert_equal, block_on, check,
        follow, follow_all, reached,
    },
};

const CASES: u32 = 16;

/// Event by event, by one reader that nothing happens to: what everything else is compared with.
pub async fn one_by_one(history: &History) -> Tables {
    let database = Database::create().await;
    apply_all(&database, MemoryFeed::of(&history.as_it_was()).in_batches(&[1])).await;
    Tables::read(&database.client().await).await
}

#[test]
fn batches_of_any_size_come_to_the_same() {
    let sizes = vec(prop_oneof![1..4usize, 1..40usize, Just(2_000)], 1..6);
    check(CASES, (histories(), sizes), async |(history, sizes)| {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was()).in_batches(&sizes)).await;
        let batched = Tables::read(&database.client().await).await;
        assert!(!batched.is_empty());
        assert_equal(&batched, &one_by_one(&history).await);
    });
}

/// Follows to the end, starting anew after each crash.
async fn follow_through(database: &Database, projection: Arc<Disturbed>, feed: &Arc<MemoryFeed>) {
    loop {
        let subscription = follow(database, projection.clone(), feed).await;
        tokio::select! {
            () = reached(&subscription, feed.position()) => return,
            () = projection.crashed.notified() => drop(subscription),
        }
    }
}

#[test]
fn crashes_and_repeated_delivery_leave_no_trace() {
    let batches = vec(1..30usize, 1..6);
    let repeats = vec(0..20usize, 1..6);
    let crashes = vec(1..150i64, 1..5);
    check(CASES, (histories(), batches, repeats, crashes), async |(history, batches, repeats, crashes)| {
        let database = Database::create().await;
        let feed = MemoryFeed::of(&history.as_it_was()).in_batches(&batches).repeating(&repeats);
        let feed = Arc::new(feed);
        let each = projections().into_iter().map(|projection| {
            let crashes = crashes.iter().map(|position| position % history.last() + 1);
            follow_through(&database, Disturbed::new(projection, Disturbance::Crash, crashes), &feed)
        });
        futures::future::join_all(each).await;
        let crashed = Tables::read(&database.client().await).await;
        assert_equal(&crashed, &one_by_one(&history).await);
    });
}

#[test]
fn readers_that_are_stopped_at_any_moment_go_on() {
    check(CASES / 2, (histories(), vec(0..30u64, 1..5)), async |(history, lives_ms)| {
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_was()).in_batches(&[3, 1, 7]));
        for life_ms in lives_ms {
            let subscriptions = follow_all(&database, &feed).await;
            tokio::time::sleep(Duration::from_millis(life_ms)).await;
            drop(subscriptions);
        }
        for subscription in &follow_all(&database, &feed).await {
            reached(subscription, history.last()).await;
        }
        let stopped = Tables::read(&database.client().await).await;
        assert_equal(&stopped, &one_by_one(&history).await);
    });
}

#[test]
fn two_readers_of_one_instance_do_nothing_twice() {
    check(CASES / 2, histories(), async |history| {
        let database = Database::create().await;
        let events = history.as_it_was();
        let feeds = [[1, 2, 3], [4, 1, 2]].map(|sizes| Arc::new(MemoryFeed::of(&events).in_batches(&sizes)));
        // Both start at once on a database that has no tables yet.
        let each = projections().into_iter().flat_map(|projection| {
            let projection: Arc<dyn Projection> = projection;
            feeds.iter().map(move |feed| (projection.clone(), feed))
        });
        let readers = each.map(|(projection, feed)| follow(&database, projection, feed));
        let readers = futures::future::join_all(readers).await;
        for reader in &readers {
            tokio::time::timeout(PATIENCE, reached(reader, history.last())).await.unwrap();
        }
        let shared = Tables::read(&database.client().await).await;
        assert_equal(&shared, &one_by_one(&history).await);
    });
}

#[test]
fn a_database_that_hangs_up_is_found_again() {
    block_on(async {
        let history = crate::faults::some_history();
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()));
        let subscriptions = follow_all(&database, &feed).await;
        let client = database.client().await;
        while feed.position() < history.last() {
            feed.publish(history.len() / 3);
            for subscription in &subscriptions {
                reached(subscription, feed.position()).await;
            }
            let hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";
            client.execute(hang_up, &[]).await.unwrap();
        }
        assert_equal(&Tables::read(&client).await, &one_by_one(&history).await);
    });
}

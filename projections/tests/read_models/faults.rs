//! An event that cannot be applied stops its read model there, loudly, and no other.

use std::{sync::Arc, time::Duration};

use albumen_domain::{AnyEvent, Recorded, asset::AssetEvent};
use albumen_projections::{
    library::Library,
    projections,
    runtime::{Checkpoint, Projection, Subscription, checkpoints},
};
use chrono::{NaiveDate, Utc};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    batches::one_by_one,
    history::{History, histories},
    support::{
        Database, Disturbance, Disturbed, MemoryFeed, PATIENCE, Tables, assert_equal, block_on, eventually, follow,
        follow_all, reached,
    },
};

/// The same at each run.
pub fn some_history() -> History {
    histories().new_tree(&mut TestRunner::deterministic()).expect("generates").current()
}

/// Waits until a read model stands still, and says why.
async fn failure(subscription: &Subscription) -> String {
    let mut progress = subscription.progress();
    let stopped = progress.wait_for(|now| now.failure.is_some());
    let now = tokio::time::timeout(PATIENCE, stopped).await.expect("it stops").expect("it lives").clone();
    now.failure.unwrap_or_default()
}

async fn checkpoint(database: &Database, name: &str) -> Checkpoint {
    let all = checkpoints(&database.client().await).await.expect("the database answers");
    all.into_iter().find(|checkpoint| checkpoint.instance == name).expect("it has one")
}

/// Compares one read model with that of the events before a position.
async fn assert_applied_before(database: &Database, history: &[Arc<Recorded>], position: i64) {
    let expected = Database::create().await;
    let feed = Arc::new(MemoryFeed::of(&history[..position as usize - 1]));
    for projection in projections() {
        reached(&follow(&expected, projection, &feed).await, position - 1).await;
    }
    for projection in projections() {
        reached(&follow(database, projection, &feed).await, position - 1).await;
    }
    assert_equal(&Tables::read(&database.client().await).await, &Tables::read(&expected.client().await).await);
}

#[test]
fn an_event_that_does_not_fit_stops_one_read_model_at_its_position() {
    for disturbance in [Disturbance::Poison, Disturbance::Refused] {
        block_on(async {
            let history = some_history();
            let database = Database::create().await;
            let feed = Arc::new(MemoryFeed::of(&history.as_it_was()).in_batches(&[40]));
            const POISON: i64 = 57;
            let poisoned = Disturbed::new(Arc::new(Library), disturbance, [POISON]);
            let library = follow(&database, poisoned, &feed).await;
            let others = projections().into_iter().filter(|projection| projection.name() != "library");
            for projection in others {
                reached(&follow(&database, projection, &feed).await, history.last()).await;
            }
            let reason = failure(&library).await;
            assert!(reason.contains(&format!("event {POISON} ")), "{reason}");
            assert_eq!(library.progress().borrow().position, POISON - 1);
            let noted = checkpoint(&database, "library").await;
            assert_eq!((noted.position, noted.failure), (POISON - 1, Some(reason)));
            for other in ["identity", "albums", "work"] {
                let fine = checkpoint(&database, other).await;
                assert_eq!((fine.position, fine.failure), (history.last(), None), "{other}");
            }
            // A release that understands the event goes on from there.
            drop(library);
            let next = follow(&database, Arc::new(Library), &feed).await;
            // Until it has its turn it tells what is noted of the one before: that it stands still.
            eventually("it goes on", async || {
                let now = next.progress().borrow().clone();
                now.failure.is_none() && now.noted == history.last()
            })
            .await;
            assert_eq!(checkpoint(&database, "library").await.failure, None);
            assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
        });
    }
}

#[test]
fn what_stands_before_an_event_that_cannot_be_read_is_applied() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::of(&history.as_it_was()));
        const POISON: i64 = 57;
        feed.poison(POISON);
        for subscription in follow_all(&database, &feed).await {
            let reason = failure(&subscription).await;
            assert!(reason.contains(&format!("event {POISON} ")), "{reason}");
            assert_eq!(subscription.progress().borrow().position, POISON - 1);
        }
        for projection in projections() {
            let noted = checkpoint(&database, projection.name()).await;
            // Where nothing concerned it, there was nothing to write down.
            let events = history.as_it_was();
            let is_concerned = events.iter().any(|event| event.position < POISON && projection.concerns(event));
            assert_eq!(noted.position, if is_concerned { POISON - 1 } else { 0 }, "{}", noted.instance);
            assert!(noted.failure.is_some(), "{}", noted.instance);
        }
        assert_applied_before(&database, &history.as_it_was(), POISON).await;
    });
}

#[test]
fn a_feed_that_goes_back_or_is_away_is_waited_for() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()).in_batches(&[10]));
        let subscriptions = follow_all(&database, &feed).await;
        feed.publish(20);
        for subscription in &subscriptions {
            reached(subscription, 20).await;
        }
        feed.stop(true);
        feed.publish(history.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
        for subscription in &subscriptions {
            let progress = subscription.progress().borrow().clone();
            assert_eq!((progress.position, progress.failure), (20, None));
        }
        feed.stop(false);
        for subscription in &subscriptions {
            reached(subscription, history.last()).await;
        }
        assert_equal(&Tables::read(&database.client().await).await, &one_by_one(&history).await);
    });
}

/// What PostgreSQL cannot hold at all stops the read model; it is not tried for ever.
#[test]
fn a_value_that_cannot_be_stored_is_a_fault_of_its_event() {
    block_on(async {
        let mut events = some_history().as_it_was();
        let index = events.iter().position(|recorded| is_upload(recorded)).expect("something is uploaded");
        let mut upload = events[index].as_ref().clone();
        if let AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) = &mut upload.event {
            let too_early = NaiveDate::from_ymd_opt(-9_999, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
            uploaded.file_created_at = too_early.and_local_timezone(Utc).unwrap();
        }
        let position = upload.position;
        events[index] = Arc::new(upload);
        // What is deleted later in the same batch would never be stored.
        events.truncate(index + 1);
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::of(&events));
        let library: Arc<dyn Projection> = Arc::new(Library);
        let reason = failure(&follow(&database, library, &feed).await).await;
        assert!(reason.contains(&format!("event {position} ")), "{reason}");
        assert_eq!(checkpoint(&database, "library").await.position, position - 1);
    });
}

fn is_upload(recorded: &Recorded) -> bool {
    matches!(recorded.event, AnyEvent::Asset(AssetEvent::Uploaded(_)))
}

//! Of many processes that follow, one applies at a time; another takes over, and all hear of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_domain::Recorded;
use albumen_projections::{Observer, ReadModels, library::Library, runtime::Subscription};
use albumen_schemas::feed::Feed;

use crate::{
    batches::one_by_one,
    faults::some_history,
    support::{Database, MemoryFeed, Tables, assert_equal, block_on, eventually, follow, follow_all, reached},
};

/// What a request waits at most.
const READ_WAIT: Duration = Duration::from_millis(500);

/// Everything that is applied from now on is listed, and nothing can be listed twice.
async fn audited(database: &Database) {
    let table = "CREATE TABLE applied_audit (instance text, position bigint, PRIMARY KEY (instance, position))";
    database.client().await.batch_execute(table).await.expect("makes it");
}

fn term(subscription: &Subscription) -> Option<u64> {
    subscription.progress().borrow().term
}

#[test]
fn one_of_two_applies_and_the_other_takes_over() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        audited(&database).await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()).in_batches(&[3]));
        let first = follow(&database, Arc::new(Library), &feed).await;
        eventually("the first has its turn", async || term(&first) == Some(1)).await;
        let second = follow(&database, Arc::new(Library), &feed).await;
        feed.publish(20);
        reached(&first, 20).await;
        reached(&second, 20).await;
        assert_eq!((term(&first), term(&second)), (Some(1), None));
        feed.publish(20);
        drop(first);
        reached(&second, 40).await;
        eventually("the second has its turn", async || term(&second) == Some(1)).await;
        feed.publish(history.len());
        reached(&second, history.last()).await;
        let row = database.client().await.query_one("SELECT count(*), max(position) FROM applied_audit", &[]).await;
        let row = row.expect("a row");
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (history.last(), history.last()));
    });
}

#[test]
fn whoever_loses_the_connection_loses_its_turn() {
    block_on(async {
        let history = some_history();
        let database = Database::create().await;
        audited(&database).await;
        let feed = Arc::new(MemoryFeed::unpublished(&history.as_it_was()).in_batches(&[5]));
        let (one, other) = (follow_all(&database, &feed).await, follow_all(&database, &feed).await);
        let client = database.client().await;
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE 'albumen %'";
        for _ in 0..5 {
            feed.publish(history.len() / 6);
            tokio::time::sleep(Duration::from_millis(30)).await;
            client.execute(cut, &[]).await.expect("cuts them off");
        }
        feed.publish(history.len());
        for subscription in one.iter().chain(&other) {
            reached(subscription, history.last()).await;
        }
        let listed = client.query_one("SELECT count(*) FROM applied_audit", &[]).await.expect("a row");
        assert_eq!(listed.get::<_, i64>(0), history.last() * one.len() as i64);
        assert_equal(&Tables::read(&client).await, &one_by_one(&history).await);
    });
}

struct Nobody;

impl Observer for Nobody {
    fn applied(&self, _: &'static str, _: &[Arc<Recorded>]) {}
}

#[test]
fn what_another_process_applied_is_heard_of() {
    block_on(async {
        let database = Database::create().await;
        let feed = Arc::new(MemoryFeed::unpublished(&some_history().as_it_was()));
        let (source, observer): (Arc<dyn Feed>, Arc<dyn Observer>) = (feed.clone(), Arc::new(Nobody));
        let mut writer =
            ReadModels::follow(&database.pool(), &database.config(), source, observer).await.expect("follows");
        writer.share(&database.config());
        let mut reader = database.questions();
        reader.share(&database.config());
        eventually("it was heard of", async || reader.progress().iter().all(|(_, now)| now.position >= 0)).await;
        let mut heard = 0;
        for _ in 0..20 {
            feed.publish(3);
            let (position, start) = (feed.position(), Instant::now());
            reader.wait_for(position).await;
            if start.elapsed() >= READ_WAIT {
                continue;
            }
            heard += 1;
            for (name, progress) in reader.progress() {
                assert!(progress.position >= position, "{name} is at {}", progress.position);
            }
        }
        assert!(heard > 0, "no wait ended in time");
        assert!(reader.progress().iter().all(|(_, now)| now.term.is_none()), "it applies to none itself");
    });
}

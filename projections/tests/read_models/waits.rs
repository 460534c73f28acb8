//! Whoever changed something reads it at once, and nobody waits in vain.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use albumen_domain::Recorded;
use albumen_projections::{Observer, ReadModels, runtime::checkpoints};
use albumen_schemas::feed::Feed;

use crate::{
    faults::some_history,
    support::{Database, MemoryFeed, block_on, eventually},
};

/// What a request waits at most.
const READ_WAIT: Duration = Duration::from_millis(500);
/// What a busy machine adds to that.
const SLACK: Duration = Duration::from_millis(1_500);
/// Clearly less than a wait.
const AT_ONCE: Duration = Duration::from_millis(250);

/// Remembers the newest event of which it heard, of each read model.
#[derive(Default)]
struct Ear(Mutex<HashMap<&'static str, i64>>);

impl Ear {
    fn heard(&self, projection: &str) -> i64 {
        self.0.lock().unwrap().get(projection).copied().unwrap_or(0)
    }
}

impl Observer for Ear {
    fn applied(&self, projection: &'static str, events: &[Arc<Recorded>]) {
        let first = events.first().map_or(0, |event| event.position);
        let last = events.last().map_or(0, |event| event.position);
        let before = self.0.lock().unwrap().insert(projection, last).unwrap_or(0);
        assert_eq!(before + 1, first, "{projection} hears of each event once");
    }
}

struct Reading {
    database: Database,
    feed: Arc<MemoryFeed>,
    models: ReadModels,
    ear: Arc<Ear>,
}

async fn reading() -> Reading {
    let database = Database::create().await;
    let feed = Arc::new(MemoryFeed::unpublished(&some_history().as_it_was()).repeating(&[0, 3, 1]));
    let ear = Arc::new(Ear::default());
    let (source, observer): (Arc<dyn Feed>, Arc<dyn Observer>) = (feed.clone(), ear.clone());
    let models = ReadModels::follow(&database.pool(), &database.config(), source, observer).await.expect("follows");
    Reading { database, feed, models, ear }
}

async fn waited(models: &ReadModels, position: i64) -> Duration {
    let start = Instant::now();
    models.wait_for(position).await;
    start.elapsed()
}

#[test]
fn what_was_waited_for_is_there() {
    block_on(async {
        let Reading { database, feed, models, ear } = reading().await;
        let client = database.client().await;
        for _ in 0..20 {
            feed.publish(4);
            let position = feed.position();
            let took = waited(&models, position).await;
            if took >= READ_WAIT {
                continue;
            }
            for (name, progress) in models.progress() {
                assert!(progress.position >= position, "{name} is at {}", progress.position);
                let heard = ear.heard(name);
                assert!(heard >= position, "{name} was heard of at {heard}");
            }
        }
        let position = feed.position();
        eventually("all is applied", async || models.progress().iter().all(|(_, now)| now.position == position)).await;
        assert!(waited(&models, position).await < AT_ONCE, "nothing is left to wait for");
        eventually("every checkpoint says so", async || {
            checkpoints(&client).await.unwrap().iter().all(|checkpoint| checkpoint.position == position)
        })
        .await;
    });
}

#[test]
fn a_wait_has_an_end() {
    block_on(async {
        let Reading { feed, models, database: _database, ear: _ear } = reading().await;
        feed.stop(true);
        feed.publish(1);
        let took = waited(&models, 1).await;
        assert!(READ_WAIT <= took && took < READ_WAIT + SLACK, "{took:?}");
    });
}

#[test]
fn who_is_far_behind_is_not_waited_for() {
    block_on(async {
        let Reading { feed, models, database: _database, ear: _ear } = reading().await;
        feed.stop(true);
        let took = waited(&models, 10_001).await;
        assert!(took < AT_ONCE, "{took:?}");
        let took = waited(&models, 10_000).await;
        assert!(READ_WAIT <= took, "{took:?}");
    });
}

#[test]
fn who_stands_still_is_not_waited_for() {
    block_on(async {
        let Reading { feed, models, database: _database, ear: _ear } = reading().await;
        feed.poison(5);
        feed.publish(10);
        // Whoever waits already is let go.
        let took = waited(&models, 10).await;
        assert!(took < READ_WAIT, "{took:?}");
        assert!(models.progress().iter().all(|(_, now)| now.failure.is_some() && now.position == 4));
        let took = waited(&models, 10).await;
        assert!(took < AT_ONCE, "{took:?}");
    });
}

#[test]
fn questions_alone_wait_for_nothing() {
    block_on(async {
        let database = Database::create().await;
        let took = waited(&database.questions(), 1).await;
        assert!(took < AT_ONCE, "{took:?}");
    });
}

//! Running projections, and properties over histories.

use std::{fmt::Debug, sync::Arc, time::Duration};

use albumen_projections::{
    projections,
    runtime::{self, Projection, Subscription},
};
use albumen_schemas::feed::Feed;
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestRunner},
};

use super::{Database, MemoryFeed};

/// For what should take milliseconds, on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(30);

const CASES_VARIABLE: &str = "ALBUMEN_PROPERTY_CASES";
/// Each case makes databases: a smaller failure is worth that many attempts.
const MAX_SHRINKS: u32 = 50;

/// Runs a test of its own runtime, so that its tasks end with it.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// Holds `property` over values of `strategy`.
pub fn check<S: Strategy>(cases: u32, strategy: S, property: impl AsyncFn(S::Value))
where
    S::Value: Debug,
{
    let asked: Option<u32> = std::env::var(CASES_VARIABLE).ok().map(|text| text.parse().expect("a number of cases"));
    let config = Config {
        cases: asked.unwrap_or(cases),
        max_shrink_iters: MAX_SHRINKS,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |value| {
        block_on(property(value));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Starts following, telling nobody of batches.
pub async fn follow(database: &Database, projection: Arc<dyn Projection>, feed: &Arc<MemoryFeed>) -> Subscription {
    let feed: Arc<dyn Feed> = feed.clone();
    runtime::follow(projection, feed, database.config(), Arc::new(|_| {})).await.expect("the database answers")
}

pub async fn follow_all(database: &Database, feed: &Arc<MemoryFeed>) -> Vec<Subscription> {
    let mut subscriptions = Vec::new();
    for projection in projections() {
        subscriptions.push(follow(database, projection, feed).await);
    }
    subscriptions
}

/// Waits until a projection has come to `position`, and its checkpoint too.
pub async fn reached(subscription: &Subscription, position: i64) {
    let mut progress = subscription.progress();
    let come = progress.wait_for(|now| now.failure.is_some() || now.noted >= position);
    let now = tokio::time::timeout(PATIENCE, come).await.expect("it comes that far").expect("it lives").clone();
    assert_eq!(now.failure, None, "at {}", now.position);
}

/// Fills all read models with what the feed knows.
pub async fn apply_all(database: &Database, feed: MemoryFeed) {
    let feed = Arc::new(feed);
    for subscription in &follow_all(database, &feed).await {
        reached(subscription, feed.position()).await;
    }
}

/// Waits for what has to become true.
pub async fn eventually(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_true().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("it never came to be that {what}"));
}

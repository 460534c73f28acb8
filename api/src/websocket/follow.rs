//! Following the log, to tell of it.

use std::{sync::Arc, time::Duration};

use albumen_schemas::feed::{Feed, FeedError};

use super::announcer::Announcer;

/// Events told of at once: the assets of a batch are looked up together.
const BATCH_EVENTS: usize = 1_000;
/// Between attempts when the log cannot be reached.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Tells of everything that happens from now on.
pub async fn announce_all(announcer: Announcer, feed: Arc<dyn Feed>) {
    let mut head = feed.head();
    let mut position = *head.borrow();
    while head.wait_for(|head| *head > position).await.is_ok() {
        if announcer.nobody_listens() {
            position = *head.borrow();
            continue;
        }
        match feed.read(position, BATCH_EVENTS).await {
            Ok(events) => {
                let new: Vec<_> = events.into_iter().filter(|event| event.position > position).collect();
                position = new.last().map_or(position, |last| last.position);
                announcer.announce(&new).await;
            }
            // The read models stop at it and say so; here it is passed by.
            Err(FeedError::Poison { position: poison, .. }) => position = position.max(poison),
            Err(FeedError::Unavailable(reason)) => {
                tracing::debug!(reason, "what happens cannot be told: the log is away");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

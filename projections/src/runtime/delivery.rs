//! What a feed delivers, put right before it is applied.

use std::{sync::Arc, time::Duration};

use albumen_domain::Recorded;
use albumen_schemas::feed::{Feed, FeedError};
use tokio::task::JoinHandle;

/// How long a reader waits for its own feed to learn of an event that another reader has applied.
const FEED_LAG: Duration = Duration::from_secs(5);

/// Up to `limit` events that follow `position`; empty at the end of the log.
///
/// What stands before an event that cannot be read is delivered first, so that a reader stops at
/// that very event.
pub(super) async fn read(feed: &dyn Feed, position: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
    let delivered = match feed.read(position, limit).await {
        Err(FeedError::Poison { position: poison, .. }) if poison > position + 1 => {
            let before = usize::try_from(poison - position - 1).unwrap_or(limit);
            feed.read(position, before.min(limit)).await?
        }
        delivered => delivered?,
    };
    in_order(position, delivered)
}

/// The same for an event that is known to exist: waits until the feed has it too.
pub(super) async fn read_existing(
    feed: &dyn Feed,
    position: i64,
    limit: usize,
) -> Result<Vec<Arc<Recorded>>, FeedError> {
    let mut head = feed.head();
    let is_known = matches!(tokio::time::timeout(FEED_LAG, head.wait_for(|head| *head > position)).await, Ok(Ok(_)));
    let events = if is_known { read(feed, position, limit).await? } else { Vec::new() };
    if events.is_empty() {
        return Err(FeedError::Unavailable(format!("event {} is not delivered", position + 1)));
    }
    Ok(events)
}

/// Reads ahead of whoever applies: opening the events of one batch and applying those of the one before then share
/// the cores.
pub(super) struct Ahead {
    feed: Arc<dyn Feed>,
    batch_events: usize,
    next: Option<Reading>,
}

/// Events after `after` that are being read.
struct Reading {
    after: i64,
    task: JoinHandle<Result<Vec<Arc<Recorded>>, FeedError>>,
}

impl Ahead {
    /// Of this feed, in batches of this many events.
    pub(super) const fn new(feed: Arc<dyn Feed>, batch_events: usize) -> Self {
        Self { feed, batch_events, next: None }
    }

    /// The batch that follows `position`, of events up to `target`, which is known to exist.
    pub(super) async fn read(&mut self, position: i64, target: i64) -> Result<Vec<Arc<Recorded>>, FeedError> {
        let events = match self.next.take().filter(|next| next.after == position) {
            Some(next) => next.task.await.map_err(|error| FeedError::Unavailable(error.to_string()))??,
            None => read_existing(self.feed.as_ref(), position, self.limit(position, target)).await?,
        };
        if let Some(after) = events.last().map(|last| last.position).filter(|after| *after < target) {
            let (feed, limit) = (self.feed.clone(), self.limit(after, target));
            let task = tokio::spawn(async move { read_existing(feed.as_ref(), after, limit).await });
            self.next = Some(Reading { after, task });
        }
        Ok(events)
    }

    fn limit(&self, position: i64, target: i64) -> usize {
        usize::try_from(target - position).unwrap_or(self.batch_events).min(self.batch_events)
    }
}

/// Drops what was delivered before, and what follows a hole: it will be delivered again.
fn in_order(position: i64, mut delivered: Vec<Arc<Recorded>>) -> Result<Vec<Arc<Recorded>>, FeedError> {
    let Some(first) = delivered.first().map(|event| event.position) else { return Ok(delivered) };
    let mut due = position + 1;
    delivered.retain(|event| {
        let is_due = event.position == due;
        due += i64::from(is_due);
        is_due
    });
    if delivered.is_empty() {
        return Err(FeedError::Unavailable(format!("event {first} was delivered where {due} is due")));
    }
    Ok(delivered)
}

#[cfg(test)]
mod tests {
    use albumen_domain::{
        Metadata, StreamId, StreamKind,
        system::{SYSTEM_ID, SystemEvent},
    };
    use chrono::DateTime;

    use super::*;

    fn events(positions: &[i64]) -> Vec<Arc<Recorded>> {
        let event = |position: &i64| {
            Arc::new(Recorded {
                position: *position,
                recorded_at: DateTime::UNIX_EPOCH,
                stream: StreamId { kind: StreamKind::System, id: SYSTEM_ID },
                sequence: *position,
                event: SystemEvent::ServerLicenseRemoved(albumen_domain::system::ServerLicenseRemoved {}).into(),
                metadata: Metadata::job("test", String::new(), None),
            })
        };
        positions.iter().map(event).collect()
    }

    #[test]
    fn what_repeats_or_follows_a_hole_is_dropped() {
        for (delivered, expected) in [
            (&[4, 5, 6][..], &[4, 5, 6][..]),
            (&[2, 3, 4, 5], &[4, 5]),
            (&[4, 4, 5, 4, 6], &[4, 5, 6]),
            (&[4, 6, 7], &[4]),
            (&[], &[]),
        ] {
            let due = in_order(3, events(delivered)).map_err(|error| error.to_string());
            let positions = due.map(|events| events.iter().map(|event| event.position).collect::<Vec<_>>());
            assert_eq!(positions.as_deref(), Ok(expected), "{delivered:?}");
        }
    }

    #[test]
    fn a_delivery_without_the_event_that_is_due_is_an_error() {
        for delivered in [&[1, 2, 3][..], &[5, 6]] {
            assert!(matches!(in_order(3, events(delivered)), Err(FeedError::Unavailable(_))), "{delivered:?}");
        }
    }
}

//! What a feed delivers, put right before it is applied.

use std::{sync::Arc, time::Duration};

use albumen_domain::Recorded;
use albumen_schemas::feed::{Feed, FeedError};

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

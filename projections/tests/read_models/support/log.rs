//! A log that a test writes by hand.

use std::sync::Arc;

use albumen_domain::{AnyEvent, Metadata, Recorded, StreamId};
use chrono::{DateTime, TimeDelta};

/// Adds an event to those before it, a second after the last.
pub fn record(events: &mut Vec<Arc<Recorded>>, stream: StreamId, event: AnyEvent) {
    let position = events.len() as i64 + 1;
    events.push(Arc::new(Recorded {
        position,
        recorded_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(position),
        stream,
        sequence: 1,
        event,
        metadata: Metadata::job("test", String::new(), None),
    }));
}

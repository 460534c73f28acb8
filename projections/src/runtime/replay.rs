//! A read model as it stood at a moment of the past, in a database of its own.

use std::sync::Arc;

use albumen_schemas::feed::Feed;

use super::{
    Projection, RebuildError, RebuildProgress, delivery,
    instance::{self, Indexes},
    subscription::Session,
};

/// Events applied in one transaction: nobody waits for a single one.
const BATCH_EVENTS: usize = 5_000;

/// Fills a read model in `database` with the events up to position `until`, and not one more. One that
/// was cut off goes on where it was.
///
/// # Errors
/// See [`RebuildError`]; [`RebuildError::Ahead`] when the database holds a later moment already.
pub async fn replay(
    projection: &dyn Projection,
    feed: &dyn Feed,
    database: &tokio_postgres::Config,
    until: i64,
    mut report: impl FnMut(RebuildProgress),
) -> Result<(), RebuildError> {
    let name = projection.name();
    let mut session = Session::connect(database, name).await?;
    let checkpoint = instance::ensure(&mut session.client, projection, name, Indexes::Now).await?;
    let mut position = checkpoint.position;
    if checkpoint.version != projection.version() {
        return Err(RebuildError::OtherVersion { name, version: checkpoint.version });
    }
    if position > until {
        return Err(RebuildError::Ahead { name, position });
    }
    while position < until {
        let at_most = usize::try_from(until - position).unwrap_or(BATCH_EVENTS).min(BATCH_EVENTS);
        let events: Vec<Arc<_>> = delivery::read_existing(feed, position, at_most).await?;
        if !session.apply(projection, position, &events).await? {
            return Err(RebuildError::UnderWay(name));
        }
        position = events.last().map_or(position, |last| last.position);
        report(RebuildProgress { position, head: until });
    }
    Ok(())
}

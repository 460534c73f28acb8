//! The way of events from the log to its readers.

use std::sync::Arc;

use albumen_domain::Recorded;
use tokio::sync::watch;

/// Events that a read model takes in at a time: enough to amortise a transaction, few enough to hold in memory. Readers
/// of one process that ask for exactly so many may share what was read for one of them.
pub const PIECE_EVENTS: usize = 2_000;

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The source is not there at the moment; reading can be tried again.
    #[error("the log cannot be reached: {0}")]
    Unavailable(String),
    /// An event cannot be understood. Reading on would skip it, so the reader has to stop.
    #[error("event {position} cannot be read: {reason}")]
    Poison {
        /// Its place in the log.
        position: i64,
        /// What is wrong with it.
        reason: String,
    },
}

/// A source of events in the log's total order.
///
/// Delivery may repeat after a restart of the reader; order and completeness hold: what `read`
/// returns starts at `after + 1` and has no hole.
#[async_trait::async_trait]
pub trait Feed: Send + Sync + 'static {
    /// Up to `limit` events that follow position `after`; empty at the end of the log.
    ///
    /// # Errors
    /// See [`FeedError`].
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError>;

    /// The position of the newest event known; it changes when there is something to read.
    fn head(&self) -> watch::Receiver<i64>;

    /// A feed for one reader alone, under the name by which the transport knows it (a consumer
    /// group, say). None where all readers share this one. It is asked for when the reader becomes
    /// the one that reads, and dropped when another takes over.
    fn for_reader(&self, _reader: &str) -> Option<Arc<dyn Feed>> {
        None
    }
}

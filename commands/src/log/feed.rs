//! The embedded transport: the log's way to the readers in this process.
//!
//! What this process appends is kept for a while in memory, opened, so that its readers need not
//! fetch it again. Everything else, and what other processes append, is read from the table; readers
//! that catch up together share that. A hole between the two cannot go unseen, because positions have
//! none.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_domain::Recorded;
use albumen_schemas::{
    database,
    feed::{Feed, FeedError, PIECE_EVENTS},
};
use deadpool_postgres::Pool;
use parking_lot::RwLock;
use tokio::sync::watch;
use tokio_postgres::AsyncMessage;

use super::{
    pieces::{self, Pieces},
    read::LogReader,
};
use crate::{
    error::StoreError,
    seal::{ERASED_CHANNEL, Keyring},
};

/// Events kept in memory for readers that are nearly there: about 1 KiB each.
const TAIL_EVENTS: usize = 4_096;
/// How often the head is looked up where no notification came, in case one was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Between attempts to listen again.
const RELISTEN_DELAY: Duration = Duration::from_millis(500);

/// See the module's words.
pub struct LogFeed {
    reader: LogReader,
    keyring: Arc<Keyring>,
    tail: RwLock<Tail>,
    pieces: Pieces,
    head: watch::Sender<i64>,
}

/// The newest events, if this process wrote them.
#[derive(Default)]
struct Tail {
    /// Contiguous.
    events: VecDeque<Arc<Recorded>>,
    /// Of the keys they were sealed with. After an erasure they are not served any more, since
    /// they hold in plain what was erased.
    key_generation: u64,
}

impl LogFeed {
    /// A feed of what `reader` reads. It knows the head from the start.
    ///
    /// # Errors
    /// The database is away.
    pub async fn new(reader: LogReader, keyring: Arc<Keyring>) -> Result<Arc<Self>, StoreError> {
        let head = reader.head().await?;
        let (tail, pieces, head) = (RwLock::default(), Pieces::new(), watch::Sender::new(head));
        Ok(Arc::new(Self { reader, keyring, tail, pieces, head }))
    }

    /// The reader under it.
    pub const fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// Takes in what this process has just committed, sealed with keys of that generation.
    pub(super) fn appended(&self, recorded: Vec<Arc<Recorded>>, key_generation: u64) {
        let (Some(first), Some(last)) = (recorded.first(), recorded.last()) else { return };
        let (first, last) = (first.position, last.position);
        let mut tail = self.tail.write();
        let follows = tail.events.back().is_none_or(|newest| newest.position + 1 == first);
        if !follows || tail.key_generation != key_generation {
            tail.events.clear();
        }
        if key_generation == self.keyring.generation() {
            tail.key_generation = key_generation;
            tail.events.extend(recorded);
        } else {
            tail.events.clear();
        }
        let surplus = tail.events.len().saturating_sub(TAIL_EVENTS);
        tail.events.drain(..surplus);
        drop(tail);
        self.advance(last);
    }

    /// Drops everything that an erasure may have concerned: keys, and events in plain form.
    fn forget(&self) {
        self.keyring.forget();
        self.tail.write().events.clear();
        // After the keys: a piece is kept before it is opened, so what an erased key still opened is among these.
        self.pieces.forget();
    }

    fn advance(&self, position: i64) {
        self.head.send_if_modified(|head| {
            let newer = position > *head;
            *head = position.max(*head);
            newer
        });
    }

    fn remembered(&self, after: i64, limit: usize) -> Option<Vec<Arc<Recorded>>> {
        let tail = self.tail.read();
        let events = &tail.events;
        let oldest = events.front()?.position;
        let skipped = usize::try_from(after + 1 - oldest).ok()?;
        let usable = skipped < events.len() && tail.key_generation == self.keyring.generation();
        usable.then(|| events.iter().skip(skipped).take(limit).cloned().collect())
    }

    /// What follows `after` in the piece that begins at `begin`; nothing where that cannot be opened as a whole.
    async fn shared(&self, begin: i64, after: i64) -> Result<Vec<Arc<Recorded>>, FeedError> {
        let piece = self.pieces.piece(begin, self.keyring.generation());
        match piece.get_or_try_init(|| self.reader.read(begin, PIECE_EVENTS)).await {
            Ok(events) => Ok(events.iter().filter(|event| event.position > after).cloned().collect()),
            // What stands before and behind the event that cannot be read, can be read.
            Err(FeedError::Poison { .. }) => Ok(Vec::new()),
            Err(unavailable) => Err(unavailable),
        }
    }

    /// What has happened, read by other connections than everybody's.
    pub fn over(self: &Arc<Self>, connections: Pool) -> Arc<dyn Feed> {
        Arc::new(Aside { reader: LogReader::new(connections, self.keyring.clone()), feed: self.clone() })
    }

    /// Follows the notifications of other processes until the feed is dropped.
    pub fn listen(self: &Arc<Self>, config: tokio_postgres::Config) {
        let feed = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                if let Err(error) = follow(&feed, &config).await {
                    tracing::debug!(error = crate::error::describe(&error), "listening to the log was interrupted");
                }
                if feed.strong_count() == 0 {
                    return;
                }
                tokio::time::sleep(RELISTEN_DELAY).await;
            }
        });
    }
}

async fn follow(feed: &std::sync::Weak<LogFeed>, config: &tokio_postgres::Config) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = database::connect(config.clone().application_name("albumen listener")).await?;
    let (wake, mut woken) = tokio::sync::mpsc::channel::<()>(1);
    let listener = feed.clone();
    let pump = tokio::spawn(async move {
        while let Some(message) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notification(notification)) if notification.channel() == ERASED_CHANNEL => {
                    listener.upgrade().inspect(|feed| feed.forget());
                }
                // A full channel means that a look is due anyway.
                Ok(AsyncMessage::Notification(_)) => drop(wake.try_send(())),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    });
    client.batch_execute(&format!("LISTEN albumen_log; LISTEN {ERASED_CHANNEL}")).await?;
    // Nobody listened until now.
    feed.upgrade().inspect(|feed| feed.forget());
    while !client.is_closed() {
        let Some(feed) = feed.upgrade() else { break };
        let position: i64 = client.query_one("SELECT position FROM log_head", &[]).await?.get(0);
        feed.advance(position);
        feed.pieces.forget_unused(Instant::now());
        drop(feed);
        // Either way it is time to look.
        let _ = tokio::time::timeout(POLL_INTERVAL, woken.recv()).await;
    }
    pump.abort();
    Ok(())
}

/// A feed with connections of its own. It remembers nothing: who wants it is far behind.
struct Aside {
    reader: LogReader,
    feed: Arc<LogFeed>,
}

#[async_trait::async_trait]
impl Feed for Aside {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        self.reader.read(after, limit).await
    }

    fn head(&self) -> watch::Receiver<i64> {
        self.feed.head()
    }
}

#[async_trait::async_trait]
impl Feed for LogFeed {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        if let Some(events) = self.remembered(after, limit) {
            return Ok(events);
        }
        let head = *self.head.borrow();
        if head <= after {
            return Ok(Vec::new());
        }
        if let Some(begin) = pieces::begin_of(after, head).filter(|_| limit == PIECE_EVENTS) {
            let events = self.shared(begin, after).await?;
            if !events.is_empty() {
                return Ok(events);
            }
        }
        self.reader.read(after, limit).await
    }

    fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }
}

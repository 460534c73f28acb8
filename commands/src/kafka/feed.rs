//! The feed of one reader: what the topic says, proved by the log and completed from it.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use albumen_domain::Recorded;
use albumen_schemas::{
    feed::{Feed, FeedError},
    topics::{self, LOG},
};
use parking_lot::Mutex;
use rdkafka::consumer::{Consumer, StreamConsumer};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{
    Brokers, KafkaFault,
    client::Living,
    record::{self, Delivered},
};
use crate::log::{LogFeed, StoredEvent};

/// Records that wait for a reader; what does not fit is read from the log when it is its turn.
const BUFFERED_EVENTS: usize = 4_096;
/// The same in bytes of payload and metadata.
const BUFFERED_BYTES: usize = 8 * 1024 * 1024;
/// An event that Kafka has not delivered by then is read from the log: half of what a request
/// waits for what it wrote.
const PATIENCE: Duration = Duration::from_millis(250);
/// Kafka has caught up when it is that near to the log's end.
const NEARBY_EVENTS: i64 = 200;
/// After a broker was away.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Records that were taken from the topic, by this process.
static DELIVERED: AtomicU64 = AtomicU64::new(0);
/// Those that repeated what was there, or were none of ours.
static DROPPED: AtomicU64 = AtomicU64::new(0);
/// How often readers turned from the topic to the log.
static FALLBACKS: AtomicU64 = AtomicU64::new(0);

/// The log's feed for processes that Kafka wakes.
pub struct KafkaTransport {
    brokers: Brokers,
    log: Arc<LogFeed>,
}

/// What readers of this process got from Kafka since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Records taken.
    pub delivered: u64,
    /// Records dropped: repeated, foreign, or not as the log has them.
    pub dropped: u64,
    /// Turns to the log because the topic was late.
    pub fallbacks: u64,
}

impl KafkaTransport {
    /// A transport of what `log` holds.
    #[must_use]
    pub const fn new(brokers: Brokers, log: Arc<LogFeed>) -> Self {
        Self { brokers, log }
    }

    /// See [`DeliveryCounts`].
    #[must_use]
    pub fn counts() -> DeliveryCounts {
        DeliveryCounts {
            delivered: DELIVERED.load(Ordering::Relaxed),
            dropped: DROPPED.load(Ordering::Relaxed),
            fallbacks: FALLBACKS.load(Ordering::Relaxed),
        }
    }
}

#[async_trait::async_trait]
impl Feed for KafkaTransport {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        self.log.read(after, limit).await
    }

    fn head(&self) -> watch::Receiver<i64> {
        self.log.head()
    }

    fn for_reader(&self, reader: &str) -> Option<Arc<dyn Feed>> {
        match KafkaFeed::join(&self.brokers, reader, self.log.clone()) {
            Ok(feed) => Some(Arc::new(feed)),
            Err(fault) => {
                tracing::error!(reader, %fault, "no feed by Kafka; the log is read itself");
                None
            }
        }
    }
}

/// See the module's words.
struct KafkaFeed {
    log: Arc<LogFeed>,
    buffer: Arc<Mutex<Buffer>>,
    head: Arc<watch::Sender<i64>>,
    task: JoinHandle<()>,
}

impl KafkaFeed {
    fn join(brokers: &Brokers, reader: &str, log: Arc<LogFeed>) -> Result<Self, KafkaFault> {
        let consumer: StreamConsumer = brokers.consumer(&topics::projection_group(reader)).create()?;
        consumer.subscribe(&[LOG.name])?;
        let known = *log.head().borrow();
        let (buffer, head) = (Arc::new(Mutex::new(Buffer::default())), Arc::new(watch::Sender::new(known)));
        let follower = Follower {
            reader: reader.to_owned(),
            consumer: Living::new(consumer),
            log_head: log.head(),
            buffer: buffer.clone(),
            head: head.clone(),
            // What was written while nobody was here is read from the log.
            is_late: true,
        };
        Ok(Self { log, buffer, head, task: tokio::spawn(follower.run()) })
    }

    /// What the topic has of the events after `after`, if the log has the same.
    async fn delivered(&self, after: i64, limit: usize) -> Result<Vec<StoredEvent>, FeedError> {
        let run = self.buffer.lock().run(after, limit);
        let Some(last) = run.last() else { return Ok(run) };
        let is_ours = self.log.reader().holds(last.position, &last.hash).await;
        if is_ours.map_err(|error| FeedError::Unavailable(error.to_string()))? {
            return Ok(run);
        }
        tracing::error!(position = last.position, "the topic says what the log does not: another log's records?");
        DROPPED.fetch_add(run.len() as u64, Ordering::Relaxed);
        self.buffer.lock().clear();
        Ok(Vec::new())
    }
}

#[async_trait::async_trait]
impl Feed for KafkaFeed {
    async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        if *self.head.borrow() <= after {
            return Ok(Vec::new());
        }
        let run = self.delivered(after, limit).await?;
        if !run.is_empty() {
            return self.log.reader().opened(run).await;
        }
        let events = match self.log.read(after, limit).await? {
            // The topic can be quicker than the notification.
            none if none.is_empty() => self.log.reader().read(after, limit).await?,
            events => events,
        };
        if events.is_empty() {
            // The topic speaks of what there is not.
            self.head.send_modify(|head| *head = after.min(*head));
        }
        Ok(events)
    }

    fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }
}

impl Drop for KafkaFeed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes records as they come, and watches how late they are.
struct Follower {
    reader: String,
    consumer: Living<StreamConsumer>,
    log_head: watch::Receiver<i64>,
    buffer: Arc<Mutex<Buffer>>,
    head: Arc<watch::Sender<i64>>,
    /// Whether news come from the log at the moment, since the topic is behind or silent.
    is_late: bool,
}

enum Heard {
    Record(Option<Delivered>),
    Nothing(rdkafka::error::KafkaError),
    LogMoved,
    Overdue,
}

impl Follower {
    async fn run(mut self) {
        let mut due: Option<Instant> = None;
        loop {
            match self.hear(due).await {
                Heard::Record(Some(delivered)) => {
                    let position = delivered.event.position;
                    self.take(delivered);
                    if position + NEARBY_EVENTS > *self.log_head.borrow() {
                        self.is_late = false;
                    }
                    if *self.head.borrow() >= *self.log_head.borrow() {
                        due = None;
                    }
                }
                Heard::Record(None) => {
                    DROPPED.fetch_add(1, Ordering::Relaxed);
                }
                Heard::Nothing(error) => {
                    tracing::debug!(reader = self.reader, %error, "nothing comes by Kafka at the moment");
                    self.fall_back();
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                Heard::LogMoved if self.is_late => self.show_log_head(),
                Heard::LogMoved => due = due.or_else(|| Some(Instant::now() + PATIENCE)),
                Heard::Overdue => {
                    due = None;
                    self.fall_back();
                }
            }
        }
    }

    async fn hear(&mut self, due: Option<Instant>) -> Heard {
        let Some(consumer) = self.consumer.get() else { return std::future::pending().await };
        let overdue = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            received = consumer.recv() => match received {
                Ok(message) => Heard::Record(record::event(&message)),
                Err(error) => Heard::Nothing(error),
            },
            moved = self.log_head.changed() => match moved {
                Ok(()) => Heard::LogMoved,
                Err(_) => std::future::pending().await,
            },
            () = overdue => Heard::Overdue,
        }
    }

    fn take(&self, delivered: Delivered) {
        let position = delivered.event.position;
        let is_new = self.buffer.lock().push(delivered);
        if is_new { &DELIVERED } else { &DROPPED }.fetch_add(1, Ordering::Relaxed);
        self.show(position);
    }

    fn fall_back(&mut self) {
        if !self.is_late && *self.head.borrow() < *self.log_head.borrow() {
            tracing::info!(reader = self.reader, "the topic is behind the log, which is read itself until it is not");
            FALLBACKS.fetch_add(1, Ordering::Relaxed);
            self.is_late = true;
        }
        self.show_log_head();
    }

    fn show_log_head(&self) {
        self.show(*self.log_head.borrow());
    }

    fn show(&self, position: i64) {
        self.head.send_if_modified(|head| {
            let is_newer = position > *head;
            *head = position.max(*head);
            is_newer
        });
    }
}

/// Records in the order of their positions, each once; there may be holes.
#[derive(Default)]
struct Buffer {
    events: VecDeque<Delivered>,
    bytes: usize,
}

impl Buffer {
    /// False where it is dropped: it repeats, or there is no room.
    fn push(&mut self, delivered: Delivered) -> bool {
        let is_old = self.events.back().is_some_and(|newest| newest.event.position >= delivered.event.position);
        let bytes = self.bytes + size(&delivered.event);
        if is_old || self.events.len() >= BUFFERED_EVENTS || bytes > BUFFERED_BYTES {
            return false;
        }
        self.bytes = bytes;
        self.events.push_back(delivered);
        true
    }

    /// Up to `limit` events that follow `after` without a hole, each of which follows from the one
    /// before. They stay until somebody asks for what follows them.
    fn run(&mut self, after: i64, limit: usize) -> Vec<StoredEvent> {
        while self.events.front().is_some_and(|oldest| oldest.event.position <= after) {
            self.bytes -= self.events.pop_front().map_or(0, |oldest| size(&oldest.event));
        }
        let mut run: Vec<&Delivered> = Vec::new();
        for delivered in self.events.iter().take(limit) {
            let follows = match run.last() {
                None => delivered.event.position == after + 1,
                Some(before) => delivered.follows(before),
            };
            if !follows {
                break;
            }
            run.push(delivered);
        }
        run.into_iter().map(|delivered| delivered.event.clone()).collect()
    }

    fn clear(&mut self) {
        self.events.clear();
        self.bytes = 0;
    }
}

fn size(event: &StoredEvent) -> usize {
    event.payload.len() + event.metadata.len()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn delivered(position: i64) -> Delivered {
        let hash = |position: i64| [u8::try_from(position).expect("small"); 32];
        Delivered {
            previous: hash(position - 1),
            event: StoredEvent {
                position,
                recorded_at: DateTime::UNIX_EPOCH,
                kind: String::new(),
                id: String::new(),
                sequence: 1,
                name: String::new(),
                version: String::new(),
                payload: "four".to_owned(),
                metadata: String::new(),
                hash: hash(position).to_vec(),
            },
        }
    }

    fn positions(buffer: &mut Buffer, after: i64, limit: usize) -> Vec<i64> {
        buffer.run(after, limit).iter().map(|event| event.position).collect()
    }

    #[test]
    fn repeats_and_regressions_are_dropped_and_a_hole_ends_a_run() {
        let mut buffer = Buffer::default();
        let taken = [4, 5, 6, 4, 5, 6, 7, 9].map(|position| buffer.push(delivered(position)));
        assert_eq!(taken, [true, true, true, false, false, false, true, true]);
        assert_eq!(positions(&mut buffer, 3, 10), [4, 5, 6, 7]);
        assert_eq!(positions(&mut buffer, 3, 2), [4, 5], "they stay until somebody asks for what follows");
        assert_eq!(positions(&mut buffer, 5, 10), [6, 7]);
        assert_eq!(positions(&mut buffer, 7, 10), [] as [i64; 0], "8 is missing");
        assert_eq!(positions(&mut buffer, 8, 10), [9]);
        assert_eq!(positions(&mut buffer, 9, 10), [] as [i64; 0]);
        assert_eq!(buffer.bytes, 0);
    }

    #[test]
    fn what_does_not_follow_from_the_one_before_ends_a_run() {
        let mut buffer = Buffer::default();
        buffer.push(delivered(1));
        buffer.push(Delivered { previous: [9; 32], ..delivered(2) });
        assert_eq!(positions(&mut buffer, 0, 10), [1]);
    }

    #[test]
    fn there_is_a_bound() {
        let mut buffer = Buffer::default();
        let large = |position: i64| {
            let mut delivered = delivered(position);
            delivered.event.payload = "x".repeat(BUFFERED_BYTES / 2);
            delivered
        };
        assert_eq!([1, 2, 3].map(|position| buffer.push(large(position))), [true, true, false]);
    }
}

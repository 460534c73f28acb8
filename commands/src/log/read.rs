//! Reading the log: rows, opened and brought to the newest version.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
    sync::Arc,
};

use albumen_domain::{Recorded, StreamId, StreamKind};
use albumen_schemas::{codec, feed::FeedError};
use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    error::StoreError,
    seal::{self, Keyring, Opened, SubjectKey},
};

/// From so many events on it pays to open them on all cores: a millisecond or two of work.
const PARALLEL_EVENTS: usize = 128;

/// An event as its row holds it: sealed, in the version it was written in.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// Place in the log.
    pub position: i64,
    /// When it was committed.
    pub recorded_at: DateTime<Utc>,
    /// Kind of its stream, as text.
    pub kind: String,
    /// Id of its stream, as text.
    pub id: String,
    /// Place within the stream.
    pub sequence: i64,
    /// Name.
    pub name: String,
    /// Version, as text.
    pub version: String,
    /// JSON text.
    pub payload: String,
    /// JSON text.
    pub metadata: String,
    /// Hash of the chain up to here.
    pub hash: Vec<u8>,
}

impl From<Row> for StoredEvent {
    fn from(row: Row) -> Self {
        Self {
            position: row.get(0),
            recorded_at: row.get(1),
            kind: row.get(2),
            id: row.get(3),
            sequence: row.get(4),
            name: row.get(5),
            version: row.get(6),
            payload: row.get(7),
            metadata: row.get(8),
            hash: row.get(9),
        }
    }
}

/// Reads the log in order.
pub struct LogReader {
    pub(crate) pool: Pool,
    keyring: Arc<Keyring>,
}

impl LogReader {
    /// A reader of the log in the database of `pool`.
    #[must_use]
    pub const fn new(pool: Pool, keyring: Arc<Keyring>) -> Self {
        Self { pool, keyring }
    }

    /// Rows after position `after`, as they are stored.
    ///
    /// # Errors
    /// The database is away.
    pub async fn stored(&self, after: i64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(include_str!("sql/read_log.sql")).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = client.query(&statement, &[&after, &limit]).await?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }

    /// Events after position `after`, opened.
    ///
    /// # Errors
    /// See [`FeedError`]; an event that cannot be read fails the whole call with its position.
    pub async fn read(&self, after: i64, limit: usize) -> Result<Vec<Arc<Recorded>>, FeedError> {
        let stored = self.stored(after, limit).await.map_err(unavailable)?;
        self.opened(stored).await
    }

    /// Stored events, opened, wherever they came from.
    ///
    /// # Errors
    /// See [`FeedError`]; an event that cannot be read fails the whole call with its position.
    pub async fn opened(&self, stored: Vec<StoredEvent>) -> Result<Vec<Arc<Recorded>>, FeedError> {
        let mut subjects = HashSet::new();
        for event in &stored {
            seal::sealed_subjects_of_text(&event.payload, &mut subjects);
        }
        let keys = Arc::new(self.keyring.to_open(&subjects).await.map_err(unavailable)?);
        if stored.len() < PARALLEL_EVENTS {
            return open_all(&stored, &keys);
        }
        // Opening and parsing is most of the work of a rebuild, and each event stands for itself.
        let parts = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut opened = Vec::with_capacity(stored.len());
        let opening = in_parts(stored, parts).into_iter().map(|part| {
            let keys = keys.clone();
            tokio::task::spawn_blocking(move || open_all(&part, &keys))
        });
        for part in opening.collect::<Vec<_>>() {
            let part = part.await.map_err(|error| FeedError::Unavailable(error.to_string()))?;
            opened.extend(part?);
        }
        Ok(opened)
    }

    /// Whether the log has an event of that hash at `position`: then it has all before it, too,
    /// that the hash follows from.
    ///
    /// # Errors
    /// The database is away.
    pub async fn holds(&self, position: i64, hash: &[u8]) -> Result<bool, StoreError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached("SELECT hash = $2 FROM events WHERE position = $1").await?;
        Ok(client.query_opt(&statement, &[&position, &hash]).await?.is_some_and(|row| row.get(0)))
    }

    /// Position of the newest event.
    ///
    /// # Errors
    /// The database is away.
    pub async fn head(&self) -> Result<i64, StoreError> {
        let client = self.pool.get().await?;
        Ok(client.query_one("SELECT position FROM log_head", &[]).await?.get(0))
    }

    /// The same, with the hash of the chain there.
    ///
    /// # Errors
    /// The database is away.
    pub async fn head_and_hash(&self) -> Result<(i64, Vec<u8>), StoreError> {
        let client = self.pool.get().await?;
        let row = client.query_one("SELECT position, hash FROM log_head", &[]).await?;
        Ok((row.get(0), row.get(1)))
    }
}

fn unavailable(error: StoreError) -> FeedError {
    FeedError::Unavailable(error.to_string())
}

fn in_parts(mut events: Vec<StoredEvent>, parts: usize) -> Vec<Vec<StoredEvent>> {
    let part_length = events.len().div_ceil(parts).max(1);
    let mut divided = Vec::with_capacity(parts);
    while events.len() > part_length {
        let rest = events.split_off(part_length);
        divided.push(std::mem::replace(&mut events, rest));
    }
    divided.push(events);
    divided
}

fn open_all(events: &[StoredEvent], keys: &HashMap<Uuid, SubjectKey>) -> Result<Vec<Arc<Recorded>>, FeedError> {
    events.iter().map(|event| open(event, keys).map(Arc::new)).collect()
}

fn open(stored: &StoredEvent, keys: &HashMap<Uuid, SubjectKey>) -> Result<Recorded, FeedError> {
    let poison = |reason: String| FeedError::Poison { position: stored.position, reason };
    let kind: StreamKind = stored.kind.parse().map_err(|error| poison(format!("{error}")))?;
    let id = stored.id.parse().map_err(|_| poison(format!("{} is not an id", stored.id)))?;
    let stream = StreamId { kind, id };
    let key_of = |subject| keys.get(&subject).map_or(Opened::Erased, |key| Opened::Key(&key.cipher));
    let context = seal::Context { stream, event: &stored.name };
    let payload = seal::open_text(&stored.payload, context, &key_of).map_err(poison)?;
    let event =
        codec::decode_text(kind, &stored.name, &stored.version, &payload).map_err(|error| poison(error.to_string()))?;
    let metadata = serde_json::from_str(&stored.metadata).map_err(|error| poison(error.to_string()))?;
    Ok(Recorded {
        position: stored.position,
        recorded_at: stored.recorded_at,
        stream,
        sequence: stored.sequence,
        event,
        metadata,
    })
}

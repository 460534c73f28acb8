//! Looking events up: by position, by stream, by time.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::{Recorded, StreamId};
use albumen_schemas::feed::FeedError;
use chrono::{DateTime, Utc};
use deadpool_postgres::PoolError;
use tokio_postgres::types::ToSql;

use super::read::{LogReader, StoredEvent};
use crate::error::StoreError;

/// Of each stream, the first event and so many of the newest before some place are enough to tell what
/// something was; a stream that is longer than that is read in part.
const RECENT_EVENTS: i64 = 1_000;

impl LogReader {
    /// The events at these positions, opened, in order. Positions at which there is none are passed over.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub async fn at(&self, positions: &[i64]) -> Result<Vec<Arc<Recorded>>, FeedError> {
        self.found(include_str!("sql/read_positions.sql"), &[&positions]).await
    }

    /// The whole of these streams, opened, each in order.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub async fn streams(&self, streams: &[StreamId]) -> Result<HashMap<StreamId, Vec<Arc<Recorded>>>, FeedError> {
        let kinds: Vec<&str> = streams.iter().map(|stream| stream.kind.as_str()).collect();
        let ids: Vec<String> = streams.iter().map(|stream| stream.id.to_string()).collect();
        let found = self.found(include_str!("sql/read_whole_streams.sql"), &[&kinds, &ids]).await?;
        Ok(by_stream(found))
    }

    /// What happened in these streams before these sequences, opened, each in order: the first event and the
    /// newest of the rest.
    ///
    /// # Errors
    /// See [`FeedError`].
    pub async fn before(&self, places: &[(StreamId, i64)]) -> Result<HashMap<StreamId, Vec<Arc<Recorded>>>, FeedError> {
        let kinds: Vec<&str> = places.iter().map(|(stream, _)| stream.kind.as_str()).collect();
        let ids: Vec<String> = places.iter().map(|(stream, _)| stream.id.to_string()).collect();
        let sequences: Vec<i64> = places.iter().map(|(_, sequence)| *sequence).collect();
        let sql = include_str!("sql/read_before.sql");
        Ok(by_stream(self.found(sql, &[&kinds, &ids, &sequences, &RECENT_EVENTS]).await?))
    }

    /// The position of the last event that was recorded at `time` or before; 0 when there is none.
    ///
    /// Times follow positions but for a clock that was set back: then it is one of the places in question.
    ///
    /// # Errors
    /// The database is away.
    pub async fn position_at(&self, time: DateTime<Utc>) -> Result<i64, StoreError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached("SELECT recorded_at FROM events WHERE position = $1").await?;
        // Everything up to `low` was recorded by then, and nothing from `high` on.
        let (mut low, mut high) = (0, self.head().await? + 1);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let recorded_at: DateTime<Utc> = client.query_one(&statement, &[&middle]).await?.get(0);
            if recorded_at <= time {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    async fn found(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Arc<Recorded>>, FeedError> {
        let unavailable = |error: StoreError| FeedError::Unavailable(error.to_string());
        let client = self.pool.get().await.map_err(|error: PoolError| unavailable(error.into()))?;
        let statement = client.prepare_cached(sql).await.map_err(|error| unavailable(error.into()))?;
        let rows = client.query(&statement, parameters).await.map_err(|error| unavailable(error.into()))?;
        drop(client);
        self.opened(rows.into_iter().map(StoredEvent::from).collect()).await
    }
}

fn by_stream(events: Vec<Arc<Recorded>>) -> HashMap<StreamId, Vec<Arc<Recorded>>> {
    let mut streams: HashMap<StreamId, Vec<Arc<Recorded>>> = HashMap::new();
    for event in events {
        streams.entry(event.stream).or_default().push(event);
    }
    streams
}

//! Publishing the log: one process of all, in order, from where the last one came.
//!
//! The lock that makes a process the leader ends with its connection, and a leader that lost it
//! may not know for a moment. Then two publish the same events: readers drop what they have.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_schemas::{
    feed::Feed,
    topics::{LOG, WORK, header},
};
use futures::future::join_all;
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer, PurgeConfig},
};
use tokio::{sync::watch, task::JoinHandle};

use super::{Brokers, KafkaFault, client::Living, ensure_topics, record};
use crate::{
    copies::{CopyState, Destination, HEARTBEAT, Office},
    log::{GENESIS, Hash, LogFeed, StoredEvent},
};

/// Events published before the broker is asked whether it has them all.
const BATCH_EVENTS: usize = 1_000;
/// After the broker or the database was away.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// A relay that runs in the background.
pub struct Relay {
    state: watch::Receiver<CopyState>,
    task: JoinHandle<()>,
}

impl Relay {
    /// Starts to publish, or to wait until the one that publishes is gone.
    #[must_use]
    pub fn start(brokers: Brokers, database: &tokio_postgres::Config, feed: Arc<LogFeed>) -> Self {
        let (sender, state) = watch::channel(CopyState::Disconnected);
        let mut database = database.clone();
        database.application_name("albumen relay");
        let publisher = Publisher { brokers, database, feed, state: sender };
        Self { state, task: tokio::spawn(publisher.run()) }
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<CopyState> {
        self.state.clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Publisher {
    brokers: Brokers,
    database: tokio_postgres::Config,
    feed: Arc<LogFeed>,
    state: watch::Sender<CopyState>,
}

impl Publisher {
    async fn run(self) {
        loop {
            if let Err(fault) = self.serve().await {
                tracing::warn!(%fault, "the relay starts again");
            }
            self.state.send_replace(CopyState::Disconnected);
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Waits for its turn and publishes until it is over.
    async fn serve(&self) -> Result<(), KafkaFault> {
        let mut office = Office::wait_for(Destination::Kafka, &self.database, &self.state).await?;
        tracing::info!(position = office.position(), "this process publishes the log");
        loop {
            match self.publish(&mut office).await {
                // Kafka is away: it is told, and tried again for as long as the lock is held.
                Err(fault @ (KafkaFault::Kafka(_) | KafkaFault::Topic { .. })) => {
                    tracing::warn!(%fault, "the log cannot be published at the moment");
                    office.note_problem(fault.to_string(), &self.state).await?;
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Publishes until Kafka fails, the leadership ends, or a person wants it otherwise.
    async fn publish(&self, office: &mut Office) -> Result<(), KafkaFault> {
        let created = ensure_topics(&self.brokers).await?;
        if !created.is_empty() {
            tracing::info!(?created, "made topics");
        }
        let client = Living::new(self.brokers.producer().create::<FutureProducer>()?);
        let Some(producer) = client.get() else { return Ok(()) };
        let outcome = self.publish_with(office, producer).await;
        // What it still has to send, nobody waits for.
        producer.purge(PurgeConfig::default().queue().inflight());
        outcome
    }

    async fn publish_with(&self, office: &mut Office, producer: &FutureProducer) -> Result<(), KafkaFault> {
        let mut head = self.feed.head();
        let mut beat = Instant::now();
        loop {
            let batch = self.feed.reader().stored(office.position(), BATCH_EVENTS).await?;
            let Some(last) = batch.last() else {
                let news = head.wait_for(|head| *head > office.position());
                let _ = tokio::time::timeout(HEARTBEAT, news).await;
                if beat.elapsed() >= HEARTBEAT {
                    beat = Instant::now();
                    if office.was_set_back().await? {
                        return Ok(());
                    }
                }
                continue;
            };
            let hash = send(producer, &batch, *office.hash()).await?;
            if !office.move_to(last.position, hash, &self.state).await? {
                return Ok(());
            }
        }
    }
}

/// Sends a batch, and returns the hash after it once the broker has all of it.
async fn send(producer: &FutureProducer, batch: &[StoredEvent], before: Hash) -> Result<Hash, KafkaFault> {
    let mut hash = before;
    let mut deliveries = Vec::with_capacity(batch.len());
    let mut wake_ups: BTreeMap<&str, i64> = BTreeMap::new();
    for event in batch {
        let (key, timestamp) = (record::key(event), event.recorded_at.timestamp_millis());
        let record = FutureRecord::to(LOG.name)
            .partition(0)
            .key(key.as_str())
            .payload(event.payload.as_str())
            .timestamp(timestamp)
            .headers(record::headers(event, &hash));
        deliveries.push(queued(producer, record).await?);
        wake_ups.insert(&event.id, event.position);
        hash = event.hash.as_slice().try_into().unwrap_or(GENESIS);
    }
    for (id, position) in wake_ups {
        let position = position.to_string();
        let headers = OwnedHeaders::new().insert(Header { key: header::POSITION, value: Some(&position) });
        let record = FutureRecord::<str, [u8]>::to(WORK.name).key(id).headers(headers);
        deliveries.push(queued(producer, record).await?);
    }
    for delivered in join_all(deliveries).await {
        match delivered {
            Ok(Ok(_)) => {}
            Ok(Err((error, _))) => return Err(error.into()),
            Err(_) => return Err(rdkafka::error::KafkaError::Canceled.into()),
        }
    }
    Ok(hash)
}

/// Queues a record; where the queue is full, as soon as there is room.
async fn queued<P: rdkafka::message::ToBytes + ?Sized>(
    producer: &FutureProducer,
    mut record: FutureRecord<'_, str, P>,
) -> Result<DeliveryFuture, KafkaFault> {
    const ROOM: Duration = Duration::from_millis(20);
    loop {
        match producer.send_result(record) {
            Ok(delivery) => return Ok(delivery),
            Err((error, refused))
                if error.rdkafka_error_code() == Some(rdkafka::types::RDKafkaErrorCode::QueueFull) =>
            {
                record = refused;
                tokio::time::sleep(ROOM).await;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}

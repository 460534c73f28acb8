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
    leadership::{self, RELAY_TASK, STANDBY_INTERVAL},
    topics::{LOG, WORK, header},
};
use futures::future::join_all;
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer, PurgeConfig},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_postgres::{Client, NoTls};

use super::{Brokers, KafkaFault, client::Living, ensure_topics, record};
use crate::{
    error::StoreError,
    log::{GENESIS, Hash, LogFeed, StoredEvent},
};

/// Events published before the broker is asked whether it has them all.
const BATCH_EVENTS: usize = 1_000;
/// How often a leader that has nothing to do makes sure that it still is one.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A heartbeat that is not answered by then ends the leadership; see `leadership`.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(4);
/// After the broker or the database was away.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// What a relay is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayState {
    /// The database cannot be reached.
    Disconnected,
    /// Another process publishes; this one would take over.
    Standby,
    /// It publishes, and the broker has all up to this position.
    Leading {
        /// Position of the newest acknowledged event.
        position: i64,
        /// What keeps it from going on, if anything does.
        problem: Option<String>,
    },
}

/// A relay that runs in the background.
pub struct Relay {
    state: watch::Receiver<RelayState>,
    task: JoinHandle<()>,
}

/// What the database says about publishing, whichever process does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayReport {
    /// Position of the newest event that a broker has acknowledged; none before the first.
    pub position: Option<i64>,
    /// Who published last.
    pub leader: Option<String>,
    /// Whether somebody is the leader at the moment.
    pub is_led: bool,
    /// What keeps the leader from going on.
    pub problem: Option<String>,
}

/// See [`RelayReport`].
///
/// # Errors
/// The database is away.
pub async fn relay_report(client: &Client) -> Result<RelayReport, StoreError> {
    let row = client
        .query_one(
            "SELECT position, leader, problem, EXISTS (
                 SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
                     AND classid = $1::int4::oid AND objid::bigint = hashtext($2)::bigint & 4294967295
             ) FROM relay",
            &[&leadership::LOCK_CLASS, &RELAY_TASK],
        )
        .await?;
    Ok(RelayReport { position: row.get(0), leader: row.get(1), problem: row.get(2), is_led: row.get(3) })
}

/// Has the whole log published again, by whichever process does that.
///
/// # Errors
/// The database is away.
pub async fn publish_again(client: &Client) -> Result<(), StoreError> {
    client.execute("UPDATE relay SET position = 0, updated_at = now()", &[]).await?;
    Ok(())
}

impl Relay {
    /// Starts to publish, or to wait until the one that publishes is gone.
    #[must_use]
    pub fn start(brokers: Brokers, database: &tokio_postgres::Config, feed: Arc<LogFeed>) -> Self {
        let (sender, state) = watch::channel(RelayState::Disconnected);
        let mut database = leadership::with_keepalives(database);
        database.application_name("albumen relay");
        let publisher = Publisher { brokers, database, feed, state: sender };
        Self { state, task: tokio::spawn(publisher.run()) }
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<RelayState> {
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
    state: watch::Sender<RelayState>,
}

/// The connection that holds the lock, and how far this leadership has come.
struct Leader {
    client: Client,
    position: i64,
    /// Hash of the chain at `position`.
    hash: Hash,
}

impl Publisher {
    async fn run(self) {
        loop {
            if let Err(fault) = self.serve().await {
                tracing::warn!(%fault, "the relay starts again");
            }
            self.state.send_replace(RelayState::Disconnected);
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Waits for its turn and publishes until it is over.
    async fn serve(&self) -> Result<(), KafkaFault> {
        let (client, connection) = self.database.connect(NoTls).await?;
        let connection = AbortOnDrop(tokio::spawn(async move {
            // Its end shows in the client's own errors.
            let _ = connection.await;
        }));
        leadership::prepare(&client).await?;
        while !leadership::try_hold(&client, RELAY_TASK).await? {
            self.state.send_replace(RelayState::Standby);
            tokio::time::sleep(STANDBY_INTERVAL).await;
        }
        let mut leader = self.take_office(client).await?;
        tracing::info!(position = leader.position, "this process publishes the log");
        let outcome = loop {
            match self.publish(&mut leader).await {
                // Kafka is away: it is told, and tried again for as long as the lock is held.
                Err(fault @ (KafkaFault::Kafka(_) | KafkaFault::Topic { .. })) => {
                    tracing::warn!(%fault, "the log cannot be published at the moment");
                    self.note_problem(&leader, &fault).await?;
                    tokio::time::sleep(RETRY_DELAY).await;
                }
                outcome => break outcome,
            }
        };
        drop(connection);
        outcome
    }

    async fn take_office(&self, client: Client) -> Result<Leader, KafkaFault> {
        let head = self.feed.reader().head().await?;
        let row = client
            .query_one(
                "UPDATE relay SET leader = $1, problem = NULL, updated_at = now(),
                     position = least(coalesce(position, $2), $2)
                 RETURNING position, coalesce((SELECT hash FROM events WHERE events.position = relay.position), $3)",
                &[&leadership::process_name(), &head, &GENESIS.as_slice()],
            )
            .await?;
        let hash: Vec<u8> = row.get(1);
        let position = row.get(0);
        self.state.send_replace(RelayState::Leading { position, problem: None });
        // The table's check holds the length.
        Ok(Leader { client, position, hash: hash.try_into().unwrap_or(GENESIS) })
    }

    async fn note_problem(&self, leader: &Leader, fault: &KafkaFault) -> Result<(), KafkaFault> {
        let problem = fault.to_string();
        leader.client.execute("UPDATE relay SET problem = $1, updated_at = now()", &[&problem]).await?;
        self.state.send_replace(RelayState::Leading { position: leader.position, problem: Some(problem) });
        Ok(())
    }

    /// Publishes until Kafka fails, the leadership ends, or a person wants it otherwise.
    async fn publish(&self, leader: &mut Leader) -> Result<(), KafkaFault> {
        let created = ensure_topics(&self.brokers).await?;
        if !created.is_empty() {
            tracing::info!(?created, "made topics");
        }
        let client = Living::new(self.brokers.producer().create::<FutureProducer>()?);
        let Some(producer) = client.get() else { return Ok(()) };
        let outcome = self.publish_with(leader, producer).await;
        // What it still has to send, nobody waits for.
        producer.purge(PurgeConfig::default().queue().inflight());
        outcome
    }

    async fn publish_with(&self, leader: &mut Leader, producer: &FutureProducer) -> Result<(), KafkaFault> {
        let mut head = self.feed.head();
        let mut beat = Instant::now();
        loop {
            let batch = self.feed.reader().stored(leader.position, BATCH_EVENTS).await?;
            if batch.is_empty() {
                let news = head.wait_for(|head| *head > leader.position);
                let _ = tokio::time::timeout(HEARTBEAT, news).await;
                if beat.elapsed() >= HEARTBEAT {
                    beat = Instant::now();
                    if self.was_set_back(leader).await? {
                        return Ok(());
                    }
                }
                continue;
            }
            let hash = send(producer, &batch, leader.hash).await?;
            let Some(last) = batch.last() else { continue };
            let moved = leader
                .client
                .execute(
                    "UPDATE relay SET position = $2, problem = NULL, updated_at = now() WHERE position = $1",
                    &[&leader.position, &last.position],
                )
                .await?;
            if moved == 0 {
                return Ok(());
            }
            (leader.position, leader.hash) = (last.position, hash);
            self.state.send_replace(RelayState::Leading { position: leader.position, problem: None });
        }
    }

    /// Makes sure of the leadership; true when somebody set the position, as a rebuild of the
    /// topic does.
    async fn was_set_back(&self, leader: &Leader) -> Result<bool, KafkaFault> {
        let asked = leader.client.query_one("SELECT position FROM relay", &[]);
        let row = tokio::time::timeout(HEARTBEAT_TIMEOUT, asked)
            .await
            .map_err(|_| StoreError::Unavailable("the database does not answer the relay's leader".to_owned()))??;
        Ok(row.get::<_, Option<i64>>(0) != Some(leader.position))
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

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl std::fmt::Display for RelayState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Disconnected => formatter.write_str("no database"),
            Self::Standby => formatter.write_str("standby"),
            Self::Leading { position, problem: None } => write!(formatter, "leading at {position}"),
            Self::Leading { position, problem: Some(problem) } => write!(formatter, "held up at {position}: {problem}"),
        }
    }
}

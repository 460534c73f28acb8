//! The transport `kafka`: the log, published for those who wait for news of it.
//!
//! The log stays where it is. A [`Relay`] copies it in order to the topic `albumen.log` and wakes
//! workers through `albumen.work`; a [`KafkaTransport`] gives each reader a feed of its own that
//! is a member of a consumer group. What a topic says counts only if the log says the same, and
//! where it says nothing the log is read itself. So a broker can be away, lose a topic or deliver
//! twice, and readers come no further and no less far than the log.

mod client;
mod feed;
mod record;
mod relay;
mod topics;
mod wake;

pub use client::all_gone;
pub use feed::{DeliveryCounts, KafkaTransport};
pub use relay::{Relay, RelayReport, RelayState, publish_again, relay_report};
pub use topics::{TopicState, ensure_topics, rebuild_topics, topic_states};
pub use wake::WakeUps;

use std::time::Duration;

use rdkafka::ClientConfig;

/// Where the brokers are, and how this program speaks to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brokers {
    list: String,
}

/// A question to a broker that is not answered by then is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Between attempts to reach a broker at most: it should be noticed soon that it is back.
const RECONNECT_BACKOFF_MAX_MS: &str = "1000";
/// How often topics are looked up, so that one that was made anew is found soon.
const METADATA_INTERVAL_MS: &str = "5000";

/// Why Kafka could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KafkaFault {
    /// Kafka itself.
    #[error("Kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// One topic.
    #[error("topic {topic}: {reason}")]
    Topic {
        /// Which one.
        topic: String,
        /// What the broker says.
        reason: String,
    },
    /// The log or what stands beside it in the database.
    #[error(transparent)]
    Store(#[from] crate::StoreError),
    /// The task that asked was ended.
    #[error("the question was cut off: {0}")]
    CutOff(#[from] tokio::task::JoinError),
}

impl From<tokio_postgres::Error> for KafkaFault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Brokers {
    /// Brokers at `list`: `host:port`, separated by commas.
    #[must_use]
    pub fn new(list: impl Into<String>) -> Self {
        Self { list: list.into() }
    }

    /// The list, as it was given.
    #[must_use]
    pub fn list(&self) -> &str {
        &self.list
    }

    fn config(&self, purpose: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.list)
            .set("client.id", format!("albumen {purpose}"))
            .set("socket.keepalive.enable", "true")
            .set("socket.timeout.ms", "10000")
            .set("socket.connection.setup.timeout.ms", "5000")
            .set("reconnect.backoff.max.ms", RECONNECT_BACKOFF_MAX_MS)
            .set("topic.metadata.refresh.interval.ms", METADATA_INTERVAL_MS)
            .set("topic.metadata.refresh.fast.interval.ms", "250")
            .set("topic.metadata.propagation.max.ms", "2000")
            .set("allow.auto.create.topics", "false")
            // Our own words say when something is wrong; the library repeats itself.
            .set("log_level", "2");
        config
    }

    /// For a member of a consumer group.
    fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.config(group);
        config
            .set("group.id", group)
            .set("session.timeout.ms", "6000")
            .set("heartbeat.interval.ms", "2000")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            // The log holds what stood there before.
            .set("auto.offset.reset", "latest")
            .set("fetch.wait.max.ms", "100")
            // Bounds of the memory that one reader takes.
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.message.max.bytes", "4194304");
        config
    }

    /// For the relay.
    fn producer(&self) -> ClientConfig {
        let mut config = self.config("relay");
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", "15000")
            .set("request.timeout.ms", "5000")
            .set("linger.ms", "1")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", "16777216")
            .set("queue.buffering.max.messages", "10000")
            .set("queue.buffering.max.kbytes", "65536");
        config
    }
}

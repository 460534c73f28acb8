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
pub use relay::Relay;
pub use topics::{TopicState, ensure_topics, rebuild_topics, topic_states};
pub use wake::WakeUps;

use std::time::Duration;

use rdkafka::ClientConfig;

/// Where the brokers are, and how this program speaks to them.
#[derive(Clone, PartialEq, Eq)]
pub struct Brokers {
    list: String,
    /// Properties of librdkafka that whoever runs the installation sets: encryption and passwords.
    options: Vec<(String, String)>,
}

// The options may hold a password.
impl std::fmt::Debug for Brokers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Brokers").field("list", &self.list).finish_non_exhaustive()
    }
}

/// Properties that can be set from outside; all others are chosen here, and some of them carry promises.
const OPEN_PROPERTIES: [&str; 4] = ["security.protocol", "sasl.", "ssl.", "enable.ssl."];

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
        Self { list: list.into(), options: Vec::new() }
    }

    /// The same with properties of librdkafka, as `name=value`, separated by commas or in lines of their own: how
    /// connections are encrypted, and who connects.
    ///
    /// # Errors
    /// A sentence for a person: what is no property, or none that can be set.
    pub fn with_options(self, text: &str) -> Result<Self, String> {
        let parts = text.split(['\n', ',']).map(str::trim).filter(|part| !part.is_empty());
        let options = parts.map(|part| {
            let (name, value) = part.split_once('=').ok_or("expected name=value, separated by commas")?;
            let (name, value) = (name.trim(), value.trim());
            if !OPEN_PROPERTIES.iter().any(|open| name.starts_with(open)) {
                return Err(format!("{name} cannot be set: only security.protocol, sasl.* and ssl.*"));
            }
            Ok((name.to_owned(), value.to_owned()))
        });
        Ok(Self { options: options.collect::<Result<_, String>>()?, ..self })
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
        for (name, value) in &self.options {
            config.set(name, value);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_and_passwords_come_from_outside_and_nothing_else_does() {
        let brokers =
            Brokers::new("one:9093").with_options("security.protocol=SASL_SSL, sasl.password=a=b\nssl.ca.location=/ca");
        let config = brokers.clone().map(|brokers| brokers.config("test")).expect("properties");
        assert_eq!(config.get("security.protocol"), Some("SASL_SSL"));
        assert_eq!(config.get("sasl.password"), Some("a=b"));
        assert_eq!(config.get("ssl.ca.location"), Some("/ca"));
        assert!(!format!("{brokers:?}").contains("a=b"), "passwords are not shown");
        let refused = |text: &str| Brokers::new("one").with_options(text).expect_err("is refused");
        assert!(refused("acks=0").contains("acks"));
        assert!(refused("enable.idempotence=false").contains("idempotence"));
        assert!(refused("secret").contains("name=value"));
    }
}

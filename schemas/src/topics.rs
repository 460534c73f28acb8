//! What travels over Kafka: the topics with their settings, the headers of their records, and the
//! names of consumer groups.
//!
//! A topic is a copy of a part of the log for those who wait for news. It can be made again from
//! the log at any time; the log is never made from a topic.

/// A topic, as it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// Into how many partitions it is divided.
    pub partitions: i32,
    /// How long records stay and what else the broker has to know.
    pub settings: &'static [(&'static str, &'static str)],
}

/// The log in its total order, which is why it has one partition. Key: the stream, as
/// `asset/<id>`. Value: the payload, byte for byte as it is stored, so personal values are sealed.
/// Everything else of the event stands in [`header`]s.
///
/// A week is for readers that were away; whoever was away longer reads the log itself.
pub const LOG: Topic = Topic {
    name: "albumen.log",
    partitions: 1,
    settings: &[
        ("cleanup.policy", "delete"),
        ("retention.ms", "604800000"),
        ("retention.bytes", "10737418240"),
        ("segment.bytes", "268435456"),
        ("max.message.bytes", "16777216"),
        ("message.timestamp.type", "CreateTime"),
    ],
};

/// Wake-ups of workers. Key: the id of what there may be work on. Value: none; the header
/// [`header::POSITION`] says what the read model `work` has to know before it is asked.
///
/// An hour is enough: a wake-up that nobody heard is made up for by looking now and then.
pub const WORK: Topic = Topic {
    name: "albumen.work",
    partitions: 12,
    settings: &[("cleanup.policy", "delete"), ("retention.ms", "3600000"), ("segment.bytes", "67108864")],
};

/// All topics.
pub const TOPICS: [Topic; 2] = [LOG, WORK];

/// Names of the headers of a record. Their values are text.
pub mod header {
    /// Place in the log.
    pub const POSITION: &str = "position";
    /// When it was committed, in microseconds since 1970.
    pub const RECORDED_AT: &str = "recorded-at";
    /// Place within its stream.
    pub const SEQUENCE: &str = "sequence";
    /// Name of the event.
    pub const EVENT: &str = "event";
    /// Version of the event.
    pub const VERSION: &str = "version";
    /// Circumstances, as JSON, byte for byte as they are stored.
    pub const METADATA: &str = "metadata";
    /// Hash of the chain up to this event, in hexadecimal.
    pub const HASH: &str = "hash";
    /// Hash of the chain up to the event before, in hexadecimal.
    pub const PREVIOUS: &str = "previous";
}

/// The consumer group of a read model.
#[must_use]
pub fn projection_group(projection: &str) -> String {
    format!("albumen.project.{projection}")
}

/// The consumer group of a role's workers.
#[must_use]
pub fn worker_group(role: &str) -> String {
    format!("albumen.work.{role}")
}

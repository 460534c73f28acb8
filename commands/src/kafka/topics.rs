//! Making topics, looking at them, and making them again.

use std::time::Duration;

use albumen_schemas::topics::{LOG, TOPICS, Topic};
use rdkafka::{
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

use super::{Brokers, KafkaFault, REQUEST_TIMEOUT};

/// A topic that was deleted is gone by then, so that it can be created again.
const DELETION_TIMEOUT: Duration = Duration::from_secs(30);
const DELETION_POLL: Duration = Duration::from_millis(500);
/// As many copies as the brokers make by default.
const BROKERS_REPLICATION: TopicReplication<'static> = TopicReplication::Fixed(-1);

/// A topic as the broker has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicState {
    /// Its name.
    pub name: &'static str,
    /// Its partitions; none where there is no such topic.
    pub partitions: usize,
    /// Records in it.
    pub records: i64,
}

/// Creates the topics that are missing; answers with their names.
///
/// # Errors
/// No broker answers, or it refuses.
pub async fn ensure_topics(brokers: &Brokers) -> Result<Vec<&'static str>, KafkaFault> {
    let admin: AdminClient<DefaultClientContext> = brokers.config("topics").create()?;
    let topics: Vec<NewTopic<'_>> = TOPICS.iter().map(new_topic).collect();
    let mut created = Vec::new();
    for outcome in admin.create_topics(&topics, &options()).await? {
        match outcome {
            Ok(name) => created.extend(TOPICS.iter().map(|topic| topic.name).find(|known| *known == name)),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(KafkaFault::Topic { topic, reason: code.to_string() }),
        }
    }
    Ok(created)
}

fn new_topic(topic: &Topic) -> NewTopic<'static> {
    let new = NewTopic::new(topic.name, topic.partitions, BROKERS_REPLICATION);
    topic.settings.iter().fold(new, |new, (key, value)| new.set(key, value))
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT))
}

/// Deletes the topic of the log and makes it anew, empty; [`super::Relay`] fills it when the
/// recorded position is set back.
///
/// # Errors
/// No broker answers, or it refuses.
pub async fn rebuild_topics(brokers: &Brokers) -> Result<(), KafkaFault> {
    let admin: AdminClient<DefaultClientContext> = brokers.config("topics").create()?;
    for outcome in admin.delete_topics(&[LOG.name], &options()).await? {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => {}
            Err((topic, code)) => return Err(KafkaFault::Topic { topic, reason: code.to_string() }),
        }
    }
    let deadline = std::time::Instant::now() + DELETION_TIMEOUT;
    loop {
        // The broker deletes behind its answer: until it is done the name is taken, also by the
        // relay, which may have made the topic anew already.
        match ensure_topics(brokers).await {
            Ok(_) if topic_states(brokers).await?.iter().all(|topic| topic.partitions > 0) => return Ok(()),
            Err(error) if std::time::Instant::now() > deadline => return Err(error),
            _ => tokio::time::sleep(DELETION_POLL).await,
        }
    }
}

/// How the topics are.
///
/// # Errors
/// No broker answers.
pub async fn topic_states(brokers: &Brokers) -> Result<Vec<TopicState>, KafkaFault> {
    let config = brokers.config("status");
    tokio::task::spawn_blocking(move || -> Result<Vec<TopicState>, KafkaFault> {
        let consumer: BaseConsumer = config.create()?;
        TOPICS.iter().map(|topic| Ok(state(&consumer, topic)?)).collect()
    })
    .await?
}

fn state(consumer: &BaseConsumer, topic: &Topic) -> Result<TopicState, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic.name), REQUEST_TIMEOUT)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic.name && found.error().is_none());
    let partitions = found.map_or(0, |found| found.partitions().len());
    let mut records = 0;
    for partition in 0..i32::try_from(partitions).unwrap_or(0) {
        let (low, high) = consumer.fetch_watermarks(topic.name, partition, REQUEST_TIMEOUT)?;
        records += high - low;
    }
    Ok(TopicState { name: topic.name, partitions, records })
}

//! Wake-ups for workers: that there may be something to do, and what has to be known before.

use std::time::Duration;

use albumen_schemas::topics::{self, WORK};
use rdkafka::consumer::{Consumer, StreamConsumer};
use tokio::{sync::watch, task::JoinHandle};

use super::{Brokers, KafkaFault, client::Living, record};

/// After a broker was away.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Membership in the consumer group of a role's workers. A wake-up reaches one member of it; which
/// of them does the work is decided by the lease.
pub struct WakeUps {
    positions: watch::Receiver<i64>,
    task: JoinHandle<()>,
}

impl WakeUps {
    /// Joins the group of `role`.
    ///
    /// # Errors
    /// The settings are wrong; a broker that is away is waited for.
    pub fn join(brokers: &Brokers, role: &str) -> Result<Self, KafkaFault> {
        let consumer: StreamConsumer = brokers.consumer(&topics::worker_group(role)).create()?;
        consumer.subscribe(&[WORK.name])?;
        let (sender, positions) = watch::channel(0);
        Ok(Self { positions, task: tokio::spawn(listen(Living::new(consumer), sender)) })
    }

    /// Changes with every wake-up, to the newest position that one spoke of.
    #[must_use]
    pub fn positions(&self) -> watch::Receiver<i64> {
        self.positions.clone()
    }
}

impl Drop for WakeUps {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(client: Living<StreamConsumer>, sender: watch::Sender<i64>) {
    while let Some(consumer) = client.get() {
        match consumer.recv().await {
            Ok(message) => {
                let position = record::position(&message).unwrap_or_default();
                sender.send_modify(|newest| *newest = position.max(*newest));
            }
            Err(error) => {
                tracing::debug!(%error, "no wake-ups by Kafka at the moment");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}

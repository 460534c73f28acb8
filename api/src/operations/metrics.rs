//! The same as figures, in the text that Prometheus reads.

use albumen_commands::kafka::{KafkaTransport, RelayState};
use albumen_schemas::feed::Feed;
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

use super::{Operations, Status};
use crate::installation;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;

/// Gauges of one name, told apart by labels.
struct Gauges(Family<Labels, Gauge>);

impl Gauges {
    fn new(registry: &mut Registry, name: &str, help: &str) -> Self {
        let family = Family::<Labels, Gauge>::default();
        registry.register(name, help, family.clone());
        Self(family)
    }

    fn set(&self, labels: Labels, value: i64) {
        self.0.get_or_create(&labels).set(value);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// All figures.
pub(super) async fn text(operations: &Operations) -> Result<String, String> {
    let head = *operations.feed.head().borrow();
    let status = Status::ask(&operations.pool, &operations.reads, head).await?;
    let mut registry = Registry::with_prefix("albumen");
    gauge(&mut registry, "log_position", "Position of the newest event", status.head);
    of_projections(&mut registry, operations, &status);
    of_jobs(&mut registry, &status);
    of_the_relay(&mut registry, operations, &status);
    of_deliveries(&mut registry);
    of_the_process(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| error.to_string())?;
    Ok(text)
}

fn of_projections(registry: &mut Registry, operations: &Operations, status: &Status) {
    let position = Gauges::new(registry, "projection_position", "Position of the last event in a read model");
    let lag = Gauges::new(registry, "projection_lag_events", "Events that a read model does not have yet");
    let failed = Gauges::new(registry, "projection_failed", "1 where a read model stands still");
    let applied = Gauges::new(registry, "projection_applied_here", "1 where this process applies to a read model");
    let progress = operations.reads.progress();
    for projection in &status.projections {
        let labels = vec![("projection", projection.name.to_owned())];
        let reached = projection.position.unwrap_or(0);
        position.set(labels.clone(), reached);
        lag.set(labels.clone(), status.head - reached);
        failed.set(labels.clone(), i64::from(projection.failure.is_some()));
        let here = progress.iter().any(|(name, now)| *name == projection.name && now.term.is_some());
        applied.set(labels, i64::from(here));
    }
}

fn of_jobs(registry: &mut Registry, status: &Status) {
    let jobs = Gauges::new(registry, "jobs", "Pieces of work, by job and state");
    for (job, counts) in &status.jobs {
        let states = [
            ("active", counts.active),
            ("waiting", counts.waiting),
            ("delayed", counts.delayed),
            ("failed", counts.failed),
        ];
        for (state, count) in states {
            jobs.set(vec![("job", job.as_str().to_owned()), ("state", state.to_owned())], count);
        }
    }
}

fn of_the_relay(registry: &mut Registry, operations: &Operations, status: &Status) {
    if operations.kafka.is_none() {
        return;
    }
    let position = status.relay.position.unwrap_or(0);
    gauge(registry, "relay_position", "Position of the newest event that Kafka has", position);
    gauge(registry, "relay_lag_events", "Events that Kafka does not have yet", status.head - position);
    gauge(registry, "relay_led", "1 where some process publishes the log", i64::from(status.relay.is_led));
    let leads = operations.relay.as_ref().is_some_and(|relay| matches!(*relay.borrow(), RelayState::Leading { .. }));
    gauge(registry, "relay_leads_here", "1 where this process publishes the log", i64::from(leads));
}

fn of_deliveries(registry: &mut Registry) {
    let counts = KafkaTransport::counts();
    let signed = |count| i64::try_from(count).unwrap_or(i64::MAX);
    gauge(registry, "kafka_delivered", "Records that readers of this process took", signed(counts.delivered));
    gauge(registry, "kafka_dropped", "Records that were repeated, foreign or broken", signed(counts.dropped));
    gauge(registry, "kafka_fallbacks", "Turns from a late topic to the log itself", signed(counts.fallbacks));
}

fn of_the_process(registry: &mut Registry) {
    let Some(bytes) = installation::resident_bytes() else { return };
    let gauge: Gauge = Gauge::default();
    gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    registry.register_with_unit("process_resident_memory", "Memory that this process holds", Unit::Bytes, gauge);
}

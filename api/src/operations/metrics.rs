//! The same as figures, in the text that Prometheus reads.

use albumen_commands::{
    copies::{CopyReport, CopyState},
    kafka::KafkaTransport,
};
use albumen_schemas::feed::Feed;
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

use tokio::sync::watch;

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
    let status = Status::ask(operations.feed.reader(), &operations.reads, head).await?;
    let mut registry = Registry::with_prefix("albumen");
    gauge(&mut registry, "log_position", "Position of the newest event", status.head);
    of_projections(&mut registry, operations, &status);
    of_jobs(&mut registry, &status);
    of_copies(&mut registry, operations, &status);
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
    let waiting = Gauges::new(registry, "jobs_waiting_seconds", "How long the oldest piece of work waits already");
    for (job, counts) in &status.jobs {
        let states = [
            ("active", counts.active),
            ("waiting", counts.waiting),
            ("delayed", counts.delayed),
            ("failed", counts.failed),
        ];
        waiting.set(vec![("job", job.as_str().to_owned())], Status::waiting_s(counts).unwrap_or(0));
        for (state, count) in states {
            jobs.set(vec![("job", job.as_str().to_owned()), ("state", state.to_owned())], count);
        }
    }
}

/// The copies of the log that this installation has.
fn of_copies(registry: &mut Registry, operations: &Operations, status: &Status) {
    if operations.kafka.is_some() {
        of_a_copy(registry, ("relay", "Kafka"), status.head, &status.relay, operations.relay.as_ref());
    }
    if operations.mirror.is_some() || status.mirror.position.is_some() {
        of_a_copy(registry, ("mirror", "EventStoreDB"), status.head, &status.mirror, operations.mirror.as_ref());
    }
}

fn of_a_copy(
    registry: &mut Registry,
    (name, place): (&str, &str),
    head: i64,
    report: &CopyReport,
    here: Option<&watch::Receiver<CopyState>>,
) {
    let position = report.position.unwrap_or(0);
    let leads = here.is_some_and(|state| matches!(*state.borrow(), CopyState::Leading { .. }));
    let figures = [
        ("position", format!("Position of the newest event that {place} has"), position),
        ("lag_events", format!("Events that {place} does not have yet"), head - position),
        ("led", format!("1 where some process copies the log to {place}"), i64::from(report.is_led)),
        ("failed", format!("1 where the copy in {place} stands still"), i64::from(report.problem.is_some())),
        ("leads_here", format!("1 where this process copies the log to {place}"), i64::from(leads)),
    ];
    for (figure, help, value) in figures {
        gauge(registry, &format!("{name}_{figure}"), &help, value);
    }
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

//! How an installation is, whichever of its processes is asked.

use albumen_commands::{
    copies::{CopyReport, Destination},
    kafka::{Brokers, TopicState, topic_states},
    log::LogReader,
};
use albumen_domain::processing::Job;
use albumen_projections::{ReadModels, projections, work::JobCounts};
use chrono::Utc;

/// See the module's words.
pub(crate) struct Status {
    /// Position of the newest event.
    pub(crate) head: i64,
    pub(crate) projections: Vec<ProjectionStatus>,
    pub(crate) relay: CopyReport,
    /// The copy in EventStoreDB.
    pub(crate) mirror: CopyReport,
    pub(crate) jobs: Vec<(Job, JobCounts)>,
}

/// One read model.
pub(crate) struct ProjectionStatus {
    pub(crate) name: &'static str,
    /// None where no process has made it yet.
    pub(crate) position: Option<i64>,
    pub(crate) failure: Option<String>,
}

/// The topics, as far as a broker tells of them.
pub(crate) type TopicsStatus = Result<Vec<TopicState>, String>;

impl Status {
    /// Asks the database.
    pub(crate) async fn ask(log: &LogReader, reads: &ReadModels, head: i64) -> Result<Self, String> {
        let relay = log.copy_report(Destination::Kafka).await.map_err(|error| error.to_string())?;
        let mirror = log.copy_report(Destination::EventStoreDb).await.map_err(|error| error.to_string())?;
        let checkpoints = reads.checkpoints().await.map_err(|error| error.to_string())?;
        let status_of = |name| {
            let found = checkpoints.iter().find(|checkpoint| checkpoint.instance == name);
            ProjectionStatus {
                name,
                position: found.map(|found| found.position),
                failure: found.and_then(|found| found.failure.clone()),
            }
        };
        let projections: Vec<_> = projections().iter().map(|projection| status_of(projection.name())).collect();
        let mut jobs = Vec::new();
        if projections.iter().any(|projection| projection.name == "work" && projection.position.is_some()) {
            for job in Job::ALL {
                jobs.push((job, reads.work().counts(job).await.map_err(|error| error.to_string())?));
            }
        }
        // The checkpoints were read after the head.
        let furthest = projections.iter().filter_map(|projection| projection.position).max();
        Ok(Self { head: head.max(furthest.unwrap_or(0)), projections, relay, mirror, jobs })
    }

    /// Seconds that the oldest piece of work waits already; none where nothing waits.
    pub(crate) fn waiting_s(counts: &JobCounts) -> Option<i64> {
        counts.waiting_since.map(|since| (Utc::now() - since).num_seconds().max(0))
    }

    /// Asks a broker.
    pub(crate) async fn topics(brokers: &Brokers) -> TopicsStatus {
        topic_states(brokers).await.map_err(|fault| fault.to_string())
    }
}

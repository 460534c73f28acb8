//! How an installation is, whichever of its processes is asked.

use std::collections::HashMap;

use albumen_commands::{
    StoreError,
    copies::{CopyReport, Destination},
    kafka::{Brokers, TopicState, topic_states},
    log::LogReader,
};
use albumen_domain::processing::Job;
use albumen_projections::{ReadError, ReadModels, projections, work::JobCounts};
use chrono::Utc;

use super::{Choices, Progress};

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
        if is_made(&projections, "work") {
            for job in Job::ALL {
                jobs.push((job, reads.work().counts(job).await.map_err(|error| error.to_string())?));
            }
        }
        // The checkpoints were read after the head.
        let furthest = projections.iter().filter_map(|projection| projection.position).max();
        Ok(Self { head: head.max(furthest.unwrap_or(0)), projections, relay, mirror, jobs })
    }

    /// How far models are with these jobs, where they have something left to do.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn progress<E: From<StoreError> + From<ReadError>>(
        &self,
        log: &LogReader,
        reads: &ReadModels,
    ) -> Result<HashMap<Job, Progress>, E> {
        let mut found = HashMap::new();
        if self.jobs.is_empty() || !is_made(&self.projections, "vectors") {
            return Ok(found);
        }
        let choices = Choices::ask(reads).await?;
        for (job, counts) in &self.jobs {
            if let Some(progress) = Progress::ask::<E>(log, reads, &choices, (*job, counts)).await? {
                found.insert(*job, progress);
            }
        }
        Ok(found)
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

/// Whether a process has made a read model already.
fn is_made(projections: &[ProjectionStatus], name: &str) -> bool {
    projections.iter().any(|projection| projection.name == name && projection.position.is_some())
}

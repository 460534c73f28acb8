//! Questions to this read model, and the leases beside it.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use albumen_domain::{processing::Job, queue::QueueName};
use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use uuid::Uuid;

use super::rows::{JobRow, TaskRow};
use crate::runtime::{ReadError, TableRow, query};

/// Questions about work, and claims to it.
#[derive(Clone)]
pub struct WorkQueries {
    pool: Pool,
}

/// A piece of work that a worker has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// To which asset.
    pub asset_id: Uuid,
    /// The asset's owner.
    pub owner_id: Uuid,
    /// Under which lease.
    pub lease_id: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// Counts from 1; attempts that never reported are counted too.
    pub attempt: i32,
}

/// How much there is of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Being done.
    pub active: i64,
    /// To be done now.
    pub waiting: i64,
    /// To be tried again later.
    pub delayed: i64,
    /// Given up.
    pub failed: i64,
    /// Since when the oldest of what is to be done now waits.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// How a piece of work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Somebody does it.
    Active,
    /// It is to be done now.
    Waiting,
    /// It is to be tried again later.
    Delayed,
    /// It was given up.
    Failed,
}

impl JobState {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Active, Self::Waiting, Self::Delayed, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::Delayed => "delayed",
            Self::Failed => "failed",
        }
    }
}

impl WorkQueries {
    pub(crate) const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Takes up to `limit` pieces of work of `job` for as long as `duration`: the oldest first, but of what models
    /// recognise the newest. A new model looks at the whole library again, and who uploads something meanwhile
    /// wants to find it today.
    ///
    /// # Errors
    /// The database is away.
    pub async fn claim(&self, job: Job, limit: i64, duration: Duration) -> Result<Vec<Claimed>, ReadError> {
        let client = self.pool.get().await?;
        let direction = if job.is_recognition() { "DESC" } else { "ASC" };
        let sql = include_str!("claim.sql").replace("{direction}", direction);
        let statement = client.prepare_cached(&sql).await?;
        let duration_seconds = duration.as_secs_f64();
        let rows =
            client.query(&statement, &[&job.as_str(), &limit, &duration_seconds, &QueueName::of(job).as_str()]).await?;
        Ok(rows
            .iter()
            .map(|row| Claimed {
                asset_id: row.get(0),
                owner_id: row.get(1),
                lease_id: row.get(2),
                revision: row.get(3),
                attempt: row.get(4),
            })
            .collect())
    }

    /// Gives a lease back, after its outcome is in the log.
    ///
    /// # Errors
    /// The database is away; the lease then ends by its deadline.
    pub async fn release(&self, lease_id: Uuid, asset_id: Uuid) -> Result<(), ReadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached("DELETE FROM public.lease WHERE asset_id = $1 AND lease_id = $2").await?;
        client.execute(&statement, &[&asset_id, &lease_id]).await?;
        Ok(())
    }

    /// Keeps a lease for another `duration`; false when it is not held any more.
    ///
    /// # Errors
    /// The database is away.
    pub async fn renew(&self, lease_id: Uuid, asset_id: Uuid, duration: Duration) -> Result<bool, ReadError> {
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "UPDATE public.lease SET deadline = now() + make_interval(secs => $3)
                 WHERE asset_id = $1 AND lease_id = $2",
            )
            .await?;
        let duration_seconds = duration.as_secs_f64();
        Ok(client.execute(&statement, &[&asset_id, &lease_id, &duration_seconds]).await? == 1)
    }

    /// Work that was given up: nobody tries it again unless somebody asks.
    ///
    /// # Errors
    /// The database is away.
    pub async fn given_up(&self) -> Result<Vec<JobRow>, ReadError> {
        let client = self.pool.get().await?;
        let sql = format!("SELECT {} FROM work.job WHERE gave_up ORDER BY revision", JobRow::column_list(""));
        let rows = client.query(&sql, &[]).await?;
        Ok(rows.iter().map(JobRow::from_row).collect())
    }

    /// Frees all leases: at the start of the only process there is, nobody is working.
    ///
    /// # Errors
    /// The database is away.
    pub async fn release_all(&self) -> Result<(), ReadError> {
        let client = self.pool.get().await?;
        client.execute("DELETE FROM public.lease", &[]).await?;
        Ok(())
    }

    /// When the next piece of work that waits for its time is due.
    ///
    /// # Errors
    /// The database is away.
    pub async fn next_due(&self, job: Job) -> Result<Option<DateTime<Utc>>, ReadError> {
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached(
                "SELECT min(not_before) FROM work.job WHERE job = $1 AND NOT gave_up AND not_before > now()",
            )
            .await?;
        Ok(client.query_one(&statement, &[&job.as_str()]).await?.get(0))
    }

    /// How much there is of `job`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn counts(&self, job: Job) -> Result<JobCounts, ReadError> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(include_str!("counts.sql")).await?;
        let row = client.query_one(&statement, &[&job.as_str()]).await?;
        Ok(JobCounts {
            active: row.get(0),
            waiting: row.get(1),
            delayed: row.get(2),
            failed: row.get(3),
            waiting_since: row.get(4),
        })
    }

    /// The models by which each job of recognition is done.
    ///
    /// # Errors
    /// The database is away.
    pub async fn chosen_models(&self) -> Result<HashMap<Job, String>, ReadError> {
        let read = |row: &tokio_postgres::Row| (Job::by_name(row.get(0)), row.get(1));
        let found = query(&self.pool, "SELECT job, model FROM work.chosen_model", &[], read).await?;
        Ok(found.into_iter().filter_map(|(job, model)| Some((job?, model))).collect())
    }

    /// The model by which a piece of work that was taken is to be done; none when it is not due any more, or was asked for
    /// anew: that is other work, perhaps of another model.
    ///
    /// # Errors
    /// The database is away.
    pub async fn model_for(&self, job: Job, work: &Claimed) -> Result<Option<String>, ReadError> {
        // One statement, so that request and choice are of one moment.
        let sql = "SELECT chosen.model
                   FROM work.job AS job JOIN work.chosen_model AS chosen ON chosen.job = job.job
                   WHERE job.asset_id = $1 AND job.job = $2 AND job.revision = $3";
        let found = query(&self.pool, sql, &[&work.asset_id, &job.as_str(), &work.revision], |row| row.get(0)).await?;
        Ok(found.into_iter().next())
    }

    /// Whether `model` has done `job` on all assets that it can be done on, but for those that were given up.
    ///
    /// # Errors
    /// The database is away.
    pub async fn is_seen_by(&self, model: &str, job: Job) -> Result<bool, ReadError> {
        let sql = include_str!("sql/is_seen.sql");
        let seen = query(&self.pool, sql, &[&job.as_str(), &model], |row| row.get(0)).await?;
        Ok(seen.into_iter().next().unwrap_or(false))
    }

    /// On how many of the assets that it can be done on `model` has done `job`, and is not to do it again. Every asset is
    /// looked at.
    ///
    /// # Errors
    /// The database is away.
    pub async fn count_seen_by(&self, model: &str, job: Job) -> Result<i64, ReadError> {
        let sql = include_str!("sql/count_seen.sql");
        let counted = query(&self.pool, sql, &[&job.as_str(), &model], |row| row.get(0)).await?;
        Ok(counted.into_iter().next().unwrap_or(0))
    }

    /// Whether any of these jobs is still to be done on assets of an owner, at once or later.
    ///
    /// # Errors
    /// The database is away.
    pub async fn is_pending(&self, owner: Uuid, jobs: &[Job]) -> Result<bool, ReadError> {
        let jobs: Vec<&str> = jobs.iter().map(|job| job.as_str()).collect();
        let sql = "SELECT EXISTS (
                       SELECT FROM work.job WHERE job.job = ANY($1) AND NOT job.gave_up AND job.owner_id = $2
                   )";
        let found = query(&self.pool, sql, &[&jobs, &owner], |row| row.get(0)).await?;
        Ok(found.into_iter().next().unwrap_or(false))
    }

    /// The queues of which nothing more is begun.
    ///
    /// # Errors
    /// The database is away.
    pub async fn paused_queues(&self) -> Result<HashSet<String>, ReadError> {
        let names = query(&self.pool, "SELECT name FROM work.paused_queue", &[], |row| row.get(0)).await?;
        Ok(names.into_iter().collect())
    }

    /// The tasks that are to be done or came to nothing, oldest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn tasks(&self) -> Result<Vec<TaskRow>, ReadError> {
        let sql = format!("SELECT {} FROM work.task ORDER BY requested_at, id", TaskRow::column_list(""));
        query(&self.pool, &sql, &[], TaskRow::from_row).await
    }

    /// Up to `limit` pieces of work of `job` that stand in one of these ways, oldest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn jobs(&self, job: Job, states: &[JobState], limit: i64) -> Result<Vec<JobRow>, ReadError> {
        let columns = JobRow::column_list("job.");
        let sql = include_str!("sql/jobs_in_states.sql").replace("{columns}", &columns);
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        query(&self.pool, &sql, &[&job.as_str(), &states, &limit], JobRow::from_row).await
    }
}

//! Comparing the faces of owners: work on all of their faces at once.

use albumen_domain::processing::Job;
use chrono::{DateTime, TimeDelta, Utc};

use super::models;
use crate::runtime::Writer;

/// New faces wait this long for others, so that a library that is being filled is not compared at every photo.
pub(super) const BREATH: TimeDelta = TimeDelta::seconds(2);

/// Asks for a job on the faces of all owners, where faces are found at all.
pub(super) async fn ask(
    writer: &mut Writer<'_>,
    job: Job,
    position: i64,
    at: DateTime<Utc>,
) -> Result<(), tokio_postgres::Error> {
    if models::chosen(writer).await?.contains_key(&Job::FaceDetection) {
        writer.execute(include_str!("sql/start_comparison.sql"), &[&position, &at, &job.as_str()]).await?;
    }
    Ok(())
}

/// Drops all of it: nobody finds faces any more.
pub(super) async fn drop_all(writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
    let jobs = Job::ON_OWNERS.map(Job::as_str).to_vec();
    writer.execute("DELETE FROM job WHERE job = ANY($1)", &[&jobs]).await?;
    Ok(())
}

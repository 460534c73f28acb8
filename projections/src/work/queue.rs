//! What follows from what administrators ask of queues. Each statement looks at nothing but the tables
//! that the events before it have made, so a rebuild ends with the same.

use std::sync::Arc;

use albumen_domain::{
    AnyEvent, Recorded,
    processing::Job,
    queue::{QueueEvent, QueueName},
};

use super::{comparison, models};
use crate::runtime::Writer;

/// The jobs of a queue that can be dropped. The files of an asset that is to go are never forgotten.
fn jobs_of(queue: QueueName) -> Vec<&'static str> {
    let is_meant = |job: &Job| QueueName::of(*job) == queue && *job != Job::Deletion;
    Job::ALL.into_iter().filter(is_meant).map(Job::as_str).collect()
}

pub(super) async fn apply(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), tokio_postgres::Error> {
    for recorded in events {
        let AnyEvent::Queue(event) = &recorded.event else { continue };
        apply_one(writer, recorded, event).await?;
    }
    Ok(())
}

async fn apply_one(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    event: &QueueEvent,
) -> Result<(), tokio_postgres::Error> {
    let at = recorded.recorded_at;
    match event {
        QueueEvent::Paused(paused) => {
            let sql = "INSERT INTO paused_queue (name) VALUES ($1) ON CONFLICT DO NOTHING";
            writer.execute(sql, &[&paused.queue.as_str()]).await?;
        }
        QueueEvent::Resumed(resumed) => {
            writer.execute("DELETE FROM paused_queue WHERE name = $1", &[&resumed.queue.as_str()]).await?;
        }
        QueueEvent::Started(started) => {
            let sql = match started.queue.startable() {
                Some(Job::Metadata) => include_str!("sql/start_metadata.sql"),
                Some(Job::Previews) => include_str!("sql/start_previews.sql"),
                Some(job) if job.is_on_owner() => return comparison::ask(writer, job, recorded.position, at).await,
                // While nothing does it, nothing is asked for.
                Some(job) if job.is_recognition() => {
                    if let Some(model) = models::chosen(writer).await?.get(&job) {
                        models::ask(writer, job, model, recorded.position, at, started.all).await?;
                    }
                    return Ok(());
                }
                Some(_) | None => return Ok(()),
            };
            writer.execute(sql, &[&recorded.position, &at, &started.all]).await?;
        }
        QueueEvent::Reset(reset) => {
            // Faces are looked for again first; grouping waits for that.
            if reset.queue == QueueName::FaceDetection
                && let Some(model) = models::chosen(writer).await?.get(&Job::FaceDetection)
            {
                models::ask(writer, Job::FaceDetection, model, recorded.position, at, true).await?;
            }
            comparison::ask(writer, Job::FaceRegrouping, recorded.position, at).await?;
        }
        QueueEvent::Emptied(emptied) => {
            let jobs = jobs_of(emptied.queue);
            writer.execute(include_str!("sql/empty_jobs.sql"), &[&jobs, &at, &emptied.failed]).await?;
            if emptied.queue == QueueName::BackgroundTask {
                writer.execute(include_str!("sql/empty_tasks.sql"), &[&emptied.failed]).await?;
            }
        }
        QueueEvent::FailuresCleared(cleared) => {
            let jobs = jobs_of(cleared.queue);
            writer.execute("DELETE FROM job WHERE job = ANY($1) AND gave_up", &[&jobs]).await?;
            if cleared.queue == QueueName::BackgroundTask {
                writer.execute("DELETE FROM task WHERE failure IS NOT NULL", &[]).await?;
            }
        }
    }
    Ok(())
}

//! What follows from another choice of models: work that nothing does any more goes, and what the new model has not
//! seen yet is asked for. So nothing piles up while recognition is switched off, and nothing is lost when it is
//! switched on. Each statement looks at nothing but the tables that the events before it have made.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::{
    AnyEvent, Recorded,
    processing::Job,
    system::{ModelsChosen, SystemEvent},
};
use chrono::{DateTime, Utc};

use super::comparison;
use crate::runtime::{Storable, Writer};

/// The models by which each job is done.
pub(super) type Chosen = HashMap<Job, String>;

/// Those that are chosen by now.
pub(super) async fn chosen(writer: &mut Writer<'_>) -> Result<Chosen, tokio_postgres::Error> {
    let rows = writer.query("SELECT job, model FROM chosen_model", &[]).await?;
    Ok(rows.iter().filter_map(|row| Some((Job::by_name(row.get(0))?, row.get(1)))).collect())
}

pub(super) async fn apply(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), tokio_postgres::Error> {
    for recorded in events {
        let AnyEvent::System(SystemEvent::ModelsChosen(models)) = &recorded.event else { continue };
        choose(writer, recorded, models).await?;
    }
    Ok(())
}

async fn choose(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    models: &ModelsChosen,
) -> Result<(), tokio_postgres::Error> {
    let before = chosen(writer).await?;
    for job in Job::RECOGNITION {
        let model = models.of(job).map(|model| model.to_owned().storable());
        if model.as_ref() == before.get(&job) {
            continue;
        }
        writer.execute("DELETE FROM job WHERE job = $1", &[&job.as_str()]).await?;
        writer.execute("DELETE FROM chosen_model WHERE job = $1", &[&job.as_str()]).await?;
        if job == Job::FaceDetection && model.is_none() {
            comparison::drop_all(writer).await?;
        }
        if let Some(model) = model {
            let sql = "INSERT INTO chosen_model (job, model) VALUES ($1, $2)";
            writer.execute(sql, &[&job.as_str(), &model]).await?;
            ask(writer, job, &model, recorded.position, recorded.recorded_at, false).await?;
            if job == Job::FaceDetection {
                // The people follow from the faces that it sees, even where it has seen all of them before.
                comparison::ask(writer, Job::FaceClustering, recorded.position, recorded.recorded_at).await?;
            }
        }
    }
    Ok(())
}

/// Asks for a job on all assets outside the trash that there is a picture of, or on those that the model has not seen.
pub(super) async fn ask(
    writer: &mut Writer<'_>,
    job: Job,
    model: &str,
    position: i64,
    at: DateTime<Utc>,
    all: bool,
) -> Result<(), tokio_postgres::Error> {
    let sql = include_str!("sql/start_recognition.sql");
    writer.execute(sql, &[&position, &at, &all, &job.as_str(), &model]).await?;
    Ok(())
}

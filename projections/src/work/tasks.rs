//! Tasks of the whole installation: those to be done, and those that came to nothing.

use std::sync::Arc;

use albumen_domain::{AnyEvent, Recorded, task::TaskEvent};

use crate::runtime::{Storable, Writer};

/// Tasks are few, so each event is a statement.
pub(super) async fn apply(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), tokio_postgres::Error> {
    for recorded in events {
        let AnyEvent::Task(event) = &recorded.event else { continue };
        apply_one(writer, recorded, event).await?;
    }
    Ok(())
}

async fn apply_one(
    writer: &mut Writer<'_>,
    recorded: &Recorded,
    event: &TaskEvent,
) -> Result<(), tokio_postgres::Error> {
    let (id, at) = (recorded.stream.id, recorded.recorded_at);
    match event {
        TaskEvent::Requested(requested) => {
            let kind = requested.task.as_str();
            // What came to nothing before is tried anew with this one.
            writer.execute("DELETE FROM task WHERE kind = $1 AND failure IS NOT NULL", &[&kind]).await?;
            let sql = "INSERT INTO task (id, kind, requested_at, attempt) VALUES ($1, $2, $3, 0)";
            writer.execute(sql, &[&id, &kind, &at]).await?;
        }
        TaskEvent::Started(started) => {
            let sql = "UPDATE task SET attempt = $2, started_at = $3 WHERE id = $1";
            writer.execute(sql, &[&id, &started.attempt, &at]).await?;
        }
        TaskEvent::Finished(_) => {
            writer.execute("DELETE FROM task WHERE id = $1", &[&id]).await?;
        }
        TaskEvent::Failed(failed) => {
            let reason = failed.reason.clone().storable();
            writer.execute("UPDATE task SET failure = $2 WHERE id = $1", &[&id, &reason]).await?;
        }
    }
    Ok(())
}

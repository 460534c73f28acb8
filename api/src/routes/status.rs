//! Operations of the tag "Status (admin)": how far each part of the installation is. They are our own; API keys reach
//! them with the permission `all`.

use albumen_commands::copies::CopyReport;
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dto::{
        queues::QueueProgressDto,
        status::{CopyStatusDto, JobStatusDto, ReadModelStatusDto, StatusResponseDto},
    },
    edge::ApiError,
    operations::Status,
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_status))
}

/// What lags behind the log and what waits: read models, copies of the log, work.
#[utoipa::path(
    get, path = "/admin/status", tag = "Status (admin)", operation_id = "getStatus",
    responses((status = 200, body = StatusResponseDto))
)]
async fn get_status(State(app): State<App>) -> Result<Json<StatusResponseDto>, ApiError> {
    let log = app.commands.feed().reader();
    let head = log.head().await?;
    let status = Status::ask(log, &app.reads, head).await.map_err(|reason| {
        tracing::warn!(reason, "how far everything is cannot be told");
        ApiError::try_again()
    })?;
    let mut progress = status.progress::<ApiError>(log, &app.reads).await?;
    let head = status.head;
    let copy = |report: CopyReport| {
        report.position.map(|position| CopyStatusDto {
            lag: head - position,
            leader: report.leader.filter(|_| report.is_led),
            position,
            problem: report.problem,
        })
    };
    let read_models = status.projections.into_iter().map(|projection| {
        let position = projection.position.unwrap_or(0);
        let name = projection.name.to_owned();
        ReadModelStatusDto { failure: projection.failure, lag: head - position, name, position }
    });
    let queues = status.jobs.iter().map(|(job, counts)| JobStatusDto {
        active: counts.active,
        delayed: counts.delayed,
        given_up: counts.failed,
        name: job.as_str().to_owned(),
        progress: progress.remove(job).map(QueueProgressDto::from),
        waiting: counts.waiting,
        waiting_seconds: Status::waiting_s(counts),
    });
    Ok(Json(StatusResponseDto {
        head,
        mirror: copy(status.mirror),
        queues: queues.collect(),
        read_models: read_models.collect(),
        relay: copy(status.relay),
    }))
}

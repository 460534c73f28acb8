//! Operations of the tags "Queues" and "Jobs": what there is to do, and what administrators want of it.

mod present;

use albumen_domain::{
    queue::{Queue, QueueCommand, QueueEmptied, QueueName as Known, QueueStarted},
    task::{Task, TaskCommand, TaskKind},
};
use albumen_workers::{jobs::people, tasks};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::Request,
    app::App,
    dto::queues::{
        JobCreateDto, ManualJobName, QueueCommand as Wanted, QueueCommandDto, QueueDeleteDto, QueueJobResponseDto,
        QueueJobsQuery, QueueName, QueuePath, QueueResponseDto, QueueResponseLegacyDto, QueueUpdateDto,
        QueuesResponseLegacyDto,
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
};

/// The operations of these tags.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_queues))
        .routes(routes!(get_queue, update_queue))
        .routes(routes!(get_queue_jobs, empty_queue))
        .routes(routes!(get_queues_legacy, create_job))
        .routes(routes!(run_queue_command_legacy))
}

impl QueueName {
    /// In the words of the rules.
    const fn meant(self) -> Known {
        match self {
            Self::ThumbnailGeneration => Known::ThumbnailGeneration,
            Self::MetadataExtraction => Known::MetadataExtraction,
            Self::VideoConversion => Known::VideoConversion,
            Self::FaceDetection => Known::FaceDetection,
            Self::FacialRecognition => Known::FacialRecognition,
            Self::SmartSearch => Known::SmartSearch,
            Self::DuplicateDetection => Known::DuplicateDetection,
            Self::BackgroundTask => Known::BackgroundTask,
            Self::StorageTemplateMigration => Known::StorageTemplateMigration,
            Self::Migration => Known::Migration,
            Self::Search => Known::Search,
            Self::Sidecar => Known::Sidecar,
            Self::Library => Known::Library,
            Self::Notifications => Known::Notifications,
            Self::BackupDatabase => Known::BackupDatabase,
            Self::Ocr => Known::Ocr,
            Self::Workflow => Known::Workflow,
            Self::IntegrityCheck => Known::IntegrityCheck,
            Self::Editor => Known::Editor,
        }
    }

    /// On the wire.
    const fn of(known: Known) -> Self {
        match known {
            Known::ThumbnailGeneration => Self::ThumbnailGeneration,
            Known::MetadataExtraction => Self::MetadataExtraction,
            Known::VideoConversion => Self::VideoConversion,
            Known::FaceDetection => Self::FaceDetection,
            Known::FacialRecognition => Self::FacialRecognition,
            Known::SmartSearch => Self::SmartSearch,
            Known::DuplicateDetection => Self::DuplicateDetection,
            Known::BackgroundTask => Self::BackgroundTask,
            Known::StorageTemplateMigration => Self::StorageTemplateMigration,
            Known::Migration => Self::Migration,
            Known::Search => Self::Search,
            Known::Sidecar => Self::Sidecar,
            Known::Library => Self::Library,
            Known::Notifications => Self::Notifications,
            Known::BackupDatabase => Self::BackupDatabase,
            Known::Ocr => Self::Ocr,
            Known::Workflow => Self::Workflow,
            Known::IntegrityCheck => Self::IntegrityCheck,
            Known::Editor => Self::Editor,
        }
    }
}

/// All queues.
#[utoipa::path(
    get, path = "/queues", tag = "Queues", operation_id = "getQueues",
    responses((status = 200, body = Vec<QueueResponseDto>))
)]
async fn get_queues(State(app): State<App>) -> Result<Json<Vec<QueueResponseDto>>, ApiError> {
    Ok(Json(present::all(&app).await?))
}

/// One queue.
#[utoipa::path(
    get, path = "/queues/{name}", tag = "Queues", operation_id = "getQueue",
    params(QueuePath),
    responses((status = 200, body = QueueResponseDto))
)]
async fn get_queue(
    State(app): State<App>,
    ValidPath(path): ValidPath<QueuePath>,
) -> Result<Json<QueueResponseDto>, ApiError> {
    Ok(Json(present::one(&app, path.name.meant()).await?))
}

/// Holds a queue back, or lets it go on.
#[utoipa::path(
    put, path = "/queues/{name}", tag = "Queues", operation_id = "updateQueue",
    params(QueuePath),
    request_body = QueueUpdateDto,
    responses((status = 200, body = QueueResponseDto))
)]
async fn update_queue(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<QueuePath>,
    ValidJson(update): ValidJson<QueueUpdateDto>,
) -> Result<Json<QueueResponseDto>, ApiError> {
    let queue = path.name.meant();
    match update.is_paused {
        Some(true) if queue == Known::BackgroundTask => {
            return Err(ApiError::bad_request("The BackgroundTask queue cannot be paused"));
        }
        Some(true) => ask(&app, &request, queue, QueueCommand::Pause(queue)).await?,
        Some(false) => ask(&app, &request, queue, QueueCommand::Resume(queue)).await?,
        None => {}
    }
    Ok(Json(present::one(&app, queue).await?))
}

/// What is in a queue.
#[utoipa::path(
    get, path = "/queues/{name}/jobs", tag = "Queues", operation_id = "getQueueJobs",
    params(QueuePath, QueueJobsQuery),
    responses((status = 200, body = Vec<QueueJobResponseDto>))
)]
async fn get_queue_jobs(
    State(app): State<App>,
    ValidPath(path): ValidPath<QueuePath>,
    ValidQuery(query): ValidQuery<QueueJobsQuery>,
) -> Result<Json<Vec<QueueJobResponseDto>>, ApiError> {
    Ok(Json(present::jobs(&app, path.name.meant(), query.status.as_deref()).await?))
}

/// Drops what waits in a queue.
#[utoipa::path(
    delete, path = "/queues/{name}/jobs", tag = "Queues", operation_id = "emptyQueue",
    params(QueuePath),
    request_body = QueueDeleteDto,
    responses((status = 204))
)]
async fn empty_queue(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<QueuePath>,
    ValidJson(wanted): ValidJson<QueueDeleteDto>,
) -> Result<StatusCode, ApiError> {
    let queue = path.name.meant();
    let emptied = QueueEmptied { queue, failed: wanted.failed == Some(true) };
    ask(&app, &request, queue, QueueCommand::Empty(emptied)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All queues, in their old form.
#[utoipa::path(
    get, path = "/jobs", tag = "Jobs", operation_id = "getQueuesLegacy",
    responses((status = 200, body = QueuesResponseLegacyDto))
)]
async fn get_queues_legacy(State(app): State<App>) -> Result<Json<QueuesResponseLegacyDto>, ApiError> {
    Ok(Json(present::legacy(&app).await?))
}

/// Tells a queue something.
#[utoipa::path(
    put, path = "/jobs/{name}", tag = "Jobs", operation_id = "runQueueCommandLegacy",
    params(QueuePath),
    request_body = QueueCommandDto,
    responses((status = 200, body = QueueResponseLegacyDto))
)]
async fn run_queue_command_legacy(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<QueuePath>,
    ValidJson(wanted): ValidJson<QueueCommandDto>,
) -> Result<Json<QueueResponseLegacyDto>, ApiError> {
    let queue = path.name.meant();
    let command = match wanted.command {
        Wanted::Start => {
            may_start(&app, path.name).await?;
            start(queue, wanted.force)
        }
        Wanted::Pause => QueueCommand::Pause(queue),
        Wanted::Resume => QueueCommand::Resume(queue),
        Wanted::Empty => QueueCommand::Empty(QueueEmptied { queue, failed: false }),
        Wanted::ClearFailed => QueueCommand::ClearFailures(queue),
    };
    let is_start = wanted.command == Wanted::Start;
    ask(&app, &request, queue, command).await?;
    if is_start && queue == Known::ThumbnailGeneration {
        // The pictures of people are small pictures, too.
        let asked = people::ask_for_pictures(&app.commands, &app.reads, wanted.force == Some(true)).await;
        asked.map_err(ApiError::internal_outside_handlers)?;
    }
    if is_start && leaves_people_behind(queue, wanted.force) {
        let clean_up = TaskCommand::Request(TaskKind::PersonCleanup);
        app.execute::<Task>(Uuid::new_v4(), clean_up, &request.context).await?;
    }
    Ok(Json(present::counted(&app, queue).await?.into()))
}

/// What starting a queue means. People are grouped anew where all of their work is wanted; faces are also looked for
/// everywhere when nothing is said, and then what is known of them stays.
fn start(queue: Known, force: Option<bool>) -> QueueCommand {
    match force {
        Some(true) if queue.is_resettable() => QueueCommand::Reset(queue),
        None if queue == Known::FaceDetection => QueueCommand::Start(QueueStarted { queue, all: true }),
        _ => QueueCommand::Start(QueueStarted { queue, all: force == Some(true) }),
    }
}

/// Whether starting a queue so can leave people without faces, who go then.
const fn leaves_people_behind(queue: Known, force: Option<bool>) -> bool {
    matches!((queue, force), (Known::FaceDetection, None | Some(true)) | (Known::FacialRecognition, Some(true)))
}

/// Does a job of the whole installation now.
#[utoipa::path(
    post, path = "/jobs", tag = "Jobs", operation_id = "createJob",
    request_body = JobCreateDto,
    responses((status = 204))
)]
async fn create_job(
    State(app): State<App>,
    request: Request,
    ValidJson(wanted): ValidJson<JobCreateDto>,
) -> Result<StatusCode, ApiError> {
    let task = task_of(wanted.name).filter(|task| tasks::is_built(*task));
    let task = task.ok_or_else(|| ApiError::not_built(&present::manual_name(wanted.name)))?;
    app.execute::<Task>(Uuid::new_v4(), TaskCommand::Request(task), &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

const fn task_of(name: ManualJobName) -> Option<TaskKind> {
    match name {
        ManualJobName::PersonCleanup => Some(TaskKind::PersonCleanup),
        ManualJobName::TagCleanup => Some(TaskKind::TagCleanup),
        ManualJobName::UserCleanup => Some(TaskKind::UserCleanup),
        ManualJobName::MemoryCleanup => Some(TaskKind::MemoryCleanup),
        ManualJobName::MemoryCreate => Some(TaskKind::MemoryCreation),
        _ => None,
    }
}

async fn ask(app: &App, request: &Request, queue: Known, command: QueueCommand) -> Result<(), ApiError> {
    app.execute::<Queue>(queue.id(), command, &request.context).await?;
    Ok(())
}

/// What runs is not started again; what has nothing to start never.
async fn may_start(app: &App, name: QueueName) -> Result<(), ApiError> {
    let queue = name.meant();
    if !has_start(queue) {
        return Err(ApiError::bad_request(format!("Invalid job name: {}", present::queue_name(name))));
    }
    if present::counted(app, queue).await?.statistics.active > 0 {
        return Err(ApiError::bad_request("Job is already running"));
    }
    if queue.startable().is_none() {
        return Err(ApiError::not_built(&present::queue_name(name)));
    }
    Ok(())
}

/// Whether the API lets a queue be started at all.
const fn has_start(queue: Known) -> bool {
    !matches!(
        queue,
        Known::BackgroundTask
            | Known::Search
            | Known::Notifications
            | Known::Workflow
            | Known::IntegrityCheck
            | Known::Editor
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for known in Known::ALL {
            assert_eq!(QueueName::of(known).meant(), known);
        }
    }

    #[test]
    fn faces_are_looked_for_in_three_ways() {
        let queue = Known::FaceDetection;
        let started = |all| QueueCommand::Start(QueueStarted { queue, all });
        assert_eq!(start(queue, Some(true)), QueueCommand::Reset(queue));
        assert_eq!((start(queue, None), start(queue, Some(false))), (started(true), started(false)));
        let queue = Known::ThumbnailGeneration;
        let started = |all| QueueCommand::Start(QueueStarted { queue, all });
        assert_eq!([Some(true), None].map(|force| start(queue, force)), [started(true), started(false)]);
    }

    #[test]
    fn people_without_faces_go_when_all_faces_are_looked_at() {
        let ways = [None, Some(true), Some(false)];
        assert_eq!(ways.map(|force| leaves_people_behind(Known::FaceDetection, force)), [true, true, false]);
        assert_eq!(ways.map(|force| leaves_people_behind(Known::FacialRecognition, force)), [false, true, false]);
        assert_eq!(ways.map(|force| leaves_people_behind(Known::SmartSearch, force)), [false, false, false]);
    }

    #[test]
    fn what_can_be_started_has_a_start() {
        assert!(Known::ALL.into_iter().all(|queue| queue.startable().is_none() || has_start(queue)));
    }
}

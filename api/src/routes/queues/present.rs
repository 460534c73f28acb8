//! How queues look on the wire.

use std::collections::HashSet;

use albumen_domain::{processing::Job, queue::QueueName as Known, task::TaskKind};
use albumen_projections::work::{JobCounts, JobRow, JobState, TaskRow};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    dto::queues::{
        JobName, ManualJobName, QueueJobResponseDto, QueueJobStatus, QueueName, QueueResponseDto,
        QueueResponseLegacyDto, QueueStatisticsDto, QueueStatusLegacyDto, QueuesResponseLegacyDto,
    },
    edge::ApiError,
    operations::{Choices, Progress},
};

/// Pieces of work that are listed at once: clients show a page and a hint that there are more.
const MAX_LISTED: i64 = 1_001;

/// All queues, in the order of their names' declaration.
pub(super) async fn all(app: &App) -> Result<Vec<QueueResponseDto>, ApiError> {
    let choices = Choices::ask(&app.reads).await?;
    let mut queues = Vec::with_capacity(Known::ALL.len());
    for counted in Counted::all(app, &choices.paused).await? {
        queues.push(counted.with_progress(app, &choices).await?);
    }
    Ok(queues)
}

/// One queue.
pub(super) async fn one(app: &App, queue: Known) -> Result<QueueResponseDto, ApiError> {
    let choices = Choices::ask(&app.reads).await?;
    let tasks = app.reads.work().tasks().await?;
    Counted::ask(app, queue, &choices.paused, &tasks).await?.with_progress(app, &choices).await
}

/// One queue, but for how far models are with it.
pub(super) async fn counted(app: &App, queue: Known) -> Result<QueueResponseDto, ApiError> {
    let paused = app.reads.work().paused_queues().await?;
    let tasks = app.reads.work().tasks().await?;
    Ok(Counted::ask(app, queue, &paused, &tasks).await?.shown)
}

/// A queue without its progress: to tell that, every asset is looked at, and not everybody wants to know.
struct Counted {
    shown: QueueResponseDto,
    jobs: Vec<(Job, JobCounts)>,
}

impl Counted {
    async fn all(app: &App, paused: &HashSet<String>) -> Result<Vec<Self>, ApiError> {
        let tasks = app.reads.work().tasks().await?;
        let mut queues = Vec::with_capacity(Known::ALL.len());
        for queue in Known::ALL {
            queues.push(Self::ask(app, queue, paused, &tasks).await?);
        }
        Ok(queues)
    }

    async fn ask(app: &App, queue: Known, paused: &HashSet<String>, tasks: &[TaskRow]) -> Result<Self, ApiError> {
        let mut statistics = QueueStatisticsDto::default();
        let mut jobs = Vec::new();
        for job in jobs_in(queue) {
            let counts = app.reads.work().counts(job).await?;
            statistics.active += counts.active;
            statistics.waiting += counts.waiting;
            statistics.delayed += counts.delayed;
            statistics.failed += counts.failed;
            jobs.push((job, counts));
        }
        for task in tasks.iter().filter(|_| queue == Known::BackgroundTask) {
            match state_of_task(task) {
                QueueJobStatus::Active => statistics.active += 1,
                QueueJobStatus::Failed => statistics.failed += 1,
                _ => statistics.waiting += 1,
            }
        }
        let is_paused = paused.contains(queue.as_str());
        if is_paused {
            statistics.paused = std::mem::take(&mut statistics.waiting);
        }
        let shown = QueueResponseDto { is_paused, name: QueueName::of(queue), progress: None, statistics };
        Ok(Self { shown, jobs })
    }

    async fn with_progress(self, app: &App, choices: &Choices) -> Result<QueueResponseDto, ApiError> {
        let log = app.commands.feed().reader();
        for (job, counts) in &self.jobs {
            if let Some(found) = Progress::ask::<ApiError>(log, &app.reads, choices, (*job, counts)).await? {
                return Ok(QueueResponseDto { progress: Some(found.into()), ..self.shown });
            }
        }
        Ok(self.shown)
    }
}

fn jobs_in(queue: Known) -> impl Iterator<Item = Job> {
    Job::ALL.into_iter().filter(move |job| Known::of(*job) == queue)
}

impl From<QueueResponseDto> for QueueResponseLegacyDto {
    fn from(queue: QueueResponseDto) -> Self {
        Self {
            job_counts: queue.statistics,
            queue_status: QueueStatusLegacyDto { is_active: queue.statistics.active > 0, is_paused: queue.is_paused },
        }
    }
}

/// All queues, in their old form.
pub(super) async fn legacy(app: &App) -> Result<QueuesResponseLegacyDto, ApiError> {
    let paused = app.reads.work().paused_queues().await?;
    let queues = Counted::all(app, &paused).await?;
    let of = |name: QueueName| -> QueueResponseLegacyDto {
        let nothing =
            || QueueResponseDto { is_paused: false, name, progress: None, statistics: QueueStatisticsDto::default() };
        queues.iter().map(|queue| &queue.shown).find(|shown| shown.name == name).cloned().unwrap_or_else(nothing).into()
    };
    Ok(QueuesResponseLegacyDto {
        background_task: of(QueueName::BackgroundTask),
        backup_database: of(QueueName::BackupDatabase),
        duplicate_detection: of(QueueName::DuplicateDetection),
        editor: of(QueueName::Editor),
        face_detection: of(QueueName::FaceDetection),
        facial_recognition: of(QueueName::FacialRecognition),
        integrity_check: of(QueueName::IntegrityCheck),
        library: of(QueueName::Library),
        metadata_extraction: of(QueueName::MetadataExtraction),
        migration: of(QueueName::Migration),
        notifications: of(QueueName::Notifications),
        ocr: of(QueueName::Ocr),
        search: of(QueueName::Search),
        sidecar: of(QueueName::Sidecar),
        smart_search: of(QueueName::SmartSearch),
        storage_template_migration: of(QueueName::StorageTemplateMigration),
        thumbnail_generation: of(QueueName::ThumbnailGeneration),
        video_conversion: of(QueueName::VideoConversion),
        workflow: of(QueueName::Workflow),
    })
}

/// What is in a queue, of these states or of all.
pub(super) async fn jobs(
    app: &App,
    queue: Known,
    states: Option<&[QueueJobStatus]>,
) -> Result<Vec<QueueJobResponseDto>, ApiError> {
    let is_paused = app.reads.work().paused_queues().await?.contains(queue.as_str());
    let held_back = |state| if is_paused && state == QueueJobStatus::Waiting { QueueJobStatus::Paused } else { state };
    let is_meant = |state| states.is_none_or(|states| states.contains(&held_back(state)));
    let wanted: Vec<JobState> = JobState::ALL.into_iter().filter(|state| is_meant(state_of_job(*state))).collect();
    let mut listed = Vec::new();
    if queue == Known::BackgroundTask {
        let tasks = app.reads.work().tasks().await?;
        listed.extend(tasks.iter().filter(|task| is_meant(state_of_task(task))).filter_map(shown_task));
    }
    for job in jobs_in(queue) {
        let found = app.reads.work().jobs(job, &wanted, MAX_LISTED).await?;
        listed.extend(found.into_iter().map(|row| shown_job(job, row)));
    }
    listed.truncate(usize::try_from(MAX_LISTED).unwrap_or(usize::MAX));
    Ok(listed)
}

const fn state_of_job(state: JobState) -> QueueJobStatus {
    match state {
        JobState::Active => QueueJobStatus::Active,
        JobState::Waiting => QueueJobStatus::Waiting,
        JobState::Delayed => QueueJobStatus::Delayed,
        JobState::Failed => QueueJobStatus::Failed,
    }
}

const fn state_of_task(task: &TaskRow) -> QueueJobStatus {
    match (&task.failure, task.started_at) {
        (Some(_), _) => QueueJobStatus::Failed,
        (None, Some(_)) => QueueJobStatus::Active,
        (None, None) => QueueJobStatus::Waiting,
    }
}

fn shown_job(job: Job, row: JobRow) -> QueueJobResponseDto {
    let name = match job {
        Job::Metadata => JobName::AssetExtractMetadata,
        Job::Previews => JobName::AssetGenerateThumbnails,
        Job::Deletion => JobName::AssetDelete,
        Job::Sidecar => JobName::SidecarWrite,
        Job::PersonThumbnail => JobName::PersonGenerateThumbnail,
        Job::Embedding => JobName::SmartSearch,
        Job::FaceDetection => JobName::AssetDetectFaces,
        Job::TextRecognition => JobName::Ocr,
        Job::DuplicateDetection => JobName::AssetDetectDuplicates,
        Job::FaceClustering => JobName::FacialRecognition,
        Job::FaceRegrouping => JobName::FacialRecognitionQueueAll,
        Job::AlbumInvitation => JobName::NotifyAlbumInvite,
        Job::AlbumNews => JobName::NotifyAlbumUpdate,
    };
    let mut data = Map::from_iter([("id".to_owned(), json!(row.asset_id))]);
    if let Some(reason) = row.reason {
        data.insert("failedReason".to_owned(), json!(reason));
    }
    let id = Some(format!("{}/{}", job.as_str(), row.asset_id));
    QueueJobResponseDto { data, id, name, timestamp: row.requested_at.timestamp_millis() }
}

fn shown_task(task: &TaskRow) -> Option<QueueJobResponseDto> {
    let name = match TaskKind::by_name(&task.kind)? {
        TaskKind::TrashCleanup => JobName::AssetDeleteCheck,
        TaskKind::UserCleanup => JobName::UserDeleteCheck,
        TaskKind::PersonCleanup => JobName::PersonCleanup,
        TaskKind::MemoryCleanup => JobName::MemoryCleanup,
        TaskKind::SessionCleanup => JobName::SessionCleanup,
        TaskKind::NotificationCleanup => JobName::NotificationsCleanup,
        TaskKind::TagCleanup => JobName::TagCleanup,
        TaskKind::MemoryCreation => JobName::MemoryGenerate,
        TaskKind::MissingPreviews => JobName::AssetGenerateThumbnailsQueueAll,
        TaskKind::FaceClustering => JobName::FacialRecognitionQueueAll,
    };
    let failure = task.failure.iter().map(|reason| ("failedReason".to_owned(), json!(reason)));
    let timestamp = task.requested_at.timestamp_millis();
    Some(QueueJobResponseDto { data: failure.collect(), id: Some(task.id.to_string()), name, timestamp })
}

/// The name of a queue, as clients write it.
pub(super) fn queue_name(name: QueueName) -> String {
    wire_name(name)
}

/// The name of a job that can be asked for, as clients write it.
pub(super) fn manual_name(name: ManualJobName) -> String {
    wire_name(name)
}

fn wire_name(name: impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

//! Wire types of the tags "Queues" and "Jobs".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::forms;
use super::parameters::{path_parameters, query_parameters};
use crate::{edge::validate::no_further_rules, operations::Progress};

/// A job to be done now.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobCreateDto {
    pub name: ManualJobName,
}

/// What a piece of work is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum JobName {
    AssetDelete,
    AssetDeleteCheck,
    AssetDetectFacesQueueAll,
    AssetDetectFaces,
    AssetDetectDuplicatesQueueAll,
    AssetDetectDuplicates,
    AssetEditThumbnailGeneration,
    AssetEncodeVideoQueueAll,
    AssetEncodeVideo,
    AssetEmptyTrash,
    AssetExtractMetadataQueueAll,
    AssetExtractMetadata,
    AssetFileMigration,
    AssetGenerateThumbnailsQueueAll,
    AssetGenerateThumbnails,
    AuditTableCleanup,
    DatabaseBackup,
    FacialRecognitionQueueAll,
    FacialRecognition,
    FileDelete,
    FileMigrationQueueAll,
    LibraryDeleteCheck,
    LibraryDelete,
    LibraryRemoveAsset,
    LibraryScanAssetsQueueAll,
    LibrarySyncAssets,
    LibrarySyncFilesQueueAll,
    LibrarySyncFiles,
    LibraryScanQueueAll,
    HlsSessionCleanup,
    MemoryCleanup,
    MemoryGenerate,
    NotificationsCleanup,
    NotifyUserSignup,
    NotifyAlbumInvite,
    NotifyAlbumUpdate,
    UserDelete,
    UserDeleteCheck,
    UserSyncUsage,
    PersonCleanup,
    PersonFileMigration,
    PersonGenerateThumbnail,
    SessionCleanup,
    SendMail,
    SidecarQueueAll,
    SidecarCheck,
    SidecarWrite,
    SmartSearchQueueAll,
    SmartSearch,
    StorageTemplateMigration,
    StorageTemplateMigrationSingle,
    TagCleanup,
    VersionCheck,
    OcrQueueAll,
    Ocr,
    WorkflowAssetTrigger,
    IntegrityUntrackedFilesQueueAll,
    IntegrityUntrackedFiles,
    IntegrityUntrackedRefresh,
    IntegrityMissingFilesQueueAll,
    IntegrityMissingFiles,
    IntegrityMissingFilesRefresh,
    IntegrityChecksumFiles,
    IntegrityChecksumFilesRefresh,
    IntegrityDeleteReportType,
    IntegrityDeleteReports,
}

/// A job that administrators can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ManualJobName {
    PersonCleanup,
    TagCleanup,
    UserCleanup,
    MemoryCleanup,
    MemoryCreate,
    BackupDatabase,
    IntegrityMissingFiles,
    IntegrityUntrackedFiles,
    IntegrityChecksumMismatch,
    IntegrityMissingFilesRefresh,
    IntegrityUntrackedFilesRefresh,
    IntegrityChecksumMismatchRefresh,
    IntegrityMissingFilesDeleteAll,
    IntegrityUntrackedFilesDeleteAll,
    IntegrityChecksumMismatchDeleteAll,
}

/// What a queue can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QueueCommand {
    Start,
    Pause,
    Resume,
    Empty,
    ClearFailed,
}

/// What a queue is told.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueCommandDto {
    pub command: QueueCommand,
    #[schema(nullable = false)]
    pub force: Option<bool>,
}

/// What of a queue is dropped.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueDeleteDto {
    #[schema(nullable = false)]
    pub failed: Option<bool>,
}

/// A piece of work in a queue.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueJobResponseDto {
    #[schema(schema_with = forms::record)]
    pub data: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    pub name: JobName,
    #[schema(schema_with = forms::integer)]
    pub timestamp: i64,
}

/// How a piece of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueueJobStatus {
    Active,
    Failed,
    Completed,
    Delayed,
    Waiting,
    Paused,
}

/// A queue's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QueueName {
    ThumbnailGeneration,
    MetadataExtraction,
    VideoConversion,
    FaceDetection,
    FacialRecognition,
    SmartSearch,
    DuplicateDetection,
    BackgroundTask,
    StorageTemplateMigration,
    Migration,
    Search,
    Sidecar,
    Library,
    Notifications,
    BackupDatabase,
    Ocr,
    Workflow,
    IntegrityCheck,
    Editor,
}

/// A queue.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueResponseDto {
    pub is_paused: bool,
    pub name: QueueName,
    /// While a model has something left to look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progress: Option<QueueProgressDto>,
    pub statistics: QueueStatisticsDto,
}

/// How far a model is with what a queue holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueProgressDto {
    /// The model that answers searches until this one has seen everything.
    #[schema(schema_with = forms::nullable_text, required)]
    pub answering_model: Option<String>,
    /// Assets that it has not seen yet.
    #[schema(schema_with = forms::count)]
    pub left: i64,
    /// The model that looks at them.
    pub model: String,
    /// How long those take that are left, if it goes on as in the last minutes. Null while that is not known: nothing has
    /// come lately, or the queue is paused.
    #[schema(schema_with = forms::nullable_count, required)]
    pub seconds_left: Option<i64>,
    /// Assets that it has seen.
    #[schema(schema_with = forms::count)]
    pub seen: i64,
}

impl From<Progress> for QueueProgressDto {
    fn from(progress: Progress) -> Self {
        Self {
            seconds_left: progress.seconds_left(),
            answering_model: progress.answering,
            left: progress.left,
            model: progress.model,
            seen: progress.seen,
        }
    }
}

/// A queue, in its old form.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueResponseLegacyDto {
    pub job_counts: QueueStatisticsDto,
    pub queue_status: QueueStatusLegacyDto,
}

/// How much there is in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatisticsDto {
    #[schema(schema_with = forms::integer)]
    pub active: i64,
    #[schema(schema_with = forms::integer)]
    pub completed: i64,
    #[schema(schema_with = forms::integer)]
    pub delayed: i64,
    #[schema(schema_with = forms::integer)]
    pub failed: i64,
    #[schema(schema_with = forms::integer)]
    pub paused: i64,
    #[schema(schema_with = forms::integer)]
    pub waiting: i64,
}

/// Whether a queue does something.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatusLegacyDto {
    pub is_active: bool,
    pub is_paused: bool,
}

/// Changes to a queue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueUpdateDto {
    #[schema(nullable = false)]
    pub is_paused: Option<bool>,
}

/// All queues, in their old form.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuesResponseLegacyDto {
    pub background_task: QueueResponseLegacyDto,
    pub backup_database: QueueResponseLegacyDto,
    pub duplicate_detection: QueueResponseLegacyDto,
    pub editor: QueueResponseLegacyDto,
    pub face_detection: QueueResponseLegacyDto,
    pub facial_recognition: QueueResponseLegacyDto,
    pub integrity_check: QueueResponseLegacyDto,
    pub library: QueueResponseLegacyDto,
    pub metadata_extraction: QueueResponseLegacyDto,
    pub migration: QueueResponseLegacyDto,
    pub notifications: QueueResponseLegacyDto,
    pub ocr: QueueResponseLegacyDto,
    pub search: QueueResponseLegacyDto,
    pub sidecar: QueueResponseLegacyDto,
    pub smart_search: QueueResponseLegacyDto,
    pub storage_template_migration: QueueResponseLegacyDto,
    pub thumbnail_generation: QueueResponseLegacyDto,
    pub video_conversion: QueueResponseLegacyDto,
    pub workflow: QueueResponseLegacyDto,
}

/// The queue in the path.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuePath {
    pub name: QueueName,
}

path_parameters!(QueuePath);

/// Which pieces of work are meant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueJobsQuery {
    #[schema(nullable = false)]
    pub status: Option<Vec<QueueJobStatus>>,
}

query_parameters!(QueueJobsQuery);

no_further_rules!(JobCreateDto, QueueCommandDto, QueueDeleteDto, QueueJobsQuery, QueuePath, QueueUpdateDto);

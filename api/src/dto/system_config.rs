//! Wire types of the tag "System config".
//!
//! The configuration is merged and kept as JSON; these types are its published shape, against which
//! requests and configuration files are checked.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayItems, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema};

use super::forms;
use crate::edge::validate::no_further_rules;

/// Heights of films that are made while they are watched, in pixels.
pub const HLS_RESOLUTIONS: [i64; 5] = [480, 720, 1080, 1440, 2160];

/// The heights as a list of the published document.
pub fn hls_resolutions() -> Schema {
    let resolution = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .enum_values(Some(HLS_RESOLUTIONS.map(|pixels| json!(pixels))))
        .build();
    ArrayBuilder::new().items(ArrayItems::RefOrSchema(Box::new(RefOr::T(resolution.into())))).build().into()
}

/// Target audio codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum AudioCodec {
    #[serde(rename = "mp3")]
    Mp3,
    #[serde(rename = "aac")]
    Aac,
    #[serde(rename = "opus")]
    Opus,
    #[serde(rename = "pcm_s16le")]
    PcmS16le,
}

/// Searching by words and likeness.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CLIPConfig {
    pub enabled: bool,
    pub model_name: String,
    /// The model that serves, while that is another: a small one until this one can be had, or the one before until this
    /// one has seen everything. It is told, and cannot be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub serving_model: Option<String>,
}

/// CQ mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum CQMode {
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "cqp")]
    Cqp,
    #[serde(rename = "icq")]
    Icq,
}

/// Colorspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Colorspace {
    #[serde(rename = "srgb")]
    Srgb,
    #[serde(rename = "p3")]
    P3,
}

/// Dumps of the database.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseBackupConfig {
    pub cron_expression: String,
    pub enabled: bool,
    #[schema(schema_with = forms::positive)]
    pub keep_last_amount: i64,
}

/// Finding the same picture twice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateDetectionConfig {
    pub enabled: bool,
    #[schema(schema_with = forms::duplicate_distance)]
    pub max_distance: f64,
}

/// Recognising people.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FacialRecognitionConfig {
    pub enabled: bool,
    #[schema(schema_with = forms::face_distance)]
    pub max_distance: f64,
    #[schema(schema_with = forms::positive)]
    pub min_faces: i64,
    #[schema(schema_with = forms::score)]
    pub min_score: f64,
    pub model_name: String,
    /// The model that serves, while that is another: a small one until this one can be had, or the one before until this
    /// one has seen everything. It is told, and cannot be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub serving_model: Option<String>,
}

/// Image format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ImageFormat {
    #[serde(rename = "jpeg")]
    Jpeg,
    #[serde(rename = "webp")]
    Webp,
}

/// How much of a queue is done at once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobSettingsDto {
    #[schema(schema_with = forms::positive)]
    pub concurrency: i64,
}

/// Log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum LogLevel {
    #[serde(rename = "verbose")]
    Verbose,
    #[serde(rename = "debug")]
    Debug,
    #[serde(rename = "log")]
    Log,
    #[serde(rename = "warn")]
    Warn,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "fatal")]
    Fatal,
}

/// Looking whether models can be reached; times in ms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MachineLearningAvailabilityChecksDto {
    pub enabled: bool,
    #[schema(schema_with = forms::integer)]
    pub interval: i64,
    #[schema(schema_with = forms::integer)]
    pub timeout: i64,
}

/// OAuth token endpoint auth method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum OAuthTokenEndpointAuthMethod {
    #[serde(rename = "client_secret_post")]
    ClientSecretPost,
    #[serde(rename = "client_secret_basic")]
    ClientSecretBasic,
}

/// Reading text in pictures.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OcrConfig {
    pub enabled: bool,
    #[schema(schema_with = forms::positive)]
    pub max_resolution: i64,
    #[schema(schema_with = forms::score)]
    pub min_detection_score: f64,
    #[schema(schema_with = forms::score)]
    pub min_recognition_score: f64,
    pub model_name: String,
    /// The model that serves, while that is another: a small one until this one can be had, or the one before until this
    /// one has seen everything. It is told, and cannot be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub serving_model: Option<String>,
}

/// Release channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ReleaseChannel {
    #[serde(rename = "stable")]
    Stable,
    #[serde(rename = "releaseCandidate")]
    ReleaseCandidate,
}

/// Backups.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigBackupsDto {
    pub database: DatabaseBackupConfig,
}

/// The whole configuration.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigDto {
    pub backup: SystemConfigBackupsDto,
    pub ffmpeg: SystemConfigFFmpegDto,
    pub image: SystemConfigImageDto,
    pub integrity_checks: SystemConfigIntegrityChecks,
    pub job: SystemConfigJobDto,
    pub library: SystemConfigLibraryDto,
    pub logging: SystemConfigLoggingDto,
    pub machine_learning: SystemConfigMachineLearningDto,
    pub map: SystemConfigMapDto,
    pub metadata: SystemConfigMetadataDto,
    pub new_version_check: SystemConfigNewVersionCheckDto,
    pub nightly_tasks: SystemConfigNightlyTasksDto,
    pub notifications: SystemConfigNotificationsDto,
    pub oauth: SystemConfigOAuthDto,
    pub password_login: SystemConfigPasswordLoginDto,
    pub reverse_geocoding: SystemConfigReverseGeocodingDto,
    pub server: SystemConfigServerDto,
    pub storage_template: SystemConfigStorageTemplateDto,
    pub templates: SystemConfigTemplatesDto,
    pub theme: SystemConfigThemeDto,
    pub trash: SystemConfigTrashDto,
    pub user: SystemConfigUserDto,
}

/// Transcoding films.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigFFmpegDto {
    pub accel: TranscodeHWAccel,
    pub accel_decode: bool,
    pub accepted_audio_codecs: Vec<AudioCodec>,
    pub accepted_containers: Vec<VideoContainer>,
    pub accepted_video_codecs: Vec<VideoCodec>,
    #[schema(schema_with = forms::b_frames)]
    pub bframes: i64,
    pub cq_mode: CQMode,
    #[schema(schema_with = forms::crf)]
    pub crf: i64,
    #[schema(schema_with = forms::count)]
    pub gop_size: i64,
    pub max_bitrate: String,
    pub preferred_hw_device: String,
    pub preset: String,
    pub realtime: SystemConfigFFmpegRealtimeDto,
    #[schema(schema_with = forms::reference_frames)]
    pub refs: i64,
    pub target_audio_codec: AudioCodec,
    pub target_resolution: String,
    pub target_video_codec: VideoCodec,
    #[serde(rename = "temporalAQ")]
    pub temporal_aq: bool,
    #[schema(schema_with = forms::count)]
    pub threads: i64,
    pub tonemap: ToneMapping,
    pub transcode: TranscodePolicy,
    pub two_pass: bool,
}

/// Transcoding films while they are watched.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigFFmpegRealtimeDto {
    pub enabled: bool,
    #[schema(schema_with = hls_resolutions)]
    pub resolutions: Vec<i64>,
    pub video_codecs: Vec<VideoCodec>,
}

/// Faces that other programs have marked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigFacesDto {
    pub r#import: bool,
}

/// How the full-size picture is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigGeneratedFullsizeImageDto {
    pub enabled: bool,
    pub format: ImageFormat,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progressive: Option<bool>,
    #[schema(schema_with = forms::percent)]
    pub quality: i64,
}

/// How a small picture is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigGeneratedImageDto {
    pub format: ImageFormat,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progressive: Option<bool>,
    #[schema(schema_with = forms::percent)]
    pub quality: i64,
    #[schema(schema_with = forms::positive)]
    pub size: i64,
}

/// How small pictures are made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigImageDto {
    pub colorspace: Colorspace,
    pub extract_embedded: bool,
    pub fullsize: SystemConfigGeneratedFullsizeImageDto,
    pub preview: SystemConfigGeneratedImageDto,
    pub thumbnail: SystemConfigGeneratedImageDto,
}

/// Looking for files that are missing or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigIntegrityChecks {
    pub checksum_files: SystemConfigIntegrityChecksumJob,
    pub missing_files: SystemConfigIntegrityJob,
    pub untracked_files: SystemConfigIntegrityJob,
}

/// Looking for files that have changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigIntegrityChecksumJob {
    pub cron_expression: String,
    pub enabled: bool,
    #[schema(schema_with = forms::share)]
    pub percentage_limit: f64,
    #[schema(schema_with = forms::count)]
    pub time_limit: i64,
}

/// Looking for files.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigIntegrityJob {
    pub cron_expression: String,
    pub enabled: bool,
}

/// How much is done at once.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigJobDto {
    pub background_task: JobSettingsDto,
    pub editor: JobSettingsDto,
    pub face_detection: JobSettingsDto,
    pub integrity_check: JobSettingsDto,
    pub library: JobSettingsDto,
    pub metadata_extraction: JobSettingsDto,
    pub migration: JobSettingsDto,
    pub notifications: JobSettingsDto,
    pub ocr: JobSettingsDto,
    pub search: JobSettingsDto,
    pub sidecar: JobSettingsDto,
    pub smart_search: JobSettingsDto,
    pub thumbnail_generation: JobSettingsDto,
    pub video_conversion: JobSettingsDto,
    pub workflow: JobSettingsDto,
}

/// External libraries.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigLibraryDto {
    pub scan: SystemConfigLibraryScanDto,
    pub watch: SystemConfigLibraryWatchDto,
}

/// Looking for new files in external libraries.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigLibraryScanDto {
    pub cron_expression: String,
    pub enabled: bool,
}

/// Hearing of new files in external libraries.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigLibraryWatchDto {
    pub enabled: bool,
}

/// What is logged.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigLoggingDto {
    pub enabled: bool,
    pub level: LogLevel,
}

/// Models.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigMachineLearningDto {
    pub availability_checks: MachineLearningAvailabilityChecksDto,
    pub clip: CLIPConfig,
    pub duplicate_detection: DuplicateDetectionConfig,
    pub enabled: bool,
    pub facial_recognition: FacialRecognitionConfig,
    pub ocr: OcrConfig,
    #[schema(min_items = 1)]
    pub urls: Vec<String>,
}

/// The map.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigMapDto {
    #[schema(schema_with = forms::uri)]
    pub dark_style: String,
    pub enabled: bool,
    #[schema(schema_with = forms::uri)]
    pub light_style: String,
}

/// What is taken over from files.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigMetadataDto {
    pub faces: SystemConfigFacesDto,
}

/// Looking for newer releases.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigNewVersionCheckDto {
    pub channel: ReleaseChannel,
    pub enabled: bool,
}

/// What happens at night.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigNightlyTasksDto {
    pub cluster_new_faces: bool,
    pub database_cleanup: bool,
    pub generate_memories: bool,
    pub missing_thumbnails: bool,
    #[schema(schema_with = forms::time_of_day)]
    pub start_time: String,
    pub sync_quota_usage: bool,
}

/// How users are told of something.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigNotificationsDto {
    pub smtp: SystemConfigSmtpDto,
}

/// Log-in by others' accounts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigOAuthDto {
    /// Clients of version 3.1 do not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_management_url: Option<String>,
    pub allow_insecure_requests: bool,
    pub auto_launch: bool,
    pub auto_register: bool,
    pub button_text: String,
    pub client_id: String,
    pub client_secret: String,
    #[schema(schema_with = forms::nullable_count, required)]
    pub default_storage_quota: Option<i64>,
    pub enabled: bool,
    pub end_session_endpoint: String,
    pub issuer_url: String,
    pub mobile_override_enabled: bool,
    pub mobile_redirect_uri: String,
    pub profile_signing_algorithm: String,
    pub prompt: String,
    pub role_claim: String,
    pub scope: String,
    pub signing_algorithm: String,
    pub storage_label_claim: String,
    pub storage_quota_claim: String,
    #[schema(schema_with = forms::positive)]
    pub timeout: i64,
    pub token_endpoint_auth_method: OAuthTokenEndpointAuthMethod,
}

/// Log-in by password.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigPasswordLoginDto {
    pub enabled: bool,
}

/// Names of places.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigReverseGeocodingDto {
    pub enabled: bool,
}

/// What the server says of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigServerDto {
    pub external_domain: String,
    pub login_page_message: String,
    pub public_users: bool,
}

/// E-mail.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigSmtpDto {
    pub enabled: bool,
    pub from: String,
    pub reply_to: String,
    pub transport: SystemConfigSmtpTransportDto,
}

/// The mail server.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigSmtpTransportDto {
    pub host: String,
    pub ignore_cert: bool,
    pub password: String,
    #[schema(schema_with = forms::port)]
    pub port: u16,
    pub secure: bool,
    pub username: String,
}

/// Where originals lie.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigStorageTemplateDto {
    pub enabled: bool,
    pub hash_verification_enabled: bool,
    pub template: String,
}

/// Texts of e-mails.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigTemplateEmailsDto {
    pub album_invite_template: String,
    pub album_update_template: String,
    pub welcome_template: String,
}

/// What a storage template can hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigTemplateStorageOptionDto {
    pub day_options: Vec<String>,
    pub hour_options: Vec<String>,
    pub minute_options: Vec<String>,
    pub month_options: Vec<String>,
    pub preset_options: Vec<String>,
    pub second_options: Vec<String>,
    pub week_options: Vec<String>,
    pub year_options: Vec<String>,
}

/// Texts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigTemplatesDto {
    pub email: SystemConfigTemplateEmailsDto,
}

/// How the web app looks.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigThemeDto {
    pub custom_css: String,
}

/// What is deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigTrashDto {
    #[schema(schema_with = forms::count)]
    pub days: i64,
    pub enabled: bool,
}

/// Who is deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemConfigUserDto {
    #[schema(schema_with = forms::positive)]
    pub delete_delay: i64,
}

/// Tone mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ToneMapping {
    #[serde(rename = "hable")]
    Hable,
    #[serde(rename = "mobius")]
    Mobius,
    #[serde(rename = "reinhard")]
    Reinhard,
    #[serde(rename = "disabled")]
    Disabled,
}

/// Transcode hardware acceleration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum TranscodeHWAccel {
    #[serde(rename = "nvenc")]
    Nvenc,
    #[serde(rename = "qsv")]
    Qsv,
    #[serde(rename = "vaapi")]
    Vaapi,
    #[serde(rename = "rkmpp")]
    Rkmpp,
    #[serde(rename = "disabled")]
    Disabled,
}

/// Transcode policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum TranscodePolicy {
    #[serde(rename = "all")]
    All,
    #[serde(rename = "optimal")]
    Optimal,
    #[serde(rename = "bitrate")]
    Bitrate,
    #[serde(rename = "required")]
    Required,
    #[serde(rename = "disabled")]
    Disabled,
}

/// Target video codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum VideoCodec {
    #[serde(rename = "h264")]
    H264,
    #[serde(rename = "hevc")]
    Hevc,
    #[serde(rename = "vp9")]
    Vp9,
    #[serde(rename = "av1")]
    Av1,
}

/// Accepted video containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum VideoContainer {
    #[serde(rename = "mov")]
    Mov,
    #[serde(rename = "mp4")]
    Mp4,
    #[serde(rename = "ogg")]
    Ogg,
    #[serde(rename = "webm")]
    Webm,
}

no_further_rules!(SystemConfigSmtpDto);

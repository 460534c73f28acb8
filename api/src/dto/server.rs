//! Wire types of the tag "Server".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use albumen_domain::system::release::ReleaseStep;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;

/// Versions and origin of the server.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerAboutResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub build_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exiftool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ffmpeg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub imagemagick: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub libvips: Option<String>,
    pub licensed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub nodejs: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub repository_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_bug_feature_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_documentation_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_source_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub third_party_support_url: Option<String>,
    pub version: String,
    pub version_url: String,
}

/// Where the Android application can be had.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerApkLinksDto {
    pub arm64v8a: String,
    pub armeabiv7a: String,
    pub universal: String,
    #[serde(rename = "x86_64")]
    pub x86_64: String,
}

/// Settings that a client needs before log-in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerConfigDto {
    pub external_domain: String,
    pub is_initialized: bool,
    pub is_onboarded: bool,
    pub login_page_message: String,
    pub maintenance_mode: bool,
    pub map_dark_style_url: String,
    pub map_light_style_url: String,
    #[schema(schema_with = forms::integer)]
    pub min_faces: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub oauth_account_management_url: Option<String>,
    pub oauth_button_text: String,
    pub public_users: bool,
    #[schema(schema_with = forms::integer)]
    pub trash_days: i64,
    #[schema(schema_with = forms::integer)]
    pub user_delete_delay: i64,
}

/// What the server can do.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerFeaturesDto {
    pub config_file: bool,
    pub duplicate_detection: bool,
    pub email: bool,
    pub facial_recognition: bool,
    pub import_faces: bool,
    pub map: bool,
    pub oauth: bool,
    pub oauth_auto_launch: bool,
    pub ocr: bool,
    pub password_login: bool,
    pub realtime_transcoding: bool,
    pub reverse_geocoding: bool,
    pub search: bool,
    pub sidecar: bool,
    pub smart_search: bool,
    pub trash: bool,
}

/// File name extensions that the server takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerMediaTypesResponseDto {
    pub image: Vec<String>,
    pub sidecar: Vec<String>,
    pub video: Vec<String>,
}

/// A sign of life.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerPingResponse {
    pub res: String,
}

/// Counts and sizes of all users' assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub photos: i64,
    #[schema(schema_with = forms::integer)]
    pub usage: i64,
    pub usage_by_user: Vec<UsageByUserDto>,
    #[schema(schema_with = forms::integer)]
    pub usage_photos: i64,
    #[schema(schema_with = forms::integer)]
    pub usage_videos: i64,
    #[schema(schema_with = forms::integer)]
    pub videos: i64,
}

/// Room on the file system that holds the library.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerStorageResponseDto {
    pub disk_available: String,
    #[schema(schema_with = forms::integer)]
    pub disk_available_raw: i64,
    pub disk_size: String,
    #[schema(schema_with = forms::integer)]
    pub disk_size_raw: i64,
    pub disk_usage_percentage: f64,
    pub disk_use: String,
    #[schema(schema_with = forms::integer)]
    pub disk_use_raw: i64,
}

/// A version that ran here.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerVersionHistoryResponseDto {
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub version: String,
}

/// The version of the API.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerVersionResponseDto {
    #[schema(schema_with = forms::count)]
    pub major: i64,
    #[schema(schema_with = forms::count)]
    pub minor: i64,
    #[schema(schema_with = forms::count)]
    pub patch: i64,
    #[schema(schema_with = forms::nullable_count, required)]
    pub prerelease: Option<i64>,
}

/// That a version of the API is the newest, as it is told by websocket.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseEventV1 {
    pub checked_at: WireDateTime,
    pub is_available: bool,
    pub release_version: ServerVersionResponseDto,
    pub server_version: ServerVersionResponseDto,
    #[serde(rename = "type")]
    pub kind: Option<ReleaseStep>,
}

/// Counts and sizes of one user's assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageByUserDto {
    #[schema(schema_with = forms::integer)]
    pub photos: i64,
    #[schema(schema_with = forms::nullable_integer, required)]
    pub quota_size_in_bytes: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub usage: i64,
    #[schema(schema_with = forms::integer)]
    pub usage_photos: i64,
    #[schema(schema_with = forms::integer)]
    pub usage_videos: i64,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
    pub user_name: String,
    #[schema(schema_with = forms::integer)]
    pub videos: i64,
}

//! Wire types of the tag "Assets": uploads and the check before them.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::asset_metadata::AssetMetadataUpsertItemDto;
use super::assets::AssetVisibility;
use super::forms;
use super::wire::{Binary, WireDateTime};
use crate::edge::validate::no_further_rules;

/// Files that a client means to upload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUploadCheckDto {
    pub assets: Vec<AssetBulkUploadCheckItem>,
}

/// One of the files, under the client's own id.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUploadCheckItem {
    pub checksum: String,
    pub id: String,
}

/// What the server would do with each file, in the order of the question.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUploadCheckResponseDto {
    pub results: Vec<AssetBulkUploadCheckResult>,
}

/// What the server would do with one file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUploadCheckResult {
    pub action: AssetUploadAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Option<Uuid>,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<AssetRejectReason>,
}

/// The parts of an upload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMediaCreateDto {
    #[serde(default)]
    #[schema(schema_with = forms::binary, required)]
    pub asset_data: Binary,
    #[schema(schema_with = forms::count)]
    pub duration: Option<i64>,
    #[schema(schema_with = forms::instant)]
    pub file_created_at: WireDateTime,
    #[schema(schema_with = forms::instant)]
    pub file_modified_at: WireDateTime,
    #[schema(nullable = false)]
    pub filename: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(schema_with = forms::uuid)]
    pub live_photo_video_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub metadata: Option<Vec<AssetMetadataUpsertItemDto>>,
    #[serde(default)]
    #[schema(schema_with = forms::binary, required = false)]
    pub sidecar_data: Binary,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
}

/// Outcome of an upload.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMediaResponseDto {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub status: AssetMediaStatus,
}

/// Whether an upload made a new asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetMediaStatus {
    Created,
    Duplicate,
}

/// Why a file would not be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetRejectReason {
    Duplicate,
    UnsupportedFormat,
}

/// What the server would do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetUploadAction {
    Accept,
    Reject,
}

no_further_rules!(AssetBulkUploadCheckDto, AssetMediaCreateDto);

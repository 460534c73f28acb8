//! Wire types of the tag "Assets": reading and changing assets.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::people::PersonResponseDto;
use super::tags::TagResponseDto;
use super::users::UserResponseDto;
use super::wire::{Maybe, NestedDateTime, WireDateTime, default_true, maybe};
use crate::edge::validate::no_further_rules;

/// Assets to put into the trash, or with `force` to delete.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkDeleteDto {
    #[schema(nullable = false)]
    pub force: Option<bool>,
    #[schema(schema_with = forms::uuids)]
    pub ids: Vec<Uuid>,
}

/// One change to many assets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetBulkUpdateDto {
    #[schema(nullable = false)]
    pub date_time_original: Option<String>,
    #[schema(schema_with = forms::integer)]
    pub date_time_relative: Option<i64>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub duplicate_id: Maybe<String>,
    #[schema(schema_with = forms::uuids)]
    pub ids: Vec<Uuid>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(schema_with = forms::latitude)]
    pub latitude: Option<f64>,
    #[schema(schema_with = forms::longitude)]
    pub longitude: Option<f64>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_rating_input, required = false)]
    pub rating: Maybe<i64>,
    #[schema(nullable = false)]
    pub time_zone: Option<String>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
}

/// Which ties of one asset another one is to take over.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetCopyDto {
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub albums: bool,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub favorite: bool,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub shared_links: bool,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub sidecar: bool,
    #[schema(schema_with = forms::uuid)]
    pub source_id: Uuid,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub stack: bool,
    #[schema(schema_with = forms::uuid)]
    pub target_id: Uuid,
}

/// Work that can be asked for an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AssetJobName {
    RefreshFaces,
    RefreshMetadata,
    RegenerateThumbnail,
    TranscodeVideo,
}

/// Work to do again for some assets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetJobsDto {
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
    pub name: AssetJobName,
}

/// Which picture of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetMediaSize {
    Original,
    Fullsize,
    Preview,
    Thumbnail,
}

/// An asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetResponseDto {
    pub checksum: String,
    #[schema(schema_with = forms::date_time)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub duplicate_id: Option<Uuid>,
    #[schema(schema_with = forms::nullable_milliseconds, required)]
    pub duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exif_info: Option<ExifResponseDto>,
    #[schema(schema_with = forms::date_time)]
    pub file_created_at: WireDateTime,
    #[schema(schema_with = forms::date_time)]
    pub file_modified_at: WireDateTime,
    pub has_metadata: bool,
    #[schema(schema_with = forms::nullable_count, required)]
    pub height: Option<i64>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_archived: bool,
    pub is_edited: bool,
    pub is_favorite: bool,
    pub is_offline: bool,
    pub is_trashed: bool,
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub library_id: Option<Uuid>,
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub live_photo_video_id: Option<Uuid>,
    #[schema(schema_with = forms::date_time)]
    pub local_date_time: WireDateTime,
    pub original_file_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub original_mime_type: Option<String>,
    pub original_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<UserResponseDto>,
    #[schema(schema_with = forms::uuid)]
    pub owner_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub people: Option<Vec<PersonResponseDto>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resized: Option<bool>,
    #[schema(required = false)]
    pub stack: Option<AssetStackResponseDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tags: Option<Vec<TagResponseDto>>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub thumbhash: Option<String>,
    #[serde(rename = "type")]
    pub kind: AssetTypeEnum,
    #[schema(schema_with = forms::date_time)]
    pub updated_at: WireDateTime,
    pub visibility: AssetVisibility,
    #[schema(schema_with = forms::nullable_count, required)]
    pub width: Option<i64>,
}

/// The stack that an asset stands in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetStackResponseDto {
    #[schema(schema_with = forms::count)]
    pub asset_count: i64,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub primary_asset_id: Uuid,
}

/// Counts of assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetStatsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub images: i64,
    #[schema(schema_with = forms::integer)]
    pub total: i64,
    #[schema(schema_with = forms::integer)]
    pub videos: i64,
}

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AssetTypeEnum {
    Image,
    Video,
    Audio,
    Other,
}

/// Where an asset is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetVisibility {
    Archive,
    Timeline,
    Hidden,
    Locked,
}

/// What is known about the making of an asset.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExifResponseDto {
    #[schema(schema_with = forms::exif_text, required = false)]
    pub city: Option<String>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub country: Option<String>,
    #[schema(schema_with = forms::exif_date_time, required = false)]
    pub date_time_original: Option<NestedDateTime>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub description: Option<String>,
    #[schema(schema_with = forms::exif_count, required = false)]
    pub exif_image_height: Option<i64>,
    #[schema(schema_with = forms::exif_count, required = false)]
    pub exif_image_width: Option<i64>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub exposure_time: Option<String>,
    #[schema(schema_with = forms::exif_number, required = false)]
    pub f_number: Option<f64>,
    #[schema(schema_with = forms::exif_count, required = false)]
    pub file_size_in_byte: Option<i64>,
    #[schema(schema_with = forms::exif_number, required = false)]
    pub focal_length: Option<f64>,
    #[schema(schema_with = forms::exif_integer, required = false)]
    pub iso: Option<i64>,
    #[schema(schema_with = forms::exif_number, required = false)]
    pub latitude: Option<f64>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub lens_model: Option<String>,
    #[schema(schema_with = forms::exif_number, required = false)]
    pub longitude: Option<f64>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub make: Option<String>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub model: Option<String>,
    #[schema(schema_with = forms::exif_date_time, required = false)]
    pub modify_date: Option<NestedDateTime>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub orientation: Option<String>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub projection_type: Option<String>,
    #[schema(schema_with = forms::exif_rating, required = false)]
    pub rating: Option<i64>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub state: Option<String>,
    #[schema(schema_with = forms::exif_text, required = false)]
    pub time_zone: Option<String>,
}

/// Changes to an asset.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAssetDto {
    #[schema(nullable = false)]
    pub date_time_original: Option<String>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(schema_with = forms::latitude)]
    pub latitude: Option<f64>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub live_photo_video_id: Maybe<Uuid>,
    #[schema(schema_with = forms::longitude)]
    pub longitude: Option<f64>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_rating_input, required = false)]
    pub rating: Maybe<i64>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
}

/// Which assets to count.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetStatsQuery {
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
}

query_parameters!(AssetStatsQuery);

/// Which picture of an asset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMediaQuery {
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub edited: bool,
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub size: Option<AssetMediaSize>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
}

query_parameters!(AssetMediaQuery);

/// Which file of an asset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetDownloadQuery {
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub edited: bool,
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
}

query_parameters!(AssetDownloadQuery);

no_further_rules!(AssetBulkDeleteDto, AssetCopyDto, AssetDownloadQuery, AssetJobsDto, AssetMediaQuery, AssetStatsQuery);

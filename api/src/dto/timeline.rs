//! Wire types of the tag "Timeline".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::AssetVisibility;
use super::forms;
use super::parameters::query_parameters;
use super::wire::{Base64, BucketDateTime};
use crate::edge::validate::no_further_rules;

/// Oldest or newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetOrder {
    Asc,
    Desc,
}

/// Which date the timeline goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum AssetOrderBy {
    TakenAt,
    CreatedAt,
}

/// Whether an asset is in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetStatus {
    Active,
    Trashed,
}

/// The stack that an asset of a bucket leads: its id, and the count of its members as text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BucketStack(pub Uuid, pub String);

/// The assets of a bucket, one column per field.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucketAssetResponseDto<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::nullable_texts)]
    pub city: Option<Vec<Option<&'a str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::nullable_texts)]
    pub country: Option<Vec<Option<&'a str>>>,
    #[schema(schema_with = forms::texts)]
    pub created_at: Vec<BucketDateTime>,
    #[schema(schema_with = forms::nullable_durations)]
    pub duration: Vec<Option<i64>>,
    #[schema(schema_with = forms::texts)]
    pub file_created_at: Vec<BucketDateTime>,
    #[schema(schema_with = forms::texts)]
    pub id: Vec<Uuid>,
    pub is_favorite: Vec<bool>,
    pub is_image: Vec<bool>,
    pub is_trashed: Vec<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::nullable_numbers)]
    pub latitude: Option<Vec<Option<f64>>>,
    #[schema(schema_with = forms::nullable_texts)]
    pub live_photo_video_id: Vec<Option<Uuid>>,
    #[schema(schema_with = forms::numbers)]
    pub local_offset_hours: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::nullable_numbers)]
    pub longitude: Option<Vec<Option<f64>>>,
    #[schema(schema_with = forms::texts)]
    pub owner_id: Vec<Uuid>,
    #[schema(schema_with = forms::nullable_texts)]
    pub projection_type: Vec<Option<&'a str>>,
    #[schema(schema_with = forms::numbers)]
    pub ratio: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::stacks)]
    pub stack: Option<Vec<Option<BucketStack>>>,
    // Immich sends it, and its document leaves it out.
    #[schema(ignore)]
    pub status: Vec<AssetStatus>,
    #[schema(schema_with = forms::nullable_texts)]
    pub thumbhash: Vec<Option<Base64<'a>>>,
    pub visibility: Vec<AssetVisibility>,
}

/// A bucket of the timeline and how many assets it holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucketsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub count: i64,
    pub time_bucket: String,
}

/// Which assets make up the timeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucketsQuery {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub bbox: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
    #[schema(nullable = false)]
    pub order_by: Option<AssetOrderBy>,
    #[schema(schema_with = forms::uuid)]
    pub person_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub tag_id: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
    #[schema(nullable = false)]
    pub with_coordinates: Option<bool>,
    #[schema(nullable = false)]
    pub with_partners: Option<bool>,
    #[schema(nullable = false)]
    pub with_stacked: Option<bool>,
}

query_parameters!(TimeBucketsQuery);

/// Which bucket, of which timeline.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeBucketQuery {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub bbox: Option<String>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
    #[schema(nullable = false)]
    pub order_by: Option<AssetOrderBy>,
    #[schema(schema_with = forms::uuid)]
    pub person_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub tag_id: Option<Uuid>,
    pub time_bucket: String,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
    #[schema(nullable = false)]
    pub with_coordinates: Option<bool>,
    #[schema(nullable = false)]
    pub with_partners: Option<bool>,
    #[schema(nullable = false)]
    pub with_stacked: Option<bool>,
}

query_parameters!(TimeBucketQuery);

no_further_rules!(TimeBucketQuery, TimeBucketsQuery);

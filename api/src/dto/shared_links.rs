//! Wire types of the tag "Shared links".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::albums::AlbumResponseDto;
use super::assets::{AssetResponseDto, AssetTypeEnum};
use super::forms;
use super::parameters::query_parameters;
use super::wire::{Maybe, WireDateTime, default_true, maybe};
use crate::edge::validate::no_further_rules;

/// Why one of many assets was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetIdErrorReason {
    Duplicate,
    NoPermission,
    NotFound,
}

/// Ids of assets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetIdsDto {
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
}

/// What came of one of many assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetIdsResponseDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<AssetIdErrorReason>,
    pub success: bool,
}

/// What is told of an asset where a link hides how it was made.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SanitizedAssetResponseDto {
    pub duration: Option<i64>,
    pub has_metadata: bool,
    pub height: Option<i64>,
    pub id: Uuid,
    pub live_photo_video_id: Option<Uuid>,
    pub local_date_time: WireDateTime,
    pub original_mime_type: Option<String>,
    pub thumbhash: Option<String>,
    #[serde(rename = "type")]
    pub kind: AssetTypeEnum,
    pub width: Option<i64>,
}

/// An asset as it is shown to who may not see everything of it, too.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum ShownAsset {
    Whole(Box<AssetResponseDto>),
    Reduced(Box<SanitizedAssetResponseDto>),
}

/// A new link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkCreateDto {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Option<Uuid>,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub allow_download: bool,
    #[schema(nullable = false)]
    pub allow_upload: Option<bool>,
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Option<Vec<Uuid>>,
    #[schema(schema_with = forms::nullable_text)]
    pub description: Option<String>,
    #[schema(schema_with = forms::nullable_instant_by_default)]
    pub expires_at: Option<WireDateTime>,
    #[schema(schema_with = forms::nullable_text)]
    pub password: Option<String>,
    #[serde(default = "default_true")]
    #[schema(default = true, required = false)]
    pub show_metadata: bool,
    #[schema(schema_with = forms::nullable_text)]
    pub slug: Option<String>,
    #[serde(rename = "type")]
    pub kind: SharedLinkType,
}

/// Changes to a link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkEditDto {
    #[schema(nullable = false)]
    pub allow_download: Option<bool>,
    #[schema(nullable = false)]
    pub allow_upload: Option<bool>,
    /// Older clients take the end away with this.
    #[serde(default, deserialize_with = "is_true")]
    #[schema(ignore)]
    pub change_expiry_time: bool,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub description: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_instant, required = false)]
    pub expires_at: Maybe<WireDateTime>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub password: Maybe<String>,
    #[schema(nullable = false)]
    pub show_metadata: Option<bool>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub slug: Maybe<String>,
}

/// Whatever else stands there is passed over, as unknown fields are.
fn is_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde_json::Value::deserialize(deserializer).map(|value| value == true)
}

/// The password of a link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkLoginDto {
    pub password: String,
}

/// A link.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub album: Option<AlbumResponseDto>,
    pub allow_download: bool,
    pub allow_upload: bool,
    #[schema(value_type = Vec<AssetResponseDto>)]
    pub assets: Vec<ShownAsset>,
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::nullable_text, required)]
    pub description: Option<String>,
    #[schema(schema_with = forms::nullable_instant, required)]
    pub expires_at: Option<WireDateTime>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub key: String,
    #[schema(schema_with = forms::nullable_text, required)]
    pub password: Option<String>,
    pub show_metadata: bool,
    #[schema(schema_with = forms::nullable_text, required)]
    pub slug: Option<String>,
    #[serde(rename = "type")]
    pub kind: SharedLinkType,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

/// What a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SharedLinkType {
    Album,
    Individual,
}

/// The credential of a shared link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkQuery {
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
}

query_parameters!(SharedLinkQuery);

/// Which links to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinksQuery {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
}

query_parameters!(SharedLinksQuery);

no_further_rules!(
    AssetIdsDto,
    SharedLinkCreateDto,
    SharedLinkEditDto,
    SharedLinkLoginDto,
    SharedLinkQuery,
    SharedLinksQuery,
);

//! Album shapes that other answers contain.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::timeline::AssetOrder;
use super::users::UserResponseDto;
use super::wire::WireDateTime;

/// An album.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumResponseDto {
    pub album_name: String,
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub album_thumbnail_asset_id: Option<Uuid>,
    #[schema(min_items = 1)]
    pub album_users: Vec<AlbumUserResponseDto>,
    #[schema(schema_with = forms::count)]
    pub asset_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contributor_counts: Option<Vec<ContributorCountResponseDto>>,
    #[schema(schema_with = forms::date_time)]
    pub created_at: WireDateTime,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub end_date: Option<WireDateTime>,
    pub has_shared_link: bool,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_activity_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub last_modified_asset_timestamp: Option<WireDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
    pub shared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub start_date: Option<WireDateTime>,
    #[schema(schema_with = forms::date_time)]
    pub updated_at: WireDateTime,
}

/// A member of an album.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumUserResponseDto {
    pub role: AlbumUserRole,
    pub user: UserResponseDto,
}

/// What a member may do in an album.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlbumUserRole {
    Editor,
    Owner,
    Viewer,
}

/// How many assets of an album came from a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContributorCountResponseDto {
    #[schema(schema_with = forms::count)]
    pub asset_count: i64,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

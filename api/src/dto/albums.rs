//! Wire types of the tag "Albums".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::{path_parameters, query_parameters};
use super::timeline::AssetOrder;
use super::users::UserResponseDto;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// Users to share an album with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddUsersDto {
    #[schema(min_items = 1)]
    pub album_users: Vec<AlbumUserAddDto>,
}

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

/// How many albums there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumStatisticsResponseDto {
    #[schema(schema_with = forms::count)]
    pub not_shared: i64,
    #[schema(schema_with = forms::count)]
    pub owned: i64,
    #[schema(schema_with = forms::count)]
    pub shared: i64,
}

/// A user to share an album with; an editor unless said otherwise.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumUserAddDto {
    #[schema(default = "editor", nullable = false)]
    pub role: Option<AlbumUserRole>,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

/// A member of a new album.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumUserCreateDto {
    pub role: AlbumUserRole,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
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

/// Assets to put into each of some albums.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsAddAssetsDto {
    #[schema(schema_with = forms::uuids)]
    pub album_ids: Vec<Uuid>,
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
}

/// Whether anything came into any of the albums.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsAddAssetsResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<BulkIdErrorReason>,
    pub success: bool,
}

/// Why one of many was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkIdErrorReason {
    Duplicate,
    NoPermission,
    NotFound,
    Unknown,
    Validation,
}

/// What came of one of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<BulkIdErrorReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error_message: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub success: bool,
}

/// A new album.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateAlbumDto {
    pub album_name: String,
    #[schema(nullable = false)]
    pub album_users: Option<Vec<AlbumUserCreateDto>>,
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub description: Option<String>,
}

/// Changes to an album.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAlbumDto {
    #[schema(nullable = false)]
    pub album_name: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub album_thumbnail_asset_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[schema(nullable = false)]
    pub is_activity_enabled: Option<bool>,
    #[schema(nullable = false)]
    pub order: Option<AssetOrder>,
}

/// Another role for a member.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAlbumUserDto {
    pub role: AlbumUserRole,
}

/// Which albums to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsQuery {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub is_owned: Option<bool>,
    #[schema(nullable = false)]
    pub is_shared: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
}

query_parameters!(AlbumsQuery);

/// The album and the member in the path; the member can be `me`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumUserPath {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub user_id: String,
}

path_parameters!(AlbumUserPath);

no_further_rules!(
    AddUsersDto,
    AlbumUserPath,
    AlbumsAddAssetsDto,
    AlbumsQuery,
    CreateAlbumDto,
    UpdateAlbumDto,
    UpdateAlbumUserDto,
);

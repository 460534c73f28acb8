//! Wire types of the tag "Search".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::albums::AlbumResponseDto;
use super::assets::{AssetResponseDto, AssetTypeEnum, AssetVisibility};
use super::forms;
use super::shared_links::ShownAsset;
use super::timeline::AssetOrder;
use super::wire::{Maybe, WireDateTime, maybe};
use crate::edge::validate::no_further_rules;

/// Filters of a search, all of which must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetadataSearchDto {
    #[schema(schema_with = forms::uuids)]
    pub album_ids: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub checksum: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub city: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub country: Maybe<String>,
    #[schema(schema_with = forms::instant)]
    pub created_after: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub created_before: Option<WireDateTime>,
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[schema(nullable = false)]
    pub encoded_video_path: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub is_encoded: Option<bool>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub is_motion: Option<bool>,
    #[schema(nullable = false)]
    pub is_not_in_album: Option<bool>,
    #[schema(nullable = false)]
    pub is_offline: Option<bool>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub lens_model: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub library_id: Maybe<Uuid>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub make: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub model: Maybe<String>,
    #[schema(nullable = false)]
    pub ocr: Option<String>,
    #[schema(default = "desc", nullable = false)]
    pub order: Option<AssetOrder>,
    #[schema(inline, nullable = false)]
    pub order_by: Option<SearchOrderBy>,
    #[schema(nullable = false)]
    pub original_file_name: Option<String>,
    #[schema(nullable = false)]
    pub original_path: Option<String>,
    #[schema(schema_with = forms::positive)]
    pub page: Option<i64>,
    #[schema(schema_with = forms::uuids)]
    pub person_ids: Option<Vec<Uuid>>,
    #[schema(nullable = false)]
    pub preview_path: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_rating, required = false)]
    pub rating: Maybe<i64>,
    #[schema(schema_with = forms::page_size)]
    pub size: Option<i64>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub state: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_uuids, required = false)]
    pub tag_ids: Maybe<Vec<Uuid>>,
    #[schema(schema_with = forms::instant)]
    pub taken_after: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub taken_before: Option<WireDateTime>,
    #[schema(nullable = false)]
    pub thumbnail_path: Option<String>,
    #[schema(schema_with = forms::instant)]
    pub trashed_after: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub trashed_before: Option<WireDateTime>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<AssetTypeEnum>,
    #[schema(schema_with = forms::instant)]
    pub updated_after: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub updated_before: Option<WireDateTime>,
    #[schema(nullable = false)]
    pub visibility: Option<AssetVisibility>,
    #[schema(nullable = false)]
    pub with_deleted: Option<bool>,
    #[schema(nullable = false)]
    pub with_exif: Option<bool>,
    #[schema(nullable = false)]
    pub with_people: Option<bool>,
    #[schema(nullable = false)]
    pub with_stacked: Option<bool>,
}

/// What a search is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SearchOrderBy {
    FileCreatedAt,
    OriginalFileName,
    FileSizeInByte,
}

/// Albums that a search found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchAlbumResponseDto {
    #[schema(schema_with = forms::count)]
    pub count: i64,
    pub facets: Vec<SearchFacetResponseDto>,
    pub items: Vec<AlbumResponseDto>,
    #[schema(schema_with = forms::count)]
    pub total: i64,
}

/// Assets that a search found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchAssetResponseDto {
    #[schema(schema_with = forms::count)]
    pub count: i64,
    pub facets: Vec<SearchFacetResponseDto>,
    #[schema(value_type = Vec<AssetResponseDto>)]
    pub items: Vec<ShownAsset>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub next_page: Option<String>,
    #[schema(schema_with = forms::count)]
    pub total: i64,
}

/// How often a value of a facet occurs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchFacetCountResponseDto {
    #[schema(schema_with = forms::count)]
    pub count: i64,
    pub value: String,
}

/// The values of a facet.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchFacetResponseDto {
    pub counts: Vec<SearchFacetCountResponseDto>,
    pub field_name: String,
}

/// What a search found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchResponseDto {
    pub albums: SearchAlbumResponseDto,
    pub assets: SearchAssetResponseDto,
}

no_further_rules!(MetadataSearchDto);

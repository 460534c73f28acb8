//! Wire types of the tag "Search".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::{ArrayBuilder, OneOfBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::albums::AlbumResponseDto;
use super::assets::{AssetResponseDto, AssetTypeEnum, AssetVisibility};
use super::forms;
use super::newer::NEWER;
use super::parameters::query_parameters;
use super::search_filter::SearchFilter;
use super::shared_links::ShownAsset;
use super::timeline::AssetOrder;
use super::wire::{Maybe, WireDateTime, maybe};
use crate::edge::validate::no_further_rules;

/// A search with the filters that every search has, and fields of its own.
macro_rules! searches {
    ($($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            pub struct $name {
                #[schema(schema_with = forms::uuids)]
                pub album_ids: Option<Vec<Uuid>>,
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
                #[schema(schema_with = forms::uuids)]
                pub person_ids: Option<Vec<Uuid>>,
                #[serde(default, deserialize_with = "maybe")]
                #[schema(schema_with = forms::nullable_rating, required = false)]
                pub rating: Maybe<i64>,
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
                $($own)*
            }
        )*
    };
}

searches! {
    /// Filters of a search, all of which must hold.
    pub struct MetadataSearchDto {
        #[schema(nullable = false)]
        pub checksum: Option<String>,
        #[schema(nullable = false)]
        pub description: Option<String>,
        #[schema(nullable = false)]
        pub encoded_video_path: Option<String>,
        #[schema(schema_with = forms::uuid)]
        pub id: Option<Uuid>,
        #[schema(default = "desc", nullable = false)]
        pub order: Option<AssetOrder>,
        #[schema(nullable = false)]
        pub original_file_name: Option<String>,
        #[schema(nullable = false)]
        pub original_path: Option<String>,
        #[schema(schema_with = forms::positive)]
        pub page: Option<i64>,
        #[schema(nullable = false)]
        pub preview_path: Option<String>,
        #[schema(schema_with = forms::page_size)]
        pub size: Option<i64>,
        #[schema(nullable = false)]
        pub thumbnail_path: Option<String>,
        #[schema(nullable = false)]
        pub with_deleted: Option<bool>,
        #[schema(nullable = false)]
        pub with_exif: Option<bool>,
        #[schema(nullable = false)]
        pub with_people: Option<bool>,
        #[schema(nullable = false)]
        pub with_stacked: Option<bool>,
        #[schema(schema_with = order_by, required = false)]
        pub order_by: Option<SearchSort>,
        #[schema(schema_with = sort_terms, required = false)]
        pub sort: Option<Vec<SearchSortTerm>>,
        #[schema(nullable = false)]
        pub cursor: Option<String>,
        #[schema(nullable = false)]
        pub filter: Option<SearchFilter>,
    }

    /// Filters of a search for the largest, all of which must hold.
    pub struct LargeAssetsQuery {
        #[schema(schema_with = forms::count)]
        pub min_file_size: Option<i64>,
        #[schema(schema_with = forms::page_size)]
        pub size: Option<i64>,
        #[schema(nullable = false)]
        pub with_deleted: Option<bool>,
        #[schema(nullable = false)]
        pub with_exif: Option<bool>,
    }

    /// What is looked for by words or by likeness, and filters, all of which must hold.
    pub struct SmartSearchDto {
        #[schema(nullable = false)]
        pub language: Option<String>,
        #[schema(schema_with = forms::positive)]
        pub page: Option<i64>,
        #[schema(nullable = false)]
        pub query: Option<String>,
        #[schema(schema_with = forms::uuid)]
        pub query_asset_id: Option<Uuid>,
        #[schema(schema_with = forms::page_size)]
        pub size: Option<i64>,
        #[schema(nullable = false)]
        pub with_deleted: Option<bool>,
        #[schema(nullable = false)]
        pub with_exif: Option<bool>,
        #[schema(nullable = false)]
        pub filter: Option<SearchFilter>,
    }

    /// Filters of a search for anything, all of which must hold.
    pub struct RandomSearchDto {
        #[schema(schema_with = forms::page_size)]
        pub size: Option<i64>,
        #[schema(nullable = false)]
        pub with_deleted: Option<bool>,
        #[schema(nullable = false)]
        pub with_exif: Option<bool>,
        #[schema(nullable = false)]
        pub with_people: Option<bool>,
        #[schema(nullable = false)]
        pub with_stacked: Option<bool>,
        #[schema(nullable = false)]
        pub filter: Option<SearchFilter>,
    }

    /// Filters of a count, all of which must hold.
    pub struct StatisticsSearchDto {
        #[schema(nullable = false)]
        pub description: Option<String>,
        #[schema(nullable = false)]
        pub filter: Option<SearchFilter>,
    }
}

query_parameters!(LargeAssetsQuery);

/// What a search is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SearchOrderBy {
    FileCreatedAt,
    OriginalFileName,
    FileSizeInByte,
}

/// What clients of version 3.2 sort by, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchOrder {
    #[schema(inline, nullable = false)]
    pub direction: Option<AssetOrder>,
    #[schema(inline, nullable = false)]
    pub field: Option<SearchOrderField>,
}

/// What clients of version 3.2 sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SearchOrderField {
    FileCreatedAt,
    LocalDateTime,
    FileSizeInBytes,
    Rating,
}

/// What a search is sorted by, in the words of the client's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SearchSort {
    By(SearchOrderBy),
    Order(SearchOrder),
}

/// One of several things that a search is sorted by in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchSortTerm {
    #[schema(inline)]
    pub field: SearchOrderBy,
    #[schema(inline, nullable = false)]
    pub order: Option<AssetOrder>,
}

/// So many at most.
const MAX_SORT_TERMS: usize = 4;

fn sort_terms() -> Schema {
    ArrayBuilder::new()
        .items(SearchSortTerm::schema())
        .min_items(Some(1))
        .max_items(Some(MAX_SORT_TERMS))
        .build()
        .into()
}

fn order_by() -> Schema {
    OneOfBuilder::new().item(SearchOrderBy::schema()).item(newer(SearchOrder::schema())).build().into()
}

/// Says that only clients of a newer version than the reference's know this form.
fn newer(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = schema else { return schema };
    object.extensions = Some(ExtensionsBuilder::new().add(NEWER, true).build());
    RefOr::T(Schema::Object(object))
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
    pub next_cursor: Option<String>,
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

/// Says the same as a search by everything there is.
macro_rules! as_metadata_search {
    ($name:ident, $($own:ident),*) => {
        impl From<$name> for MetadataSearchDto {
            fn from(search: $name) -> Self {
                Self {
                    album_ids: search.album_ids,
                    city: search.city,
                    country: search.country,
                    created_after: search.created_after,
                    created_before: search.created_before,
                    is_encoded: search.is_encoded,
                    is_favorite: search.is_favorite,
                    is_motion: search.is_motion,
                    is_not_in_album: search.is_not_in_album,
                    is_offline: search.is_offline,
                    lens_model: search.lens_model,
                    library_id: search.library_id,
                    make: search.make,
                    model: search.model,
                    ocr: search.ocr,
                    person_ids: search.person_ids,
                    rating: search.rating,
                    state: search.state,
                    tag_ids: search.tag_ids,
                    taken_after: search.taken_after,
                    taken_before: search.taken_before,
                    trashed_after: search.trashed_after,
                    trashed_before: search.trashed_before,
                    kind: search.kind,
                    updated_after: search.updated_after,
                    updated_before: search.updated_before,
                    visibility: search.visibility,
                    $($own: search.$own,)*
                    ..Self::default()
                }
            }
        }
    };
}

as_metadata_search!(LargeAssetsQuery, size, with_deleted, with_exif);
as_metadata_search!(SmartSearchDto, filter, size, page, with_deleted, with_exif);
as_metadata_search!(RandomSearchDto, filter, size, with_deleted, with_exif, with_people, with_stacked);
as_metadata_search!(StatisticsSearchDto, description, filter);

/// A place.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacesResponseDto {
    #[serde(rename = "admin1name", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub admin1_name: Option<String>,
    #[serde(rename = "admin2name", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub admin2_name: Option<String>,
    #[schema(schema_with = forms::number)]
    pub latitude: f64,
    #[schema(schema_with = forms::number)]
    pub longitude: f64,
    pub name: String,
}

/// An asset that stands for a value.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchExploreItem {
    pub data: AssetResponseDto,
    pub value: String,
}

/// Values of a field, each with an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchExploreResponseDto {
    pub field_name: String,
    pub items: Vec<SearchExploreItem>,
}

/// How many assets there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchStatisticsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub total: i64,
}

/// What values are suggested of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SearchSuggestionType {
    Country,
    State,
    City,
    CameraMake,
    CameraModel,
    CameraLensModel,
}

/// Which values to suggest.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionsQuery {
    #[schema(nullable = false)]
    pub country: Option<String>,
    #[schema(nullable = false)]
    pub include_null: Option<bool>,
    #[schema(nullable = false)]
    pub lens_model: Option<String>,
    #[schema(nullable = false)]
    pub make: Option<String>,
    #[schema(nullable = false)]
    pub model: Option<String>,
    #[schema(nullable = false)]
    pub state: Option<String>,
    #[serde(rename = "type")]
    pub kind: SearchSuggestionType,
}

query_parameters!(SuggestionsQuery);

/// Which place is looked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacesQuery {
    pub name: String,
}

query_parameters!(PlacesQuery);

/// Whose name is looked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchPeopleQuery {
    pub name: String,
    #[schema(nullable = false)]
    pub with_hidden: Option<bool>,
}

query_parameters!(SearchPeopleQuery);

no_further_rules!(
    LargeAssetsQuery,
    MetadataSearchDto,
    PlacesQuery,
    RandomSearchDto,
    SearchPeopleQuery,
    SmartSearchDto,
    StatisticsSearchDto,
    SuggestionsQuery,
);

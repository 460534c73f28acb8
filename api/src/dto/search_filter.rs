//! The filter that clients of version 3.2 put together: fields, each with what is asked of it.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::{AssetTypeEnum, AssetVisibility};
use super::forms;
use super::wire::{Maybe, WireDateTime, maybe};

/// Things by their ids: all of these, any, none.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct IdsFilter {
    #[schema(schema_with = forms::uuids)]
    pub all: Option<Vec<Uuid>>,
    #[schema(schema_with = forms::uuids)]
    pub any: Option<Vec<Uuid>>,
    #[schema(schema_with = forms::uuids)]
    pub none: Option<Vec<Uuid>>,
}

/// A text that is always there.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StringFilter {
    #[schema(nullable = false)]
    pub eq: Option<String>,
    #[schema(nullable = false)]
    pub r#in: Option<Vec<String>>,
    #[schema(nullable = false)]
    pub ne: Option<String>,
    #[schema(nullable = false)]
    pub not_in: Option<Vec<String>>,
}

/// A text that can be absent.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StringFilterNullable {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub eq: Maybe<String>,
    #[schema(nullable = false)]
    pub r#in: Option<Vec<String>>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub ne: Maybe<String>,
    #[schema(nullable = false)]
    pub not_in: Option<Vec<String>>,
}

/// A text of which a part is enough.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StringPatternFilter {
    #[schema(nullable = false)]
    pub ends_with: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub eq: Maybe<String>,
    #[schema(nullable = false)]
    pub r#in: Option<Vec<String>>,
    #[schema(nullable = false)]
    pub like: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub ne: Maybe<String>,
    #[schema(nullable = false)]
    pub not_in: Option<Vec<String>>,
    #[schema(nullable = false)]
    pub not_like: Option<String>,
    #[schema(nullable = false)]
    pub starts_with: Option<String>,
}

/// A text that a likeness is enough for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StringSimilarityFilter {
    pub matches: String,
}

/// A point in time that is always there.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DateFilter {
    #[schema(schema_with = forms::instant)]
    pub eq: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub gt: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub gte: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub lt: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub lte: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub ne: Option<WireDateTime>,
}

/// A point in time that can be absent.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DateFilterNullable {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_instant, required = false)]
    pub eq: Maybe<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub gt: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub gte: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub lt: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub lte: Option<WireDateTime>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_instant, required = false)]
    pub ne: Maybe<WireDateTime>,
}

/// A whole number that is always there.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberFilter {
    #[schema(schema_with = forms::integer)]
    pub eq: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub gt: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub gte: Option<i64>,
    #[schema(schema_with = forms::integers)]
    pub r#in: Option<Vec<i64>>,
    #[schema(schema_with = forms::integer)]
    pub lt: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub lte: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub ne: Option<i64>,
    #[schema(schema_with = forms::integers)]
    pub not_in: Option<Vec<i64>>,
}

/// A whole number that can be absent.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberFilterNullable {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_integer, required = false)]
    pub eq: Maybe<i64>,
    #[schema(schema_with = forms::integer)]
    pub gt: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub gte: Option<i64>,
    #[schema(schema_with = forms::integers)]
    pub r#in: Option<Vec<i64>>,
    #[schema(schema_with = forms::integer)]
    pub lt: Option<i64>,
    #[schema(schema_with = forms::integer)]
    pub lte: Option<i64>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_integer, required = false)]
    pub ne: Maybe<i64>,
    #[schema(schema_with = forms::integers)]
    pub not_in: Option<Vec<i64>>,
}

/// Something that holds or does not.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct BoolFilter {
    pub eq: bool,
}

/// An id that is always there.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct IdFilter {
    #[schema(schema_with = forms::uuid)]
    pub eq: Option<Uuid>,
    #[schema(schema_with = forms::uuid)]
    pub ne: Option<Uuid>,
}

/// An id that can be absent.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct IdFilterNullable {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub eq: Maybe<Uuid>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub ne: Maybe<Uuid>,
}

/// What an asset is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnumFilterAssetType {
    #[schema(nullable = false)]
    pub eq: Option<AssetTypeEnum>,
    #[schema(nullable = false)]
    pub r#in: Option<Vec<AssetTypeEnum>>,
    #[schema(nullable = false)]
    pub ne: Option<AssetTypeEnum>,
    #[schema(nullable = false)]
    pub not_in: Option<Vec<AssetTypeEnum>>,
}

/// Where an asset is seen.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnumFilterAssetVisibility {
    #[schema(nullable = false)]
    pub eq: Option<AssetVisibility>,
    #[schema(nullable = false)]
    pub r#in: Option<Vec<AssetVisibility>>,
    #[schema(nullable = false)]
    pub ne: Option<AssetVisibility>,
    #[schema(nullable = false)]
    pub not_in: Option<Vec<AssetVisibility>>,
}

/// Something whose fields are those of a filter.
macro_rules! filters {
    ($($(#[$doc:meta])* pub struct $name:ident { $($own:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            pub struct $name {
                #[schema(nullable = false)]
                pub album_ids: Option<IdsFilter>,
                #[schema(nullable = false)]
                pub checksum: Option<StringFilter>,
                #[schema(nullable = false)]
                pub city: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub country: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub created_at: Option<DateFilter>,
                #[schema(nullable = false)]
                pub description: Option<StringPatternFilter>,
                #[schema(nullable = false)]
                pub encoded_video_path: Option<StringFilter>,
                #[schema(nullable = false)]
                pub file_size_in_bytes: Option<NumberFilter>,
                #[schema(nullable = false)]
                pub has_albums: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub has_people: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub has_tags: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub id: Option<IdFilter>,
                #[schema(nullable = false)]
                pub is_encoded: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub is_favorite: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub is_motion: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub is_offline: Option<BoolFilter>,
                #[schema(nullable = false)]
                pub lens_model: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub library_id: Option<IdFilterNullable>,
                #[schema(nullable = false)]
                pub make: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub model: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub ocr: Option<StringSimilarityFilter>,
                #[schema(nullable = false)]
                pub original_file_name: Option<StringPatternFilter>,
                #[schema(nullable = false)]
                pub original_path: Option<StringPatternFilter>,
                #[schema(nullable = false)]
                pub person_ids: Option<IdsFilter>,
                #[schema(nullable = false)]
                pub rating: Option<NumberFilterNullable>,
                #[schema(nullable = false)]
                pub state: Option<StringFilterNullable>,
                #[schema(nullable = false)]
                pub tag_ids: Option<IdsFilter>,
                #[schema(nullable = false)]
                pub taken_at: Option<DateFilter>,
                #[schema(nullable = false)]
                pub trashed_at: Option<DateFilterNullable>,
                #[serde(rename = "type")]
                #[schema(nullable = false)]
                pub kind: Option<EnumFilterAssetType>,
                #[schema(nullable = false)]
                pub updated_at: Option<DateFilter>,
                #[schema(nullable = false)]
                pub visibility: Option<EnumFilterAssetVisibility>,
                $($own)*
            }
        )*
    };
}

filters! {
    /// Conditions all of which hold.
    pub struct SearchFilterBranch {}

    /// Conditions all of which hold, and of whose branches one holds.
    pub struct SearchFilter {
        #[schema(nullable = false)]
        pub or: Option<Vec<SearchFilterBranch>>,
    }
}

/// What the two have in common, as the smaller one.
impl SearchFilter {
    /// The conditions that hold in any case, and the branches.
    #[must_use]
    pub fn split(self) -> (SearchFilterBranch, Vec<SearchFilterBranch>) {
        let branch = SearchFilterBranch {
            album_ids: self.album_ids,
            checksum: self.checksum,
            city: self.city,
            country: self.country,
            created_at: self.created_at,
            description: self.description,
            encoded_video_path: self.encoded_video_path,
            file_size_in_bytes: self.file_size_in_bytes,
            has_albums: self.has_albums,
            has_people: self.has_people,
            has_tags: self.has_tags,
            id: self.id,
            is_encoded: self.is_encoded,
            is_favorite: self.is_favorite,
            is_motion: self.is_motion,
            is_offline: self.is_offline,
            lens_model: self.lens_model,
            library_id: self.library_id,
            make: self.make,
            model: self.model,
            ocr: self.ocr,
            original_file_name: self.original_file_name,
            original_path: self.original_path,
            person_ids: self.person_ids,
            rating: self.rating,
            state: self.state,
            tag_ids: self.tag_ids,
            taken_at: self.taken_at,
            trashed_at: self.trashed_at,
            kind: self.kind,
            updated_at: self.updated_at,
            visibility: self.visibility,
        };
        (branch, self.or.unwrap_or_default())
    }
}

//! The filter that clients of version 3.2 put together: fields, each with what is asked of it.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::{AssetTypeEnum, AssetVisibility};
use super::forms;
use super::wire::{Maybe, WireDateTime, maybe};

/// Filters by one thing, each with its comparisons in the order of the document. A comparison is with a value of a type,
/// of a form of its own if one is named; with `?` it is with null, too.
macro_rules! comparisons {
    ($($(#[$doc:meta])* pub struct $name:ident { $($fields:tt)* })*) => {
        $(comparisons!(@field [$(#[$doc])* $name] [] $($fields)*);)*
    };
    (@field $head:tt [$($done:tt)*] $field:ident?: $value:ty = $form:ident, $($rest:tt)*) => {
        comparisons!(@field $head [
            $($done)*
            #[serde(default, deserialize_with = "maybe")]
            #[schema(schema_with = forms::$form, required = false)]
            pub $field: Maybe<$value>,
        ] $($rest)*);
    };
    (@field $head:tt [$($done:tt)*] $field:ident: $value:ty = $form:ident, $($rest:tt)*) => {
        comparisons!(@field $head [
            $($done)*
            #[schema(schema_with = forms::$form)]
            pub $field: Option<$value>,
        ] $($rest)*);
    };
    (@field $head:tt [$($done:tt)*] $field:ident: $value:ty, $($rest:tt)*) => {
        comparisons!(@field $head [
            $($done)*
            #[schema(nullable = false)]
            pub $field: Option<$value>,
        ] $($rest)*);
    };
    (@field [$(#[$doc:meta])* $name:ident] [$($done:tt)*]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $($done)* }
    };
}

comparisons! {
    /// Things by their ids: all of these, any, none.
    pub struct IdsFilter {
        all: Vec<Uuid> = uuids,
        any: Vec<Uuid> = uuids,
        none: Vec<Uuid> = uuids,
    }

    /// A text that is always there.
    pub struct StringFilter {
        eq: String,
        r#in: Vec<String>,
        ne: String,
        not_in: Vec<String>,
    }

    /// A text that can be absent.
    pub struct StringFilterNullable {
        eq?: String = nullable_text,
        r#in: Vec<String>,
        ne?: String = nullable_text,
        not_in: Vec<String>,
    }

    /// A text of which a part is enough.
    pub struct StringPatternFilter {
        ends_with: String,
        eq?: String = nullable_text,
        r#in: Vec<String>,
        like: String,
        ne?: String = nullable_text,
        not_in: Vec<String>,
        not_like: String,
        starts_with: String,
    }

    /// A point in time that is always there.
    pub struct DateFilter {
        eq: WireDateTime = instant,
        gt: WireDateTime = instant,
        gte: WireDateTime = instant,
        lt: WireDateTime = instant,
        lte: WireDateTime = instant,
        ne: WireDateTime = instant,
    }

    /// A point in time that can be absent.
    pub struct DateFilterNullable {
        eq?: WireDateTime = nullable_instant,
        gt: WireDateTime = instant,
        gte: WireDateTime = instant,
        lt: WireDateTime = instant,
        lte: WireDateTime = instant,
        ne?: WireDateTime = nullable_instant,
    }

    /// A whole number that is always there.
    pub struct NumberFilter {
        eq: i64 = integer,
        gt: i64 = integer,
        gte: i64 = integer,
        r#in: Vec<i64> = integers,
        lt: i64 = integer,
        lte: i64 = integer,
        ne: i64 = integer,
        not_in: Vec<i64> = integers,
    }

    /// A whole number that can be absent.
    pub struct NumberFilterNullable {
        eq?: i64 = nullable_integer,
        gt: i64 = integer,
        gte: i64 = integer,
        r#in: Vec<i64> = integers,
        lt: i64 = integer,
        lte: i64 = integer,
        ne?: i64 = nullable_integer,
        not_in: Vec<i64> = integers,
    }

    /// An id that is always there.
    pub struct IdFilter {
        eq: Uuid = uuid,
        ne: Uuid = uuid,
    }

    /// An id that can be absent.
    pub struct IdFilterNullable {
        eq?: Uuid = nullable_uuid,
        ne?: Uuid = nullable_uuid,
    }

    /// What an asset is.
    pub struct EnumFilterAssetType {
        eq: AssetTypeEnum,
        r#in: Vec<AssetTypeEnum>,
        ne: AssetTypeEnum,
        not_in: Vec<AssetTypeEnum>,
    }

    /// Where an asset is seen.
    pub struct EnumFilterAssetVisibility {
        eq: AssetVisibility,
        r#in: Vec<AssetVisibility>,
        ne: AssetVisibility,
        not_in: Vec<AssetVisibility>,
    }
}

/// A text that a likeness is enough for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct StringSimilarityFilter {
    pub matches: String,
}

/// Something that holds or does not.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub struct BoolFilter {
    pub eq: bool,
}

/// The two structs that have the fields of a filter, and the way from the larger one to the smaller one.
macro_rules! filters {
    ($($(#[$own:meta])* $field:ident: $filter:ident,)*) => {
        /// Conditions all of which hold.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct SearchFilterBranch {
            $(
                $(#[$own])*
                #[schema(nullable = false)]
                pub $field: Option<$filter>,
            )*
        }

        /// Conditions all of which hold, and of whose branches one holds.
        #[derive(Debug, Clone, Default, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct SearchFilter {
            $(
                $(#[$own])*
                #[schema(nullable = false)]
                pub $field: Option<$filter>,
            )*
            #[schema(nullable = false)]
            pub or: Option<Vec<SearchFilterBranch>>,
        }

        impl SearchFilter {
            /// The conditions that hold in any case, and the branches.
            #[must_use]
            pub fn split(self) -> (SearchFilterBranch, Vec<SearchFilterBranch>) {
                let branch = SearchFilterBranch { $($field: self.$field,)* };
                (branch, self.or.unwrap_or_default())
            }
        }
    };
}

filters! {
    album_ids: IdsFilter,
    checksum: StringFilter,
    city: StringFilterNullable,
    country: StringFilterNullable,
    created_at: DateFilter,
    description: StringPatternFilter,
    encoded_video_path: StringFilter,
    file_size_in_bytes: NumberFilter,
    has_albums: BoolFilter,
    has_people: BoolFilter,
    has_tags: BoolFilter,
    id: IdFilter,
    is_encoded: BoolFilter,
    is_favorite: BoolFilter,
    is_motion: BoolFilter,
    is_offline: BoolFilter,
    lens_model: StringFilterNullable,
    library_id: IdFilterNullable,
    make: StringFilterNullable,
    model: StringFilterNullable,
    ocr: StringSimilarityFilter,
    original_file_name: StringPatternFilter,
    original_path: StringPatternFilter,
    person_ids: IdsFilter,
    rating: NumberFilterNullable,
    state: StringFilterNullable,
    tag_ids: IdsFilter,
    taken_at: DateFilter,
    trashed_at: DateFilterNullable,
    #[serde(rename = "type")]
    kind: EnumFilterAssetType,
    updated_at: DateFilter,
    visibility: EnumFilterAssetVisibility,
}

//! Wire types of the tag "Map".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// Where an asset was taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MapMarkerResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub city: Option<String>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub country: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[schema(schema_with = forms::number)]
    pub lat: f64,
    #[schema(schema_with = forms::number)]
    pub lon: f64,
    #[schema(schema_with = forms::nullable_text, required)]
    pub state: Option<String>,
}

/// What a position is called.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MapReverseGeocodeResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub city: Option<String>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub country: Option<String>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub state: Option<String>,
}

/// Which assets stand on the map.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MapMarkersQuery {
    #[schema(schema_with = forms::instant)]
    pub file_created_after: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub file_created_before: Option<WireDateTime>,
    #[schema(nullable = false)]
    pub is_archived: Option<bool>,
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    #[schema(nullable = false)]
    pub with_partners: Option<bool>,
    #[schema(nullable = false)]
    pub with_shared_albums: Option<bool>,
}

query_parameters!(MapMarkersQuery);

/// Which position is to be named.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MapReverseGeocodeQuery {
    /// In degrees, from -90 to 90: a rule beside the document, in which the API names no bounds.
    pub lat: f64,
    /// In degrees, from -180 to 180.
    pub lon: f64,
}

query_parameters!(MapReverseGeocodeQuery);

no_further_rules!(MapMarkersQuery);

//! Wire types of the tag "Map".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;

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

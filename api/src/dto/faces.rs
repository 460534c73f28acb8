//! Wire types of the tag "Faces".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::people::PersonResponseDto;
use crate::edge::validate::no_further_rules;

/// A face that somebody drew.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFaceCreateDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    #[schema(schema_with = forms::integer)]
    pub height: i64,
    #[schema(schema_with = forms::integer)]
    pub image_height: i64,
    #[schema(schema_with = forms::integer)]
    pub image_width: i64,
    #[schema(schema_with = forms::uuid)]
    pub person_id: Uuid,
    #[schema(schema_with = forms::integer)]
    pub width: i64,
    #[schema(schema_with = forms::integer)]
    pub x: i64,
    #[schema(schema_with = forms::integer)]
    pub y: i64,
}

/// Whether a face goes without a trace.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFaceDeleteDto {
    pub force: bool,
}

/// A face on an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFaceResponseDto {
    #[schema(schema_with = forms::integer)]
    pub bounding_box_x1: i64,
    #[schema(schema_with = forms::integer)]
    pub bounding_box_x2: i64,
    #[schema(schema_with = forms::integer)]
    pub bounding_box_y1: i64,
    #[schema(schema_with = forms::integer)]
    pub bounding_box_y2: i64,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[schema(schema_with = forms::count)]
    pub image_height: i64,
    #[schema(schema_with = forms::count)]
    pub image_width: i64,
    #[schema(required)]
    pub person: Option<PersonResponseDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_type: Option<SourceType>,
}

/// A face.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FaceDto {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
}

/// Who found a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceType {
    MachineLearning,
    Exif,
    Manual,
}

/// The asset whose faces are asked for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FacesQuery {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
}

query_parameters!(FacesQuery);

no_further_rules!(AssetFaceCreateDto, AssetFaceDeleteDto, FaceDto, FacesQuery);

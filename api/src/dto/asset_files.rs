//! Wire types of the tag "Asset files", which clients of version 3.2 know.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// What a file beside an original is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssetFileType {
    Fullsize,
    Preview,
    Thumbnail,
    Sidecar,
    EncodedVideo,
}

/// A file beside an original.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFileResponseDto {
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_edited: bool,
    pub is_progressive: bool,
    pub is_transparent: bool,
    pub path: String,
    #[serde(rename = "type")]
    pub kind: AssetFileType,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
}

/// Which files to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetFilesQuery {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    #[schema(nullable = false)]
    pub is_edited: Option<bool>,
    #[schema(nullable = false)]
    pub is_progressive: Option<bool>,
    #[schema(nullable = false)]
    pub is_transparent: Option<bool>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<AssetFileType>,
}

query_parameters!(AssetFilesQuery);

no_further_rules!(AssetFilesQuery);

//! Parameters in paths.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::path_parameters;
use crate::edge::validate::no_further_rules;

/// The id in the path.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdPath {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
}

path_parameters!(IdPath);

/// The asset and the key in the path.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataPath {
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub key: String,
}

path_parameters!(AssetMetadataPath);

no_further_rules!(AssetMetadataPath, IdPath);

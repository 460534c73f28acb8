//! Wire types of the tag "Assets": key/value metadata.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// Metadata entries to delete.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataBulkDeleteDto {
    pub items: Vec<AssetMetadataBulkDeleteItemDto>,
}

/// One metadata entry to delete.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataBulkDeleteItemDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    pub key: String,
}

/// A metadata entry with its asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataBulkResponseDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    pub key: String,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
    #[schema(schema_with = forms::record)]
    pub value: Map<String, Value>,
}

/// Metadata entries to write, over several assets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataBulkUpsertDto {
    pub items: Vec<AssetMetadataBulkUpsertItemDto>,
}

/// One metadata entry to write, with its asset.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataBulkUpsertItemDto {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    pub key: String,
    #[schema(schema_with = forms::record)]
    pub value: Map<String, Value>,
}

/// A metadata entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataResponseDto {
    pub key: String,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
    #[schema(schema_with = forms::record)]
    pub value: Map<String, Value>,
}

/// Metadata entries to write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataUpsertDto {
    pub items: Vec<AssetMetadataUpsertItemDto>,
}

/// One metadata entry to write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetMetadataUpsertItemDto {
    pub key: String,
    #[schema(schema_with = forms::record)]
    pub value: Map<String, Value>,
}

no_further_rules!(AssetMetadataBulkDeleteDto, AssetMetadataBulkUpsertDto, AssetMetadataUpsertDto);

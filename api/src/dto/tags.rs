//! Wire types of the tag "Tags".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::{Maybe, WireDateTime, maybe};
use crate::edge::validate::no_further_rules;

/// A tag.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub color: Option<String>,
    #[schema(schema_with = forms::date_time)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::text)]
    pub parent_id: Option<Uuid>,
    #[schema(schema_with = forms::date_time)]
    pub updated_at: WireDateTime,
    pub value: String,
}

/// Tags to put on assets.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagBulkAssetsDto {
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
    #[schema(schema_with = forms::uuids)]
    pub tag_ids: Vec<Uuid>,
}

/// How many tags came on assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagBulkAssetsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub count: i64,
}

/// A new tag.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagCreateDto {
    #[serde(default)]
    #[schema(schema_with = forms::nullable_color, required = false)]
    pub color: Option<String>,
    pub name: String,
    #[serde(default)]
    #[schema(schema_with = forms::nullable_uuid, required = false)]
    pub parent_id: Option<Uuid>,
}

/// Changes to a tag.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagUpdateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_color, required = false)]
    pub color: Maybe<String>,
    #[schema(schema_with = forms::tag_name)]
    pub name: Option<String>,
}

/// Paths of tags to have.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagUpsertDto {
    pub tags: Vec<String>,
}

no_further_rules!(TagBulkAssetsDto, TagCreateDto, TagUpdateDto, TagUpsertDto);

//! Wire types of the tag "Duplicates".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::AssetResponseDto;
use super::forms;
use crate::edge::validate::no_further_rules;

/// What is to become of groups.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateResolveDto {
    #[schema(min_items = 1)]
    pub groups: Vec<DuplicateResolveGroupDto>,
}

/// What is to become of the assets of a group.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateResolveGroupDto {
    #[schema(schema_with = forms::uuid)]
    pub duplicate_id: Uuid,
    #[schema(schema_with = forms::uuids)]
    pub keep_asset_ids: Vec<Uuid>,
    #[schema(schema_with = forms::uuids)]
    pub trash_asset_ids: Vec<Uuid>,
}

/// A group of duplicates.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateResponseDto {
    pub assets: Vec<AssetResponseDto>,
    #[schema(schema_with = forms::uuid)]
    pub duplicate_id: Uuid,
    #[schema(schema_with = forms::uuids)]
    pub suggested_keep_asset_ids: Vec<Uuid>,
}

no_further_rules!(DuplicateResolveDto);

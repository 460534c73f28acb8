//! Wire types of the tag "Stacks".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::AssetResponseDto;
use super::forms;
use super::parameters::{path_parameters, query_parameters};
use crate::edge::validate::no_further_rules;

/// Assets to stack, the first on top.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackCreateDto {
    #[schema(schema_with = forms::two_or_more_uuids)]
    pub asset_ids: Vec<Uuid>,
}

/// A stack.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackResponseDto {
    pub assets: Vec<AssetResponseDto>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub primary_asset_id: Uuid,
}

/// Changes to a stack.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackUpdateDto {
    #[schema(schema_with = forms::uuid)]
    pub primary_asset_id: Option<Uuid>,
}

/// Which stacks to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StacksQuery {
    #[schema(schema_with = forms::uuid)]
    pub primary_asset_id: Option<Uuid>,
}

query_parameters!(StacksQuery);

/// The stack and the asset in the path.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackAssetPath {
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
}

path_parameters!(StackAssetPath);

no_further_rules!(StackAssetPath, StackCreateDto, StackUpdateDto, StacksQuery);

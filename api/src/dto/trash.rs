//! Wire types of the tag "Trash".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use crate::edge::validate::no_further_rules;

/// Ids of the things to act on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdsDto {
    #[schema(schema_with = forms::uuids)]
    pub ids: Vec<Uuid>,
}

/// How many assets were concerned.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrashResponseDto {
    #[schema(schema_with = forms::integer)]
    pub count: i64,
}

no_further_rules!(BulkIdsDto);

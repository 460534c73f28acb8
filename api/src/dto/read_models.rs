//! Wire types of the tag "Read models (admin)", which is our own.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::forms;
use super::parameters::path_parameters;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// How a read model stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadModelResponseDto {
    /// Why it stands still, if it does.
    #[schema(schema_with = forms::nullable_text, required)]
    pub failure: Option<String>,
    /// Position of the newest event of the log.
    #[schema(schema_with = forms::count)]
    pub head: i64,
    pub name: String,
    /// Position of the last event in it.
    #[schema(schema_with = forms::count)]
    pub position: i64,
    /// The tables that the last rebuild has replaced, if they are kept.
    #[schema(nullable, required)]
    pub previous: Option<KeptTablesDto>,
    /// Its last rebuild.
    #[schema(nullable, required)]
    pub rebuild: Option<RebuildDto>,
    #[schema(schema_with = forms::count)]
    pub version: i64,
}

/// Tables that are kept to be switched back to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptTablesDto {
    #[schema(schema_with = forms::count)]
    pub position: i64,
    #[schema(schema_with = forms::count)]
    pub version: i64,
}

/// A rebuild: how far it is, and what came of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RebuildDto {
    /// Position at which the two were compared.
    #[schema(schema_with = forms::nullable_count, required)]
    pub compared_at: Option<i64>,
    /// Tables that differed, with the rows that only one of them had.
    #[schema(value_type = Vec<Object>)]
    pub differences: Value,
    #[schema(schema_with = forms::number)]
    pub events_per_second: f64,
    #[schema(schema_with = forms::nullable_text, required)]
    pub failure: Option<String>,
    #[schema(schema_with = forms::count)]
    pub position: i64,
    #[schema(nullable, required)]
    pub seconds_left: Option<f64>,
    #[schema(schema_with = forms::date_time)]
    pub started_at: WireDateTime,
    /// `running`, `interrupted`, `cancelled`, `failed`, `built`, `swapped` or `swapped-back`.
    pub state: String,
    #[schema(schema_with = forms::count)]
    pub target: i64,
    #[schema(schema_with = forms::nullable_count, required)]
    pub throttle: Option<i64>,
    #[schema(schema_with = forms::date_time)]
    pub updated_at: WireDateTime,
}

/// How a read model is to be rebuilt.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RebuildReadModelDto {
    /// Whether it takes the live one's place when it has been compared; it does unless denied.
    #[schema(nullable = false)]
    pub swap: Option<bool>,
    /// Events a second at most.
    #[schema(schema_with = forms::positive)]
    pub throttle: Option<i64>,
}

/// The read model in the path; `all` where each can be meant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadModelPath {
    pub name: String,
}

path_parameters!(ReadModelPath);

no_further_rules!(ReadModelPath, RebuildReadModelDto);

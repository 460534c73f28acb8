//! Wire types of the tag "Memories".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assets::AssetResponseDto;
use super::forms;
use super::parameters::query_parameters;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// A new memory.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryCreateDto {
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Option<Vec<Uuid>>,
    pub data: OnThisDayDto,
    #[schema(schema_with = forms::instant)]
    pub hide_at: Option<WireDateTime>,
    #[schema(nullable = false)]
    pub is_saved: Option<bool>,
    #[schema(schema_with = forms::instant)]
    pub memory_at: WireDateTime,
    #[schema(schema_with = forms::instant)]
    pub seen_at: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub show_at: Option<WireDateTime>,
    #[serde(rename = "type")]
    pub kind: MemoryType,
}

/// A memory.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryResponseDto {
    pub assets: Vec<AssetResponseDto>,
    #[schema(schema_with = forms::date_time)]
    pub created_at: WireDateTime,
    pub data: OnThisDayDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub deleted_at: Option<WireDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub hide_at: Option<WireDateTime>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_saved: bool,
    #[schema(schema_with = forms::date_time)]
    pub memory_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub owner_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub seen_at: Option<WireDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub show_at: Option<WireDateTime>,
    #[serde(rename = "type")]
    pub kind: MemoryType,
    #[schema(schema_with = forms::date_time)]
    pub updated_at: WireDateTime,
}

/// In which order memories come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MemorySearchOrder {
    Asc,
    Desc,
    Random,
}

/// How many memories there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryStatisticsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub total: i64,
}

/// What memories are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemoryType {
    OnThisDay,
}

/// Changes to a memory.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoryUpdateDto {
    #[schema(nullable = false)]
    pub is_saved: Option<bool>,
    #[schema(schema_with = forms::instant)]
    pub memory_at: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub seen_at: Option<WireDateTime>,
}

/// The year that is recalled.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnThisDayDto {
    #[schema(schema_with = forms::year)]
    pub year: i32,
}

/// Which memories to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoriesQuery {
    #[serde(rename = "for")]
    #[schema(schema_with = forms::pattern_date)]
    pub shown_on: Option<NaiveDate>,
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub is_saved: Option<bool>,
    #[schema(nullable = false)]
    pub is_trashed: Option<bool>,
    #[schema(nullable = false)]
    pub is_upcoming: Option<bool>,
    #[schema(nullable = false)]
    pub order: Option<MemorySearchOrder>,
    #[schema(schema_with = forms::positive)]
    pub page: Option<i64>,
    #[schema(schema_with = forms::positive)]
    pub size: Option<i64>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<MemoryType>,
}

query_parameters!(MemoriesQuery);

no_further_rules!(MemoriesQuery, MemoryCreateDto, MemoryUpdateDto);

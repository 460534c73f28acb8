//! Wire types of the tag "History", which is our own.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::{path_parameters, query_parameters};
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// Which events to tell. Those before `before` come newest first; with `after` alone, those that follow it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryQuery {
    #[schema(schema_with = forms::uuid)]
    pub actor_id: Option<Uuid>,
    #[schema(schema_with = forms::positive)]
    pub after: Option<i64>,
    #[schema(schema_with = forms::positive)]
    pub before: Option<i64>,
    /// Names of events, with commas between them.
    #[schema(nullable = false)]
    pub event: Option<String>,
    #[schema(nullable = false)]
    pub format: Option<HistoryFormat>,
    #[schema(schema_with = forms::instant)]
    pub from: Option<WireDateTime>,
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub kind: Option<String>,
    #[schema(schema_with = forms::page_size)]
    pub limit: Option<i64>,
    #[schema(schema_with = forms::uuid)]
    pub session_id: Option<Uuid>,
    #[schema(schema_with = forms::instant)]
    pub until: Option<WireDateTime>,
}

query_parameters!(HistoryQuery);

/// In which form history is told: a page, or an export of all that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HistoryFormat {
    Json,
    Jsonl,
    Csv,
}

/// What kind of actor caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HistoryActorKind {
    User,
    Job,
    Operator,
    Anonymous,
}

/// Who caused an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryActorDto {
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub id: Option<Uuid>,
    pub kind: HistoryActorKind,
    pub name: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntryDto {
    pub actor: HistoryActorDto,
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub api_key_id: Option<Uuid>,
    #[schema(schema_with = forms::date_time)]
    pub at: WireDateTime,
    #[schema(schema_with = forms::record)]
    pub became: Map<String, Value>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub client: Option<String>,
    pub correlation_id: String,
    pub erased: bool,
    pub event: String,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub kind: String,
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub owner_id: Option<Uuid>,
    #[schema(schema_with = forms::positive)]
    pub position: i64,
    pub reversible: bool,
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub session_id: Option<Uuid>,
    #[schema(schema_with = forms::record)]
    pub was: Map<String, Value>,
    pub words: String,
}

/// A page of history, the newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryResponseDto {
    pub entries: Vec<HistoryEntryDto>,
    /// As `after` it asks for what came later.
    #[schema(schema_with = forms::nullable_count, required)]
    pub newer: Option<i64>,
    /// As `before` it asks for what came earlier; null where nothing did.
    #[schema(schema_with = forms::nullable_count, required)]
    pub older: Option<i64>,
}

/// Which event to take back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPositionPath {
    #[schema(schema_with = forms::positive)]
    pub position: i64,
}

path_parameters!(HistoryPositionPath);

/// Whether all that the same command did is taken back with it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryUndoQuery {
    #[schema(nullable = false)]
    pub whole: Option<bool>,
}

query_parameters!(HistoryUndoQuery);

/// What came of taking something back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryUndoResponseDto {
    /// Position of the last event that says so; null when nothing had to happen.
    #[schema(schema_with = forms::nullable_count, required)]
    pub position: Option<i64>,
    /// How many events were taken back.
    #[schema(schema_with = forms::count)]
    pub undone: i64,
}

no_further_rules!(HistoryPositionPath, HistoryQuery, HistoryUndoQuery);

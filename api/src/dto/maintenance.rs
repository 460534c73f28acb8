//! Wire types of the tag "Maintenance (admin)".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms;
use crate::edge::validate::no_further_rules;

/// What maintenance does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceAction {
    Start,
    End,
    SelectDatabaseRestore,
    RestoreDatabase,
}

/// Who is let in while the server is being maintained.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceAuthDto {
    pub username: String,
}

/// What lets somebody in while the server is being maintained.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceLoginDto {
    #[schema(nullable = false)]
    #[allow(dead_code)]
    pub token: Option<String>,
}

/// Whether the server is being maintained.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceStatusResponseDto {
    pub action: MaintenanceAction,
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::integer)]
    pub progress: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub task: Option<String>,
}

no_further_rules!(MaintenanceLoginDto);

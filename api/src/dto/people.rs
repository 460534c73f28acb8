//! The shape of a person inside other answers.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonResponseDto {
    #[schema(schema_with = forms::nullable_date, required)]
    pub birth_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub color: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_favorite: Option<bool>,
    pub is_hidden: bool,
    pub name: String,
    pub thumbnail_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::date_time)]
    pub updated_at: Option<WireDateTime>,
}

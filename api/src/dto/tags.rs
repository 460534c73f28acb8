//! The shape of a tag inside other answers.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;

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

//! Wire types of the tag "Sessions".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// A child session to make.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionCreateDto {
    #[serde(rename = "deviceOS")]
    #[schema(nullable = false)]
    pub device_os: Option<String>,
    #[schema(nullable = false)]
    pub device_type: Option<String>,
    #[schema(schema_with = forms::positive)]
    pub duration: Option<i64>,
}

/// A new session with its token, which is shown this once only.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionCreateResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub app_version: Option<String>,
    #[schema(schema_with = forms::text)]
    pub created_at: WireDateTime,
    pub current: bool,
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    pub device_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::text)]
    pub expires_at: Option<WireDateTime>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_pending_sync_reset: bool,
    pub token: String,
    #[schema(schema_with = forms::text)]
    pub updated_at: WireDateTime,
}

/// A session.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub app_version: Option<String>,
    #[schema(schema_with = forms::text)]
    pub created_at: WireDateTime,
    pub current: bool,
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    pub device_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::text)]
    pub expires_at: Option<WireDateTime>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_pending_sync_reset: bool,
    #[schema(schema_with = forms::text)]
    pub updated_at: WireDateTime,
}

/// Changes to a session.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUpdateDto {
    #[schema(nullable = false)]
    pub is_pending_sync_reset: Option<bool>,
}

no_further_rules!(SessionCreateDto, SessionUpdateDto);

//! Wire types of the tag "System metadata".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// Whether the administrator has been through the first steps.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdminOnboardingUpdateDto {
    pub is_onboarded: bool,
}

/// When the place names were last imported.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReverseGeocodingStateResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub last_import_file_name: Option<String>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub last_update: Option<String>,
}

/// What the last check for a newer release found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionCheckStateResponseDto {
    #[schema(schema_with = forms::nullable_text, required)]
    pub checked_at: Option<WireDateTime>,
    #[schema(schema_with = forms::nullable_text, required)]
    pub release_version: Option<String>,
}

no_further_rules!(AdminOnboardingUpdateDto);

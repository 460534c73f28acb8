//! Wire types of the tag "Libraries".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::WireDateTime;
use crate::edge::validate::{Issue, Rules};

/// A new external library.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateLibraryDto {
    #[schema(schema_with = forms::up_to_128_texts)]
    pub exclusion_patterns: Option<Vec<String>>,
    #[schema(schema_with = forms::up_to_128_texts)]
    pub import_paths: Option<Vec<String>>,
    #[schema(schema_with = forms::some_text)]
    pub name: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub owner_id: Uuid,
}

/// An external library.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryResponseDto {
    #[schema(schema_with = forms::integer)]
    pub asset_count: i64,
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    pub exclusion_patterns: Vec<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub import_paths: Vec<String>,
    pub name: String,
    #[schema(schema_with = forms::uuid)]
    pub owner_id: Uuid,
    #[schema(schema_with = forms::nullable_instant, required)]
    pub refreshed_at: Option<WireDateTime>,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
}

/// What is in an external library.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LibraryStatsResponseDto {
    #[schema(schema_with = forms::integer)]
    pub photos: i64,
    #[schema(schema_with = forms::integer)]
    pub total: i64,
    #[schema(schema_with = forms::integer)]
    pub usage: i64,
    #[schema(schema_with = forms::integer)]
    pub videos: i64,
}

/// Changes to an external library.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateLibraryDto {
    #[schema(schema_with = forms::up_to_128_texts)]
    pub exclusion_patterns: Option<Vec<String>>,
    #[schema(schema_with = forms::up_to_128_texts)]
    pub import_paths: Option<Vec<String>>,
    #[schema(schema_with = forms::some_text)]
    pub name: Option<String>,
}

/// Paths and patterns to look at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateLibraryDto {
    #[schema(schema_with = forms::up_to_128_texts)]
    pub exclusion_patterns: Option<Vec<String>>,
    #[schema(schema_with = forms::up_to_128_texts)]
    pub import_paths: Option<Vec<String>>,
}

/// Whether a path can be imported from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateLibraryImportPathResponseDto {
    pub import_path: String,
    pub is_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub message: Option<String>,
}

/// Whether paths can be imported from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateLibraryResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub import_paths: Option<Vec<ValidateLibraryImportPathResponseDto>>,
}

/// Each once, and none of them empty.
fn distinct(field: &str, texts: Option<&Vec<String>>) -> Vec<Issue> {
    let Some(texts) = texts else { return Vec::new() };
    let mut issues = Vec::new();
    if texts.iter().any(String::is_empty) {
        issues.push(Issue::custom(&[field], "Too small: expected string to have >=1 characters"));
    }
    if texts.iter().collect::<HashSet<_>>().len() < texts.len() {
        issues.push(Issue::custom(&[field], "Array must have unique items"));
    }
    issues
}

macro_rules! distinct_paths_and_patterns {
    ($($name:ident),+ $(,)?) => {
        $(impl Rules for $name {
            fn rules(&self) -> Vec<Issue> {
                let mut issues = distinct("importPaths", self.import_paths.as_ref());
                issues.extend(distinct("exclusionPatterns", self.exclusion_patterns.as_ref()));
                issues
            }
        })+
    };
}

distinct_paths_and_patterns!(CreateLibraryDto, UpdateLibraryDto, ValidateLibraryDto);

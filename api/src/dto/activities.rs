//! Wire types of the tag "Activities".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::users::UserResponseDto;
use super::wire::WireDateTime;
use crate::edge::validate::{Issue, Rules, no_further_rules};

/// Something to say about an album or an asset in it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityCreateDto {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub comment: Option<String>,
    #[serde(rename = "type")]
    pub kind: ReactionType,
}

/// What a member said.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityResponseDto {
    #[schema(schema_with = forms::nullable_uuid, required)]
    pub asset_id: Option<Uuid>,
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub comment: Option<String>,
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: ReactionType,
    pub user: UserResponseDto,
}

/// How much was said.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityStatisticsResponseDto {
    #[schema(schema_with = forms::count)]
    pub comments: i64,
    #[schema(schema_with = forms::count)]
    pub likes: i64,
}

/// About what it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReactionLevel {
    Album,
    Asset,
}

/// How it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReactionType {
    Comment,
    Like,
}

/// Which activities to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivitiesQuery {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Option<Uuid>,
    #[schema(nullable = false)]
    pub level: Option<ReactionLevel>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<ReactionType>,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Option<Uuid>,
}

query_parameters!(ActivitiesQuery);

/// Which activities to count.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityStatisticsQuery {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Uuid,
    #[schema(schema_with = forms::uuid)]
    pub asset_id: Option<Uuid>,
}

query_parameters!(ActivityStatisticsQuery);

impl Rules for ActivityCreateDto {
    fn rules(&self) -> Vec<Issue> {
        let has_text = self.comment.as_deref().is_some_and(|text| !text.is_empty());
        let message = match self.kind {
            ReactionType::Comment if !has_text => "comment is required for a comment",
            ReactionType::Like if self.comment.is_some() => "comment is not allowed for a like",
            _ => return Vec::new(),
        };
        vec![Issue::custom(&["comment"], message)]
    }
}

no_further_rules!(ActivitiesQuery, ActivityStatisticsQuery);

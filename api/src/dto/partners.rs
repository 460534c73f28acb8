//! Wire types of the tag "Partners".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::users::UserAvatarColor;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// With whom to share.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnerCreateDto {
    #[schema(schema_with = forms::uuid)]
    pub shared_with_id: Uuid,
}

/// From whose side partnerships are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartnerDirection {
    SharedBy,
    SharedWith,
}

/// Somebody who shares, or with whom is shared.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnerResponseDto {
    pub avatar_color: UserAvatarColor,
    #[schema(schema_with = forms::email)]
    pub email: String,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub in_timeline: Option<bool>,
    pub name: String,
    #[schema(schema_with = forms::date_time)]
    pub profile_changed_at: WireDateTime,
    pub profile_image_path: String,
}

/// Whether a partner's photos stand among one's own.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnerUpdateDto {
    pub in_timeline: bool,
}

/// Which partners to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnersQuery {
    pub direction: PartnerDirection,
}

query_parameters!(PartnersQuery);

no_further_rules!(PartnerCreateDto, PartnerUpdateDto, PartnersQuery);

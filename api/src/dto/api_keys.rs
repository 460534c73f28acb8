//! Wire types of the tag "API keys".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::permission::Permission;
use super::wire::WireDateTime;
use crate::edge::validate::no_further_rules;

/// A new API key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreateDto {
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(min_items = 1)]
    pub permissions: Vec<Permission>,
}

/// A new API key with its secret, which is shown this once only.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCreateResponseDto {
    pub api_key: ApiKeyResponseDto,
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub name: String,
    pub permissions: Vec<Permission>,
    pub secret: String,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
}

impl ApiKeyCreateResponseDto {
    /// The key beside itself: clients of version 3.2 read it where the secret is.
    #[must_use]
    pub fn new(api_key: ApiKeyResponseDto, secret: String) -> Self {
        Self {
            created_at: api_key.created_at,
            id: api_key.id,
            name: api_key.name.clone(),
            permissions: api_key.permissions.clone(),
            secret,
            updated_at: api_key.updated_at,
            api_key,
        }
    }
}

/// An API key without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyResponseDto {
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub name: String,
    pub permissions: Vec<Permission>,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
}

/// Changes to an API key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyUpdateDto {
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(min_items = 1, nullable = false)]
    pub permissions: Option<Vec<Permission>>,
}

no_further_rules!(ApiKeyCreateDto, ApiKeyUpdateDto);

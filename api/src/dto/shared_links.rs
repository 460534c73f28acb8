//! Credentials of a shared link in the query string.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Deserialize;
use utoipa::ToSchema;

use super::parameters::query_parameters;
use crate::edge::validate::no_further_rules;

/// The credential of a shared link.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinkQuery {
    #[schema(nullable = false)]
    pub key: Option<String>,
    #[schema(nullable = false)]
    pub slug: Option<String>,
}

query_parameters!(SharedLinkQuery);

no_further_rules!(SharedLinkQuery);

//! Wire types of the tag "Views".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::Deserialize;
use utoipa::ToSchema;

use super::parameters::query_parameters;
use crate::edge::validate::no_further_rules;

/// Which folder.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderQuery {
    pub path: String,
}

query_parameters!(FolderQuery);

no_further_rules!(FolderQuery);

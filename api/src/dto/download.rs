//! Wire types of the tag "Download".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use crate::edge::validate::no_further_rules;

/// Assets to pack.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadArchiveDto {
    #[schema(nullable = false)]
    pub archive_name: Option<String>,
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
    #[schema(nullable = false)]
    pub edited: Option<bool>,
}

/// The assets of one archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadArchiveInfo {
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Vec<Uuid>,
    #[schema(schema_with = forms::integer)]
    pub size: i64,
}

/// What is to be downloaded.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadInfoDto {
    #[schema(schema_with = forms::uuid)]
    pub album_id: Option<Uuid>,
    #[schema(schema_with = forms::positive)]
    pub archive_size: Option<i64>,
    #[schema(schema_with = forms::uuids)]
    pub asset_ids: Option<Vec<Uuid>>,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Option<Uuid>,
}

/// In which archives it comes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadResponseDto {
    pub archives: Vec<DownloadArchiveInfo>,
    #[schema(schema_with = forms::integer)]
    pub total_size: i64,
}

no_further_rules!(DownloadArchiveDto, DownloadInfoDto);

//! Wire types of the tag "Sync": what devices ask and acknowledge. The lines that they are sent
//! are in [`super::sync_lines`].

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::validate::no_further_rules;

/// Of which types to forget how far the device has come; of all, where none is named.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SyncAckDeleteDto {
    #[schema(nullable = false)]
    pub types: Option<Vec<SyncEntityType>>,
}

/// How far a device has come with one type.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SyncAckDto {
    pub ack: String,
    #[serde(rename = "type")]
    pub kind: SyncEntityType,
}

/// What a device has taken in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SyncAckSetDto {
    #[schema(max_items = 1000)]
    pub acks: Vec<String>,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum SyncEntityType {
    AuthUserV1,
    UserV1,
    UserDeleteV1,
    AssetV1,
    AssetV2,
    AssetDeleteV1,
    AssetExifV1,
    AssetEditV1,
    AssetEditDeleteV1,
    AssetMetadataV1,
    AssetMetadataDeleteV1,
    AssetOcrV1,
    AssetOcrDeleteV1,
    PartnerV1,
    PartnerDeleteV1,
    PartnerAssetV1,
    PartnerAssetV2,
    PartnerAssetBackfillV1,
    PartnerAssetBackfillV2,
    PartnerAssetDeleteV1,
    PartnerAssetExifV1,
    PartnerAssetExifBackfillV1,
    PartnerStackBackfillV1,
    PartnerStackDeleteV1,
    PartnerStackV1,
    AlbumV1,
    AlbumV2,
    AlbumDeleteV1,
    AlbumUserV1,
    AlbumUserBackfillV1,
    AlbumUserDeleteV1,
    AlbumAssetCreateV1,
    AlbumAssetCreateV2,
    AlbumAssetUpdateV1,
    AlbumAssetUpdateV2,
    AlbumAssetBackfillV1,
    AlbumAssetBackfillV2,
    AlbumAssetExifCreateV1,
    AlbumAssetExifUpdateV1,
    AlbumAssetExifBackfillV1,
    AlbumToAssetV1,
    AlbumToAssetDeleteV1,
    AlbumToAssetBackfillV1,
    MemoryV1,
    MemoryDeleteV1,
    MemoryToAssetV1,
    MemoryToAssetDeleteV1,
    StackV1,
    StackDeleteV1,
    PersonV1,
    PersonDeleteV1,
    AssetFaceV1,
    AssetFaceV2,
    AssetFaceDeleteV1,
    UserMetadataV1,
    UserMetadataDeleteV1,
    SyncAckV1,
    SyncResetV1,
    SyncCompleteV1,
}

/// What a device asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum SyncRequestType {
    AlbumsV1,
    AlbumsV2,
    AlbumUsersV1,
    AlbumToAssetsV1,
    AlbumAssetsV1,
    AlbumAssetsV2,
    AlbumAssetExifsV1,
    AssetsV1,
    AssetsV2,
    AssetExifsV1,
    AssetEditsV1,
    AssetMetadataV1,
    AssetOcrV1,
    AuthUsersV1,
    MemoriesV1,
    MemoryToAssetsV1,
    PartnersV1,
    PartnerAssetsV1,
    PartnerAssetsV2,
    PartnerAssetExifsV1,
    PartnerStacksV1,
    StacksV1,
    UsersV1,
    PeopleV1,
    AssetFacesV1,
    AssetFacesV2,
    UserMetadataV1,
}

/// What a device wants to be sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct SyncStreamDto {
    #[schema(nullable = false)]
    pub reset: Option<bool>,
    pub types: Vec<SyncRequestType>,
}

no_further_rules!(SyncAckDeleteDto, SyncAckSetDto, SyncStreamDto);

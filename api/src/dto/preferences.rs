//! A user's preferences, as read and as changed.

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::forms;
use super::timeline::AssetOrder;
use super::users::UserAvatarColor;
use crate::edge::validate::no_further_rules;

/// Preferences about albums.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsResponse {
    pub default_asset_order: AssetOrder,
}

/// Changes to the preferences about albums.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlbumsUpdate {
    #[schema(nullable = false)]
    pub default_asset_order: Option<AssetOrder>,
}

/// Changes to the avatar.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarUpdate {
    #[schema(nullable = false)]
    pub color: Option<UserAvatarColor>,
}

/// Preferences about casting.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CastResponse {
    pub g_cast_enabled: bool,
}

/// Changes to the preferences about casting.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CastUpdate {
    #[schema(nullable = false)]
    pub g_cast_enabled: Option<bool>,
}

/// Preferences about downloads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadResponse {
    #[schema(schema_with = forms::integer)]
    pub archive_size: i64,
    pub include_embedded_videos: bool,
}

/// Changes to the preferences about downloads.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DownloadUpdate {
    #[schema(schema_with = forms::positive)]
    pub archive_size: Option<i64>,
    #[schema(nullable = false)]
    pub include_embedded_videos: Option<bool>,
}

/// Preferences about e-mail.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailNotificationsResponse {
    pub album_invite: bool,
    pub album_update: bool,
    pub enabled: bool,
}

/// Changes to the preferences about e-mail.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailNotificationsUpdate {
    #[schema(nullable = false)]
    pub album_invite: Option<bool>,
    #[schema(nullable = false)]
    pub album_update: Option<bool>,
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// Preferences about the view by folders.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoldersResponse {
    pub enabled: bool,
    pub sidebar_web: bool,
}

/// Changes to the preferences about the view by folders.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoldersUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// Preferences about memories.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoriesResponse {
    #[schema(schema_with = forms::integer)]
    pub duration: i64,
    pub enabled: bool,
    pub sidebar_web: bool,
}

/// Changes to the preferences about memories.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemoriesUpdate {
    #[schema(schema_with = forms::positive)]
    pub duration: Option<i64>,
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// Preferences about people.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleResponse {
    pub enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::positive)]
    pub minimum_faces: Option<i64>,
    pub sidebar_web: bool,
}

/// Changes to the preferences about people.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeopleUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(schema_with = forms::positive)]
    pub minimum_faces: Option<i64>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// Preferences about the support badge.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseResponse {
    pub hide_buy_button_until: String,
    pub show_support_badge: bool,
}

/// Changes to the preferences about the support badge.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PurchaseUpdate {
    #[schema(nullable = false)]
    pub hide_buy_button_until: Option<String>,
    #[schema(nullable = false)]
    pub show_support_badge: Option<bool>,
}

/// Preferences about ratings.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RatingsResponse {
    pub enabled: bool,
}

/// Changes to the preferences about ratings.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RatingsUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// Preferences about the recently added.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentlyAddedResponse {
    pub sidebar_web: bool,
}

/// Changes to the preferences about the recently added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentlyAddedUpdate {
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// Preferences about shared links.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinksResponse {
    pub enabled: bool,
    pub sidebar_web: bool,
}

/// Changes to the preferences about shared links.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedLinksUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// Preferences about tags.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagsResponse {
    pub enabled: bool,
    pub sidebar_web: bool,
}

/// Changes to the preferences about tags.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TagsUpdate {
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
    #[schema(nullable = false)]
    pub sidebar_web: Option<bool>,
}

/// A user's preferences.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPreferencesResponseDto {
    pub albums: AlbumsResponse,
    pub cast: CastResponse,
    pub download: DownloadResponse,
    pub email_notifications: EmailNotificationsResponse,
    pub folders: FoldersResponse,
    pub memories: MemoriesResponse,
    pub people: PeopleResponse,
    pub purchase: PurchaseResponse,
    pub ratings: RatingsResponse,
    pub recently_added: RecentlyAddedResponse,
    pub shared_links: SharedLinksResponse,
    pub tags: TagsResponse,
}

/// Changes to a user's preferences.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserPreferencesUpdateDto {
    #[schema(nullable = false)]
    pub albums: Option<AlbumsUpdate>,
    #[schema(nullable = false)]
    pub avatar: Option<AvatarUpdate>,
    #[schema(nullable = false)]
    pub cast: Option<CastUpdate>,
    #[schema(nullable = false)]
    pub download: Option<DownloadUpdate>,
    #[schema(nullable = false)]
    pub email_notifications: Option<EmailNotificationsUpdate>,
    #[schema(nullable = false)]
    pub folders: Option<FoldersUpdate>,
    #[schema(nullable = false)]
    pub memories: Option<MemoriesUpdate>,
    #[schema(nullable = false)]
    pub people: Option<PeopleUpdate>,
    #[schema(nullable = false)]
    pub purchase: Option<PurchaseUpdate>,
    #[schema(nullable = false)]
    pub ratings: Option<RatingsUpdate>,
    #[schema(nullable = false)]
    pub recently_added: Option<RecentlyAddedUpdate>,
    #[schema(nullable = false)]
    pub shared_links: Option<SharedLinksUpdate>,
    #[schema(nullable = false)]
    pub tags: Option<TagsUpdate>,
}

no_further_rules!(UserPreferencesUpdateDto);

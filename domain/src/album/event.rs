//! What can have happened to an album.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AlbumOrder, AlbumRole};
use crate::{Personal, event::events};

events! {
    /// Everything that can have happened to an album.
    pub enum AlbumEvent {
        /// It was made, empty and for its owner alone.
        Created(AlbumCreated) = "album-created" v 1,
        /// Its name or description changed.
        DetailsChanged(AlbumDetailsChanged) = "album-details-changed" v 1,
        /// Its order changed, or whether members can comment and like.
        SettingsChanged(AlbumSettingsChanged) = "album-settings-changed" v 1,
        /// Another asset stands for it.
        ThumbnailChosen(AlbumThumbnailChosen) = "album-thumbnail-chosen" v 1,
        /// Assets came into it. The first one stands for it when none did.
        AssetsAdded(AlbumAssetsAdded) = "album-assets-added" v 1,
        /// Assets went out of it.
        AssetsRemoved(AlbumAssetsRemoved) = "album-assets-removed" v 1,
        /// It was shared with users.
        UsersAdded(AlbumUsersAdded) = "album-users-added" v 1,
        /// A member got another role.
        UserRoleChanged(AlbumUserRoleChanged) = "album-user-role-changed" v 1,
        /// A member left or was put out.
        UserRemoved(AlbumUserRemoved) = "album-user-removed" v 1,
        /// It is gone; its assets stay.
        Deleted(AlbumDeleted) = "album-deleted" v 1,
        /// Its deletion was taken back. It is there again as it was, still without assets: those
        /// that come back are added by the events that follow.
        Restored(AlbumRestored) = "album-restored" v 1,
    }
}

/// See [`AlbumEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumCreated {
    /// The user it belongs to.
    pub owner: Uuid,
    /// As shown.
    pub name: Personal<String>,
    /// Empty for none.
    pub description: Personal<String>,
    /// Of its assets.
    pub order: AlbumOrder,
}

/// See [`AlbumEvent::DetailsChanged`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumDetailsChanged {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// New description; empty when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Personal<String>>,
}

/// See [`AlbumEvent::SettingsChanged`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumSettingsChanged {
    /// New order of its assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<AlbumOrder>,
    /// Whether members can comment and like now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity_enabled: Option<bool>,
}

/// See [`AlbumEvent::ThumbnailChosen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumThumbnailChosen {
    /// The asset that stands for it now.
    pub asset: Uuid,
}

/// See [`AlbumEvent::AssetsAdded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumAssetsAdded {
    /// Each once, none of which was in it before.
    pub assets: Vec<Uuid>,
}

/// See [`AlbumEvent::AssetsRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumAssetsRemoved {
    /// Each once, all of which were in it before.
    pub assets: Vec<Uuid>,
}

/// A user with a role in an album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumMember {
    /// The user.
    pub user: Uuid,
    /// What they are in it.
    pub role: AlbumRole,
}

/// See [`AlbumEvent::UsersAdded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumUsersAdded {
    /// Each once, none of whom was a member before, and none as another owner.
    pub users: Vec<AlbumMember>,
}

/// See [`AlbumEvent::UserRoleChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumUserRoleChanged {
    /// The member, who is not the owner.
    pub user: Uuid,
    /// What they are in it now.
    pub role: AlbumRole,
}

/// See [`AlbumEvent::UserRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumUserRemoved {
    /// The member, who is not the owner.
    pub user: Uuid,
}

/// See [`AlbumEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumDeleted {}

/// See [`AlbumEvent::Restored`]. It says all that there is to say, so that a reader who has forgotten
/// the album when it was deleted can show it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlbumRestored {
    /// The user it belongs to.
    pub owner: Uuid,
    /// As shown.
    pub name: Personal<String>,
    /// Empty for none.
    pub description: Personal<String>,
    /// Of its assets.
    pub order: AlbumOrder,
    /// Whether members can comment and like.
    pub activity_enabled: bool,
    /// The asset that stands for it, which is among those that come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Uuid>,
    /// Each once, without the owner.
    pub users: Vec<AlbumMember>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

//! What can have happened to a shared link.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Personal, event::events, user::Set};

events! {
    /// Everything that can have happened to a shared link.
    pub enum SharedLinkEvent {
        /// It was made.
        Created(SharedLinkCreated) = "shared-link-created" v 1,
        /// Its owner changed what is said of it, or what it allows.
        Changed(SharedLinkChanged) = "shared-link-changed" v 1,
        /// It shows more assets.
        AssetsAdded(SharedLinkAssetsAdded) = "shared-link-assets-added" v 1,
        /// It shows some assets no longer.
        AssetsRemoved(SharedLinkAssetsRemoved) = "shared-link-assets-removed" v 1,
        /// It leads nowhere any more.
        Deleted(SharedLinkDeleted) = "shared-link-deleted" v 1,
    }
}

/// See [`SharedLinkEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedLinkCreated {
    /// The user it belongs to.
    pub owner: Uuid,
    /// The album that it shows; none for a link to single assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub album: Option<Uuid>,
    /// What opens it, base64url.
    pub key: Personal<String>,
    /// SHA-256 of the key's bytes, base64.
    pub key_hash: String,
    /// Its name in addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Personal<String>>,
    /// What has to be known besides, as its owner reads it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Personal<String>>,
    /// What its owner says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Personal<String>>,
    /// Until when it leads anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether visitors may add to what it shows.
    pub allow_upload: bool,
    /// Whether visitors may have originals.
    pub allow_download: bool,
    /// Whether visitors see what is known of the making of assets.
    pub show_metadata: bool,
}

/// See [`SharedLinkEvent::Changed`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedLinkChanged {
    /// New name in addresses, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Set<Personal<String>>>,
    /// New password, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Set<Personal<String>>>,
    /// New description, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Set<Personal<String>>>,
    /// New end, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Set<DateTime<Utc>>>,
    /// Whether visitors may add to what it shows now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_upload: Option<bool>,
    /// Whether visitors may have originals now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_download: Option<bool>,
    /// Whether visitors see what is known of the making of assets now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_metadata: Option<bool>,
}

/// See [`SharedLinkEvent::AssetsAdded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedLinkAssetsAdded {
    /// Each once, none of which it showed before.
    pub assets: Vec<Uuid>,
}

/// See [`SharedLinkEvent::AssetsRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedLinkAssetsRemoved {
    /// Each once, all of which it showed before.
    pub assets: Vec<Uuid>,
}

/// See [`SharedLinkEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharedLinkDeleted {}

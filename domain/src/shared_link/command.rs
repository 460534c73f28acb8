//! What can be asked of a shared link.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A request to a shared link.
#[derive(Clone, Debug, PartialEq)]
pub enum SharedLinkCommand {
    /// Exist.
    Create(Box<NewSharedLink>),
    /// Change what its owner can change.
    Edit(Box<SharedLinkEdit>),
    /// Show these assets too; those that it shows already are passed over.
    AddAssets(Vec<Uuid>),
    /// Show these assets no longer; those that it does not show are passed over.
    RemoveAssets(Vec<Uuid>),
    /// Lead nowhere any more.
    Delete,
}

/// See [`SharedLinkCommand::Create`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewSharedLink {
    /// Who makes it.
    pub owner: Uuid,
    /// The album that it shows; none for a link to single assets.
    pub album: Option<Uuid>,
    /// The assets that it shows, where it shows no album.
    pub assets: Vec<Uuid>,
    /// What opens it, base64url.
    pub key: String,
    /// SHA-256 of the key's bytes, base64.
    pub key_hash: String,
    /// Its name in addresses.
    pub slug: Option<String>,
    /// What has to be known besides.
    pub password: Option<String>,
    /// What its owner says about it.
    pub description: Option<String>,
    /// Until when it leads anywhere.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether visitors may add to what it shows.
    pub allow_upload: bool,
    /// Whether visitors may have originals; never without metadata, which are in the originals.
    pub allow_download: bool,
    /// Whether visitors see what is known of the making of assets.
    pub show_metadata: bool,
}

/// See [`SharedLinkCommand::Edit`]. What is absent stays as it is; an inner none takes it away.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedLinkEdit {
    /// New name in addresses.
    pub slug: Option<Option<String>>,
    /// New password.
    pub password: Option<Option<String>>,
    /// New description.
    pub description: Option<Option<String>>,
    /// New end.
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// Whether visitors may add to what it shows.
    pub allow_upload: Option<bool>,
    /// Whether visitors may have originals.
    pub allow_download: Option<bool>,
    /// Whether visitors see what is known of the making of assets.
    pub show_metadata: Option<bool>,
}

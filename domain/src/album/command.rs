//! What can be asked of an album.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{AlbumMember, AlbumOrder, AlbumRole};

/// A request to an album.
#[derive(Clone, Debug, PartialEq)]
pub enum AlbumCommand {
    /// Exist.
    Create(Box<NewAlbum>),
    /// Change what a person can change.
    Edit(Box<AlbumEdit>),
    /// Take these assets in; those that are in it already are passed over.
    AddAssets(Vec<Uuid>),
    /// Let these assets go; those that are not in it are passed over.
    RemoveAssets(Vec<Uuid>),
    /// Be shared with these users; those who are members already are passed over.
    AddUsers(Vec<AlbumMember>),
    /// Give a member another role.
    ChangeRole {
        /// The member.
        user: Uuid,
        /// The new role.
        role: AlbumRole,
    },
    /// No longer be shared with a member.
    RemoveUser {
        /// The member.
        user: Uuid,
    },
    /// Be gone; the assets stay.
    Delete,
    /// Be there again as it was before it was deleted.
    Restore(Box<RestoredAlbum>),
}

/// See [`AlbumCommand::Create`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlbum {
    /// Who makes it.
    pub owner: Uuid,
    /// As shown.
    pub name: String,
    /// Empty for none.
    pub description: String,
    /// Of its assets.
    pub order: AlbumOrder,
    /// With whom it is shared from the start; the owner among them is passed over.
    pub users: Vec<AlbumMember>,
    /// What is in it from the start.
    pub assets: Vec<Uuid>,
}

/// See [`AlbumCommand::Restore`]. What an album does not remember, or cannot know, comes from outside:
/// who and what of it is still there.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoredAlbum {
    /// As it was shown.
    pub name: String,
    /// As it was shown.
    pub description: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Members who are still there; others among them are passed over.
    pub users: Vec<Uuid>,
    /// Assets that are still there, in the order in which they came in; others are passed over.
    pub assets: Vec<Uuid>,
}

/// See [`AlbumCommand::Edit`]. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlbumEdit {
    /// New name.
    pub name: Option<String>,
    /// New description; empty to remove it.
    pub description: Option<String>,
    /// New order of its assets.
    pub order: Option<AlbumOrder>,
    /// Whether members can comment and like.
    pub activity_enabled: Option<bool>,
    /// The asset that stands for it.
    pub thumbnail: Option<Uuid>,
}

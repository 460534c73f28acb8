//! A collection of assets that its owner can share with others.
//!
//! An album belongs to whoever made it, for good: it has one owner and any number of editors and
//! viewers. Which assets somebody may put into it is decided at the edge, which knows whose they
//! are; the album sees to it that each is in it once.
//!
//! Assets come and go by lists: ten thousand that are added at once are one event. The album
//! remembers the ids of its assets as a set, which is all that its rules ask for. What becomes of an
//! asset itself (trash, deletion) is not its business: readers look at both.

mod command;
mod decide;
mod event;

pub use command::{AlbumCommand, AlbumEdit, NewAlbum, RestoredAlbum};
pub use decide::{Album, AlbumRefusal};
pub use event::{
    AlbumAssetsAdded, AlbumAssetsRemoved, AlbumCreated, AlbumDeleted, AlbumDetailsChanged, AlbumEvent, AlbumMember,
    AlbumRestored, AlbumSettingsChanged, AlbumThumbnailChosen, AlbumUserRemoved, AlbumUserRoleChanged, AlbumUsersAdded,
};

use serde::{Deserialize, Serialize};

/// In which order the assets of an album are shown, by the time of capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AlbumOrder {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

impl AlbumOrder {
    /// The name in events and read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// What a member is in an album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AlbumRole {
    /// Whoever made it.
    Owner,
    /// May change it, what is in it and who is in it.
    Editor,
    /// May look at it.
    Viewer,
}

impl AlbumRole {
    /// The name in events and read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

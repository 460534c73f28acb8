//! A photo or a video that somebody uploaded.
//!
//! An asset is born with its bytes: `asset-uploaded` is only recorded once they lie safely on
//! disk. From then on a person can edit what is known about it, hide, archive or lock it, mark
//! it, put it into the trash and take it out again. What machines find out about it (metadata,
//! previews, failures) is told in its `processing` stream, so that this one stays short.
//!
//! An asset leaves in two steps: its deletion is asked for (`asset-deletion-requested`), a worker
//! removes the files, and then `asset-deleted` says that nothing of it is left.
//!
//! The bytes of a file are unique for their owner: the claim `asset-checksum` holds that.

mod command;
mod decide;
mod event;
pub mod media_type;
pub mod metadata;

pub use command::{AssetCommand, Edit, Upload};
pub use decide::{Asset, AssetRefusal, CHECKSUM_CLAIM, checksum_claim_key};
pub use event::{
    AssetDeleted, AssetDeletionRequested, AssetEvent, AssetRestored, AssetTagged, AssetTagsRead, AssetTrashed,
    AssetUntagged, AssetUploaded, DetailMatter, DetailsEdited, DetailsWithdrawn, DuplicateGroupChanged,
    FavoriteChanged, KeyValueRemoved, KeyValueSet, LivePhotoLinked, LivePhotoUnlinked, RatingEdit, SidecarReplaced,
    TakenAtEdit, VisibilityChanged,
};

use serde::{Deserialize, Serialize};

/// What kind of file it is, decided by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AssetKind {
    /// A still or animated picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// Something else.
    Other,
}

impl AssetKind {
    /// The name in events and read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Other => "other",
        }
    }
}

/// Where an asset shows up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// In the timeline.
    Timeline,
    /// Only in the archive.
    Archive,
    /// Nowhere of its own: the moving half of a live photo.
    Hidden,
    /// Only in its owner's locked folder.
    Locked,
}

impl Visibility {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Archive => "archive",
            Self::Hidden => "hidden",
            Self::Locked => "locked",
        }
    }
}

/// A place on the globe, in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

/// Names for a position. Each can be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Place {
    /// Town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State, province or canton.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Country, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// IANA time zone, for example `America/Denver`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A position with the names that were found for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LocatedPosition {
    /// Where.
    pub position: Position,
    /// What it is called.
    pub place: Place,
}

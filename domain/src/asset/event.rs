//! What can have happened to an asset.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AssetKind, LocatedPosition, Visibility};
use crate::{Personal, event::events};

events! {
    /// Everything that can have happened to an asset.
    pub enum AssetEvent {
        /// Its bytes are safe and it exists.
        Uploaded(AssetUploaded) = "asset-uploaded" v 1,
        /// A person said something about it; that outlasts what the file says.
        DetailsEdited(DetailsEdited) = "asset-details-edited" v 1,
        /// A person took back what persons had said on some matters, of which nothing was known before.
        DetailsWithdrawn(DetailsWithdrawn) = "asset-details-withdrawn" v 1,
        /// Marked or unmarked as a favourite.
        FavoriteChanged(FavoriteChanged) = "asset-favorite-changed" v 1,
        /// Shows up elsewhere from now on.
        VisibilityChanged(VisibilityChanged) = "asset-visibility-changed" v 1,
        /// Put into the trash.
        Trashed(AssetTrashed) = "asset-trashed" v 1,
        /// Taken out of the trash.
        Restored(AssetRestored) = "asset-restored" v 1,
        /// To be removed for good; a worker will do it.
        DeletionRequested(AssetDeletionRequested) = "asset-deletion-requested" v 1,
        /// Removed for good, files and all.
        Deleted(AssetDeleted) = "asset-deleted" v 1,
        /// A video became the moving half of this photo.
        LivePhotoLinked(LivePhotoLinked) = "asset-live-photo-linked" v 1,
        /// The photo is a plain photo again.
        LivePhotoUnlinked(LivePhotoUnlinked) = "asset-live-photo-unlinked" v 1,
        /// A client stored a value of its own.
        KeyValueSet(KeyValueSet) = "asset-key-value-set" v 1,
        /// A client's value was removed.
        KeyValueRemoved(KeyValueRemoved) = "asset-key-value-removed" v 1,
        /// Joined or left a group of duplicates.
        DuplicateGroupChanged(DuplicateGroupChanged) = "asset-duplicate-group-changed" v 1,
        /// Its sidecar file was added, exchanged or removed.
        SidecarReplaced(SidecarReplaced) = "asset-sidecar-replaced" v 1,
        /// A person put tags on it; what the file says about tags no longer counts.
        Tagged(AssetTagged) = "asset-tagged" v 1,
        /// A person took tags off it; what the file says about tags no longer counts.
        Untagged(AssetUntagged) = "asset-untagged" v 1,
        /// Its file names these tags, instead of those that it named before.
        TagsRead(AssetTagsRead) = "asset-tags-read" v 1,
    }
}

/// See [`AssetEvent::Uploaded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetUploaded {
    /// The user it belongs to.
    pub owner: Uuid,
    /// By its extension.
    pub kind: AssetKind,
    /// As its owner knows it, with extension.
    pub file_name: Personal<String>,
    /// Where the bytes lie, relative to the media root.
    pub path: String,
    /// Length in bytes.
    pub size_bytes: i64,
    /// SHA-1 of the bytes, base64 (28 characters).
    pub checksum: String,
    /// What the client said about the file's creation.
    pub file_created_at: DateTime<Utc>,
    /// What the client said about the file's last change.
    pub file_modified_at: DateTime<Utc>,
    /// What the client said about its length, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Marked as a favourite at once.
    #[serde(default)]
    pub favorite: bool,
    /// Where it shows up.
    pub visibility: Visibility,
    /// The video that is this photo's moving half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_photo_video: Option<Uuid>,
    /// Where its sidecar lies, relative to the media root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar_path: Option<String>,
}

/// See [`AssetEvent::DetailsEdited`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DetailsEdited {
    /// New description; empty to remove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Personal<String>>,
    /// New time of capture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<TakenAtEdit>,
    /// New place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Personal<LocatedPosition>>,
    /// New rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<RatingEdit>,
    /// New lens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens_model: Option<String>,
}

/// See [`AssetEvent::DetailsWithdrawn`]. Nothing is known of these until the file is read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DetailsWithdrawn {
    /// Each once.
    pub matters: Vec<DetailMatter>,
}

/// What a person can say about an asset, and that can be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DetailMatter {
    /// Where it was taken.
    Position,
    /// With which lens.
    LensModel,
}

/// A time of capture that a person set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TakenAtEdit {
    /// The instant.
    pub instant: DateTime<Utc>,
    /// The wall clock at the place of capture.
    pub local: NaiveDateTime,
    /// IANA name or `UTC+n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// A rating that a person set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RatingEdit {
    /// −1 (rejected) or 1 to 5; none removes it.
    pub stars: Option<i16>,
}

/// See [`AssetEvent::FavoriteChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FavoriteChanged {
    /// Whether it is one now.
    pub favorite: bool,
}

/// See [`AssetEvent::VisibilityChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VisibilityChanged {
    /// Where it shows up now.
    pub visibility: Visibility,
}

/// See [`AssetEvent::Trashed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetTrashed {}

/// See [`AssetEvent::Restored`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetRestored {}

/// See [`AssetEvent::DeletionRequested`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetDeletionRequested {}

/// See [`AssetEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetDeleted {}

/// See [`AssetEvent::LivePhotoLinked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LivePhotoLinked {
    /// The moving half.
    pub video: Uuid,
}

/// See [`AssetEvent::LivePhotoUnlinked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LivePhotoUnlinked {
    /// What was its moving half.
    pub video: Uuid,
}

/// See [`AssetEvent::KeyValueSet`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyValueSet {
    /// The client's own name for it.
    pub key: String,
    /// Any JSON object.
    pub value: Personal<serde_json::Map<String, serde_json::Value>>,
}

/// See [`AssetEvent::KeyValueRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyValueRemoved {
    /// Which one.
    pub key: String,
}

/// See [`AssetEvent::DuplicateGroupChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DuplicateGroupChanged {
    /// The group it is in now.
    pub group: Option<Uuid>,
}

/// See [`AssetEvent::SidecarReplaced`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SidecarReplaced {
    /// Where it lies, relative to the media root; none when it is gone.
    pub path: Option<String>,
}

/// See [`AssetEvent::Tagged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetTagged {
    /// Each once, none of which was on it before.
    pub tags: Vec<Uuid>,
}

/// See [`AssetEvent::Untagged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetUntagged {
    /// Each once, all of which were on it before.
    pub tags: Vec<Uuid>,
}

/// See [`AssetEvent::TagsRead`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetTagsRead {
    /// All of its tags, each once, sorted.
    pub tags: Vec<Uuid>,
}

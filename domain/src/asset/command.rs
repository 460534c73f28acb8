//! What can be asked of an asset.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{AssetKind, DetailMatter, LocatedPosition, RatingEdit, TakenAtEdit, Visibility};

/// A request to an asset.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetCommand {
    /// Exist, with these bytes.
    Upload(Box<Upload>),
    /// Change what a person can change.
    Edit(Box<Edit>),
    /// No longer count what persons said on these matters.
    WithdrawDetails(Vec<DetailMatter>),
    /// Go into the trash.
    Trash,
    /// Come out of the trash.
    Restore,
    /// Be removed for good.
    RequestDeletion,
    /// The files are gone: say so.
    ConfirmDeletion,
    /// Take this video as the moving half.
    LinkLivePhoto {
        /// The video.
        video: Uuid,
    },
    /// Be a plain photo again.
    UnlinkLivePhoto,
    /// Store a client's value.
    SetKeyValue {
        /// The client's own name for it.
        key: String,
        /// Any JSON object.
        value: serde_json::Map<String, serde_json::Value>,
    },
    /// Remove a client's value.
    RemoveKeyValue {
        /// Which one.
        key: String,
    },
    /// Use this sidecar from now on.
    ReplaceSidecar {
        /// Relative to the media root; none when it is gone.
        path: Option<String>,
    },
    /// Have these tags too, says a person.
    Tag(Vec<Uuid>),
    /// No longer have these tags, says a person.
    Untag(Vec<Uuid>),
    /// Have exactly these tags, says the file.
    ReadTags(Vec<Uuid>),
}

/// See [`AssetCommand::Upload`]. The bytes are already safe on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// The user it will belong to.
    pub owner: Uuid,
    /// By its extension.
    pub kind: AssetKind,
    /// As its owner knows it.
    pub file_name: String,
    /// Relative to the media root.
    pub path: String,
    /// Length in bytes.
    pub size_bytes: i64,
    /// SHA-1, base64.
    pub checksum: String,
    /// Of the file, says the client.
    pub file_created_at: DateTime<Utc>,
    /// Of the file, says the client.
    pub file_modified_at: DateTime<Utc>,
    /// In milliseconds, says the client.
    pub duration_ms: Option<i64>,
    /// A favourite at once.
    pub favorite: bool,
    /// Where it will show up.
    pub visibility: Visibility,
    /// The video that is its moving half.
    pub live_photo_video: Option<Uuid>,
    /// Relative to the media root.
    pub sidecar_path: Option<String>,
}

/// See [`AssetCommand::Edit`]. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// New description.
    pub description: Option<String>,
    /// New time of capture.
    pub taken_at: Option<TakenAtEdit>,
    /// New place, with its names looked up.
    pub position: Option<LocatedPosition>,
    /// New rating.
    pub rating: Option<RatingEdit>,
    /// New lens.
    pub lens_model: Option<String>,
    /// A favourite or not.
    pub favorite: Option<bool>,
    /// Where it shows up.
    pub visibility: Option<Visibility>,
    /// The group of duplicates it is in; inner none takes it out.
    pub duplicate_group: Option<Option<Uuid>>,
}

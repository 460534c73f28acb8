//! What workers found, made or failed at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Job;
use crate::{
    Personal,
    asset::{
        Place,
        metadata::{FileStat, Probe, Tags},
    },
    event::events,
};

events! {
    /// Everything that slow work can have come to.
    pub enum ProcessingEvent {
        /// Somebody asked for a job to be done again.
        JobRequested(JobRequested) = "job-requested" v 1,
        /// The tags of the file were read.
        MetadataRead(MetadataRead) = "metadata-read" v 1,
        /// The small pictures exist.
        PreviewsMade(PreviewsMade) = "previews-made" v 1,
        /// The picture of a person exists.
        PersonThumbnailMade(PersonThumbnailMade) = "person-thumbnail-made" v 1,
        /// An attempt came to nothing.
        AttemptFailed(AttemptFailed) = "attempt-failed" v 1,
        /// What persons said stands in the sidecar.
        SidecarWritten(SidecarWritten) = "sidecar-written" v 1,
        /// It was looked for the same picture, and groups were told of it where there was one.
        DuplicatesSought(DuplicatesSought) = "duplicates-sought" v 1,
        /// A detector has looked for faces.
        FacesDetected(FacesDetected) = "faces-detected" v 1,
        /// Faces that were nobody's were compared with all others.
        FacesClustered(FacesClustered) = "faces-clustered" v 1,
        /// All faces were grouped anew.
        PeopleRegrouped(PeopleRegrouped) = "people-regrouped" v 1,
        /// An e-mail was sent, or is not to be sent any more.
        MailSettled(MailSettled) = "mail-settled" v 1,
    }
}

/// See [`ProcessingEvent::JobRequested`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobRequested {
    /// The asset's owner.
    pub owner: Uuid,
    /// What is to be done.
    pub job: Job,
}

/// See [`ProcessingEvent::MetadataRead`]. Each source is kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetadataRead {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// Tags of the file itself.
    pub file: Personal<Tags>,
    /// Tags of its sidecar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<Personal<Tags>>,
    /// What the file system says.
    pub stat: FileStat,
    /// What the container says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// Names of the place that the tags point to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Personal<Place>>,
    /// Program and version that read the tags, for example `exiftool 12.57`.
    pub reader: String,
}

/// See [`ProcessingEvent::PreviewsMade`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreviewsMade {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// The files that exist now; they replace those of an earlier run.
    pub files: Vec<PreviewFile>,
    /// Thumbhash of the picture, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// Width of the picture as displayed, in pixels.
    pub width: i32,
    /// Height of the picture as displayed, in pixels.
    pub height: i32,
}

/// See [`ProcessingEvent::PersonThumbnailMade`]. The stream is that of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonThumbnailMade {
    /// Whose photos show the person.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// The face that it shows.
    pub face: Uuid,
    /// Where it lies, relative to the media root.
    pub path: String,
    /// Length in bytes.
    pub size_bytes: i64,
}

/// What a small picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PreviewKind {
    /// For the grid.
    Thumbnail,
    /// For a screen.
    Preview,
    /// Full size, in a format that browsers show.
    Fullsize,
}

impl PreviewKind {
    /// The stored name, which is also part of the file's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
            Self::Fullsize => "fullsize",
        }
    }
}

/// A small picture on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreviewFile {
    /// What it is for.
    pub kind: PreviewKind,
    /// Where it lies, relative to the media root.
    pub path: String,
    /// Length in bytes.
    pub size_bytes: i64,
}

/// See [`ProcessingEvent::AttemptFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttemptFailed {
    /// The asset's owner.
    pub owner: Uuid,
    /// What was tried.
    pub job: Job,
    /// Under which lease.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// Counts from 1.
    pub attempt: i32,
    /// What went wrong, for a person to read.
    pub reason: String,
    /// When to try again; none when only a newer decoder can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
}

/// See [`ProcessingEvent::SidecarWritten`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SidecarWritten {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// Where it lies, relative to the media root.
    pub path: String,
}

/// See [`ProcessingEvent::DuplicatesSought`]. What was found is told in the streams of the assets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DuplicatesSought {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
}

/// See [`ProcessingEvent::FacesDetected`]. The faces themselves, and their vectors, are in streams of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FacesDetected {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// The model that looked.
    pub model: String,
    /// How many it found.
    pub found: i32,
    /// How many of those nobody knew of.
    pub added: i32,
    /// How many of those that were known the model saw for the first time.
    pub measured: i32,
    /// How many were found before and are not any more.
    pub vanished: i32,
}

/// See [`ProcessingEvent::FacesClustered`]. The stream is that of the owner. Whose the faces are, they tell
/// themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FacesClustered {
    /// Whose faces.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// By the vectors of which model.
    pub model: String,
    /// Of which grouping the people are.
    pub generation: i64,
    /// All faces that are nobody's had their turn; else those alone that came after `horizon` of the run before.
    pub is_complete: bool,
    /// Position of the newest vector that was known.
    pub horizon: i64,
    /// When the faces were counted up.
    pub began_at: DateTime<Utc>,
    /// Faces that had their turn.
    pub looked_at: i32,
    /// Faces that have become somebody's.
    pub assigned: i32,
    /// Persons who began.
    pub created: i32,
}

/// See [`ProcessingEvent::PeopleRegrouped`]. The stream is that of the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeopleRegrouped {
    /// Whose people.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// By the vectors of which model.
    pub model: String,
    /// Of which grouping the people are from now on.
    pub generation: i64,
    /// Position of the newest vector that was known.
    pub horizon: i64,
    /// When the faces were counted up.
    pub began_at: DateTime<Utc>,
    /// Persons who were there and still are.
    pub kept: i32,
    /// Persons who began.
    pub created: i32,
    /// Those of them whose faces were somebody else's.
    pub split: i32,
    /// Persons who are gone because their faces are others' now.
    pub merged: i32,
    /// Persons who are gone because their faces are nobody's now.
    pub dissolved: i32,
    /// Faces that are somebody else's than before.
    pub moved: i32,
    /// Faces that were somebody's and are nobody's now.
    pub released: i32,
}

/// See [`ProcessingEvent::MailSettled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailSettled {
    /// The recipient.
    pub owner: Uuid,
    /// Which e-mail.
    pub job: Job,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// Whether it was sent; else nobody wanted it any more.
    pub sent: bool,
}

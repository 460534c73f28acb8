//! Names of streams.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which noun a stream tells about. The text form is stored and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamKind {
    /// A person with an account.
    User,
    /// A logged-in device.
    Session,
    /// A key for programs.
    ApiKey,
    /// A photo or a video.
    Asset,
    /// The outcomes of slow work on one asset, kept apart so that the asset's stream stays short.
    Processing,
    /// The installation itself.
    System,
    /// The erasure of one subject's personal values.
    Erasure,
    /// A collection of assets.
    Album,
    /// A label on assets.
    Tag,
    /// Assets that lie on top of each other.
    Stack,
    /// One user who shares with another.
    Partnership,
    /// A link that shows something to anybody who has it.
    SharedLink,
    /// What a member says about an album or an asset in it.
    Activity,
    /// Somebody who is seen in photos.
    Person,
    /// A face in a photo.
    Face,
    /// Photos of a day long past.
    Memory,
    /// What work is grouped by.
    Queue,
    /// Something done for the whole installation.
    Task,
    /// What a user is told.
    Notification,
    /// Folders of a user's own.
    ExternalLibrary,
    /// What a model made of an asset to find it by.
    Embedding,
    /// The text in a picture.
    Text,
    /// What a face looks like to models.
    FaceEmbedding,
}

impl StreamKind {
    /// Every kind, in the order of their introduction.
    pub const ALL: [Self; 23] = [
        Self::User,
        Self::Session,
        Self::ApiKey,
        Self::Asset,
        Self::Processing,
        Self::System,
        Self::Erasure,
        Self::Album,
        Self::Tag,
        Self::Stack,
        Self::Partnership,
        Self::SharedLink,
        Self::Activity,
        Self::Person,
        Self::Face,
        Self::Memory,
        Self::Queue,
        Self::Task,
        Self::Notification,
        Self::ExternalLibrary,
        Self::Embedding,
        Self::Text,
        Self::FaceEmbedding,
    ];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::ApiKey => "api-key",
            Self::Asset => "asset",
            Self::Processing => "processing",
            Self::System => "system",
            Self::Erasure => "erasure",
            Self::Album => "album",
            Self::Tag => "tag",
            Self::Stack => "stack",
            Self::Partnership => "partnership",
            Self::SharedLink => "shared-link",
            Self::Activity => "activity",
            Self::Person => "person",
            Self::Face => "face",
            Self::Memory => "memory",
            Self::Queue => "queue",
            Self::Task => "task",
            Self::Notification => "notification",
            Self::ExternalLibrary => "external-library",
            Self::Embedding => "embedding",
            Self::Text => "text",
            Self::FaceEmbedding => "face-embedding",
        }
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StreamKind {
    type Err = UnknownStreamKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| UnknownStreamKind(name.to_owned()))
    }
}

/// The log holds a stream of a kind that this release does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown kind of stream `{0}`: it was written by a newer release")]
pub struct UnknownStreamKind(String);

/// One stream of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// The noun.
    pub kind: StreamKind,
    /// Which one of them.
    pub id: Uuid,
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

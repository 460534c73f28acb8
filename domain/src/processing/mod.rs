//! The outcomes of slow work on one asset, or one person.
//!
//! Its stream has the id of that asset or person and tells what workers found, made or failed at. It is apart
//! from the asset's own stream so that changing an asset never loads it.
//!
//! A result names its lease and the revision of the input that it saw: the position of the event
//! which asked for the work. A second result for a revision, or one for an older revision than
//! was answered already, is refused.

mod decide;
mod event;

pub use decide::{Processing, ProcessingCommand, ProcessingRefusal};
pub use event::{
    AttemptFailed, JobRequested, MetadataRead, PersonThumbnailMade, PreviewFile, PreviewKind, PreviewsMade,
    ProcessingEvent, SidecarWritten,
};

use serde::{Deserialize, Serialize};

/// A kind of slow work on one asset, or one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Job {
    /// Read what the file says about itself.
    Metadata,
    /// Make the small pictures.
    Previews,
    /// Remove the files of an asset that is to be deleted.
    Deletion,
    /// Write what persons said beside the file.
    Sidecar,
    /// Cut out the face that stands for a person.
    PersonThumbnail,
}

impl Job {
    /// Every job.
    pub const ALL: [Self; 5] = [Self::Metadata, Self::Previews, Self::Deletion, Self::Sidecar, Self::PersonThumbnail];

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Previews => "previews",
            Self::Deletion => "deletion",
            Self::Sidecar => "sidecar",
            Self::PersonThumbnail => "person-thumbnail",
        }
    }

    /// The job of that stored name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.as_str() == name)
    }
}

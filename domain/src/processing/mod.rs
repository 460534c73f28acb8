//! The outcomes of slow work on one asset, one person, all faces of one owner, or of e-mails to one recipient.
//!
//! Its stream has the id of that asset, person or owner (of e-mails, see [`mail_id`]) and tells what workers found, made or
//! failed at. It is apart from the asset's own stream so that changing an asset never loads it.
//!
//! A result names its lease and the revision of the input that it saw: the position of the event
//! which asked for the work. A second result for a revision, or one for an older revision than
//! was answered already, is refused.

mod decide;
mod event;
mod mails;

pub use decide::{Processing, ProcessingCommand, ProcessingRefusal};
pub use event::{
    AttemptFailed, DuplicatesSought, FacesClustered, FacesDetected, JobRequested, MailSettled, MetadataRead,
    PeopleRegrouped, PersonThumbnailMade, PreviewFile, PreviewKind, PreviewsMade, ProcessingEvent, SidecarWritten,
};
pub use mails::{album_of_mail, mail_id};

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
    /// Make the vector that an asset is found by.
    Embedding,
    /// Find faces.
    FaceDetection,
    /// Read what is written in the picture.
    TextRecognition,
    /// Look whether the same picture is there twice.
    DuplicateDetection,
    /// Compare the faces of an owner that are nobody's with all others.
    FaceClustering,
    /// Group all faces of an owner anew.
    FaceRegrouping,
    /// Write to somebody that an album is shared with them.
    AlbumInvitation,
    /// Write to a member that something came into an album.
    AlbumNews,
}

impl Job {
    /// Every job.
    pub const ALL: [Self; 13] = [
        Self::Metadata,
        Self::Previews,
        Self::Deletion,
        Self::Sidecar,
        Self::PersonThumbnail,
        Self::Embedding,
        Self::FaceDetection,
        Self::TextRecognition,
        Self::DuplicateDetection,
        Self::FaceClustering,
        Self::FaceRegrouping,
        Self::AlbumInvitation,
        Self::AlbumNews,
    ];

    /// The jobs on all faces of an owner, whose id stands in place of an asset's.
    pub const ON_OWNERS: [Self; 2] = [Self::FaceClustering, Self::FaceRegrouping];

    /// The jobs that recognise something in pictures. They are there only while a model is chosen for them.
    pub const RECOGNITION: [Self; 4] =
        [Self::Embedding, Self::FaceDetection, Self::TextRecognition, Self::DuplicateDetection];

    /// Those of them that begin as soon as there is a picture to look at.
    pub const ON_PREVIEWS: [Self; 3] = [Self::Embedding, Self::FaceDetection, Self::TextRecognition];

    /// The event by which a job of recognition is answered; none of other jobs.
    #[must_use]
    pub const fn answer(self) -> Option<&'static str> {
        match self {
            Self::Embedding => Some("embedding-made"),
            Self::FaceDetection => Some("faces-detected"),
            Self::TextRecognition => Some("text-read"),
            Self::DuplicateDetection => Some("duplicates-sought"),
            Self::Metadata
            | Self::Previews
            | Self::Deletion
            | Self::Sidecar
            | Self::PersonThumbnail
            | Self::FaceClustering
            | Self::FaceRegrouping
            | Self::AlbumInvitation
            | Self::AlbumNews => None,
        }
    }

    /// The job of recognition that an event of this name answers.
    #[must_use]
    pub fn answered_by(event: &str) -> Option<Self> {
        Self::RECOGNITION.into_iter().find(|job| job.answer() == Some(event))
    }

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Previews => "previews",
            Self::Deletion => "deletion",
            Self::Sidecar => "sidecar",
            Self::PersonThumbnail => "person-thumbnail",
            Self::Embedding => "embedding",
            Self::FaceDetection => "face-detection",
            Self::TextRecognition => "text-recognition",
            Self::DuplicateDetection => "duplicate-detection",
            Self::FaceClustering => "face-clustering",
            Self::FaceRegrouping => "face-regrouping",
            Self::AlbumInvitation => "album-invitation",
            Self::AlbumNews => "album-news",
        }
    }

    /// Whether it recognises something in pictures.
    #[must_use]
    pub fn is_recognition(self) -> bool {
        Self::RECOGNITION.contains(&self)
    }

    /// Whether it is done to all faces of an owner.
    #[must_use]
    pub fn is_on_owner(self) -> bool {
        Self::ON_OWNERS.contains(&self)
    }

    /// Whether it writes an e-mail, whose id stands in place of an asset's, to its owner.
    #[must_use]
    pub const fn is_mail(self) -> bool {
        matches!(self, Self::AlbumInvitation | Self::AlbumNews)
    }

    /// The job of that stored name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyEvent, StreamKind};

    #[test]
    fn answers_are_events_that_there_are() {
        let kinds = [StreamKind::Embedding, StreamKind::Processing, StreamKind::Text];
        let names: Vec<&str> = kinds.into_iter().flat_map(AnyEvent::keys).map(|key| key.name).collect();
        for job in Job::ALL {
            assert_eq!(job.answer().is_some(), job.is_recognition(), "{}", job.as_str());
            assert!(job.answer().is_none_or(|name| names.contains(&name)), "{}", job.as_str());
            assert_eq!(job.answer().and_then(Job::answered_by), job.answer().map(|_| job), "{}", job.as_str());
        }
        assert_eq!(Job::answered_by("previews-made"), None);
    }
}

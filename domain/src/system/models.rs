//! Which models recognise what.

use serde::{Deserialize, Serialize};

use crate::processing::Job;

/// See [`super::SystemEvent::ModelsChosen`]. It follows from the configuration in force and from the models that
/// there are, so it holds too where the configuration is not in the log. What is none is switched off, or has no model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelsChosen {
    /// The model of vectors to search by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<String>,
    /// The model that finds faces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faces: Option<String>,
    /// The model that reads text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether the same picture is looked for twice.
    pub duplicates: bool,
}

/// See [`super::SystemEvent::SearchModelSwitched`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchModelSwitched {
    /// The model of the vectors.
    pub model: String,
}

/// In place of a model's name where there is no model: the same picture is found by distances.
pub const NO_MODEL: &str = "distance";

impl ModelsChosen {
    /// The model that does a job; none when nothing does.
    #[must_use]
    pub fn of(&self, job: Job) -> Option<&str> {
        match job {
            Job::Embedding => self.embedding.as_deref(),
            Job::FaceDetection => self.faces.as_deref(),
            Job::TextRecognition => self.text.as_deref(),
            // Without vectors there are no distances.
            Job::DuplicateDetection => (self.duplicates && self.embedding.is_some()).then_some(NO_MODEL),
            Job::Metadata
            | Job::Previews
            | Job::Deletion
            | Job::Sidecar
            | Job::PersonThumbnail
            | Job::FaceClustering
            | Job::FaceRegrouping
            | Job::AlbumInvitation
            | Job::AlbumNews => None,
        }
    }
}

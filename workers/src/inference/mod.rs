//! Asking models what they see in pictures, over HTTP.
//!
//! Models run in a program of their own (`albumen-infer`), in somebody's remote one, or in Immich's container: all speak
//! the same contract, so nobody else has to know which. [`Predictor`] asks, [`local`] keeps the program of this process
//! running, [`answers`] reads what comes back and believes none of it unseen.

mod answers;
mod health;
pub mod local;
mod predictor;
mod service;
#[cfg(test)]
mod tests;

pub use predictor::{Predictor, ServedModels};

/// While the configuration names no other service than this, the local one serves.
pub const UNCONFIGURED_URL: &str = "http://immich-machine-learning:3003";

/// Why a model has not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictFailure {
    /// No service is there, or none with this model: ask again when there is. Nothing is wrong with the picture.
    #[error("no model answers: {0}")]
    Unavailable(String),
    /// The service has tried in vain. Another time it may not.
    #[error("the model failed: {0}")]
    Failed(String),
    /// The picture is at fault, and always will be.
    #[error("the model cannot take this: {0}")]
    Refused(String),
}

impl PredictFailure {
    /// Whether asking the same again cannot help.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Of two failures the one that says more: that the picture is at fault, then that a service has tried in vain.
    fn or_graver(self, another: Self) -> Self {
        let weight = |failure: &Self| match failure {
            Self::Unavailable(_) => 0,
            Self::Failed(_) => 1,
            Self::Refused(_) => 2,
        };
        if weight(&another) >= weight(&self) { another } else { self }
    }

    /// Whether there is nobody to ask.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Faces in a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundFaces {
    /// Width of the picture that was looked at, in pixels.
    pub image_width: u32,
    /// Its height.
    pub image_height: u32,
    /// The faces, the surest first.
    pub faces: Vec<FoundFace>,
}

/// A face in a picture. It can reach beyond the edges.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFace {
    /// In pixels of the picture.
    pub left: f32,
    /// In pixels of the picture.
    pub top: f32,
    /// In pixels of the picture.
    pub right: f32,
    /// In pixels of the picture.
    pub bottom: f32,
    /// How sure the model is, from 0 to 1.
    pub score: f32,
    /// By which it is compared with others.
    pub embedding: Vec<f32>,
}

/// How text is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadText {
    /// Longer shorter sides are shrunk to this, in pixels.
    pub max_resolution: u32,
    /// How sure the model has to be that something is text.
    pub min_detection_score: f64,
    /// How sure it has to be of what is written.
    pub min_recognition_score: f64,
}

/// Text in a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundText {
    /// In the order of reading.
    pub lines: Vec<TextLine>,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct TextLine {
    /// Its corners (top left, top right, bottom right, bottom left) as x and y, from 0 to 1 of the picture.
    pub corners: [f32; 8],
    /// How sure the model is that there is text.
    pub box_score: f32,
    /// How sure it is of the text.
    pub text_score: f32,
    /// What is written.
    pub text: String,
}

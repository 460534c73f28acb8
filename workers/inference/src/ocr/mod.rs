//! Text in pictures, by the detectors and recognisers of PP-OCR.

mod alphabet;
mod detect;
mod order;
mod recognise;
mod rectangle;
mod regions;

pub use alphabet::Alphabet;
pub use detect::{DetectText, Detector};
pub use recognise::Recogniser;

use crate::images::Quad;

/// Where a line of text is.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// In pixels: top left, top right, bottom right, bottom left.
    pub corners: Quad,
    /// How sure the detector is, from 0 to 1.
    pub score: f32,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where it is.
    pub region: Region,
    /// What it says.
    pub text: String,
    /// How sure the recogniser is, from 0 to 1.
    pub score: f32,
}

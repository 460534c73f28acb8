//! What was read.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Personal, event::events};

events! {
    /// Everything that can have happened to the text in a picture.
    pub enum TextEvent {
        /// A machine read it, or found that there is none.
        Read(TextRead) = "text-read" v 1,
    }
}

/// See [`TextEvent::Read`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextRead {
    /// The asset's owner.
    pub owner: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// By the name of its folder.
    pub model: String,
    /// In the order of reading.
    pub lines: Personal<Vec<TextLine>>,
}

/// A line of text in a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextLine {
    /// x and y of the corners from the upper left one clockwise, as portions of width and height.
    pub corners: [f64; 8],
    /// How sure the detector is that there is text, from 0 to 1.
    pub box_score: f64,
    /// How sure the recogniser is of the letters, from 0 to 1.
    pub text_score: f64,
    /// What it says.
    pub text: String,
}

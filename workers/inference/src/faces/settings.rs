//! What `albumen.json` in a model's folder may say of models that want their pictures otherwise than those that Immich uses.

use std::path::Path;

use serde::Deserialize;

use crate::{
    images::{Channels, Scale},
    session::Fault,
};

/// What the face models of a folder want. Without the file: what SCRFD and ArcFace want.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct FaceSettings {
    /// For the recogniser.
    pub recognition: Pixels,
}

/// How the numbers of a pixel are made.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub struct Pixels {
    /// Taken off each byte.
    pub mean: f32,
    /// What the rest is divided by.
    pub std: f32,
    /// The order of colours.
    pub colour: Colour,
}

/// The order of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

impl Default for Pixels {
    fn default() -> Self {
        Self { mean: 127.5, std: 127.5, colour: Colour::Rgb }
    }
}

impl Pixels {
    /// The bytes as they are.
    pub(super) const RAW: Self = Self { mean: 0.0, std: 1.0, colour: Colour::Rgb };

    pub(super) fn scale(self) -> Scale {
        Scale::even(self.mean, self.std)
    }

    pub(super) fn channels(self) -> Channels {
        match self.colour {
            Colour::Rgb => Channels::Rgb,
            Colour::Bgr => Channels::Bgr,
        }
    }
}

impl FaceSettings {
    /// Reads `albumen.json` of a model's folder.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Fault> {
        let file = folder.join("albumen.json");
        let Ok(text) = std::fs::read(&file) else { return Ok(Self::default()) };
        let unreadable = |why: String| Fault::unexpected(format!("{} cannot be read: {why}", file.display()));
        let settings: Self = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if settings.recognition.std == 0.0 {
            return Err(unreadable("std is 0".to_owned()));
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        let settings: FaceSettings =
            serde_json::from_str(r#"{"recognition": {"mean": 127, "std": 128, "colour": "bgr"}, "about": "..."}"#)
                .expect("settings");
        assert_eq!(settings.recognition, Pixels { mean: 127.0, std: 128.0, colour: Colour::Bgr });
        let settings: FaceSettings = serde_json::from_str("{}").expect("settings");
        assert_eq!(settings.recognition, Pixels { mean: 127.5, std: 127.5, colour: Colour::Rgb });
    }
}

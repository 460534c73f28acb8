//! Faces: where they are, and what tells them apart.

mod centerface;
mod detect;
mod overlap;
mod recognise;
mod scrfd;
mod settings;

pub use detect::Detector;
pub use recognise::Recogniser;
pub use settings::FaceSettings;

/// Two eyes, the nose, the corners of the mouth, as they lie in the picture from left to right and top to bottom.
pub type KeyPoints = [[f32; 2]; 5];

/// A face that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom in pixels; it may reach beyond the picture.
    pub bounds: [f32; 4],
    /// How sure the detector is, from 0 to 1.
    pub score: f32,
    /// Where its parts are.
    pub points: KeyPoints,
}

impl Face {
    /// Brings a face of the network's picture back to the picture that was shrunk for it.
    fn unscaled(mut self, [across, down]: [f32; 2]) -> Self {
        for (index, value) in self.bounds.iter_mut().enumerate() {
            *value /= if index % 2 == 0 { across } else { down };
        }
        for [x, y] in &mut self.points {
            *x /= across;
            *y /= down;
        }
        self
    }

    fn is_finite(&self) -> bool {
        self.bounds.iter().chain(self.points.as_flattened()).all(|value| value.is_finite())
    }
}

//! Arithmetic on pixels. What a model was trained with decides how a picture is shrunk and cut: other programs'
//! resampling is reproduced here as exactly as their results need it.

mod decode;
mod resample;
mod tensor;
mod warp;

pub use decode::{DecodeFault, decode};
pub use resample::{Resampling, crop_centre, resize, resize_linear};
pub use tensor::{Channels, Scale, to_planes};
pub use warp::{Matrix, Quad, crop_quad, rotate_left, similarity, warp_affine};

/// A picture in red, green and blue, a byte each, row by row.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 3` bytes.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Rgb {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Rgb({}x{})", self.width, self.height)
    }
}

impl Rgb {
    /// A black picture.
    #[must_use]
    pub fn black(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height * 3] }
    }

    /// The pixel at column `x`, row `y`, both within the picture.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let start = (y * self.width + x) * 3;
        [self.pixels[start], self.pixels[start + 1], self.pixels[start + 2]]
    }

    /// Sets the pixel at column `x`, row `y`, both within the picture.
    pub fn set(&mut self, x: usize, y: usize, pixel: [u8; 3]) {
        let start = (y * self.width + x) * 3;
        self.pixels[start..start + 3].copy_from_slice(&pixel);
    }

    /// Copies `other` into this one, its corner at the top left. It must fit.
    pub fn paste_top_left(&mut self, other: &Self) {
        for y in 0..other.height {
            let from = y * other.width * 3;
            let to = y * self.width * 3;
            let length = other.width * 3;
            self.pixels[to..to + length].copy_from_slice(&other.pixels[from..from + length]);
        }
    }
}

/// A number as a byte: rounded, and held within what a byte holds.
pub(crate) fn byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

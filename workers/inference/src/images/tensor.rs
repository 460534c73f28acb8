//! From pixels to numbers.

use super::Rgb;

/// The order of colours that a model was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first, as OpenCV reads files.
    Bgr,
}

/// `(value - mean) / std` of each channel in the model's order, on bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Taken off.
    pub mean: [f32; 3],
    /// Divided by.
    pub std: [f32; 3],
}

impl Scale {
    /// The same for all channels.
    #[must_use]
    pub const fn even(mean: f32, std: f32) -> Self {
        Self { mean: [mean; 3], std: [std; 3] }
    }
}

/// Appends the picture to `into`, plane by plane.
pub fn to_planes(image: &Rgb, channels: Channels, scale: &Scale, into: &mut Vec<f32>) {
    for plane in 0..3 {
        let channel = match channels {
            Channels::Rgb => plane,
            Channels::Bgr => 2 - plane,
        };
        let (mean, std) = (scale.mean[plane], scale.std[plane]);
        into.extend(image.pixels.iter().skip(channel).step_by(3).map(|value| (f32::from(*value) - mean) / std));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_follow_the_models_order() {
        let image = Rgb { width: 2, height: 1, pixels: vec![10, 20, 30, 40, 50, 60] };
        let mut planes = Vec::new();
        to_planes(&image, Channels::Rgb, &Scale::even(10.0, 10.0), &mut planes);
        assert_eq!(planes, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        planes.clear();
        to_planes(&image, Channels::Bgr, &Scale { mean: [30.0, 20.0, 10.0], std: [1.0, 2.0, 3.0] }, &mut planes);
        assert_eq!(planes, [0.0, 30.0, 0.0, 15.0, 0.0, 10.0]);
    }
}

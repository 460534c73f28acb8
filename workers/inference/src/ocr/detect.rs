//! Where text is.

use std::sync::Arc;

use super::{Region, order::in_reading_order, regions::Map};
use crate::{
    images::{Channels, Resampling, Rgb, Scale, resize, to_planes},
    session::{Fault, Kind, Session, Value, only_input, single},
};

/// Smaller pictures hold no text.
const MIN_SIDE_PX: usize = 32;
/// The network's sides are multiples of it.
const SIDE_MULTIPLE: f64 = 32.0;
/// Of a strip that is hundreds of times as long as wide, the shorter side says nothing about the work.
const MAX_DETECTED_PIXELS: f64 = 16_000_000.0;
/// What Immich feeds, so that both find the same. The network was trained with twice as dark pictures, (x - 127.5) / 127.5;
/// on drawn text of four colours both give the same regions.
const SCALE: Scale = Scale::even(0.5, 127.5);

/// How text is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectText {
    /// How sure a region has to be.
    pub min_score: f32,
    /// What the shorter side is reduced to.
    pub max_resolution_px: u32,
}

/// Finds lines of text.
pub struct Detector {
    session: Arc<dyn Session>,
}

impl Detector {
    /// With that graph.
    ///
    /// # Errors
    /// A graph that takes no pictures.
    pub fn new(session: Arc<dyn Session>) -> Result<Self, Fault> {
        let input = only_input(session.as_ref())?;
        if input.kind != Kind::F32 || input.dims.len() != 4 {
            return Err(Fault::unexpected(format!("its input {} is no picture", input.name)));
        }
        Ok(Self { session })
    }

    /// The lines, in reading order.
    ///
    /// # Errors
    /// What the graph has against the picture.
    pub fn find(&self, image: &Rgb, options: DetectText) -> Result<Vec<Region>, Fault> {
        if image.width < MIN_SIDE_PX || image.height < MIN_SIDE_PX {
            return Ok(Vec::new());
        }
        let (width, height) = detected_size(image.width, image.height, options.max_resolution_px);
        let seen = resize(image, width, height, Resampling::Lanczos);
        let mut planes = Vec::with_capacity(seen.pixels.len());
        to_planes(&seen, Channels::Bgr, &SCALE, &mut planes);
        let name = only_input(self.session.as_ref())?.name.clone();
        let value = Value::F32 { dims: vec![1, 3, height, width], data: planes };
        let result = single(self.session.run(vec![(name.as_str(), value)])?)?;
        if result.data.len() != width * height {
            return Err(Fault::unexpected(format!("its result has the shape {:?}", result.dims)));
        }
        let map = Map { width, height, data: &result.data };
        Ok(in_reading_order(map.regions(options.min_score, image.width, image.height)))
    }
}

fn detected_size(width: usize, height: usize, max_resolution_px: u32) -> (usize, usize) {
    let (width, height) = (width as f64, height as f64);
    let by_resolution = f64::from(max_resolution_px) / width.min(height);
    let by_work = (MAX_DETECTED_PIXELS / (width * height)).sqrt();
    let ratio = by_resolution.min(by_work).min(1.0);
    let side = |length: f64| {
        let multiples = ((length * ratio).trunc() / SIDE_MULTIPLE).round_ties_even().max(1.0);
        (multiples * SIDE_MULTIPLE) as usize
    };
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::{FakeSession, port};

    const OPTIONS: DetectText = DetectText { min_score: 0.5, max_resolution_px: 736 };

    #[test]
    fn the_shorter_side_is_bounded_and_both_are_multiples() {
        for ((width, height), most, expected) in [
            ((1_440, 1_920), 736, (736, 992)),
            ((640, 480), 736, (640, 480)),
            // 80 / 32 = 2.5 and 48 / 32 = 1.5: both to the even one.
            ((80, 48), 736, (64, 64)),
            ((100, 100), 10, (32, 32)),
        ] {
            assert_eq!(detected_size(width, height, most), expected, "{width}x{height}");
        }
        let (width, height) = detected_size(400, 500_000, 736);
        // Rounding a side to 32 adds up to a half.
        assert!(width * height <= 24_000_000, "{width}x{height}");
    }

    #[test]
    fn small_pictures_are_not_looked_at() {
        let session = Arc::new(FakeSession::new(vec![port("x", Kind::F32, &[0, 3, 0, 0])], 1, |_| Vec::new()));
        let detector = Detector::new(session.clone()).expect("a detector");
        for (width, height) in [(1, 1), (31, 500), (500, 31)] {
            assert_eq!(detector.find(&Rgb::black(width, height), OPTIONS), Ok(Vec::new()));
        }
        assert!(session.fed.lock().is_empty());
    }

    #[test]
    fn blue_comes_first() {
        let answer = |fed: &[(String, Value)]| {
            let dims = fed[0].1.dims();
            vec![Value::F32 { dims: vec![1, 1, dims[2], dims[3]], data: vec![0.0; dims[2] * dims[3]] }]
        };
        let session = Arc::new(FakeSession::new(vec![port("x", Kind::F32, &[0, 3, 0, 0])], 1, answer));
        let detector = Detector::new(session.clone()).expect("a detector");
        let image = Rgb { width: 64, height: 32, pixels: [255, 0, 0].repeat(64 * 32) };
        assert_eq!(detector.find(&image, OPTIONS), Ok(Vec::new()));
        let fed = session.fed.lock();
        let data = fed[0][0].1.floats().expect("floats are fed");
        assert_eq!(fed[0][0].1.dims(), [1, 3, 32, 64]);
        assert!(data[0] < 0.1 && data[2 * 64 * 32] > 0.9, "{} {}", data[0], data[2 * 64 * 32]);
    }
}

//! Finding faces.

use std::sync::Arc;

use super::{Face, centerface, overlap::suppress, scrfd};
use crate::{
    images::{Channels, Rgb, Scale, resize_linear, to_planes},
    session::{Fault, Kind, Session, Value, floats, only_input},
};

/// The side of the square that SCRFD was made for.
const SIDE_PX: usize = 640;
const SCRFD_SCALE: Scale = Scale::even(127.5, 128.0);
const CENTERFACE_SCALE: Scale = Scale::even(0.0, 1.0);

/// Finds faces in pictures.
pub struct Detector {
    session: Arc<dyn Session>,
    family: Family,
    side: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Scrfd,
    CenterFace,
}

impl Detector {
    /// With that graph, which is one of the two families that are known.
    ///
    /// # Errors
    /// A graph of another family.
    pub fn new(session: Arc<dyn Session>) -> Result<Self, Fault> {
        let input = only_input(session.as_ref())?;
        let family = match session.outputs().len() {
            scrfd::RESULTS => Family::Scrfd,
            centerface::RESULTS => Family::CenterFace,
            other => {
                return Err(Fault::unexpected(format!(
                    "{other} results are neither SCRFD's (9, with key points) nor CenterFace's (4)"
                )));
            }
        };
        if input.kind != Kind::F32 || input.dims.len() != 4 {
            return Err(Fault::unexpected(format!("its input {} is no picture", input.name)));
        }
        let fixed = input.dims[2].filter(|side| family == Family::Scrfd && input.dims[3] == Some(*side));
        Ok(Self { side: fixed.unwrap_or(SIDE_PX), session, family })
    }

    /// The faces that are at least as sure as `min_score`, the surest first.
    ///
    /// # Errors
    /// What the graph has against the picture.
    pub fn find(&self, image: &Rgb, min_score: f32) -> Result<Vec<Face>, Fault> {
        let (seen, scale) = self.see(image);
        let mut planes = Vec::with_capacity(seen.pixels.len());
        let numbers = if self.family == Family::Scrfd { SCRFD_SCALE } else { CENTERFACE_SCALE };
        to_planes(&seen, Channels::Rgb, &numbers, &mut planes);
        let name = only_input(self.session.as_ref())?.name.clone();
        let value = Value::F32 { dims: vec![1, 3, seen.height, seen.width], data: planes };
        let results = floats(self.session.run(vec![(name.as_str(), value)])?)?;
        let found = match self.family {
            Family::Scrfd => scrfd::read(&results, seen.width, seen.height, min_score),
            Family::CenterFace => centerface::read(&results, seen.width, seen.height, min_score),
        }?;
        let overlap = if self.family == Family::Scrfd { scrfd::OVERLAP } else { centerface::OVERLAP };
        let faces = found.into_iter().map(|face| face.unscaled(scale)).filter(Face::is_finite).collect();
        Ok(suppress(faces, overlap))
    }

    /// What the network sees, and how much smaller that is across and down.
    fn see(&self, image: &Rgb) -> (Rgb, [f32; 2]) {
        let (width, height) = (image.width as f64, image.height as f64);
        let ratio = height / width;
        let side = self.side as f64;
        // A line is still a picture: no side becomes nothing.
        let (to_width, to_height) = if ratio > 1.0 {
            (((side / ratio) as usize).max(1), self.side)
        } else {
            (self.side, ((side * ratio) as usize).max(1))
        };
        match self.family {
            Family::Scrfd => {
                let mut canvas = Rgb::black(self.side, self.side);
                canvas.paste_top_left(&resize_linear(image, to_width, to_height));
                let scale = to_height as f32 / image.height as f32;
                (canvas, [scale, scale])
            }
            Family::CenterFace => {
                let multiple = |length: usize| length.next_multiple_of(centerface::SIDE_MULTIPLE);
                let (to_width, to_height) = (multiple(to_width), multiple(to_height));
                let scale = [to_width as f32 / image.width as f32, to_height as f32 / image.height as f32];
                (resize_linear(image, to_width, to_height), scale)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::{FakeSession, port};

    fn scrfd(answer: impl Fn() -> Vec<Value> + Send + Sync + 'static) -> (Arc<FakeSession>, Detector) {
        let inputs = vec![port("input.1", Kind::F32, &[1, 3, 0, 0])];
        let session = Arc::new(FakeSession::new(inputs, 9, move |_| answer()));
        (session.clone(), Detector::new(session).expect("SCRFD"))
    }

    fn results(change: impl Fn(&mut [Vec<f32>])) -> Vec<Value> {
        let rows = [12_800, 3_200, 800];
        let widths = [1, 1, 1, 4, 4, 4, 10, 10, 10];
        let mut data: Vec<Vec<f32>> = (0..9).map(|index| vec![0.0; rows[index % 3] * widths[index]]).collect();
        change(&mut data);
        let value = |(index, data): (usize, Vec<f32>)| Value::F32 { dims: vec![rows[index % 3], widths[index]], data };
        data.into_iter().enumerate().map(value).collect()
    }

    fn plain(width: usize, height: usize) -> Rgb {
        Rgb { width, height, pixels: vec![255; width * height * 3] }
    }

    #[test]
    fn the_picture_lies_at_the_top_left_of_black() {
        let (session, detector) = scrfd(|| results(|_| ()));
        assert_eq!(detector.find(&plain(1_280, 640), 0.7), Ok(Vec::new()));
        let fed = session.fed.lock();
        let Value::F32 { dims, data } = &fed[0][0].1 else { panic!("floats are fed") };
        assert_eq!(dims, &[1, 3, 640, 640]);
        let white = (255.0 - 127.5) / 128.0;
        assert_eq!((data[0], data[319 * 640 + 639], data[320 * 640]), (white, white, -127.5 / 128.0));
    }

    #[test]
    fn faces_are_told_in_pixels_of_the_picture() {
        let (_, detector) = scrfd(|| {
            results(|data| {
                // Stride 32, row 1, column 2, first guess: (1 * 20 + 2) * 2 = 44, at (64, 32).
                data[2][44] = 0.9;
                data[5][44 * 4..45 * 4].copy_from_slice(&[1.0, 1.0, 1.0, 1.0]);
            })
        });
        let faces = detector.find(&plain(320, 160), 0.7).expect("faces");
        assert_eq!(faces.len(), 1);
        assert_eq!(faces[0].bounds, [16.0, 0.0, 48.0, 32.0]);
        assert_eq!(faces[0].points[0], [32.0, 16.0]);
    }

    #[test]
    fn a_graph_of_another_family_is_refused() {
        let session = FakeSession::new(vec![port("x", Kind::F32, &[1, 3, 0, 0])], 2, |_| Vec::new());
        assert!(matches!(Detector::new(Arc::new(session)), Err(Fault::Unexpected(_))));
    }

    #[test]
    fn a_single_pixel_and_a_line_hold_no_face() {
        let (_, detector) = scrfd(|| results(|_| ()));
        for image in [plain(1, 1), plain(1, 3_000), plain(3_000, 1)] {
            assert_eq!(detector.find(&image, 0.7), Ok(Vec::new()));
        }
    }
}

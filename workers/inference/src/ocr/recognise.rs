//! What text says.

use std::sync::Arc;

use super::{Alphabet, Line, Region};
use crate::{
    images::{Channels, Quad, Rgb, Scale, crop_quad, resize_linear, rotate_left, to_planes},
    session::{Fault, Kind, Session, Value, only_input, single},
};

/// The height of a line for the network.
const HEIGHT_PX: usize = 48;
/// What the network was trained with: no batch is narrower.
const MIN_WIDTH_PX: usize = 320;
/// A line that is longer is pressed together: it costs by its length, and nothing that anybody reads is.
const MAX_WIDTH_PX: usize = 4_096;
/// Lines that are read at once.
const BATCH: usize = 6;
/// From that ratio of height to width a region is taken for text that runs downwards.
const MIN_UPRIGHT_RATIO: f64 = 1.5;
const SCALE: Scale = Scale::even(127.5, 127.5);

/// Reads lines of text.
pub struct Recogniser {
    session: Arc<dyn Session>,
    alphabet: Alphabet,
}

struct Crop {
    /// Which of the regions it is.
    region: usize,
    image: Rgb,
}

impl Crop {
    fn ratio(&self) -> f64 {
        self.image.width as f64 / self.image.height as f64
    }
}

impl Recogniser {
    /// With that graph and what its numbers stand for.
    ///
    /// # Errors
    /// A graph that takes no pictures.
    pub fn new(session: Arc<dyn Session>, alphabet: Alphabet) -> Result<Self, Fault> {
        let input = only_input(session.as_ref())?;
        if input.kind != Kind::F32 || input.dims.len() != 4 {
            return Err(Fault::unexpected(format!("its input {} is no picture", input.name)));
        }
        Ok(Self { session, alphabet })
    }

    /// The lines that are surer than `min_score`, in the order of the regions.
    ///
    /// # Errors
    /// What the graph has against them.
    pub fn read(&self, image: &Rgb, regions: Vec<Region>, min_score: f32) -> Result<Vec<Line>, Fault> {
        let mut crops: Vec<Crop> = regions
            .iter()
            .enumerate()
            .filter_map(|(region, found)| Some(Crop { region, image: crop_line(image, &found.corners)? }))
            .collect();
        // Lines of a like length share a batch, so that little of it is padding.
        crops.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
        let mut texts: Vec<Option<(String, f32)>> = vec![None; regions.len()];
        for batch in crops.chunks(BATCH) {
            for (crop, read) in batch.iter().zip(self.read_batch(batch)?) {
                texts[crop.region] = Some(read);
            }
        }
        let lines = regions.into_iter().zip(texts).filter_map(|(region, read)| {
            let (text, score) = read?;
            (score > min_score && !text.is_empty()).then_some(Line { region, text, score })
        });
        Ok(lines.collect())
    }

    fn read_batch(&self, batch: &[Crop]) -> Result<Vec<(String, f32)>, Fault> {
        let widest = batch.iter().map(Crop::ratio).fold(MIN_WIDTH_PX as f64 / HEIGHT_PX as f64, f64::max);
        let width = ((HEIGHT_PX as f64 * widest) as usize).min(MAX_WIDTH_PX);
        let mut planes = Vec::with_capacity(batch.len() * 3 * HEIGHT_PX * width);
        for crop in batch {
            append_line(&crop.image, width, &mut planes);
        }
        let name = only_input(self.session.as_ref())?.name.clone();
        let value = Value::F32 { dims: vec![batch.len(), 3, HEIGHT_PX, width], data: planes };
        let result = single(self.session.run(vec![(name.as_str(), value)])?)?;
        self.alphabet.check(&result, batch.len())?;
        let steps = result.data.len() / batch.len();
        Ok(result.data.chunks(steps.max(1)).map(|line| self.alphabet.read(line)).collect())
    }
}

/// A line at the network's height, what is missing in width filled with zeroes.
fn append_line(image: &Rgb, width: usize, planes: &mut Vec<f32>) {
    let wanted = (HEIGHT_PX as f64 * image.width as f64 / image.height as f64).ceil() as usize;
    let own = wanted.clamp(1, width);
    let line = resize_linear(image, own, HEIGHT_PX);
    let mut pixels = Vec::with_capacity(line.pixels.len());
    to_planes(&line, Channels::Bgr, &SCALE, &mut pixels);
    for row in pixels.chunks(own) {
        planes.extend_from_slice(row);
        planes.resize(planes.len() + width - own, 0.0);
    }
}

/// A region cut out and set straight. None where nothing is left of it.
fn crop_line(image: &Rgb, [top_left, top_right, bottom_right, bottom_left]: &Quad) -> Option<Rgb> {
    let length = |a: &[f32; 2], b: &[f32; 2]| f64::from(a[0] - b[0]).hypot(f64::from(a[1] - b[1]));
    let width = length(top_right, top_left).max(length(bottom_right, bottom_left)) as usize;
    let height = length(bottom_left, top_left).max(length(bottom_right, top_right)) as usize;
    if width == 0 || height == 0 {
        return None;
    }
    let cropped = crop_quad(image, &[*top_left, *top_right, *bottom_right, *bottom_left], width, height)?;
    let is_upright = height as f64 / width as f64 >= MIN_UPRIGHT_RATIO;
    Some(if is_upright { rotate_left(&cropped) } else { cropped })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::session::fake::{FakeSession, port};

    fn region(left: f32, top: f32, right: f32, bottom: f32) -> Region {
        Region { corners: [[left, top], [right, top], [right, bottom], [left, bottom]], score: 0.9 }
    }

    /// Says "a" of bright lines, as sure as they are bright, and nothing of dark ones.
    fn reader() -> (Arc<FakeSession>, Recogniser) {
        let answer = |fed: &[(String, Value)]| {
            let dims = fed[0].1.dims();
            let data = fed[0].1.floats().expect("floats are fed");
            let line = dims[1] * dims[2] * dims[3];
            let steps = data.chunks(line).flat_map(|line| [0.0, (line[0] + 1.0) / 2.0, 0.0, 0.9, 0.0, 0.0]);
            vec![Value::F32 { dims: vec![dims[0], 2, 3], data: steps.collect() }]
        };
        let session = Arc::new(FakeSession::new(vec![port("x", Kind::F32, &[0, 3, 48, 0])], 1, answer));
        let alphabet = Alphabet::load(Some("a"), Path::new("/nonexistent")).expect("an alphabet");
        (session.clone(), Recogniser::new(session, alphabet).expect("a recogniser"))
    }

    #[test]
    fn lines_keep_their_order_and_the_unsure_go() {
        let (session, recogniser) = reader();
        let mut image = Rgb::black(400, 100);
        for (x, value) in (0..400).zip([255, 204, 51, 230].into_iter().flat_map(|value| [value; 100])) {
            (0..100).for_each(|y| image.set(x, y, [value; 3]));
        }
        let regions: Vec<Region> = [0.0, 100.0, 200.0, 300.0]
            .iter()
            .zip([90.0, 50.0, 70.0, 30.0])
            .map(|(x, w)| region(*x, 10.0, x + w, 40.0))
            .collect();
        let lines = recogniser.read(&image, regions.clone(), 0.8).expect("lines");
        let read: Vec<(&Region, f32)> = lines.iter().map(|line| (&line.region, line.score)).collect();
        // 204 / 255 is 0.8, which is not more than 0.8.
        assert_eq!(read, [(&regions[0], 1.0), (&regions[3], 0.901_96)]);
        assert!(lines.iter().all(|line| line.text == "a"));
        assert_eq!(session.fed.lock().len(), 1);
    }

    #[test]
    fn a_batch_is_as_wide_as_its_widest() {
        let (session, recogniser) = reader();
        let mut regions = vec![region(0.0, 0.0, 40.0, 40.0); 6];
        regions.push(region(0.0, 0.0, 400.0, 40.0));
        recogniser.read(&Rgb::black(500, 100), regions, 0.5).expect("lines");
        let widths: Vec<Vec<usize>> = session.fed.lock().iter().map(|fed| fed[0].1.dims().to_vec()).collect();
        assert_eq!(widths, [vec![6, 3, 48, 320], vec![1, 3, 48, 480]]);
    }

    #[test]
    fn what_a_line_lacks_in_width_is_zero() {
        let mut planes = Vec::new();
        append_line(&Rgb { width: 2, height: 1, pixels: vec![255; 6] }, 100, &mut planes);
        assert_eq!(planes.len(), 3 * 48 * 100);
        assert_eq!((planes[0], planes[95], planes[96], planes[99], planes[100]), (1.0, 1.0, 0.0, 0.0, 1.0));
    }

    #[test]
    fn text_that_runs_downwards_is_turned() {
        let image = Rgb::black(100, 100);
        let upright = crop_line(&image, &region(10.0, 10.0, 30.0, 70.0).corners).expect("a crop");
        assert_eq!((upright.width, upright.height), (60, 20));
        let square = crop_line(&image, &region(10.0, 10.0, 30.0, 35.0).corners).expect("a crop");
        assert_eq!((square.width, square.height), (20, 25));
        assert_eq!(crop_line(&image, &region(10.0, 10.0, 10.0, 35.0).corners), None);
    }
}

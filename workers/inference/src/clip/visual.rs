//! The tower that sees.

use std::{
    ffi::OsStr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::Deserialize;

use crate::{
    images::{Channels, Resampling, Rgb, Scale, crop_centre, resize, to_planes},
    session::{Fault, Kind, Numbers, Port, Session, Value, only_input, single},
};

/// What the models of OpenAI, and most after them, were trained with.
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const STD: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];
/// What those were trained with that see colours from -1 to 1.
const HALF: [f32; 3] = [0.5; 3];
/// One of these beside the SigLIP family.
const HALF_MODEL: &str = "ViT-L-14__laion2b-s32b-b82k";
/// Where neither the settings nor the graph say how large a picture is.
const USUAL_SIDE_PX: usize = 224;
/// No model sees more.
const MAX_SIDE_PX: usize = 1_024;
/// Pictures that are shown to a GPU at once: it is busy with these, and more would take memory (a vision tower's
/// largest values have some 10 MB for each).
const MAX_BATCH: usize = 16;

/// Turns pictures into embeddings.
pub struct Visual {
    session: Arc<dyn Session>,
    side: usize,
    scale: Scale,
    layout: Layout,
    /// Set to one when the graph turns out to take no more.
    max_batch: AtomicUsize,
}

/// A picture as a tower sees it: small, and square.
pub struct Seen(Rgb);

/// How the graph takes its pixels. Newer exports differ from older ones, so it is looked at and not assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Scaled floats, plane by plane.
    FloatPlanes,
    /// Scaled floats, pixel by pixel.
    FloatPixels,
    /// Bytes as they are, pixel by pixel: the graph scales.
    BytePixels,
}

/// `preprocess_cfg.json`; what else it says has no effect.
#[derive(Debug, Default, Deserialize)]
struct Settings {
    size: Option<Size>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
}

impl Settings {
    /// What the family of a model was trained with.
    fn usual_of(model: Option<&str>) -> Self {
        let is_half = |name: &str| name == HALF_MODEL || name.to_ascii_lowercase().contains("siglip");
        let half = model.is_some_and(is_half).then_some(HALF);
        Self { size: None, mean: half, std: half }
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Size {
    Side(usize),
    Sides(Vec<usize>),
}

impl Visual {
    /// The tower of that graph, with the settings beside it (`preprocess_cfg.json` in `folder`, if it is there).
    ///
    /// # Errors
    /// Settings that cannot be read, or a graph that takes no pictures.
    pub fn load(session: Arc<dyn Session>, folder: &Path) -> Result<Self, Fault> {
        let file = folder.join("preprocess_cfg.json");
        let settings = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| Fault::unexpected(format!("{} cannot be read: {error}", file.display())))?,
            Err(_) => Settings::usual_of(folder.parent().and_then(Path::file_name).and_then(OsStr::to_str)),
        };
        Self::with_settings(session, &settings)
    }

    fn with_settings(session: Arc<dyn Session>, settings: &Settings) -> Result<Self, Fault> {
        let input = only_input(session.as_ref())?;
        let layout = layout(input)?;
        let side = match &settings.size {
            Some(Size::Side(side)) => Some(*side),
            Some(Size::Sides(sides)) => sides.first().copied(),
            None => input.dims[if layout == Layout::FloatPlanes { 2 } else { 1 }],
        };
        let side = side.unwrap_or(USUAL_SIDE_PX);
        if !(1..=MAX_SIDE_PX).contains(&side) {
            return Err(Fault::unexpected(format!("it would see pictures of {side} pixels")));
        }
        let of_bytes = |values: [f32; 3]| values.map(|value| value * 255.0);
        let scale = Scale { mean: of_bytes(settings.mean.unwrap_or(MEAN)), std: of_bytes(settings.std.unwrap_or(STD)) };
        let max_batch = if session.gathers() && input.dims[0].is_none() { MAX_BATCH } else { 1 };
        Ok(Self { session, side, scale, layout, max_batch: AtomicUsize::new(max_batch) })
    }

    /// The embedding of a picture, of length one.
    ///
    /// # Errors
    /// What the graph has against it.
    pub fn embed(&self, image: &Rgb) -> Result<Vec<f32>, Fault> {
        self.embed_one(&self.see(image))
    }

    /// How many pictures are embedded at once; one where the graph takes no more, or more save no time.
    #[must_use]
    pub fn max_batch(&self) -> usize {
        self.max_batch.load(Ordering::Relaxed)
    }

    /// What the tower sees of a picture.
    #[must_use]
    pub fn see(&self, image: &Rgb) -> Seen {
        Seen(see(image, self.side))
    }

    /// The embeddings of the pictures of one batch ([`Visual::max_batch`]), in their order, or what the graph has against
    /// each.
    #[must_use]
    pub fn embed_all(&self, batch: &[Seen]) -> Vec<Result<Vec<f32>, Fault>> {
        if let [one] = batch { vec![self.embed_one(one)] } else { self.embed_many(batch) }
    }

    fn embed_one(&self, seen: &Seen) -> Result<Vec<f32>, Fault> {
        super::embedding(self.ask(std::slice::from_ref(seen))?)
    }

    fn embed_many(&self, batch: &[Seen]) -> Vec<Result<Vec<f32>, Fault>> {
        match self.ask(batch).and_then(|result| super::embeddings(&result, batch.len())) {
            Ok(rows) => rows,
            Err(Fault::Device(words)) => batch.iter().map(|_| Err(Fault::Device(words.clone()))).collect(),
            // A graph that leaves its batch open and takes one alone, or a memory too small for many.
            Err(fault) => self.embed_one_by_one(batch, &fault),
        }
    }

    /// What many at once failed with may be of one of them. If each does alone, it is tried no more: otherwise every
    /// batch would cost a run in vain, until the model is loaded anew.
    fn embed_one_by_one(&self, batch: &[Seen], fault: &Fault) -> Vec<Result<Vec<f32>, Fault>> {
        let alone: Vec<_> = batch.iter().map(|one| self.embed_one(one)).collect();
        if alone.iter().all(Result::is_ok) {
            tracing::info!(%fault, pictures = batch.len(), "the graph takes one picture at a time");
            self.max_batch.store(1, Ordering::Relaxed);
        }
        alone
    }

    fn ask(&self, batch: &[Seen]) -> Result<Numbers, Fault> {
        let name = only_input(self.session.as_ref())?.name.clone();
        single(self.session.run(vec![(name.as_str(), self.value(batch))])?)
    }

    fn value(&self, batch: &[Seen]) -> Value {
        let count = batch.len();
        let pixels = batch.iter().map(|seen| seen.0.pixels.as_slice());
        let mut planes = Vec::with_capacity(count * 3 * self.side * self.side);
        match self.layout {
            Layout::BytePixels => {
                Value::U8 { dims: vec![count, self.side, self.side, 3], data: pixels.collect::<Vec<_>>().concat() }
            }
            Layout::FloatPlanes => {
                batch.iter().for_each(|seen| to_planes(&seen.0, Channels::Rgb, &self.scale, &mut planes));
                Value::F32 { dims: vec![count, 3, self.side, self.side], data: planes }
            }
            Layout::FloatPixels => {
                let scaled = |(index, value): (usize, &u8)| {
                    (f32::from(*value) - self.scale.mean[index % 3]) / self.scale.std[index % 3]
                };
                pixels.for_each(|pixels| planes.extend(pixels.iter().enumerate().map(scaled)));
                Value::F32 { dims: vec![count, self.side, self.side, 3], data: planes }
            }
        }
    }
}

fn layout(input: &Port) -> Result<Layout, Fault> {
    let channels_last = match input.dims.as_slice() {
        [_, Some(3), _, _] => false,
        [_, _, _, Some(3)] => true,
        // A graph that leaves all open: planes are what everybody exports.
        [_, None, _, None] => false,
        _ => return Err(Fault::unexpected(format!("its input {} is no picture", input.name))),
    };
    match (input.kind, channels_last) {
        (Kind::F32, false) => Ok(Layout::FloatPlanes),
        (Kind::F32, true) => Ok(Layout::FloatPixels),
        (Kind::U8, true) => Ok(Layout::BytePixels),
        _ => Err(Fault::unexpected(format!("its input {} takes numbers of a kind that no exporter uses", input.name))),
    }
}

/// The square that a model sees: the shorter side brought to `side`, the middle cut out. What the settings say of
/// interpolation and squashing is not looked at, as Immich does not.
fn see(image: &Rgb, side: usize) -> Rgb {
    let (width, height) = (image.width as f64, image.height as f64);
    let (to_width, to_height) = if image.width < image.height {
        (side, (height / width * side as f64) as usize)
    } else {
        ((width / height * side as f64) as usize, side)
    };
    crop_centre(&shrink(image, to_width, to_height, side), side)
}

/// A picture that is a thousand times as long as wide would be drawn at full length only to lose all but its middle: the middle
/// is taken first.
fn shrink(image: &Rgb, width: usize, height: usize, side: usize) -> Rgb {
    /// Longest side that is resized whole.
    const MAX_RESIZED_PX: usize = 16_384;
    if width.max(height) <= MAX_RESIZED_PX {
        return resize(image, width, height, Resampling::Bicubic);
    }
    let middle = crop_centre(image, image.width.min(image.height));
    resize(&middle, side, side, Resampling::Bicubic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::{FakeSession, port};

    fn tower(kind: Kind, dims: &[usize], settings: &str) -> (Arc<FakeSession>, Visual) {
        let answer = |_: &[(String, Value)]| vec![Value::F32 { dims: vec![1, 2], data: vec![0.6, 0.8] }];
        let session = Arc::new(FakeSession::new(vec![port("image", kind, dims)], 1, answer));
        let settings: Settings = serde_json::from_str(settings).expect("settings");
        let visual = Visual::with_settings(session.clone(), &settings).expect("a tower");
        (session, visual)
    }

    fn plain(width: usize, height: usize, pixel: [u8; 3]) -> Rgb {
        Rgb { width, height, pixels: pixel.repeat(width * height) }
    }

    #[test]
    fn a_picture_is_scaled_by_its_channels_mean() {
        let settings =
            r#"{"size": [2, 2], "mean": [0.5, 0.25, 0.0], "std": [0.5, 0.25, 1.0], "interpolation": "bilinear"}"#;
        let (session, visual) = tower(Kind::F32, &[1, 3, 2, 2], settings);
        assert_eq!(visual.embed(&plain(5, 3, [255, 51, 0])), Ok(vec![0.6, 0.8]));
        let fed = session.fed.lock();
        let Value::F32 { dims, data } = &fed[0][0].1 else { panic!("floats are fed") };
        assert_eq!(dims, &[1, 3, 2, 2]);
        let expected = [1.0, 1.0, 1.0, 1.0, -0.2, -0.2, -0.2, -0.2, 0.0, 0.0, 0.0, 0.0];
        assert!(data.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{data:?}");
    }

    #[test]
    fn without_settings_the_family_says_how_colours_are_seen() {
        for (model, mean) in [
            ("ViT-B-16-SigLIP2__webli", Some(HALF)),
            ("nllb-clip-base-siglip__v1", Some(HALF)),
            ("ViT-L-14__laion2b-s32b-b82k", Some(HALF)),
            ("ViT-B-32__openai", None),
        ] {
            let settings = Settings::usual_of(Some(model));
            assert_eq!((settings.mean, settings.std), (mean, mean), "{model}");
        }
    }

    #[test]
    fn bytes_are_fed_where_the_graph_takes_bytes() {
        let (session, visual) = tower(Kind::U8, &[0, 2, 2, 3], "{}");
        visual.embed(&plain(2, 2, [1, 2, 3])).expect("an embedding");
        let expected = Value::U8 { dims: vec![1, 2, 2, 3], data: [1, 2, 3].repeat(4) };
        assert_eq!(session.fed.lock()[0][0].1, expected);
    }

    /// A tower of which several pictures can be asked at once. `rows` says how many rows it answers to so many.
    fn gathering(dims: &[usize], rows: fn(usize) -> usize) -> (Arc<FakeSession>, Visual) {
        let answer = move |fed: &[(String, Value)]| {
            let Value::U8 { dims, data } = &fed[0].1 else { panic!("bytes are fed") };
            let of = |picture: usize| [f32::from(data[picture * dims[1] * dims[2] * 3]), 1.0];
            let data = (0..rows(dims[0])).flat_map(of).collect();
            vec![Value::F32 { dims: vec![rows(dims[0]), 2], data }]
        };
        let mut session = FakeSession::new(vec![port("image", Kind::U8, dims)], 1, answer);
        session.gathers = true;
        let session = Arc::new(session);
        (session.clone(), Visual::with_settings(session, &Settings::default()).expect("a tower"))
    }

    /// Pictures of those shades.
    fn embedded(visual: &Visual, shades: impl Iterator<Item = u8>) -> Vec<Result<Vec<f32>, Fault>> {
        let seen: Vec<Seen> = shades.map(|shade| visual.see(&plain(2, 2, [shade; 3]))).collect();
        visual.embed_all(&seen)
    }

    fn expected(count: u8) -> Vec<Result<Vec<f32>, Fault>> {
        (0..count).map(|shade| Ok(vec![f32::from(shade), 1.0])).collect()
    }

    fn batches(session: &FakeSession) -> Vec<usize> {
        session.fed.lock().iter().map(|fed| fed[0].1.dims()[0]).collect()
    }

    #[test]
    fn many_pictures_are_seen_together_and_each_has_its_own_answer() {
        let (session, visual) = gathering(&[0, 2, 2, 3], |pictures| pictures);
        assert_eq!(visual.max_batch(), MAX_BATCH);
        assert_eq!(embedded(&visual, 0..5), expected(5));
        assert_eq!(batches(&session), [5]);
        assert_eq!(visual.max_batch(), MAX_BATCH);
    }

    #[test]
    fn one_by_one_where_the_graph_takes_one_or_answers_one() {
        let (_, visual) = gathering(&[1, 2, 2, 3], |pictures| pictures);
        assert_eq!(visual.max_batch(), 1);
        let (session, visual) = gathering(&[0, 2, 2, 3], |_| 1);
        assert_eq!(embedded(&visual, 0..3), expected(3));
        assert_eq!(batches(&session), [3, 1, 1, 1]);
        assert_eq!(visual.max_batch(), 1, "it is tried no more");
    }

    #[test]
    fn a_picture_at_fault_does_not_part_the_others() {
        // Of no row there is no embedding, neither of many nor of one.
        let (session, visual) = gathering(&[0, 2, 2, 3], |_| 0);
        assert!(embedded(&visual, 0..2).iter().all(Result::is_err));
        assert_eq!(batches(&session), [2, 1, 1]);
        assert_eq!(visual.max_batch(), MAX_BATCH);
    }

    #[test]
    fn a_graph_that_takes_no_picture_is_refused() {
        let answer = |_: &[(String, Value)]| Vec::new();
        let session = Arc::new(FakeSession::new(vec![port("text", Kind::I32, &[1, 77])], 1, answer));
        assert!(matches!(Visual::with_settings(session, &Settings::default()), Err(Fault::Unexpected(_))));
    }

    #[test]
    fn the_longer_side_is_truncated_and_cut_in_the_middle() {
        // 10x3 to side 2: width = int(10/3*2) = 6, then left = int(3 - 1) = 2.
        let mut image = plain(10, 3, [0, 0, 0]);
        for y in 0..3 {
            for x in 4..6 {
                image.set(x, y, [255; 3]);
            }
        }
        let seen = see(&image, 2);
        assert_eq!((seen.width, seen.height), (2, 2));
        assert!(seen.pixels.iter().all(|value| *value > 100), "{:?}", seen.pixels);
    }

    #[test]
    fn one_pixel_and_a_line_can_be_seen() {
        let seen = see(&plain(1, 1, [9, 9, 9]), 4);
        assert_eq!(seen.pixels, vec![9; 4 * 4 * 3]);
        let seen = see(&plain(1, 60_000, [9, 9, 9]), 4);
        assert_eq!(seen.pixels, vec![9; 4 * 4 * 3]);
    }
}

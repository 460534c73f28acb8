//! Results as they travel.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    faces::Face,
    ocr::{Line, Region},
};

/// An answer: results by task, in order.
#[derive(Default)]
pub(super) struct Answer(Vec<(&'static str, Box<RawValue>)>);

impl Answer {
    /// Puts a result in; a later one of the same task takes the place of an earlier.
    pub(super) fn put(&mut self, task: &'static str, result: &impl Serialize) -> Result<(), serde_json::Error> {
        self.place(task, to_raw_value(result)?);
        Ok(())
    }

    /// Puts in what another holds.
    pub(super) fn join(&mut self, other: Self) {
        for (task, result) in other.0 {
            self.place(task, result);
        }
    }

    fn place(&mut self, task: &'static str, result: Box<RawValue>) {
        match self.0.iter_mut().find(|(name, _)| *name == task) {
            Some(place) => place.1 = result,
            None => self.0.push((task, result)),
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (task, result) in &self.0 {
            map.serialize_entry(task, result)?;
        }
        map.end()
    }
}

/// An embedding travels as text, which Immich's database takes as it is.
pub(super) fn embedding(embedding: &[f32]) -> Result<String, serde_json::Error> {
    serde_json::to_string(embedding)
}

/// Faces that were only looked for.
#[derive(Serialize)]
pub(super) struct FoundFaces {
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    landmarks: Vec<[[f32; 2]; 5]>,
}

impl FoundFaces {
    pub(super) fn of(faces: &[Face]) -> Self {
        Self {
            boxes: faces.iter().map(|face| face.bounds).collect(),
            scores: faces.iter().map(|face| face.score).collect(),
            landmarks: faces.iter().map(|face| face.points).collect(),
        }
    }
}

/// A face with what tells it apart.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KnownFace {
    bounding_box: Bounds,
    embedding: String,
    score: f32,
}

#[derive(Serialize)]
struct Bounds {
    x1: f32,
    y1: f32,
    x2: f32,
    y2: f32,
}

impl KnownFace {
    pub(super) fn of(face: &Face, numbers: &[f32]) -> Result<Self, serde_json::Error> {
        let [x1, y1, x2, y2] = face.bounds.map(f32::round_ties_even);
        Ok(Self { bounding_box: Bounds { x1, y1, x2, y2 }, embedding: embedding(numbers)?, score: face.score })
    }
}

/// Text that was only looked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoundText {
    #[serde(rename = "box")]
    corners: Vec<f32>,
    box_score: Vec<f32>,
}

impl FoundText {
    pub(super) fn of<'a>(regions: impl Iterator<Item = &'a Region> + Clone, width: usize, height: usize) -> Self {
        let size = [width as f32, height as f32];
        let corners = regions.clone().flat_map(|region| region.corners.as_flattened());
        Self {
            corners: corners.enumerate().map(|(index, value)| value / size[index % 2]).collect(),
            box_score: regions.map(|region| region.score).collect(),
        }
    }
}

/// Text that was read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadText {
    text: Vec<String>,
    #[serde(flatten)]
    found: FoundText,
    text_score: Vec<f32>,
}

impl ReadText {
    pub(super) fn of(lines: &[Line], width: usize, height: usize) -> Self {
        Self {
            found: FoundText::of(lines.iter().map(|line| &line.region), width, height),
            text: lines.iter().map(|line| line.text.clone()).collect(),
            text_score: lines.iter().map(|line| line.score).collect(),
        }
    }
}

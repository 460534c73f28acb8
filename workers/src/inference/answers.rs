//! What services answer, checked.

use serde::Deserialize;
use serde_json::Value;

use super::{FoundFace, FoundFaces, FoundText, PredictFailure, TextLine};

/// More numbers than any model answers.
const MAX_DIMENSION: usize = 4_000;
/// Corners of a line as numbers.
const CORNER_NUMBERS: usize = 8;

/// A vector: an array of numbers, or the text of one.
pub(super) fn vector(value: &Value) -> Result<Vec<f32>, PredictFailure> {
    let numbers: Option<Vec<f32>> = match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Vec::<f32>::deserialize(other).ok(),
    };
    let is_vector = |numbers: &Vec<f32>| {
        (1..=MAX_DIMENSION).contains(&numbers.len()) && numbers.iter().all(|number| number.is_finite())
    };
    numbers.filter(is_vector).ok_or_else(|| strange("a vector"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FacesAnswer {
    #[serde(rename = "facial-recognition")]
    faces: Vec<FaceAnswer>,
    image_width: u32,
    image_height: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FaceAnswer {
    bounding_box: BoxAnswer,
    embedding: Value,
    score: f32,
}

#[derive(Deserialize)]
struct BoxAnswer {
    x1: f32,
    y1: f32,
    x2: f32,
    y2: f32,
}

/// Faces.
pub(super) fn faces(answer: Value) -> Result<FoundFaces, PredictFailure> {
    let answer = FacesAnswer::deserialize(answer).map_err(|_| strange("faces"))?;
    let face = |face: FaceAnswer| {
        let BoxAnswer { x1, y1, x2, y2 } = face.bounding_box;
        if ![x1, y1, x2, y2, face.score].iter().all(|number| number.is_finite()) {
            return Err(strange("faces"));
        }
        let embedding = vector(&face.embedding)?;
        Ok(FoundFace { left: x1, top: y1, right: x2, bottom: y2, score: face.score, embedding })
    };
    let mut faces = answer.faces.into_iter().map(face).collect::<Result<Vec<_>, _>>()?;
    // Services tell whole pixels: of a tiny picture's faces some have no inside, and are none.
    faces.retain(|face| face.left < face.right && face.top < face.bottom);
    Ok(FoundFaces { image_width: answer.image_width, image_height: answer.image_height, faces })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextAnswer {
    text: Vec<String>,
    #[serde(rename = "box")]
    corners: Vec<f32>,
    box_score: Vec<f32>,
    text_score: Vec<f32>,
}

/// Lines of text.
pub(super) fn text(answer: &Value) -> Result<FoundText, PredictFailure> {
    let answer = TextAnswer::deserialize(&answer["ocr"]).map_err(|_| strange("text"))?;
    let count = answer.text.len();
    let fits = answer.corners.len() == count * CORNER_NUMBERS
        && answer.box_score.len() == count
        && answer.text_score.len() == count
        && answer.corners.iter().chain(&answer.box_score).chain(&answer.text_score).all(|number| number.is_finite());
    if !fits {
        return Err(strange("text"));
    }
    let (corners, _) = answer.corners.as_chunks::<CORNER_NUMBERS>();
    let lines = answer.text.into_iter().zip(corners).zip(answer.box_score.into_iter().zip(answer.text_score));
    let lines = lines.map(|((text, corners), (box_score, text_score))| TextLine {
        corners: *corners,
        box_score,
        text_score,
        text,
    });
    Ok(FoundText { lines: lines.collect() })
}

fn strange(what: &str) -> PredictFailure {
    PredictFailure::Failed(format!("the service has answered something else than {what}"))
}

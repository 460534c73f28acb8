//! SCRFD with key points: what its nine results mean.

use super::{Face, overlap::Overlap};
use crate::session::{Fault, Numbers};

/// One level of the pyramid for each; at each cell there are two guesses.
const STRIDES: [usize; 3] = [8, 16, 32];
const GUESSES_PER_CELL: usize = 2;
/// Scores of three levels, then boxes, then key points.
pub(super) const RESULTS: usize = 9;
/// Boxes count their outermost pixels.
pub(super) const OVERLAP: Overlap = Overlap { max_share: 0.4, edge: 1.0 };

/// What of the results is at least as sure as `min_score`, in pixels of the network's picture.
pub(super) fn read(results: &[Numbers], width: usize, height: usize, min_score: f32) -> Result<Vec<Face>, Fault> {
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let columns = width / stride;
        let guesses = columns * (height / stride) * GUESSES_PER_CELL;
        let [scores, boxes, points] = [(0, 1), (3, 4), (6, 10)].map(|(first, width)| {
            let numbers = &results[level + first];
            (numbers.data.len() == guesses * width && numbers.width() == width).then_some(&numbers.data)
        });
        let (Some(scores), Some(boxes), Some(points)) = (scores, boxes, points) else {
            return Err(Fault::unexpected(format!("its results for stride {stride} do not have SCRFD's shapes")));
        };
        for (guess, score) in scores.iter().enumerate().filter(|(_, score)| **score >= min_score) {
            let cell = guess / GUESSES_PER_CELL;
            let centre = [(cell % columns * stride) as f32, (cell / columns * stride) as f32];
            let stride = stride as f32;
            faces.push(face(*score, centre, stride, &boxes[guess * 4..], &points[guess * 10..]));
        }
    }
    Ok(faces)
}

fn face(score: f32, [x, y]: [f32; 2], stride: f32, distances: &[f32], points: &[f32]) -> Face {
    let distance = |index: usize| distances[index] * stride;
    Face {
        bounds: [x - distance(0), y - distance(1), x + distance(2), y + distance(3)],
        score,
        points: std::array::from_fn(|index| [x + points[index * 2] * stride, y + points[index * 2 + 1] * stride]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results for a picture of 64x32 in which nothing is found.
    fn nothing() -> Vec<Numbers> {
        let rows = [8 * 4 * 2, 4 * 2 * 2, 2 * 2];
        let of = |width: usize| rows.map(|rows| Numbers { dims: vec![rows, width], data: vec![0.0; rows * width] });
        [of(1), of(4), of(10)].concat()
    }

    #[test]
    fn a_guess_is_read_at_its_cell() {
        let mut results = nothing();
        // Stride 16, row 1, column 2, second guess: (1 * 4 + 2) * 2 + 1 = 13; its centre is (32, 16).
        results[1].data[13] = 0.75;
        results[4].data[13 * 4..14 * 4].copy_from_slice(&[1.0, 0.5, 0.25, 2.0]);
        let points: Vec<f32> = (0..10).map(|index| index as f32 / 4.0).collect();
        results[7].data[130..140].copy_from_slice(&points);
        let faces = read(&results, 64, 32, 0.75).expect("SCRFD's shapes");
        let expected = Face {
            bounds: [16.0, 8.0, 36.0, 48.0],
            score: 0.75,
            points: [[32.0, 20.0], [40.0, 28.0], [48.0, 36.0], [56.0, 44.0], [64.0, 52.0]],
        };
        assert_eq!(faces, [expected]);
        assert_eq!(read(&results, 64, 32, 0.76), Ok(Vec::new()));
    }

    #[test]
    fn shapes_that_are_not_scrfds_are_refused() {
        assert!(read(&nothing(), 64, 64, 0.5).is_err());
    }
}

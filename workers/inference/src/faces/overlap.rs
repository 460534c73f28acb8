//! Of boxes that mean the same face, the surest stays.

use super::Face;

/// When two boxes mean the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overlap {
    /// The share of their union that they may have in common.
    pub max_share: f32,
    /// What a box is larger than the difference of its sides: 1 where they are the outermost pixels.
    pub edge: f32,
}

/// Sorts by score, the surest first, and drops what overlaps a surer one too much.
pub(super) fn suppress(mut faces: Vec<Face>, overlap: Overlap) -> Vec<Face> {
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|other| overlap.share(&other.bounds, &face.bounds) <= overlap.max_share) {
            kept.push(face);
        }
    }
    kept
}

impl Overlap {
    fn area(self, [left, top, right, bottom]: [f32; 4]) -> f32 {
        (right - left + self.edge).max(0.0) * (bottom - top + self.edge).max(0.0)
    }

    fn share(self, one: &[f32; 4], other: &[f32; 4]) -> f32 {
        let common = [one[0].max(other[0]), one[1].max(other[1]), one[2].min(other[2]), one[3].min(other[3])];
        let common = self.area(common);
        common / (self.area(*one) + self.area(*other) - common)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(score: f32, bounds: [f32; 4]) -> Face {
        Face { bounds, score, points: [[0.0; 2]; 5] }
    }

    #[test]
    fn boxes_count_their_outermost_pixels() {
        let overlap = Overlap { max_share: 0.4, edge: 1.0 };
        // 10x10 each, 5x10 in common: 50 / 150.
        assert_eq!(overlap.share(&[0.0, 0.0, 9.0, 9.0], &[5.0, 0.0, 14.0, 9.0]), 50.0 / 150.0);
        assert_eq!(overlap.share(&[0.0, 0.0, 9.0, 9.0], &[20.0, 20.0, 29.0, 29.0]), 0.0);
    }

    #[test]
    fn the_surest_of_those_that_overlap_stays() {
        let overlap = Overlap { max_share: 0.4, edge: 1.0 };
        let faces = vec![
            face(0.8, [1.0, 0.0, 10.0, 9.0]),
            face(0.9, [0.0, 0.0, 9.0, 9.0]),
            face(0.7, [5.0, 0.0, 14.0, 9.0]),
            face(0.95, [100.0, 0.0, 109.0, 9.0]),
        ];
        let scores: Vec<f32> = suppress(faces, overlap).iter().map(|face| face.score).collect();
        // 0.8 has 90 of 110 in common with 0.9; 0.7 has 50 of 150.
        assert_eq!(scores, [0.95, 0.9, 0.7]);
    }
}

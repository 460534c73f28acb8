//! From a map of how likely text is to rectangles around lines (the post-processing of "differentiable binarization").

use image::{GrayImage, Luma};
use imageproc::contours::find_contours;

use super::{
    Region,
    rectangle::{Rectangle, to_quad},
};

/// Where the map is above it there is text.
const MIN_PROBABILITY: f32 = 0.3;
/// Outlines that are looked at.
const MAX_CONTOURS: usize = 1_000;
/// Outlines whose shorter side is less are noise; after growing they are judged again.
const MIN_SIDE_PX: f64 = 3.0;
const MIN_GROWN_SIDE_PX: f64 = 5.0;
/// The network is trained to find the kernel of a line: by that much the line is larger.
const GROWTH: f64 = 1.6;
/// Smaller regions of the picture hold no text.
const MIN_REGION_PX: f32 = 4.0;

/// The empty edge of a mask.
const MASK_EDGE_PX: u32 = 1;

/// How likely each pixel belongs to text.
pub(super) struct Map<'a> {
    pub width: usize,
    pub height: usize,
    /// Row by row.
    pub data: &'a [f32],
}

impl Map<'_> {
    /// The regions that are at least as sure as `min_score`, in pixels of a picture of that size.
    pub(super) fn regions(&self, min_score: f32, width: usize, height: usize) -> Vec<Region> {
        let contours = find_contours::<i32>(&self.mask());
        let outlines = contours.into_iter().take(MAX_CONTOURS);
        outlines
            .filter_map(|contour| {
                let place = |value: i32| f64::from(value - MASK_EDGE_PX as i32);
                let points: Vec<[f64; 2]> = contour.points.iter().map(|p| [place(p.x), place(p.y)]).collect();
                self.region(&points, min_score, width, height)
            })
            .collect()
    }

    fn region(&self, outline: &[[f64; 2]], min_score: f32, width: usize, height: usize) -> Option<Region> {
        let kernel = Rectangle::around(outline).filter(|kernel| kernel.shorter_side() >= MIN_SIDE_PX)?;
        let score = self.mean_inside(&kernel.corners());
        if score < min_score {
            return None;
        }
        let line = Some(kernel.unclipped(GROWTH)).filter(|line| line.shorter_side() >= MIN_GROWN_SIDE_PX)?;
        let place = |value: f64, from: usize, to: usize| {
            let scaled = (value / from as f64 * to as f64).round_ties_even();
            scaled.clamp(0.0, to as f64 - 1.0)
        };
        let corners = line.corners().map(|[x, y]| [place(x, self.width, width), place(y, self.height, height)]);
        let corners = to_quad(corners);
        let side = |a: usize, b: usize| (corners[a][0] - corners[b][0]).hypot(corners[a][1] - corners[b][1]);
        let is_large = side(0, 1) >= MIN_REGION_PX && side(0, 3) >= MIN_REGION_PX;
        is_large.then_some(Region { corners, score })
    }

    /// Where text is likely, each pixel of it widened to the right and downwards by one, with an empty edge around: what
    /// touches the edge of an image has no outline for `find_contours`.
    fn mask(&self) -> GrayImage {
        let is_text = |x: usize, y: usize| self.data[y * self.width + x] > MIN_PROBABILITY;
        let (width, height) = (self.width as u32 + 2 * MASK_EDGE_PX, self.height as u32 + 2 * MASK_EDGE_PX);
        GrayImage::from_fn(width, height, |x, y| {
            let inside = |place: u32, length: usize| {
                place.checked_sub(MASK_EDGE_PX).map(|place| place as usize).filter(|place| *place < length)
            };
            let (Some(x), Some(y)) = (inside(x, self.width), inside(y, self.height)) else { return Luma([0]) };
            let (before, above) = (x.saturating_sub(1), y.saturating_sub(1));
            let any = is_text(x, y) || is_text(before, y) || is_text(x, above) || is_text(before, above);
            Luma([if any { u8::MAX } else { 0 }])
        })
    }

    /// The mean over the pixels in a rectangle, its edge included.
    fn mean_inside(&self, corners: &[[f64; 2]; 4]) -> f32 {
        let quad = corners.map(|corner| corner.map(f64::trunc));
        let range = |axis: usize, length: usize| {
            let values = quad.map(|corner| corner[axis].clamp(0.0, length as f64 - 1.0) as usize);
            values.iter().copied().min().unwrap_or(0)..=values.iter().copied().max().unwrap_or(0)
        };
        let (mut sum, mut count) = (0.0_f64, 0_u32);
        for y in range(1, self.height) {
            for x in range(0, self.width) {
                if is_inside(&quad, [x as f64, y as f64]) {
                    sum += f64::from(self.data[y * self.width + x]);
                    count += 1;
                }
            }
        }
        if count == 0 { 0.0 } else { (sum / f64::from(count)) as f32 }
    }
}

/// Whether a place lies in a quadrangle whose corners go round clockwise, as they are drawn.
fn is_inside(quad: &[[f64; 2]; 4], [x, y]: [f64; 2]) -> bool {
    (0..4).all(|index| {
        let ([ax, ay], [bx, by]) = (quad[index], quad[(index + 1) % 4]);
        (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_with(width: usize, height: usize, texts: &[([usize; 4], f32)]) -> Vec<f32> {
        let mut data = vec![0.0; width * height];
        for ([left, top, right, bottom], probability) in texts {
            for y in *top..*bottom {
                data[y * width + left..y * width + right].fill(*probability);
            }
        }
        data
    }

    #[test]
    fn a_block_becomes_a_grown_rectangle() {
        // Columns 20 to 59 and rows 10 to 19, widened by one: corners (20, 10) to (60, 20), 40 x 10.
        let data = map_with(96, 64, &[([20, 10, 60, 20], 0.9)]);
        let regions = Map { width: 96, height: 64, data: &data }.regions(0.5, 192, 64);
        assert_eq!(regions.len(), 1);
        // Grown by 400 * 1.6 / 100 = 6.4: (13.6, 3.6) to (66.4, 26.4); twice as wide in the picture.
        assert_eq!(regions[0].corners, [[27.0, 4.0], [133.0, 4.0], [133.0, 26.0], [27.0, 26.0]]);
        // 40 x 10 of 41 x 11 pixels are text.
        assert!((regions[0].score - 0.9 * 400.0 / 451.0).abs() < 1e-5, "{}", regions[0].score);
    }

    #[test]
    fn what_is_unsure_or_small_is_passed_over() {
        let texts = [([10, 10, 40, 20], 0.5), ([50, 10, 52, 12], 0.9), ([60, 10, 90, 20], 0.25)];
        let data = map_with(96, 64, &texts);
        let map = Map { width: 96, height: 64, data: &data };
        assert_eq!(map.regions(0.5, 96, 64), Vec::new());
        assert_eq!(map.regions(0.4, 96, 64).len(), 1);
    }

    #[test]
    fn two_lines_are_two_regions() {
        let data = map_with(96, 64, &[([10, 10, 80, 18], 0.9), ([10, 40, 80, 48], 0.9)]);
        assert_eq!(Map { width: 96, height: 64, data: &data }.regions(0.5, 96, 64).len(), 2);
    }

    #[test]
    fn corners_stay_in_the_picture() {
        let data = map_with(64, 32, &[([0, 0, 64, 32], 0.9)]);
        let regions = Map { width: 64, height: 32, data: &data }.regions(0.5, 64, 32);
        assert_eq!(regions[0].corners, [[0.0, 0.0], [63.0, 0.0], [63.0, 31.0], [0.0, 31.0]]);
    }
}

//! CenterFace: what its four maps mean.

use super::{Face, overlap::Overlap};
use crate::session::{Fault, Numbers};

/// Heat, sizes, offsets, key points.
pub(super) const RESULTS: usize = 4;
/// The maps have one cell for that many pixels.
const STRIDE: usize = 4;
/// The picture's sides are multiples of that.
pub(super) const SIDE_MULTIPLE: usize = 32;
pub(super) const OVERLAP: Overlap = Overlap { max_share: 0.3, edge: 0.0 };

/// What is at least as sure as `min_score`, in pixels of the network's picture of that size.
pub(super) fn read(results: &[Numbers], width: usize, height: usize, min_score: f32) -> Result<Vec<Face>, Fault> {
    let (columns, rows) = (width / STRIDE, height / STRIDE);
    let cells = columns * rows;
    let fits = results.iter().zip([1, 2, 2, 10]).all(|(numbers, planes)| numbers.data.len() == planes * cells);
    if results.len() != RESULTS || !fits {
        return Err(Fault::unexpected("its results do not have CenterFace's shapes"));
    }
    let (heat, sizes, offsets, points) = (&results[0].data, &results[1].data, &results[2].data, &results[3].data);
    let faces = (0..cells).filter(|cell| heat[*cell] >= min_score).map(|cell| {
        let (row, column) = ((cell / columns) as f32, (cell % columns) as f32);
        // In each map the vertical comes first.
        let size = |plane: usize| sizes[plane * cells + cell].exp() * STRIDE as f32;
        let (down, across) = (size(0), size(1));
        let centre = |place: f32, plane: usize| (place + offsets[plane * cells + cell] + 0.5) * STRIDE as f32;
        let inside = |value: f32, side: usize| value.clamp(0.0, side as f32);
        let left = inside(centre(column, 1) - across / 2.0, width);
        let top = inside(centre(row, 0) - down / 2.0, height);
        let point = |plane: usize| points[plane * cells + cell];
        Face {
            bounds: [left, top, inside(left + across, width), inside(top + down, height)],
            score: heat[cell],
            points: std::array::from_fn(|index| [left + point(index * 2 + 1) * across, top + point(index * 2) * down]),
        }
    });
    Ok(faces.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_from_all_maps() {
        // 64x32 pixels: 16x8 cells. The face is at row 3, column 5.
        let cells = 16 * 8;
        let cell = 3 * 16 + 5;
        let map = |planes: usize| Numbers { dims: vec![1, planes, 8, 16], data: vec![0.0; planes * cells] };
        let mut results = vec![map(1), map(2), map(2), map(10)];
        results[0].data[cell] = 0.9;
        results[1].data[cell] = 4.0_f32.ln();
        results[1].data[cells + cell] = 2.0_f32.ln();
        results[2].data[cell] = 0.5;
        results[2].data[cells + cell] = 0.25;
        for plane in 0..10 {
            results[3].data[plane * cells + cell] = plane as f32 / 10.0;
        }
        // 16 high, 8 wide; its middle at ((5 + 0.25 + 0.5) * 4, (3 + 0.5 + 0.5) * 4) = (23, 16).
        let faces = read(&results, 64, 32, 0.5).expect("CenterFace's shapes");
        assert_eq!(faces.len(), 1);
        let face = &faces[0];
        assert_eq!(face.bounds, [19.0, 8.0, 27.0, 24.0]);
        let expected = [[19.8, 8.0], [21.4, 11.2], [23.0, 14.4], [24.6, 17.6], [26.2, 20.8]];
        for (point, wanted) in face.points.as_flattened().iter().zip(expected.as_flattened()) {
            assert!((point - wanted).abs() < 1e-4, "{:?}", face.points);
        }
        assert!(read(&results, 32, 32, 0.5).is_err());
    }
}

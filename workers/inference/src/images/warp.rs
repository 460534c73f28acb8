//! Cutting pieces out of a picture that do not lie straight in it.

use super::{Rgb, resample::blend};

/// The first two rows of an affine map: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
pub type Matrix = [[f64; 3]; 2];

/// Four corners: top left, top right, bottom right, bottom left.
pub type Quad = [[f32; 2]; 4];

/// The similarity (turn, scale, shift; never a mirror image) that brings `from` nearest to `to` by least squares, as Umeyama has it.
/// None where the points do not say one, because all are the same.
#[must_use]
pub fn similarity<const N: usize>(from: &[[f32; 2]; N], to: &[[f32; 2]; N]) -> Option<Matrix> {
    let mean = |points: &[[f32; 2]; N], axis: usize| points.iter().map(|p| f64::from(p[axis])).sum::<f64>() / N as f64;
    let (from_x, from_y, to_x, to_y) = (mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1));
    let (mut variance, mut along, mut across) = (0.0, 0.0, 0.0);
    for (source, target) in from.iter().zip(to) {
        let (sx, sy) = (f64::from(source[0]) - from_x, f64::from(source[1]) - from_y);
        let (tx, ty) = (f64::from(target[0]) - to_x, f64::from(target[1]) - to_y);
        variance += sx * sx + sy * sy;
        along += sx * tx + sy * ty;
        across += sx * ty - sy * tx;
    }
    // In two dimensions the singular value decomposition without a mirror image comes down to this turn: it maximises
    // the trace of R·Σ, and the scale is that trace over the variance.
    if variance <= f64::EPSILON || !variance.is_finite() {
        return None;
    }
    let (cosine, sine) = (along / variance, across / variance);
    let shift_x = to_x - (cosine * from_x - sine * from_y);
    let shift_y = to_y - (sine * from_x + cosine * from_y);
    Some([[cosine, -sine, shift_x], [sine, cosine, shift_y]])
}

fn invert(matrix: &Matrix) -> Option<Matrix> {
    let [[a, b, c], [d, e, f]] = *matrix;
    let determinant = a * e - b * d;
    if determinant.abs() < 1e-12 || !determinant.is_finite() {
        return None;
    }
    let (ia, ib, id, ie) = (e / determinant, -b / determinant, -d / determinant, a / determinant);
    Some([[ia, ib, -(ia * c + ib * f)], [id, ie, -(id * c + ie * f)]])
}

/// Moves the picture by `matrix` and takes the square at the top left, between pixels linearly, black outside (OpenCV's `warpAffine`).
/// A map that cannot be undone gives black.
#[must_use]
pub fn warp_affine(image: &Rgb, matrix: &Matrix, side: usize) -> Rgb {
    let mut warped = Rgb::black(side, side);
    let Some([[a, b, c], [d, e, f]]) = invert(matrix) else { return warped };
    for y in 0..side {
        for x in 0..side {
            let (column, row) = (x as f64, y as f64);
            let pixel = linear(image, a * column + b * row + c, d * column + e * row + f);
            warped.set(x, y, pixel);
        }
    }
    warped
}

/// Between the pixels around a place; those outside are black.
fn linear(image: &Rgb, x: f64, y: f64) -> [u8; 3] {
    let (width, height) = (image.width as f64, image.height as f64);
    if !(x > -1.0 && y > -1.0 && x < width && y < height) {
        return [0; 3];
    }
    let (left, top) = (x.floor(), y.floor());
    let at = |x: f64, y: f64| {
        let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
        if inside { image.at(x as usize, y as usize) } else { [0; 3] }
    };
    let corners = [at(left, top), at(left + 1.0, top), at(left, top + 1.0), at(left + 1.0, top + 1.0)];
    blend(corners, (x - left) as f32, (y - top) as f32)
}

/// Cuts out a quadrangle as a rectangle of that size, as Pillow's perspective transform with BICUBIC does. None where the
/// corners lie on a line.
#[must_use]
pub fn crop_quad(image: &Rgb, quad: &Quad, width: usize, height: usize) -> Option<Rgb> {
    let map = perspective(quad, width as f64, height as f64)?;
    let mut cropped = Rgb::black(width, height);
    for y in 0..height {
        for x in 0..width {
            let (column, row) = (x as f64 + 0.5, y as f64 + 0.5);
            let scale = map[6] * column + map[7] * row + 1.0;
            let from_x = (map[0] * column + map[1] * row + map[2]) / scale;
            let from_y = (map[3] * column + map[4] * row + map[5]) / scale;
            cropped.set(x, y, cubic(image, from_x, from_y));
        }
    }
    Some(cropped)
}

/// The eight numbers of the projection that takes the corners of a rectangle to those of `quad`.
fn perspective(quad: &Quad, width: f64, height: f64) -> Option<[f64; 8]> {
    let corners = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    let mut rows = [[0.0; 9]; 8];
    for (index, ([x, y], target)) in corners.into_iter().zip(quad).enumerate() {
        let (to_x, to_y) = (f64::from(target[0]), f64::from(target[1]));
        rows[index * 2] = [x, y, 1.0, 0.0, 0.0, 0.0, -to_x * x, -to_x * y, to_x];
        rows[index * 2 + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -to_y * x, -to_y * y, to_y];
    }
    solve(rows)
}

/// Gauss, with the largest pivot first.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        let largest = rows[pivot][column].abs();
        if largest.is_nan() || largest <= 1e-9 {
            return None;
        }
        rows.swap(column, pivot);
        let pivot_row = rows[column];
        for (index, row) in rows.iter_mut().enumerate() {
            if index == column {
                continue;
            }
            let factor = row[column] / pivot_row[column];
            for (value, from_pivot) in row.iter_mut().zip(pivot_row) {
                *value -= factor * from_pivot;
            }
        }
    }
    Some(std::array::from_fn(|index| rows[index][8] / rows[index][index]))
}

/// Pillow's cubic between pixels: unlike its resizing it has a = -1. The edge is repeated inwards of the picture, outside it is black.
fn cubic(image: &Rgb, x: f64, y: f64) -> [u8; 3] {
    if !(x >= 0.0 && y >= 0.0 && x < image.width as f64 && y < image.height as f64) {
        return [0; 3];
    }
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (along, down) = (x - left, y - top);
    let column = |offset: i64| (left as i64 + offset).clamp(0, image.width as i64 - 1) as usize;
    let row = |offset: i64| (top as i64 + offset).clamp(0, image.height as i64 - 1) as usize;
    let columns = [column(-1), column(0), column(1), column(2)];
    let rows = [row(-1), row(0), row(1), row(2)].map(|row| columns.map(|column| image.at(column, row)));
    std::array::from_fn(|channel| {
        let lines = rows.map(|pixels| spline(pixels.map(|pixel| f64::from(pixel[channel])), along));
        super::byte(spline(lines, down) as f32)
    })
}

fn spline([v1, v2, v3, v4]: [f64; 4], d: f64) -> f64 {
    v2 + d * ((v3 - v1) + d * (2.0 * (v1 - v2) + v3 - v4 + d * (v2 - v1 + v4 - v3)))
}

/// Turns the picture by 90° counter-clockwise.
#[must_use]
pub fn rotate_left(image: &Rgb) -> Rgb {
    let mut turned = Rgb::black(image.height, image.width);
    for y in 0..turned.height {
        for x in 0..turned.width {
            turned.set(x, y, image.at(image.width - 1 - y, x));
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(width: usize, height: usize) -> Rgb {
        let pixels = (0..width * height).flat_map(|index| [(index * index % 251) as u8; 3]).collect();
        Rgb { width, height, pixels }
    }

    #[test]
    fn a_similarity_is_found_again() {
        // By 90 degrees, twice as large, moved by (5, 7): (x, y) -> (-2y + 5, 2x + 7).
        let from = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 3.0], [4.0, 1.0]];
        let to = from.map(|[x, y]: [f32; 2]| [-2.0 * y + 5.0, 2.0 * x + 7.0]);
        let matrix = similarity(&from, &to).expect("there is one");
        let expected = [[0.0, -2.0, 5.0], [2.0, 0.0, 7.0]];
        for (row, wanted) in matrix.iter().flatten().zip(expected.iter().flatten()) {
            assert!((row - wanted).abs() < 1e-6, "{matrix:?}");
        }
    }

    #[test]
    fn a_mirror_image_is_no_similarity() {
        let from = [[0.0, 0.0], [2.0, 0.0], [0.0, 1.0]];
        let mirrored = from.map(|[x, y]: [f32; 2]| [-x, y]);
        let [[a, b, _], [d, e, _]] = similarity(&from, &mirrored).expect("there is one");
        assert!(a * e - b * d > 0.0);
    }

    #[test]
    fn one_point_five_times_says_no_similarity() {
        assert_eq!(similarity(&[[3.0, 3.0]; 5], &[[1.0, 2.0]; 5]), None);
    }

    #[test]
    fn warping_by_half_a_pixel_is_the_mean_and_black_outside() {
        let image = squares(4, 1);
        let warped = warp_affine(&image, &[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]], 5);
        let row: Vec<u8> = (0..5).map(|x| warped.at(x, 0)[0]).collect();
        // 0 1 4 9 moved right by a half: (0+0)/2, (0+1)/2, (1+4)/2, (4+9)/2, (9+0)/2.
        assert_eq!(row, [0, 1, 3, 7, 5]);
        assert_eq!(warped.at(0, 1), [0; 3]);
    }

    #[test]
    fn a_quad_that_is_the_picture_is_the_picture() {
        let image = squares(6, 4);
        let quad = [[0.0, 0.0], [6.0, 0.0], [6.0, 4.0], [0.0, 4.0]];
        assert_eq!(crop_quad(&image, &quad, 6, 4), Some(image));
    }

    #[test]
    fn a_quad_that_is_a_line_is_refused() {
        assert_eq!(crop_quad(&squares(6, 4), &[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [2.0, 2.0]], 3, 3), None);
    }

    #[test]
    fn turned_to_the_left() {
        let image = squares(2, 2);
        let reds = |image: &Rgb| image.pixels.iter().step_by(3).copied().collect::<Vec<u8>>();
        assert_eq!(reds(&image), [0, 1, 4, 9]);
        assert_eq!(reds(&rotate_left(&image)), [1, 9, 0, 4]);
    }

    /// Pillow 12: `transform((5, 3), Image.PERSPECTIVE, coefficients, Image.BICUBIC)`.
    #[test]
    fn a_slanted_quad_is_pillows() {
        let image = squares(8, 6);
        let quad = [[1.0, 0.5], [6.5, 1.5], [7.0, 5.0], [0.5, 4.5]];
        let cropped = crop_quad(&image, &quad, 5, 3).expect("it is no line");
        let expected: [i32; 15] = [63, 98, 139, 186, 246, 33, 95, 128, 120, 180, 101, 229, 116, 63, 194];
        for (ours, theirs) in cropped.pixels.iter().step_by(3).zip(expected) {
            assert!((i32::from(*ours) - theirs).abs() <= 1, "{:?} is not {expected:?}", cropped.pixels);
        }
    }
}

//! Making pictures larger and smaller.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};

use super::{Rgb, byte};

/// Filters that widen with the reduction, as Pillow's do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resampling {
    /// Pillow's BICUBIC (a = -0.5).
    Bicubic,
    /// Pillow's LANCZOS.
    Lanczos,
}

/// As Pillow's `resize`: differs from it by one step in a few pixels of a thousand.
#[must_use]
pub fn resize(image: &Rgb, width: usize, height: usize, resampling: Resampling) -> Rgb {
    if (width, height) == (image.width, image.height) {
        return image.clone();
    }
    // Columns before rows, as Pillow does it: between the two everything is rounded and held within a byte.
    let columns = convolve(image, width, image.height, resampling);
    convolve(&columns, width, height, resampling)
}

fn convolve(image: &Rgb, width: usize, height: usize, resampling: Resampling) -> Rgb {
    let filter = match resampling {
        Resampling::Bicubic => FilterType::CatmullRom,
        Resampling::Lanczos => FilterType::Lanczos3,
    };
    let Ok(from) = ImageRef::new(image.width as u32, image.height as u32, &image.pixels, PixelType::U8x3) else {
        return Rgb::black(width, height);
    };
    let mut into = Image::new(width as u32, height as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    match Resizer::new().resize(&from, &mut into, &options) {
        Ok(()) => Rgb { width, height, pixels: into.into_vec() },
        Err(_) => Rgb::black(width, height),
    }
}

/// The square of that side in the middle; where the picture is smaller, black stands beside it.
#[must_use]
pub fn crop_centre(image: &Rgb, side: usize) -> Rgb {
    let start = |length: usize| (length as f64 / 2.0 - side as f64 / 2.0) as i64;
    let (left, top) = (start(image.width), start(image.height));
    let mut cropped = Rgb::black(side, side);
    for y in 0..side {
        for x in 0..side {
            let (from_x, from_y) = (x as i64 + left, y as i64 + top);
            let inside = (0..image.width as i64).contains(&from_x) && (0..image.height as i64).contains(&from_y);
            if inside {
                cropped.set(x, y, image.at(from_x as usize, from_y as usize));
            }
        }
    }
    cropped
}

/// As OpenCV's `resize` with INTER_LINEAR: four neighbours, also when shrinking.
#[must_use]
pub fn resize_linear(image: &Rgb, width: usize, height: usize) -> Rgb {
    if (width, height) == (image.width, image.height) {
        return image.clone();
    }
    let columns = taps(image.width, width);
    let rows = taps(image.height, height);
    let mut resized = Rgb::black(width, height);
    for (y, (top, bottom, down)) in rows.iter().enumerate() {
        for (x, (left, right, along)) in columns.iter().enumerate() {
            let corners =
                [image.at(*left, *top), image.at(*right, *top), image.at(*left, *bottom), image.at(*right, *bottom)];
            resized.set(x, y, blend(corners, *along, *down));
        }
    }
    resized
}

/// For each of `to` places the two neighbours among `from`, and how far it is from the first.
fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let step = from as f64 / to as f64;
    let last = from - 1;
    let tap = |place: usize| {
        let at = ((place as f64 + 0.5) * step - 0.5).clamp(0.0, last as f64);
        let first = at as usize;
        (first, (first + 1).min(last), (at - first as f64) as f32)
    };
    (0..to).map(tap).collect()
}

/// Between four pixels: top left, top right, bottom left, bottom right.
pub(super) fn blend(corners: [[u8; 3]; 4], along: f32, down: f32) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let [a, b, c, d] = corners.map(|pixel| f32::from(pixel[channel]));
        let top = a + (b - a) * along;
        let bottom = c + (d - c) * along;
        byte(top + (bottom - top) * down)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Rgb {
        let pixels = (0..width * height).flat_map(|index| [(index * 10) as u8; 3]).collect();
        Rgb { width, height, pixels }
    }

    fn reds(image: &Rgb) -> Vec<u8> {
        image.pixels.iter().step_by(3).copied().collect()
    }

    #[test]
    fn the_middle_is_cut_by_truncation() {
        // 5 columns, side 2: left = int(2.5 - 1) = 1.
        assert_eq!(reds(&crop_centre(&ramp(5, 2), 2)), [10, 20, 60, 70]);
    }

    #[test]
    fn what_is_too_small_to_be_cut_stands_in_black() {
        // 1 column, side 2: left = int(0.5 - 1) = 0, by truncation.
        assert_eq!(reds(&crop_centre(&ramp(1, 2), 2)), [0, 0, 10, 0]);
    }

    #[test]
    fn linear_halves_by_the_neighbours_in_between() {
        assert_eq!(reds(&resize_linear(&ramp(4, 1), 2, 1)), [5, 25]);
    }

    #[test]
    fn linear_doubles_with_the_edge_repeated() {
        // Places -0.25, 0.25, 0.75, 1.25 of [0, 10]: 0, 2.5, 7.5, 10.
        assert_eq!(reds(&resize_linear(&ramp(2, 1), 4, 1)), [0, 3, 8, 10]);
    }

    /// Pillow 12: `Image.fromarray(...).resize((4, 3), Image.BICUBIC)` of the ramp below.
    #[test]
    fn bicubic_is_pillows() {
        let pixels = (0..8 * 6).flat_map(|index| [(index * 37 % 256) as u8; 3]).collect();
        let image = Rgb { width: 8, height: 6, pixels };
        let expected: [i32; 12] = [41, 118, 181, 75, 123, 183, 89, 74, 196, 98, 78, 161];
        for (ours, theirs) in reds(&resize(&image, 4, 3, Resampling::Bicubic)).into_iter().zip(expected) {
            assert!((i32::from(ours) - theirs).abs() <= 1, "{ours} is not {theirs}");
        }
    }

    /// The same by `Image.LANCZOS`.
    #[test]
    fn lanczos_is_pillows() {
        let pixels = (0..8 * 6).flat_map(|index| [(index * 37 % 256) as u8; 3]).collect();
        let image = Rgb { width: 8, height: 6, pixels };
        let expected: [i32; 12] = [36, 115, 192, 72, 122, 194, 83, 67, 204, 95, 69, 170];
        for (ours, theirs) in reds(&resize(&image, 4, 3, Resampling::Lanczos)).into_iter().zip(expected) {
            assert!((i32::from(ours) - theirs).abs() <= 1, "{ours} is not {theirs}");
        }
    }
}

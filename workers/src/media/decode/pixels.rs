//! Decoded pixels: eight bits a channel, RGB or RGBA, rows without gaps.

use std::borrow::Cow;

use fast_image_resize::{PixelType, ResizeOptions, Resizer, images::Image, images::ImageRef};

use super::DecodeFailure;

/// A decoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    pub width: u32,
    pub height: u32,
    pub has_alpha: bool,
    pub data: Vec<u8>,
}

impl Pixels {
    /// Checks that the data fill the picture.
    pub(super) fn new(width: u32, height: u32, has_alpha: bool, data: Vec<u8>) -> Result<Self, DecodeFailure> {
        let pixels = Self { width, height, has_alpha, data };
        let expected = width as usize * height as usize * pixels.channels();
        if width == 0 || height == 0 || pixels.data.len() != expected {
            return Err(DecodeFailure::of_file("the picture has no pixels, or not as many as it says"));
        }
        Ok(pixels)
    }

    pub(super) const fn channels(&self) -> usize {
        if self.has_alpha { 4 } else { 3 }
    }

    /// The size at which the shorter side has `size` pixels and no side more than `max_side`;
    /// never larger than it is.
    pub(super) fn fitted(&self, size: u32, max_side: u32) -> (u32, u32) {
        fitted((self.width, self.height), size, max_side)
    }

    /// The same picture in another size.
    pub(super) fn resized(&self, (width, height): (u32, u32)) -> Result<Cow<'_, Self>, DecodeFailure> {
        if (width, height) == (self.width, self.height) {
            return Ok(Cow::Borrowed(self));
        }
        let kind = if self.has_alpha { PixelType::U8x4 } else { PixelType::U8x3 };
        let source =
            ImageRef::new(self.width, self.height, &self.data, kind).map_err(DecodeFailure::of_circumstances)?;
        let mut target = Image::new(width, height, kind);
        Resizer::new()
            .resize(&source, &mut target, Some(&ResizeOptions::new()))
            .map_err(DecodeFailure::of_circumstances)?;
        Ok(Cow::Owned(Self { width, height, has_alpha: self.has_alpha, data: target.into_vec() }))
    }

    /// A part of the picture, which must lie in it.
    pub(super) fn cut(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        let channels = self.channels();
        let row_bytes = self.width as usize * channels;
        let (first, length) = (left as usize * channels, width as usize * channels);
        let rows = self.data.chunks_exact(row_bytes).skip(top as usize).take(height as usize);
        let data = rows.flat_map(|row| &row[first..first + length]).copied().collect();
        Self { width, height, has_alpha: self.has_alpha, data }
    }

    /// The picture turned upright from an EXIF orientation.
    pub(super) fn upright(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        match self.has_alpha {
            true => self.turned::<4>(orientation),
            false => self.turned::<3>(orientation),
        }
    }

    fn turned<const CHANNELS: usize>(self, orientation: u8) -> Self {
        let (source_width, source_height) = (self.width as usize, self.height as usize);
        let is_lying = orientation >= 5;
        let (width, height) = if is_lying { (source_height, source_width) } else { (source_width, source_height) };
        let mut data = vec![0; self.data.len()];
        let (source, _) = self.data.as_chunks::<CHANNELS>();
        let (target, _) = data.as_chunks_mut::<CHANNELS>();
        for (y, row) in target.chunks_exact_mut(width).enumerate() {
            // Where the row begins in the source, and how far apart its pixels lie there.
            let (right, bottom) = (source_width - 1, source_height - 1);
            let (x0, y0, step) = match orientation {
                2 => (right, y, -1),
                3 => (right, bottom - y, -1),
                4 => (0, bottom - y, 1),
                5 => (y, 0, source_width as isize),
                6 => (y, bottom, -(source_width as isize)),
                7 => (right - y, bottom, -(source_width as isize)),
                _ => (right - y, 0, source_width as isize),
            };
            let mut at = (y0 * source_width + x0) as isize;
            for pixel in row {
                *pixel = source[at as usize];
                at += step;
            }
        }
        Self { width: width as u32, height: height as u32, has_alpha: self.has_alpha, data }
    }

    /// Laid over white, as paper would show it.
    pub(super) fn opaque(&self) -> Cow<'_, Self> {
        if !self.has_alpha {
            return Cow::Borrowed(self);
        }
        let over_white = |channel: u8, alpha: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        let (pixels, _) = self.data.as_chunks::<4>();
        let data = pixels.iter().flat_map(|[r, g, b, a]| [over_white(*r, *a), over_white(*g, *a), over_white(*b, *a)]);
        Cow::Owned(Self { width: self.width, height: self.height, has_alpha: false, data: data.collect() })
    }

    /// With an alpha channel, whether it had one or not.
    pub(super) fn to_rgba(&self) -> Vec<u8> {
        if self.has_alpha {
            return self.data.clone();
        }
        let (pixels, _) = self.data.as_chunks::<3>();
        pixels.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect()
    }
}

/// See [`Pixels::fitted`].
pub(super) fn fitted((width, height): (u32, u32), size: u32, max_side: u32) -> (u32, u32) {
    let (shorter, longer) = (width.min(height), width.max(height));
    let scale = (f64::from(size) / f64::from(shorter)).min(f64::from(max_side) / f64::from(longer)).min(1.0);
    let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (scaled(width), scaled(height))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_cover_and_never_grow() {
        for (source, size, expected) in [
            ((4000, 3000), 1440, (1920, 1440)),
            ((3000, 4000), 1440, (1440, 1920)),
            ((1280, 960), 1440, (1280, 960)),
            ((333, 251), 250, (332, 250)),
            ((1, 100_000), 250, (1, 1000)),
            ((50_000, 10), 250, (1000, 1)),
            ((1, 1), 250, (1, 1)),
        ] {
            let max_side = if source.0.max(source.1) > 40_000 { 1000 } else { 60_000 };
            assert_eq!(fitted(source, size, max_side), expected, "{source:?}");
        }
    }

    /// A picture of 3 × 2 whose pixels are numbered from 1, as its orientation would store
    /// `123/456` (or `1…6` in two columns).
    #[test]
    fn every_orientation_is_turned_upright() {
        let picture = |width, height, numbers: [u8; 6]| {
            Pixels::new(width, height, false, numbers.iter().flat_map(|number| [*number; 3]).collect()).unwrap()
        };
        let upright = picture(3, 2, [1, 2, 3, 4, 5, 6]);
        for (orientation, stored) in [
            (1, picture(3, 2, [1, 2, 3, 4, 5, 6])),
            (2, picture(3, 2, [3, 2, 1, 6, 5, 4])),
            (3, picture(3, 2, [6, 5, 4, 3, 2, 1])),
            (4, picture(3, 2, [4, 5, 6, 1, 2, 3])),
            (5, picture(2, 3, [1, 4, 2, 5, 3, 6])),
            (6, picture(2, 3, [3, 6, 2, 5, 1, 4])),
            (7, picture(2, 3, [6, 3, 5, 2, 4, 1])),
            (8, picture(2, 3, [4, 1, 5, 2, 6, 3])),
        ] {
            assert_eq!(stored.upright(orientation), upright, "orientation {orientation}");
        }
    }

    #[test]
    fn a_part_is_cut_out() {
        let pixels = Pixels::new(3, 2, false, (1..=6).flat_map(|number| [number; 3]).collect()).unwrap();
        assert_eq!(pixels.cut(1, 0, 2, 2).data, [2, 2, 2, 3, 3, 3, 5, 5, 5, 6, 6, 6]);
        assert_eq!(pixels.cut(2, 1, 1, 1).data, [6, 6, 6]);
    }

    #[test]
    fn see_through_becomes_white() {
        let pixels = Pixels::new(2, 1, true, vec![10, 20, 30, 255, 0, 0, 0, 0]).unwrap();
        assert_eq!(pixels.opaque().data, [10, 20, 30, 255, 255, 255]);
        assert_eq!(pixels.opaque().to_rgba(), [10, 20, 30, 255, 255, 255, 255, 255]);
    }

    #[test]
    fn data_must_fill_the_picture() {
        assert!(Pixels::new(2, 2, false, vec![0; 11]).is_err());
        assert!(Pixels::new(0, 2, false, vec![]).is_err());
    }
}

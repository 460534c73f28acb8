//! From a file's bytes to pixels, as Pillow's `convert("RGB")` does it: alpha is dropped, not blended, and no orientation is applied.

use std::io::Cursor;

use image::{ImageDecoder, ImageReader, Limits};
use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat};

use super::Rgb;

/// The largest picture that is decoded: 600 MB of pixels, in a process that is meant to stay under 1 GB only while
/// nobody sends such a thing.
pub const MAX_PIXELS: u64 = 200_000_000;
/// A JPEG with more scans than any encoder makes is meant to cost time.
const MAX_SCANS: u32 = 500;
/// What the decoders of other formats may allocate: the largest picture with alpha, and as much again to work with.
const MAX_ALLOCATION_BYTES: u64 = MAX_PIXELS * 8;
const JPEG_START: [u8; 3] = [0xff, 0xd8, 0xff];
/// What a PNG begins with: its mark, and the length and kind of its header.
const PNG_START: [u8; 16] = *b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// Why there are no pixels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeFault {
    /// It has no extent.
    #[error("Image has zero width or height")]
    Empty,
    /// It is too large.
    #[error("the image has {width} x {height} pixels; at most {MAX_PIXELS} are read")]
    TooLarge {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
    },
    /// It is no picture, or a broken one.
    #[error("the image cannot be decoded: {0}")]
    Broken(String),
}

/// Decodes a JPEG, PNG, WebP, GIF (its first frame), BMP or TIFF.
///
/// # Errors
/// See [`DecodeFault`].
pub fn decode(bytes: &[u8]) -> Result<Rgb, DecodeFault> {
    if bytes.starts_with(&JPEG_START) { decode_jpeg(bytes) } else { decode_other(bytes) }
}

fn check_size(width: u64, height: u64) -> Result<(), DecodeFault> {
    if width == 0 || height == 0 {
        return Err(DecodeFault::Empty);
    }
    if width.saturating_mul(height) > MAX_PIXELS {
        return Err(DecodeFault::TooLarge { width, height });
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> DecodeFault {
    DecodeFault::Broken(error.to_string())
}

fn decode_jpeg(bytes: &[u8]) -> Result<Rgb, DecodeFault> {
    let mut decompressor = Decompressor::new().map_err(broken)?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(broken)?;
    let header = decompressor.read_header(bytes).map_err(broken)?;
    check_size(header.width as u64, header.height as u64)?;
    let (width, height) = (header.width, header.height);
    let is_cmyk = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let (format, bytes_per_pixel) = if is_cmyk { (PixelFormat::CMYK, 4) } else { (PixelFormat::RGB, 3) };
    let mut data = vec![0; width * height * bytes_per_pixel];
    let into = Image { pixels: data.as_mut_slice(), width, pitch: width * bytes_per_pixel, height, format };
    decompressor.decompress(bytes, into).map_err(broken)?;
    let pixels = if is_cmyk { from_inverted_cmyk(&data) } else { data };
    Ok(Rgb { width, height, pixels })
}

/// Programs that write CMYK into JPEGs write it inverted.
fn from_inverted_cmyk(data: &[u8]) -> Vec<u8> {
    let scaled = |ink: u8, black: u8| ((u32::from(ink) * u32::from(black) + 127) / 255) as u8;
    data.chunks_exact(4).flat_map(|p| [scaled(p[0], p[3]), scaled(p[1], p[3]), scaled(p[2], p[3])]).collect()
}

fn decode_other(bytes: &[u8]) -> Result<Rgb, DecodeFault> {
    // Its decoder says of one without extent only that it is broken.
    if let Some([width, height]) = png_size(bytes) {
        check_size(u64::from(width), u64::from(height))?;
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height))?;
    let pixels = image::DynamicImage::from_decoder(decoder).map_err(broken)?.into_rgb8().into_raw();
    Ok(Rgb { width: width as usize, height: height as usize, pixels })
}

/// Width and height by the header of a PNG.
fn png_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let ([width, height], _) = bytes.strip_prefix(&PNG_START)?.get(..8)?.as_chunks::<4>() else { return None };
    Some([*width, *height].map(u32::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

    use super::*;

    fn png(width: u32, height: u32, pixels: &[u8], color: ExtendedColorType) -> Vec<u8> {
        let mut file = Vec::new();
        PngEncoder::new(&mut file).write_image(pixels, width, height, color).expect("it is written");
        file
    }

    #[test]
    fn alpha_is_dropped_not_blended() {
        let file = png(2, 1, &[200, 100, 50, 0, 1, 2, 3, 255], ExtendedColorType::Rgba8);
        let decoded = decode(&file).expect("it decodes");
        assert_eq!(decoded.pixels, [200, 100, 50, 1, 2, 3]);
    }

    #[test]
    fn grey_becomes_three_channels() {
        let file = png(1, 2, &[7, 9], ExtendedColorType::L8);
        assert_eq!(decode(&file).expect("it decodes").pixels, [7, 7, 7, 9, 9, 9]);
    }

    #[test]
    fn one_pixel_is_a_picture() {
        let file = png(1, 1, &[1, 2, 3], ExtendedColorType::Rgb8);
        assert_eq!(decode(&file).map(|rgb| (rgb.width, rgb.height)), Ok((1, 1)));
    }

    #[test]
    fn what_has_no_extent_is_empty() {
        for side in [16..20, 20..24, 16..24] {
            let mut file = png(1, 1, &[1, 2, 3], ExtendedColorType::Rgb8);
            file[side].fill(0);
            assert_eq!(decode(&file), Err(DecodeFault::Empty));
        }
    }

    /// A header is cheap to write: what it promises is refused before anything is allocated for it.
    #[test]
    fn what_is_too_large_is_refused_by_its_header() {
        let mut file = png(1, 1, &[1, 2, 3], ExtendedColorType::Rgb8);
        file[16..20].copy_from_slice(&20_001u32.to_be_bytes());
        file[20..24].copy_from_slice(&10_000u32.to_be_bytes());
        let crc = crc32(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(decode(&file), Err(DecodeFault::TooLarge { width: 20_001, height: 10_000 }));
    }

    #[test]
    fn a_jpeg_that_is_too_large_is_refused_by_its_header() {
        let pixels = vec![0; 16 * 16 * 3];
        let image = Image { pixels: pixels.as_slice(), width: 16, pitch: 48, height: 16, format: PixelFormat::RGB };
        let mut file = turbojpeg::compress(image, 80, turbojpeg::Subsamp::Sub2x2).expect("it is written").to_vec();
        assert_eq!(decode(&file).map(|rgb| rgb.width), Ok(16));
        let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
        file[frame + 5..frame + 9].copy_from_slice(&[0x80, 0, 0x80, 0]);
        assert_eq!(decode(&file), Err(DecodeFault::TooLarge { width: 32_768, height: 32_768 }));
    }

    #[test]
    fn what_is_no_picture_is_broken() {
        for bytes in [&b""[..], b"<html>not found</html>", &[0xff, 0xd8, 0xff, 0xe0, 0, 1]] {
            assert!(matches!(decode(bytes), Err(DecodeFault::Broken(_))), "{bytes:?}");
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}

//! JPEG, by libjpeg-turbo: most photos, so the way that has to be quick.
//!
//! What is uncommon (other colours than sRGB and Display P3, CMYK, damage) is left to libvips.

use std::{fs::File, io::Read, path::Path};

use bytes::Bytes;
use img_parts::{ImageEXIF, ImageICC, jpeg::Jpeg};
use turbojpeg::{Compressor, Decompressor, Image, PixelFormat, ScalingFactor, Subsamp};

use super::{
    Colorspace, DecodeFailure, icc,
    image::{Decoded, check_size},
    pixels::Pixels,
};

/// The longest file that is read: twenty times the largest that cameras write.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Scans of a progressive file. Encoders make up to ten or so; hostile files thousands, each of
/// which costs a pass over all pixels.
const MAX_SCANS: u32 = 100;

/// The sides a JPEG can have.
pub(super) const MAX_SIDE: u32 = 65_500;

/// Chroma in full resolution from this quality on.
const FULL_CHROMA_QUALITY: u8 = 80;

/// Decodes at the smallest scale whose shorter side still has `size` pixels; at full size
/// without one. `None`: not one of the common kinds, or damaged.
pub(super) fn decode(
    path: &Path,
    size: Option<u32>,
    orientation: Option<u8>,
    colorspace: Colorspace,
) -> Result<Option<Decoded>, DecodeFailure> {
    let bytes = read(path)?;
    let parts = Jpeg::from_bytes(bytes.clone()).ok();
    let profile = parts.as_ref().and_then(ImageICC::icc_profile).filter(|profile| !icc::is_srgb(profile));
    if profile.as_ref().is_some_and(|profile| colorspace == Colorspace::Srgb || !icc::is_p3(profile)) {
        return Ok(None);
    }
    let Some((pixels, stored_size)) = decompress(&bytes, size)? else { return Ok(None) };
    let own_orientation = || parts.as_ref().and_then(ImageEXIF::exif).and_then(|exif| exif_orientation(&exif));
    Ok(Some(Decoded {
        pixels,
        stored_size,
        orientation: orientation.or_else(own_orientation).unwrap_or(1),
        icc: profile.map(Vec::from),
    }))
}

fn read(path: &Path) -> Result<Bytes, DecodeFailure> {
    let failed = |error| DecodeFailure::of_circumstances(format!("the file cannot be read: {error}"));
    let file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    if length > MAX_FILE_BYTES {
        return Err(DecodeFailure::of_file(format!("the JPEG has {length} bytes; at most {MAX_FILE_BYTES} are read")));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes.into())
}

/// Pixels, and the size as stored.
type Decompressed = (Pixels, (u32, u32));

/// None: libvips may try.
fn decompress(bytes: &[u8], size: Option<u32>) -> Result<Option<Decompressed>, DecodeFailure> {
    let mut decompressor = Decompressor::new().map_err(DecodeFailure::of_circumstances)?;
    decompressor.set_scan_limit(MAX_SCANS).map_err(DecodeFailure::of_circumstances)?;
    let Ok(header) = decompressor.read_header(bytes) else { return Ok(None) };
    let stored_size = check_size(header.width as u64, header.height as u64)?;
    if matches!(header.colorspace, turbojpeg::Colorspace::CMYK | turbojpeg::Colorspace::YCCK) || header.is_lossless {
        return Ok(None);
    }
    let factor = scale_for(header.width.min(header.height), size);
    let scaled = header.scaled(factor);
    let mut data = vec![0; scaled.width * scaled.height * 3];
    let image = Image {
        pixels: data.as_mut_slice(),
        width: scaled.width,
        pitch: scaled.width * 3,
        height: scaled.height,
        format: PixelFormat::RGB,
    };
    let decompressed = decompressor.set_scaling_factor(factor).and_then(|()| decompressor.decompress(bytes, image));
    if decompressed.is_err() {
        return Ok(None);
    }
    Ok(Some((Pixels::new(scaled.width as u32, scaled.height as u32, false, data)?, stored_size)))
}

/// Eighths, quarters and halves only: those have fast code.
fn scale_for(shorter: usize, size: Option<u32>) -> ScalingFactor {
    let Some(size) = size else { return ScalingFactor::ONE };
    [1, 2, 4]
        .into_iter()
        .map(|eighths| ScalingFactor::new(eighths, 8))
        .find(|factor| factor.scale(shorter) >= size as usize)
        .unwrap_or(ScalingFactor::ONE)
}

/// The orientation tag in the first directory of an EXIF block.
fn exif_orientation(exif: &[u8]) -> Option<u8> {
    const ORIENTATION: u16 = 0x0112;
    /// Real directories have some dozens.
    const MAX_ENTRIES: usize = 500;
    const ENTRY_BYTES: usize = 12;
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) } as usize)
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?).min(MAX_ENTRIES);
    let entry =
        (0..entries).map(|index| directory + 2 + index * ENTRY_BYTES).find(|at| short(*at) == Some(ORIENTATION))?;
    u8::try_from(short(entry + 8)?).ok().filter(|value| (1..=8).contains(value))
}

/// Encodes, with a profile where one is given.
pub(super) fn encode(
    pixels: &Pixels,
    quality: u8,
    progressive: bool,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, DecodeFailure> {
    let opaque = pixels.opaque();
    let jpeg = compress(&opaque, quality, progressive).map_err(DecodeFailure::of_circumstances)?;
    let Some(profile) = profile else { return Ok(jpeg) };
    let mut parts = Jpeg::from_bytes(jpeg.into()).map_err(DecodeFailure::of_circumstances)?;
    parts.set_icc_profile(Some(Bytes::copy_from_slice(profile)));
    Ok(parts.encoder().bytes().into())
}

fn compress(pixels: &Pixels, quality: u8, progressive: bool) -> Result<Vec<u8>, turbojpeg::Error> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(i32::from(quality.clamp(1, 100)))?;
    compressor.set_subsamp(if quality >= FULL_CHROMA_QUALITY { Subsamp::None } else { Subsamp::Sub2x2 })?;
    compressor.set_progressive(progressive)?;
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let image = Image { pixels: pixels.data.as_slice(), width, pitch: width * 3, height, format: PixelFormat::RGB };
    compressor.compress_to_vec(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_stays_above_the_size() {
        for (shorter, size, eighths) in [
            (3000, Some(1440), 4),
            (2000, Some(1440), 8),
            (12_000, Some(1440), 1),
            (960, Some(1440), 8),
            (6000, None, 8),
        ] {
            assert_eq!(scale_for(shorter, size), ScalingFactor::new(eighths, 8), "{shorter}");
        }
    }

    #[test]
    fn orientation_is_read_in_both_byte_orders() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        let big = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";
        assert_eq!(exif_orientation(little), Some(6));
        assert_eq!(exif_orientation(big), Some(8));
        assert_eq!(exif_orientation(b"II*\0\xff\xff\xff\xff"), None);
        assert_eq!(exif_orientation(b"Exif"), None);
    }
}

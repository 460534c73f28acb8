//! All small pictures of one source from one decode.

use std::{fs, io, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Colorspace, DecodeFailure, MadeFile, OutputFile, PictureFormat, Previews, PreviewsRequest, SourceKind,
    image::Decoded,
    jpeg,
    pixels::Pixels,
    sniff::{Format, sniff},
    video, vips, webp,
};

/// The sides that the hash is made from: more costs time and changes nothing.
const THUMBHASH_SIDE: u32 = 100;

/// Makes what is asked for.
pub(super) fn make(request: &PreviewsRequest) -> Result<Previews, DecodeFailure> {
    let sizes: Option<Vec<u32>> = request.outputs.iter().map(|output| output.size).collect();
    // One in full size: no shrinking on the way.
    let size = sizes.map(|sizes| sizes.into_iter().max().unwrap_or(THUMBHASH_SIDE));
    let decoded = decode(&request.source, request.kind, size, request.orientation, request.colorspace)?;
    let (width, height) = displayed(decoded.stored_size, decoded.orientation);
    let mut outputs: Vec<_> = request.outputs.iter().enumerate().collect();
    outputs.sort_by_key(|(_, output)| std::cmp::Reverse(output.size.unwrap_or(u32::MAX)));
    let profile = decoded.icc.as_deref();
    let mut pixels = decoded.pixels;
    let mut orientation = decoded.orientation;
    let mut files = Vec::new();
    for (index, output) in outputs {
        // From the largest to the smallest, each from the one before.
        let size = pixels.fitted(output.size.unwrap_or(u32::MAX), max_side(output.format));
        if size != (pixels.width, pixels.height) {
            pixels = pixels.resized(size)?.into_owned();
        }
        // Turned as soon as it is small.
        pixels = pixels.upright(std::mem::replace(&mut orientation, 1));
        files.push((index, write(output, &encode(output, &pixels, profile)?)?));
    }
    files.sort_by_key(|(index, _)| *index);
    let thumbhash = thumbhash(&pixels.upright(orientation))?;
    Ok(Previews { width, height, thumbhash, files: files.into_iter().map(|(_, file)| file).collect() })
}

/// The picture of a source. `size`: the shorter side that is wanted at least; none: full size.
pub(super) fn decode(
    path: &Path,
    kind: SourceKind,
    size: Option<u32>,
    orientation: Option<u8>,
    colorspace: Colorspace,
) -> Result<Decoded, DecodeFailure> {
    if kind == SourceKind::Video {
        return video::poster(path, size);
    }
    let format = sniff(path)?;
    let by_vips = || vips::decode(path, format, size, orientation, colorspace);
    match format {
        Format::Jpeg => match jpeg::decode(path, size, orientation, colorspace)? {
            Some(decoded) => Ok(decoded),
            None => by_vips(),
        },
        // Formats that libvips would hand to ImageMagick.
        Format::Bmp | Format::Psd => video::poster(path, size),
        _ => by_vips(),
    }
}

const fn displayed((width, height): (u32, u32), orientation: u8) -> (u32, u32) {
    if orientation >= 5 { (height, width) } else { (width, height) }
}

const fn max_side(format: PictureFormat) -> u32 {
    match format {
        PictureFormat::Jpeg => jpeg::MAX_SIDE,
        PictureFormat::Webp => webp::MAX_SIDE,
    }
}

pub(super) fn encode(output: &OutputFile, pixels: &Pixels, profile: Option<&[u8]>) -> Result<Vec<u8>, DecodeFailure> {
    match output.format {
        PictureFormat::Jpeg => jpeg::encode(pixels, output.quality, output.progressive, profile),
        PictureFormat::Webp => webp::encode(pixels, output.quality, profile),
    }
}

/// Written beside and renamed: whoever looks sees a whole picture or none.
pub(super) fn write(output: &OutputFile, bytes: &[u8]) -> Result<MadeFile, DecodeFailure> {
    let failed = |error: io::Error| {
        DecodeFailure::of_circumstances(format!("{} cannot be written: {error}", output.path.display()))
    };
    let name = output.path.file_name().unwrap_or_default().to_string_lossy();
    let partial = output.path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    let written = fill(&partial, bytes).and_then(|()| fs::rename(&partial, &output.path));
    if let Err(error) = written {
        let _ = fs::remove_file(&partial);
        return Err(failed(error));
    }
    Ok(MadeFile { kind: output.kind, path: output.path.clone(), size_bytes: bytes.len() as u64 })
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::write(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, bytes)
        }
        written => written,
    }
}

fn thumbhash(pixels: &Pixels) -> Result<String, DecodeFailure> {
    let small = pixels.resized(pixels.fitted(u32::MAX, THUMBHASH_SIDE))?;
    let hash = thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &small.to_rgba());
    Ok(STANDARD.encode(hash))
}

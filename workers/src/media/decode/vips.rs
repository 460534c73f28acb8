//! Everything but common JPEGs and films, by libvips.

use std::{ffi::CStr, path::Path, sync::OnceLock};

use libvips::{
    VipsApp, VipsImage, bindings,
    ops::{self, BandFormat, IccTransformOptions, Interpretation},
};

use super::{
    Colorspace, DecodeFailure, icc,
    image::{Decoded, check_size},
    pixels::Pixels,
    sniff::Format,
};

/// The loaders that may run. ImageMagick, PDF and all the others that libvips brings along stay
/// off: they would triple what a hostile file can reach.
const LOADERS: &[&CStr] = &[
    c"VipsForeignLoadJpeg",
    c"VipsForeignLoadPng",
    c"VipsForeignLoadWebp",
    c"VipsForeignLoadNsgif",
    c"VipsForeignLoadTiff",
    c"VipsForeignLoadHeif",
    c"VipsForeignLoadJxl",
    c"VipsForeignLoadJp2k",
    c"VipsForeignLoadSvg",
];

/// Shrinking by whole boxes stops at this many times the size that is wanted; the rest is left
/// to a sharper filter.
const BOX_HEADROOM: u32 = 2;

/// Decodes the first picture of a file. `size`: the shorter side that is wanted at least.
pub(super) fn decode(
    path: &Path,
    format: Format,
    size: Option<u32>,
    orientation: Option<u8>,
    colorspace: Colorspace,
) -> Result<Decoded, DecodeFailure> {
    let vips = start()?;
    vips.error_clear();
    load(path, format, size, orientation, colorspace).map_err(|failure| explain(vips, failure))
}

fn load(
    path: &Path,
    format: Format,
    size: Option<u32>,
    orientation: Option<u8>,
    colorspace: Colorspace,
) -> Result<Decoded, Failure> {
    let path = path.to_str().ok_or(Failure::Said("the path is no UTF-8"))?;
    let image = VipsImage::new_from_file(&format!("{path}[access=sequential,fail_on=error]"))?;
    let (width, height) = (image.get_width(), image.get_height());
    let stored_size = check_size(width.try_into().unwrap_or(0), height.try_into().unwrap_or(0))?;
    let own_orientation = u8::try_from(image.get_orientation()).ok();
    let orientation = match format {
        // These decoders have turned the picture already.
        Format::Heif | Format::Jxl => 1,
        _ => orientation.or(own_orientation).unwrap_or(1),
    };
    let (image, profile) = in_colours(image, colorspace)?;
    let image = shrunk_by_boxes(image, size)?;
    Ok(Decoded { pixels: pixels_of(&image)?, stored_size, orientation, icc: profile })
}

/// Brings the picture to eight bits of RGB, with or without alpha, and tells the profile where
/// these are not of sRGB.
fn in_colours(image: VipsImage, colorspace: Colorspace) -> Result<(VipsImage, Option<Vec<u8>>), Failure> {
    let profile = profile_of(&image).filter(|profile| !icc::is_srgb(profile));
    let Some(profile) = profile else { return Ok((as_srgb(image)?, None)) };
    let is_rgb =
        matches!(image.get_interpretation(), Ok(Interpretation::Srgb | Interpretation::Rgb | Interpretation::Rgb16));
    if colorspace == Colorspace::P3 && is_rgb {
        if icc::is_p3(&profile) {
            return Ok((as_srgb(image)?, Some(profile)));
        }
        if let Ok(converted) = converted(&image, "p3") {
            let profile = profile_of(&converted);
            return Ok((as_srgb(converted)?, profile));
        }
    }
    // A profile that cannot be used is no reason to show nothing.
    let image = converted(&image, "srgb").unwrap_or(image);
    Ok((as_srgb(image)?, None))
}

fn converted(image: &VipsImage, profile: &str) -> Result<VipsImage, libvips::error::Error> {
    ops::icc_transform_with_opts(image, profile, &IccTransformOptions { embedded: true, ..Default::default() })
}

/// Numbers as sRGB has them: RGB, eight bits. Colours that are RGB already stay as they are.
fn as_srgb(image: VipsImage) -> Result<VipsImage, Failure> {
    let image = match image.get_interpretation() {
        Ok(Interpretation::Srgb) => image,
        _ => ops::colourspace(&image, Interpretation::Srgb)?,
    };
    match image.get_format() {
        Ok(BandFormat::Uchar) => Ok(image),
        _ => Ok(ops::cast(&image, BandFormat::Uchar)?),
    }
}

fn shrunk_by_boxes(image: VipsImage, size: Option<u32>) -> Result<VipsImage, Failure> {
    let Some(size) = size else { return Ok(image) };
    let shorter = image.get_width().min(image.get_height()).cast_unsigned();
    let factor = shorter / (size * BOX_HEADROOM).max(1);
    if factor < 2 {
        return Ok(image);
    }
    let factor = f64::from(factor);
    if image.get_bands() != 4 {
        return Ok(ops::shrink(&image, factor, factor)?);
    }
    // Colours behind full transparency must not bleed in.
    let shrunk = ops::unpremultiply(&ops::shrink(&ops::premultiply(&image)?, factor, factor)?)?;
    Ok(ops::cast(&shrunk, BandFormat::Uchar)?)
}

fn pixels_of(image: &VipsImage) -> Result<Pixels, Failure> {
    let (width, height) = (image.get_width().cast_unsigned(), image.get_height().cast_unsigned());
    let has_alpha = match image.get_bands() {
        3 => false,
        4 => true,
        _ => return Err(Failure::Said("the picture has neither three nor four channels")),
    };
    Ok(Pixels::new(width, height, has_alpha, memory_of(image)?)?)
}

/// Runs the whole pipeline. (The crate's own function takes no failure for an answer.)
fn memory_of(image: &VipsImage) -> Result<Vec<u8>, Failure> {
    let mut length = 0;
    // SAFETY: the pointer is either null or a block of `length` bytes that is ours to free.
    #[allow(unsafe_code)]
    unsafe {
        let block = bindings::vips_image_write_to_memory(as_ptr(image), &raw mut length);
        if block.is_null() {
            return Err(Failure::Vips);
        }
        let data = std::slice::from_raw_parts(block.cast::<u8>(), length as usize).to_vec();
        bindings::g_free(block);
        Ok(data)
    }
}

/// The pointer that the crate keeps to itself, though its own functions lack what we need.
fn as_ptr(image: &VipsImage) -> *mut bindings::VipsImage {
    const { assert!(size_of::<VipsImage>() == size_of::<*mut bindings::VipsImage>()) };
    // SAFETY: the type holds one pointer and nothing else, as the assertion sees, so it lies at
    // the start. It stays valid while `image` lives, and no caller keeps it longer.
    #[allow(unsafe_code)]
    unsafe {
        *std::ptr::from_ref(image).cast()
    }
}

fn profile_of(image: &VipsImage) -> Option<Vec<u8>> {
    let mut data = std::ptr::null();
    let mut length = 0;
    // SAFETY: on success `data` points to `length` bytes that live as long as the image does.
    #[allow(unsafe_code)]
    unsafe {
        let name = c"icc-profile-data".as_ptr();
        if bindings::vips_image_get_typeof(as_ptr(image), name) == 0
            || bindings::vips_image_get_blob(as_ptr(image), name, &raw mut data, &raw mut length) != 0
            || data.is_null()
        {
            return None;
        }
        Some(std::slice::from_raw_parts(data.cast::<u8>(), length as usize).to_vec())
    }
}

fn start() -> Result<&'static VipsApp, DecodeFailure> {
    static APP: OnceLock<Option<VipsApp>> = OnceLock::new();
    let app = APP.get_or_init(|| {
        let app = VipsApp::new("albumen-decode", false).ok()?;
        // Photos come by the hundred: CPU for each counts, not how soon one is done.
        app.concurrency_set(1);
        // No file is opened twice.
        app.cache_set_max(0);
        allow_only(LOADERS);
        Some(app)
    });
    app.as_ref().ok_or_else(|| DecodeFailure::of_circumstances("libvips cannot be started"))
}

fn allow_only(loaders: &[&CStr]) {
    // SAFETY: names of classes as C strings; libvips has been started.
    #[allow(unsafe_code)]
    unsafe {
        bindings::vips_operation_block_set(c"VipsForeignLoad".as_ptr(), 1);
        for loader in loaders {
            bindings::vips_operation_block_set(loader.as_ptr(), 0);
        }
    }
}

/// What can go wrong in here.
enum Failure {
    /// libvips tells in its buffer.
    Vips,
    Said(&'static str),
    Decode(DecodeFailure),
}

impl From<libvips::error::Error> for Failure {
    fn from(_: libvips::error::Error) -> Self {
        Self::Vips
    }
}

impl From<DecodeFailure> for Failure {
    fn from(failure: DecodeFailure) -> Self {
        Self::Decode(failure)
    }
}

fn explain(vips: &VipsApp, failure: Failure) -> DecodeFailure {
    match failure {
        Failure::Decode(failure) => failure,
        Failure::Said(reason) => DecodeFailure::of_file(reason),
        Failure::Vips => {
            let said = vips.error_buffer().unwrap_or_default().trim().replace('\n', "; ");
            let said: String = said.chars().take(300).collect();
            DecodeFailure::of_file(if said.is_empty() { "libvips cannot decode it".to_owned() } else { said })
        }
    }
}

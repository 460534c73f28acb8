//! A decoded source, whatever its format was.

use super::{DecodeFailure, pixels::Pixels};

/// The most pixels that a source may have. Stitched panoramas reach 200 million; what is beyond
/// twice that is a bomb, or nothing that fits the memory.
const MAX_PIXELS: u64 = 400_000_000;

/// A decoded source, perhaps smaller than it was stored.
#[derive(Debug)]
pub(super) struct Decoded {
    pub pixels: Pixels,
    /// Size as stored, before any shrinking, in the decoder's own turn.
    pub stored_size: (u32, u32),
    /// What is still to be applied; 1 when nothing.
    pub orientation: u8,
    /// The profile of colours that are not those of sRGB.
    pub icc: Option<Vec<u8>>,
}

/// Refuses a size before memory is spent on it.
pub(super) fn check_size(width: u64, height: u64) -> Result<(u32, u32), DecodeFailure> {
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(w), Ok(h)) if w > 0 && h > 0 && width * height <= MAX_PIXELS => Ok((w, h)),
        _ => Err(DecodeFailure::of_file(format!(
            "the picture has {width} × {height} pixels; at most {MAX_PIXELS} are decoded"
        ))),
    }
}

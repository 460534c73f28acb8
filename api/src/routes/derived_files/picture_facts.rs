//! What the first bytes of a small picture say of it.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    time::SystemTime,
};

/// A JPEG says how it is coded after its profile and tables, which take less than this.
const HEAD_BYTES: u64 = 256 * 1024;

/// What a file is like.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PictureFacts {
    /// A JPEG of which a rough picture comes first.
    pub is_progressive: bool,
    /// A picture through which one can see.
    pub is_transparent: bool,
}

impl PictureFacts {
    /// What a file is like, and when it was written.
    pub fn of_file(path: &Path) -> io::Result<(Self, SystemTime)> {
        let file = File::open(path)?;
        let modified = file.metadata()?.modified()?;
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head)?;
        Ok((Self::of_head(&head), modified))
    }

    fn of_head(head: &[u8]) -> Self {
        match head {
            [0xff, 0xd8, rest @ ..] => Self { is_progressive: is_progressive(rest), is_transparent: false },
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', chunk @ ..] => {
                Self { is_progressive: false, is_transparent: has_alpha(chunk) }
            }
            _ => Self::default(),
        }
    }
}

/// Walks over the segments of a JPEG to the one that says how it is coded.
fn is_progressive(mut segments: &[u8]) -> bool {
    while let [0xff, marker, high, low, ..] = segments {
        match marker {
            0xc2 => return true,
            // The other forms, and the picture itself.
            0xc0 | 0xc1 | 0xc3 | 0xda => return false,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(rest) = segments.get(2 + length..) else { return false };
        segments = rest;
    }
    false
}

/// The first chunk of a WebP: the extended form has a flag, the lossless one a bit after its size.
fn has_alpha(chunk: &[u8]) -> bool {
    match chunk {
        [b'V', b'P', b'8', b'X', _, _, _, _, flags, ..] => flags & 0x10 != 0,
        [b'V', b'P', b'8', b'L', _, _, _, _, 0x2f, _, _, _, last, ..] => last & 0x10 != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(marker: u8) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2];
        bytes.extend([0xff, marker, 0, 3, 8]);
        bytes
    }

    #[test]
    fn how_a_jpeg_is_coded_stands_after_other_segments() {
        assert!(PictureFacts::of_head(&jpeg(0xc2)).is_progressive);
        assert!(!PictureFacts::of_head(&jpeg(0xc0)).is_progressive);
        assert_eq!(PictureFacts::of_head(&jpeg(0xc2)[..8]), PictureFacts::default());
        assert_eq!(PictureFacts::of_head(b"<x:xmpmeta>"), PictureFacts::default());
    }

    #[test]
    fn a_webp_says_whether_one_can_see_through_it() {
        let webp = |chunk: &[u8]| [b"RIFF\0\0\0\0WEBP", chunk].concat();
        assert!(PictureFacts::of_head(&webp(b"VP8X\x0a\0\0\0\x10")).is_transparent);
        assert!(!PictureFacts::of_head(&webp(b"VP8X\x0a\0\0\0\x20")).is_transparent);
        assert!(PictureFacts::of_head(&webp(b"VP8L\x0a\0\0\0\x2f\0\0\0\x10")).is_transparent);
        assert!(!PictureFacts::of_head(&webp(b"VP8 \x0a\0\0\0")).is_transparent);
    }
}

//! What a file is, by its first bytes: extensions lie, and only formats named here are decoded.

use std::{fs::File, io::Read, path::Path};

use super::DecodeFailure;

/// Enough for every signature, and for the prologue of an SVG.
const HEAD_BYTES: u64 = 1024;

/// A format that we decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
    Tiff,
    /// HEIC, HEIF, AVIF.
    Heif,
    Jxl,
    Jp2,
    Svg,
    Bmp,
    Psd,
}

/// Reads what the file is.
pub(super) fn sniff(path: &Path) -> Result<Format, DecodeFailure> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head))
        .map_err(|error| DecodeFailure::of_circumstances(format!("the file cannot be read: {error}")))?;
    if head.is_empty() {
        return Err(DecodeFailure::of_file("the file is empty"));
    }
    format_of(&head).ok_or_else(|| DecodeFailure::of_file("the file is no picture of a known format"))
}

fn format_of(head: &[u8]) -> Option<Format> {
    const SIGNATURES: &[(&[u8], Format)] = &[
        (b"\xff\xd8\xff", Format::Jpeg),
        (b"\x89PNG\r\n\x1a\n", Format::Png),
        (b"GIF87a", Format::Gif),
        (b"GIF89a", Format::Gif),
        (b"II*\0", Format::Tiff),
        (b"MM\0*", Format::Tiff),
        (b"II+\0", Format::Tiff),
        (b"MM\0+", Format::Tiff),
        (b"\xff\x0a", Format::Jxl),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Format::Jxl),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Format::Jp2),
        (b"\xff\x4f\xff\x51", Format::Jp2),
        (b"BM", Format::Bmp),
        (b"8BPS", Format::Psd),
    ];
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some(Format::Webp);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return is_heif_brand(head).then_some(Format::Heif);
    }
    let known = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    known.map(|(_, format)| *format).or_else(|| is_svg(head).then_some(Format::Svg))
}

fn is_heif_brand(head: &[u8]) -> bool {
    const BRANDS: &[&[u8]] = &[
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1", b"avif",
        b"avis", b"miaf",
    ];
    head.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && text.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some(Format::Jpeg)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(Format::Webp)),
            (b"RIFF\0\0\0\0AVI ", None),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Some(Format::Heif)),
            (b"\0\0\0\x18ftypavif\0\0\0\0", Some(Format::Heif)),
            (b"\0\0\0\x18ftypcrx \0\0\0\0", None),
            (b"\0\0\0\x18ftypisom\0\0\0\0", None),
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"x\">", Some(Format::Svg)),
            (b"\xef\xbb\xbf <svg>", Some(Format::Svg)),
            (b"<html><body>", None),
            (b"%!PS-Adobe <svg", None),
            (b"push graphic-context", None),
            (b"#EXTM3U", None),
            (b"x", None),
        ] {
            assert_eq!(format_of(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }
}

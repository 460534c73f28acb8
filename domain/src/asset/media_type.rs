//! What an extension says about a file: its kind, its MIME types, what may be done with it.
//!
//! The extension decides alone what is accepted and how it is served; the bytes are believed
//! later, by whoever decodes them.

use super::AssetKind;

/// Which family a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaFamily {
    /// A camera's raw format (or one that is treated like it): shown by its embedded picture.
    Raw,
    /// A picture that browsers show as it is.
    WebImage,
    /// Any other picture.
    Image,
    /// A film.
    Video,
    /// XMP beside a file.
    Sidecar,
}

/// One accepted extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// In lower case, with its dot.
    pub extension: &'static str,
    /// What such files are served as.
    pub mime: &'static str,
    /// See [`MediaFamily`].
    pub family: MediaFamily,
}

const fn raw(extension: &'static str, mime: &'static str) -> MediaType {
    MediaType { extension, mime, family: MediaFamily::Raw }
}
const fn web(extension: &'static str, mime: &'static str) -> MediaType {
    MediaType { extension, mime, family: MediaFamily::WebImage }
}
const fn image(extension: &'static str, mime: &'static str) -> MediaType {
    MediaType { extension, mime, family: MediaFamily::Image }
}
const fn video(extension: &'static str, mime: &'static str) -> MediaType {
    MediaType { extension, mime, family: MediaFamily::Video }
}

/// Every accepted extension, sorted within its family.
pub const MEDIA_TYPES: &[MediaType] = &[
    raw(".3fr", "image/3fr"),
    raw(".ari", "image/ari"),
    raw(".arw", "image/arw"),
    raw(".cap", "image/cap"),
    raw(".cin", "image/cin"),
    raw(".cr2", "image/cr2"),
    raw(".cr3", "image/cr3"),
    raw(".crw", "image/crw"),
    raw(".dcr", "image/dcr"),
    raw(".dng", "image/dng"),
    raw(".erf", "image/erf"),
    raw(".fff", "image/fff"),
    raw(".iiq", "image/iiq"),
    raw(".k25", "image/k25"),
    raw(".kdc", "image/kdc"),
    raw(".mrw", "image/mrw"),
    raw(".nef", "image/nef"),
    raw(".nrw", "image/nrw"),
    raw(".orf", "image/orf"),
    raw(".ori", "image/ori"),
    raw(".pef", "image/pef"),
    raw(".psd", "image/psd"),
    raw(".raf", "image/raf"),
    raw(".raw", "image/raw"),
    raw(".rw2", "image/rw2"),
    raw(".rwl", "image/rwl"),
    raw(".sr2", "image/sr2"),
    raw(".srf", "image/srf"),
    raw(".srw", "image/srw"),
    raw(".x3f", "image/x3f"),
    web(".avif", "image/avif"),
    web(".bmp", "image/bmp"),
    web(".gif", "image/gif"),
    web(".jpeg", "image/jpeg"),
    web(".jpg", "image/jpeg"),
    web(".png", "image/png"),
    web(".webp", "image/webp"),
    image(".heic", "image/heic"),
    image(".heif", "image/heif"),
    image(".hif", "image/hif"),
    image(".insp", "image/jpeg"),
    image(".jp2", "image/jp2"),
    image(".jpe", "image/jpeg"),
    image(".jxl", "image/jxl"),
    image(".mpo", "image/jpeg"),
    image(".svg", "image/svg"),
    image(".tif", "image/tiff"),
    image(".tiff", "image/tiff"),
    video(".3gp", "video/3gpp"),
    video(".3gpp", "video/3gpp"),
    video(".avi", "video/avi"),
    video(".flv", "video/x-flv"),
    video(".insv", "video/mp4"),
    video(".m2t", "video/mp2t"),
    video(".m2ts", "video/mp2t"),
    video(".m4v", "video/x-m4v"),
    video(".mkv", "video/x-matroska"),
    video(".mov", "video/quicktime"),
    video(".mp4", "video/mp4"),
    video(".mpe", "video/mpeg"),
    video(".mpeg", "video/mpeg"),
    video(".mpg", "video/mpeg"),
    video(".mts", "video/mp2t"),
    video(".mxf", "application/mxf"),
    video(".ts", "video/mp2t"),
    video(".vob", "video/mpeg"),
    video(".webm", "video/webm"),
    video(".wmv", "video/x-ms-wmv"),
    MediaType { extension: ".xmp", mime: "application/xml", family: MediaFamily::Sidecar },
];

/// Extensions that a profile picture may have.
pub const PROFILE_PICTURE_EXTENSIONS: &[&str] =
    &[".avif", ".dng", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".webp", ".svg"];

/// Extensions of pictures that can move: their duration is read.
pub const ANIMATED_IMAGE_EXTENSIONS: &[&str] = &[".avif", ".gif", ".heic", ".heif", ".jxl", ".png", ".webp"];

/// Extensions of pictures that can be see-through.
pub const TRANSPARENT_IMAGE_EXTENSIONS: &[&str] =
    &[".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".jxl", ".png", ".svg", ".tif", ".tiff", ".webp"];

/// What is served where the extension is unknown.
pub const UNKNOWN_MIME: &str = "application/octet-stream";

/// The extension of a file name with its dot and in its own case; empty when it has none.
///
/// A name that begins with a dot and has no other (`.jpg`) has none.
#[must_use]
pub fn extension(file_name: &str) -> &str {
    let base_start = file_name.rfind('/').map_or(0, |slash| slash + 1);
    match file_name[base_start..].rfind('.') {
        Some(dot) if dot > 0 => &file_name[base_start + dot..],
        _ => "",
    }
}

/// What the table knows about a file of that name.
#[must_use]
pub fn by_file_name(file_name: &str) -> Option<MediaType> {
    let extension = extension(file_name);
    MEDIA_TYPES.iter().copied().find(|known| known.extension.eq_ignore_ascii_case(extension))
}

/// The MIME type that a file of that name is served as.
#[must_use]
pub fn mime(file_name: &str) -> &'static str {
    by_file_name(file_name).map_or(UNKNOWN_MIME, |known| known.mime)
}

/// What kind of asset a file of that name becomes; none when it is not accepted.
#[must_use]
pub fn asset_kind(file_name: &str) -> Option<AssetKind> {
    by_file_name(file_name)?.asset_kind()
}

/// Whether browsers show a file of that name as it is.
#[must_use]
pub fn is_web_image(file_name: &str) -> bool {
    is_family(file_name, MediaFamily::WebImage)
}

/// Whether a file of that name is a raw picture.
#[must_use]
pub fn is_raw(file_name: &str) -> bool {
    is_family(file_name, MediaFamily::Raw)
}

/// Whether a file of that name is a sidecar.
#[must_use]
pub fn is_sidecar(file_name: &str) -> bool {
    is_family(file_name, MediaFamily::Sidecar)
}

/// Whether a file of that name can be a moving picture (not a film).
#[must_use]
pub fn is_animated_image(file_name: &str) -> bool {
    is_in(file_name, ANIMATED_IMAGE_EXTENSIONS)
}

/// Whether a file of that name can be see-through.
#[must_use]
pub fn may_be_transparent(file_name: &str) -> bool {
    is_in(file_name, TRANSPARENT_IMAGE_EXTENSIONS)
}

/// Whether a file of that name can be a profile picture.
#[must_use]
pub fn is_profile_picture(file_name: &str) -> bool {
    is_in(file_name, PROFILE_PICTURE_EXTENSIONS)
}

impl MediaType {
    /// What kind of asset such a file becomes; a sidecar becomes none.
    #[must_use]
    pub const fn asset_kind(self) -> Option<AssetKind> {
        match self.family {
            MediaFamily::Raw | MediaFamily::WebImage | MediaFamily::Image => Some(AssetKind::Image),
            MediaFamily::Video => Some(AssetKind::Video),
            MediaFamily::Sidecar => None,
        }
    }
}

/// The extensions of `family`, with their dots.
pub fn extensions(family: MediaFamily) -> impl Iterator<Item = &'static str> {
    MEDIA_TYPES.iter().filter(move |known| known.family == family).map(|known| known.extension)
}

fn is_family(file_name: &str, family: MediaFamily) -> bool {
    by_file_name(file_name).is_some_and(|known| known.family == family)
}

fn is_in(file_name: &str, extensions: &[&str]) -> bool {
    let extension = extension(file_name);
    extensions.iter().any(|known| known.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_whatever_their_case() {
        for (name, mime_type, kind) in [
            ("a.JPG", "image/jpeg", Some(AssetKind::Image)),
            ("a.b.heic", "image/heic", Some(AssetKind::Image)),
            ("x.insv", "video/mp4", Some(AssetKind::Video)),
            ("x.MTS", "video/mp2t", Some(AssetKind::Video)),
            ("x.svg", "image/svg", Some(AssetKind::Image)),
            ("x.xmp", "application/xml", None),
            ("x.txt", UNKNOWN_MIME, None),
            ("folder.jpg/x", UNKNOWN_MIME, None),
            (".jpg", UNKNOWN_MIME, None),
            ("jpg", UNKNOWN_MIME, None),
            ("", UNKNOWN_MIME, None),
        ] {
            assert_eq!(mime(name), mime_type, "{name}");
            assert_eq!(asset_kind(name), kind, "{name}");
        }
    }

    #[test]
    fn no_extension_stands_twice_and_all_are_lower_case() {
        for (index, known) in MEDIA_TYPES.iter().enumerate() {
            assert!(known.extension.starts_with('.'));
            assert_eq!(known.extension, known.extension.to_ascii_lowercase());
            assert!(MEDIA_TYPES[..index].iter().all(|other| other.extension != known.extension), "{known:?}");
        }
        for list in [PROFILE_PICTURE_EXTENSIONS, ANIMATED_IMAGE_EXTENSIONS, TRANSPARENT_IMAGE_EXTENSIONS] {
            for name in list {
                assert!(by_file_name(&format!("a{name}")).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn families_have_the_extensions_of_the_compatible_api() {
        assert_eq!(extensions(MediaFamily::Raw).count(), 30);
        assert_eq!(extensions(MediaFamily::WebImage).count(), 7);
        assert_eq!(extensions(MediaFamily::Image).count(), 11);
        assert_eq!(extensions(MediaFamily::Video).count(), 20);
        assert_eq!(extensions(MediaFamily::Sidecar).collect::<Vec<_>>(), [".xmp"]);
    }

    #[test]
    fn rules_follow_the_extension() {
        assert!(is_web_image("a.PNG") && !is_web_image("a.heic"));
        assert!(is_raw("a.dng") && !is_raw("a.jpg"));
        assert!(is_sidecar("a.jpg.XMP"));
        assert!(is_animated_image("a.gif") && !is_animated_image("a.jpg"));
        assert!(may_be_transparent("a.png") && !may_be_transparent("a.jpg"));
        assert!(is_profile_picture("a.dng") && !is_profile_picture("a.gif"));
    }
}

//! What parent and child say to each other.

use std::path::PathBuf;

use albumen_domain::{
    asset::{Place, Position, metadata::Probe},
    face::FaceBox,
    processing::PreviewKind,
};
use serde::{Deserialize, Serialize};

use super::{Colorspace, DecodeFailure, PictureFormat, PreviewSettings};

/// What the child is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Request {
    Previews(PreviewsRequest),
    Face(FaceRequest),
    Probe(PathBuf),
    Locate(Position),
    Places(String),
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Response {
    Previews(Previews),
    Face(MadeFile),
    Probe(Probe),
    Place(Place),
    Places(Vec<NamedPlace>),
    Failed(DecodeFailure),
}

/// A populated place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedPlace {
    /// What it is called.
    pub name: String,
    /// State, province or canton.
    pub state: Option<String>,
    /// The part of that.
    pub district: Option<String>,
    /// In degrees.
    pub latitude: f64,
    /// In degrees.
    pub longitude: f64,
}

/// What kind of decoder a source needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SourceKind {
    /// A still, or the first picture of an animation.
    Image,
    /// A film: its poster.
    Video,
}

/// Small pictures of one source, all from one decode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewsRequest {
    /// The file to decode.
    pub source: PathBuf,
    /// What it is.
    pub kind: SourceKind,
    /// EXIF orientation to apply, 1 to 8; none: what the source itself says. Formats whose decoder
    /// turns the picture (HEIC, AVIF, JPEG XL) and films ignore it.
    pub orientation: Option<u8>,
    /// What to make. Folders that are missing are made.
    pub outputs: Vec<OutputFile>,
    /// Colours to keep of a source that has more of them than sRGB.
    pub colorspace: Colorspace,
}

/// A face to cut out of a source, as a JPEG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceRequest {
    /// The file to decode.
    pub source: PathBuf,
    /// What it is.
    pub kind: SourceKind,
    /// See [`PreviewsRequest::orientation`].
    pub orientation: Option<u8>,
    /// Where the face is, in the frame as it is displayed.
    pub area: FaceBox,
    /// Where the picture goes, absolute.
    pub path: PathBuf,
    /// Length of its sides in pixels, never enlarged.
    pub size: u32,
    /// 1 to 100.
    pub quality: u8,
    /// Colours to keep of a source that has more of them than sRGB.
    pub colorspace: Colorspace,
}

/// One picture to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// What it is for.
    pub kind: PreviewKind,
    /// Where it goes, absolute.
    pub path: PathBuf,
    /// Its format.
    pub format: PictureFormat,
    /// Length of the shorter side in pixels, never enlarged; none: full size.
    pub size: Option<u32>,
    /// 1 to 100.
    pub quality: u8,
    /// JPEG only: a rough picture comes first.
    pub progressive: bool,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previews {
    /// Width of the source as displayed, in pixels.
    pub width: u32,
    /// Height of the source as displayed, in pixels.
    pub height: u32,
    /// Base64.
    pub thumbhash: String,
    /// The files, in the order they were asked for.
    pub files: Vec<MadeFile>,
}

/// One picture that exists now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// What it is for.
    pub kind: PreviewKind,
    /// Where it lies, absolute.
    pub path: PathBuf,
    /// Length in bytes.
    pub size_bytes: u64,
}

impl PreviewsRequest {
    /// The request for a source under these settings. `place` tells where each picture goes.
    #[must_use]
    pub fn new(
        settings: &PreviewSettings,
        source: PathBuf,
        kind: SourceKind,
        with_fullsize: bool,
        place: impl Fn(PreviewKind, PictureFormat) -> PathBuf,
    ) -> Self {
        let small = |kind, settings: &super::PictureSettings| OutputFile {
            kind,
            path: place(kind, settings.format),
            format: settings.format,
            size: Some(settings.size),
            quality: settings.quality,
            progressive: settings.progressive,
        };
        let mut outputs =
            vec![small(PreviewKind::Preview, &settings.preview), small(PreviewKind::Thumbnail, &settings.thumbnail)];
        if with_fullsize {
            let fullsize = &settings.fullsize;
            outputs.push(OutputFile {
                kind: PreviewKind::Fullsize,
                path: place(PreviewKind::Fullsize, fullsize.format),
                format: fullsize.format,
                size: None,
                quality: fullsize.quality,
                progressive: fullsize.progressive,
            });
        }
        Self { source, kind, orientation: None, outputs, colorspace: settings.colorspace }
    }
}

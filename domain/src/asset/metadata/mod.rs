//! What a file says about itself, and what we make of it.
//!
//! The log keeps the tags as they were read, each source apart ([`MetadataRead`]): the file, its
//! sidecar, the file system, the video probe, the names of the place. [`interpret`] chooses among
//! them. A later and better rule can therefore choose again without reading a single file.
//!
//! [`MetadataRead`]: crate::processing::MetadataRead

mod dates;
mod geometry;
mod interpret;
mod motion;
mod regions;
mod tags;

pub use interpret::{gps_position, interpret};
pub use motion::{MotionPhoto, motion_photo};
pub use regions::{NamedRegion, named_regions};
pub use tags::{DATE_TAGS, ZONE_TAGS, without_place};

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Place, Position};

/// Tags by name, as exiftool gives them (`-j`, numeric where `-n` is asked for).
pub type Tags = BTreeMap<String, serde_json::Value>;

/// What the file system says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileStat {
    /// Length in bytes.
    pub size_bytes: i64,
    /// Time of the last change.
    pub modified_at: DateTime<Utc>,
    /// Time of creation, where the file system knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
}

/// What the container of a video (or of an animated picture) says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// Length in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Coded width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    /// Coded height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
    /// Rotation of the display matrix in degrees, counter-clockwise as ffmpeg gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation_degrees: Option<i32>,
    /// Frames per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<f64>,
    /// Name of the video codec, as ffmpeg names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_codec: Option<String>,
    /// Name of the pixel format, as ffmpeg names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel_format: Option<String>,
    /// Name of the transfer function, as ffmpeg names it (`smpte2084`, `arib-std-b67` …).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_transfer: Option<String>,
    /// Bits per second of the video stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_bitrate: Option<i64>,
    /// Name of the audio codec, as ffmpeg names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio_codec: Option<String>,
    /// Name of the container, as ffmpeg names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

/// Everything that was read in one go, before any choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Sources<'a> {
    /// Tags of the file itself.
    pub file: &'a Tags,
    /// Tags of its sidecar.
    pub sidecar: Option<&'a Tags>,
    /// What the file system says.
    pub stat: &'a FileStat,
    /// What the container says.
    pub probe: Option<&'a Probe>,
    /// Names of the place that the tags point to.
    pub place: Option<&'a Place>,
    /// Creation time that the client gave at the upload.
    pub uploaded_file_created_at: DateTime<Utc>,
    /// Whether it is a video (its dates default to UTC).
    pub is_video: bool,
}

/// What we make of the sources: the values that clients see, unless a person said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Instant of capture: of a date tag, otherwise the earliest date known of the file.
    pub taken_at: DateTime<Utc>,
    /// Whether a date tag said so (`exifInfo.dateTimeOriginal` is set either way).
    pub taken_at_is_tagged: bool,
    /// Wall clock at the place of capture.
    pub local_taken_at: NaiveDateTime,
    /// IANA name or `UTC+n`; none when unknown.
    pub time_zone: Option<String>,
    /// Last change of the file.
    pub modified_at: DateTime<Utc>,
    /// Width and height as displayed (orientation applied).
    pub width: Option<i32>,
    /// See `width`.
    pub height: Option<i32>,
    /// Width and height as stored.
    pub raw_width: Option<i32>,
    /// See `raw_width`.
    pub raw_height: Option<i32>,
    /// EXIF orientation, 1 to 8.
    pub orientation: Option<i16>,
    /// Maker of the camera.
    pub make: Option<String>,
    /// Model of the camera.
    pub model: Option<String>,
    /// Model of the lens.
    pub lens_model: Option<String>,
    /// Aperture number.
    pub f_number: Option<f64>,
    /// Focal length in millimetres.
    pub focal_length_mm: Option<f64>,
    /// Sensitivity.
    pub iso: Option<i32>,
    /// As text, for example `1/250`.
    pub exposure_time: Option<String>,
    /// Frames per second of a video.
    pub frames_per_second: Option<f64>,
    /// 1 to 5.
    pub rating: Option<i16>,
    /// Trimmed; empty when there is none.
    pub description: String,
    /// Where it was taken.
    pub position: Option<Position>,
    /// What that place is called.
    pub place: Place,
    /// Joins the halves of a live photo.
    pub live_photo_id: Option<String>,
    /// Joins the pictures of a burst.
    pub burst_id: Option<String>,
    /// Upper case, for example `EQUIRECTANGULAR`.
    pub projection_type: Option<String>,
    /// Per channel.
    pub bits_per_sample: Option<i32>,
    /// Name of the colour space.
    pub colorspace: Option<String>,
    /// Description of the colour profile.
    pub profile_description: Option<String>,
    /// Hierarchical names with `/` between the levels.
    pub tags: Vec<String>,
    /// Length of a video or an animation in milliseconds.
    pub duration_ms: Option<i64>,
    /// Length of the file in bytes.
    pub size_bytes: i64,
}

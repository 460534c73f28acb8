//! What the small pictures are to be like.

use albumen_domain::{asset::media_type, system};
use serde::{Deserialize, Serialize};

/// Format of a picture we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl PictureFormat {
    /// The extension of its files, without a dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }
}

/// Colours of the pictures we make from sources with more of them than sRGB has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colorspace {
    /// What every screen shows.
    Srgb,
    /// Display P3.
    P3,
}

/// How one kind of picture is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSettings {
    /// Its format.
    pub format: PictureFormat,
    /// Length of the shorter side in pixels.
    pub size: u32,
    /// 1 to 100.
    pub quality: u8,
    /// JPEG only: a rough picture comes first.
    pub progressive: bool,
}

/// How the full-size picture is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullsizeSettings {
    /// Also for files that don't need one for being shown.
    pub enabled: bool,
    /// Its format.
    pub format: PictureFormat,
    /// 1 to 100.
    pub quality: u8,
    /// JPEG only: a rough picture comes first.
    pub progressive: bool,
}

/// How all of them are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewSettings {
    /// For the grid.
    pub thumbnail: PictureSettings,
    /// For a screen.
    pub preview: PictureSettings,
    /// In full size.
    pub fullsize: FullsizeSettings,
    /// Colours.
    pub colorspace: Colorspace,
}

impl Default for PreviewSettings {
    fn default() -> Self {
        Self {
            thumbnail: PictureSettings { format: PictureFormat::Webp, size: 250, quality: 80, progressive: false },
            preview: PictureSettings { format: PictureFormat::Jpeg, size: 1440, quality: 80, progressive: false },
            fullsize: FullsizeSettings { enabled: false, format: PictureFormat::Jpeg, quality: 80, progressive: false },
            colorspace: Colorspace::P3,
        }
    }
}

impl PictureFormat {
    /// The format of that name; what is not known is JPEG, which everybody can show.
    fn by_name(name: &str) -> Self {
        if name == "webp" { Self::Webp } else { Self::Jpeg }
    }
}

impl PictureSettings {
    fn of(settings: &system::PictureSettings) -> Self {
        Self {
            format: PictureFormat::by_name(&settings.format),
            size: u32::try_from(settings.size).unwrap_or(u32::MAX),
            quality: quality(settings.quality),
            progressive: settings.progressive,
        }
    }
}

fn quality(quality: i64) -> u8 {
    u8::try_from(quality.clamp(1, 100)).unwrap_or(100)
}

/// Whether a picture of this projection shows a sphere.
#[must_use]
pub fn is_sphere(projection_type: &str) -> bool {
    projection_type.eq_ignore_ascii_case("EQUIRECTANGULAR")
}

impl PreviewSettings {
    /// As the configuration has them.
    #[must_use]
    pub fn of(settings: &system::ImageSettings) -> Self {
        Self {
            thumbnail: PictureSettings::of(&settings.thumbnail),
            preview: PictureSettings::of(&settings.preview),
            fullsize: FullsizeSettings {
                enabled: settings.fullsize.enabled,
                format: PictureFormat::by_name(&settings.fullsize.format),
                quality: quality(settings.fullsize.quality),
                progressive: settings.fullsize.progressive,
            },
            colorspace: if settings.colorspace == "srgb" { Colorspace::Srgb } else { Colorspace::P3 },
        }
    }

    /// Whether a full-size picture is made of a file: where that is wanted or it is a sphere, and
    /// browsers could not show the original itself.
    #[must_use]
    pub fn wants_fullsize(&self, original_file_name: &str, projection_type: Option<&str>) -> bool {
        (self.fullsize.enabled || projection_type.is_some_and(is_sphere))
            && !media_type::is_web_image(original_file_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_asks_for_the_defaults() {
        let settings = system::Settings::of(&system::config::defaults()).expect("they fit");
        assert_eq!(PreviewSettings::of(&settings.image), PreviewSettings::default());
    }

    #[test]
    fn full_size_is_for_what_browsers_cannot_show() {
        let off = PreviewSettings::default();
        let mut on = off.clone();
        on.fullsize.enabled = true;
        for (settings, name, projection, expected) in [
            (&off, "a.heic", None, false),
            (&off, "a.heic", Some("EQUIRECTANGULAR"), true),
            (&off, "a.heic", Some("CYLINDRICAL"), false),
            (&off, "a.jpg", Some("EQUIRECTANGULAR"), false),
            (&off, "a.insp", Some("equirectangular"), true),
            (&on, "a.heic", None, true),
            (&on, "a.PNG", None, false),
            (&on, "a.dng", None, true),
        ] {
            assert_eq!(settings.wants_fullsize(name, projection), expected, "{name} {projection:?}");
        }
    }
}

//! The tags that are read: those that rules use, or soon will, and no others. A file can say much
//! that is nobody's business (serial numbers, names of owners); what isn't read can't leak.

use std::ffi::OsStr;

use albumen_domain::asset::metadata::{DATE_TAGS, Tags, ZONE_TAGS};
use serde_json::Value;

use super::ExifToolError;

/// Longest text that is kept of one tag: a long caption, not a file hidden in a comment.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Most values that are kept of one list.
const MAX_LIST_ITEMS: usize = 1000;

/// exiftool's arguments. All tags are asked for, since picking out seventy by name costs it more
/// than the whole reading; a few come as plain numbers, which their text would round or spell out.
pub(super) const ARGUMENTS: &[&str] = &[
    "-j",
    "-m",
    "-api",
    "largefilesupport=1",
    // Marks of faces as they belong together, beside lists of their parts.
    "-api",
    "struct=2",
    "-GPSLatitude#",
    "-GPSLongitude#",
    "-FocalLength#",
    "-Duration#",
    "-all",
];

/// The names that are kept beside the dates and zones, which the rules name themselves.
const KEPT: &[&str] = &[
    // Where.
    "GPSLatitude",
    "GPSLongitude",
    // What it is.
    "FileType",
    "MIMEType",
    "ImageSize",
    "ImageWidth",
    "ImageHeight",
    "Orientation",
    "Rotation",
    "BitsPerSample",
    "ColorSpace",
    "ProfileDescription",
    "ProjectionType",
    "Duration",
    "VideoFrameRate",
    // With what.
    "Make",
    "Model",
    "AndroidMake",
    "AndroidModel",
    "LensID",
    "LensType",
    "LensSpec",
    "LensModel",
    "FNumber",
    "FocalLength",
    "ISO",
    "ExposureTime",
    // What people said.
    "Rating",
    "ImageDescription",
    "Description",
    "TagsList",
    "HierarchicalSubject",
    "Keywords",
    "RegionInfo",
    "RegionName",
    "RegionType",
    "RegionAreaX",
    "RegionAreaY",
    "RegionAreaW",
    "RegionAreaH",
    "RegionAppliedToDimensionsW",
    "RegionAppliedToDimensionsH",
    // What belongs together.
    "ContentIdentifier",
    "MediaGroupUUID",
    "BurstID",
    "BurstUUID",
    "CameraBurstID",
    "MediaUniqueID",
    "MotionPhoto",
    "MotionPhotoVideo",
    "MicroVideo",
    "MicroVideoOffset",
    "EmbeddedVideoType",
    "DirectoryItemSemantic",
    "DirectoryItemLength",
    "DirectoryItemPadding",
];

/// Of films by Sony these are the camera; elsewhere they are the maker of the colour profile.
const KEPT_OF_FILMS: &[&str] = &["DeviceManufacturer", "DeviceModelName"];

/// Reads exiftool's JSON for one file.
pub(super) fn parse(output: &[u8]) -> Result<Tags, ExifToolError> {
    if output.iter().all(u8::is_ascii_whitespace) {
        return Err(ExifToolError::Unreadable);
    }
    // Tags may hold any bytes; what is no UTF-8 becomes U+FFFD.
    let text = String::from_utf8_lossy(output);
    let files: Vec<Tags> = serde_json::from_str(&text).map_err(|_| ExifToolError::Garbled)?;
    let mut tags = files.into_iter().next().ok_or(ExifToolError::Garbled)?;
    let is_film = tags.get("MIMEType").and_then(Value::as_str).is_some_and(|mime| mime.starts_with("video/"));
    tags.retain(|name, _| is_kept(name) || (is_film && KEPT_OF_FILMS.contains(&name.as_str())));
    tags.values_mut().for_each(clean);
    Ok(tags)
}

fn is_kept(name: &str) -> bool {
    [DATE_TAGS, ZONE_TAGS, KEPT].iter().any(|names| names.contains(&name))
}

/// PostgreSQL takes no NUL in a text, and nobody needs a megabyte of caption.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => {
            text.retain(|character| character != '\0');
            text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        }
        Value::Array(items) => {
            items.truncate(MAX_LIST_ITEMS);
            items.iter_mut().for_each(clean);
        }
        Value::Object(fields) => fields.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether exiftool's line protocol can carry an argument: a line each, and nothing at its begin
/// that would make it an option or a comment.
pub(super) fn is_safe_path(path: &OsStr) -> bool {
    let bytes = path.as_encoded_bytes();
    bytes.starts_with(b"/") && !bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) && !bytes.ends_with(b"|")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_cleaned() {
        let long = "é".repeat(MAX_TEXT_BYTES);
        let output =
            json!([{"SourceFile": "/x", "Make": "Ca\0non", "Description": long, "Keywords": ["a\0"], "ISO": 1}]);
        let tags = parse(output.to_string().as_bytes()).unwrap();
        assert_eq!(tags["Make"], "Canon");
        assert_eq!(tags["Keywords"], json!(["a"]));
        assert_eq!(tags["Description"].as_str().unwrap().len(), MAX_TEXT_BYTES);
        assert_eq!(tags["ISO"], 1);
        assert!(!tags.contains_key("SourceFile"));
    }

    #[test]
    fn only_what_rules_use_is_kept() {
        let read = |mime: &str| {
            let output = json!([{"MIMEType": mime, "DeviceManufacturer": "Sony", "SerialNumber": 1, "Make": "x"}]);
            parse(output.to_string().as_bytes()).unwrap().into_keys().collect::<Vec<_>>()
        };
        assert_eq!(read("image/jpeg"), ["MIMEType", "Make"]);
        assert_eq!(read("video/mp4"), ["DeviceManufacturer", "MIMEType", "Make"]);
    }

    #[test]
    fn every_tag_that_dates_a_file_is_kept() {
        for name in DATE_TAGS.iter().chain(ZONE_TAGS) {
            let output = json!([{*name: "2024:01:02 03:04:05"}]);
            assert!(parse(output.to_string().as_bytes()).unwrap().contains_key(*name), "{name}");
        }
    }

    #[test]
    fn no_tags_are_fine_and_no_output_is_not() {
        assert!(parse(br#"[{"SourceFile": "/x"}]"#).unwrap().is_empty());
        assert!(matches!(parse(b"\n"), Err(ExifToolError::Unreadable)));
        assert!(matches!(parse(b"[]"), Err(ExifToolError::Garbled)));
        assert!(matches!(parse(b"Error"), Err(ExifToolError::Garbled)));
        assert_eq!(parse(b"[{\"Make\": \"\xff\"}]").unwrap()["Make"], "\u{fffd}");
    }

    #[test]
    fn paths_that_could_say_something_else_are_refused() {
        for (path, is_safe) in [
            ("/data/a b.jpg", true),
            ("/data/ü😀.jpg", true),
            ("-execute", false),
            ("data/a.jpg", false),
            ("#comment", false),
            ("/data/a\n-delete_original\n.jpg", false),
            ("/data/a\r.jpg", false),
            ("/data/cat|", false),
            ("", false),
        ] {
            assert_eq!(is_safe_path(OsStr::new(path)), is_safe, "{path:?}");
        }
    }
}

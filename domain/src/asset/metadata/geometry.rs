//! Size and orientation.

use super::{Probe, tags::MergedTags};

/// Width and height as stored, from `ImageSize` first.
pub(super) fn raw_size(tags: &MergedTags<'_>, probe: Option<&Probe>) -> Option<(i32, i32)> {
    size_of_text(tags).or_else(|| size_of_tags(tags)).or_else(|| size_of_probe(probe))
}

fn size_of_text(tags: &MergedTags<'_>) -> Option<(i32, i32)> {
    let text = tags.text("ImageSize")?;
    let (width, height) = text.split_once(['x', ' '])?;
    positive(width.trim().parse().ok()?, height.trim().parse().ok()?)
}

fn size_of_tags(tags: &MergedTags<'_>) -> Option<(i32, i32)> {
    positive(tags.number("ImageWidth")? as i32, tags.number("ImageHeight")? as i32)
}

fn size_of_probe(probe: Option<&Probe>) -> Option<(i32, i32)> {
    positive(probe?.width?, probe?.height?)
}

fn positive(width: i32, height: i32) -> Option<(i32, i32)> {
    (width > 0 && height > 0).then_some((width, height))
}

/// EXIF orientation, 1 to 8, by the rule of the file's family.
pub(super) fn orientation(tags: &MergedTags<'_>, probe: Option<&Probe>, is_video: bool) -> Option<i16> {
    if is_video {
        return orientation_of_display_matrix(probe?.rotation_degrees?);
    }
    if is_heif(tags) {
        return orientation_of_irot(tags.number("Rotation")?);
    }
    tags.value("Orientation").and_then(orientation_of_tag)
}

/// These files are shown by the rotation in their container; an EXIF orientation in them is for
/// information only.
fn is_heif(tags: &MergedTags<'_>) -> bool {
    let named = |name: &str, known: &[&str]| tags.text(name).is_some_and(|text| known.contains(&text.as_str()));
    named("FileType", &["HEIC", "HEICS", "HEIF", "HEIFS", "HIF", "AVIF", "AVIFS"])
        || named(
            "MIMEType",
            &["image/heic", "image/heic-sequence", "image/heif", "image/heif-sequence", "image/hif", "image/avif"],
        )
}

/// Counter-clockwise: quarter turns, as an `irot` box has them, or degrees, as some versions of
/// exiftool tell them.
fn orientation_of_irot(turn: f64) -> Option<i16> {
    match turn as i64 {
        0 => Some(1),
        1 | 90 => Some(8),
        2 | 180 => Some(3),
        3 | 270 => Some(6),
        _ => None,
    }
}

fn orientation_of_display_matrix(degrees: i32) -> Option<i16> {
    match degrees {
        0 => Some(1),
        -90 | 270 => Some(6),
        90 | -270 => Some(8),
        180 | -180 => Some(3),
        _ => None,
    }
}

pub(super) fn orientation_of_tag(value: &serde_json::Value) -> Option<i16> {
    if let Some(number) = super::tags::number_of(value) {
        return ((1.0..=8.0).contains(&number) && number.fract() == 0.0).then_some(number as i16);
    }
    let text = super::tags::text_of(value)?.to_ascii_lowercase();
    Some(match text.as_str() {
        "horizontal (normal)" | "horizontal" | "normal" => 1,
        "mirror horizontal" => 2,
        "rotate 180" => 3,
        "mirror vertical" => 4,
        "mirror horizontal and rotate 270 cw" => 5,
        "rotate 90 cw" => 6,
        "mirror horizontal and rotate 90 cw" => 7,
        "rotate 270 cw" => 8,
        _ => return None,
    })
}

/// Width and height as displayed: an orientation of 5 to 8 lies on its side.
pub(super) const fn displayed(raw: (i32, i32), orientation: Option<i16>) -> (i32, i32) {
    match orientation {
        Some(5..=8) => (raw.1, raw.0),
        _ => raw,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::Tags, *};

    fn of(tags: Value, rotation: Option<i32>, is_video: bool) -> Option<i16> {
        let tags: Tags = serde_json::from_value(tags).unwrap();
        let probe = Probe { rotation_degrees: rotation, ..Probe::default() };
        orientation(&MergedTags::new(&tags, None), Some(&probe), is_video)
    }

    #[test]
    fn each_family_has_its_own_orientation() {
        for (tags, expected) in [
            (json!({"Orientation": 6}), Some(6)),
            (json!({"Orientation": "Rotate 270 CW"}), Some(8)),
            (json!({"Orientation": "Mirror horizontal and rotate 90 CW"}), Some(7)),
            (json!({"Orientation": "8"}), Some(8)),
            (json!({"Orientation": 0}), None),
            (json!({"Orientation": 9}), None),
            (json!({"Orientation": 1.5}), None),
            (json!({"Orientation": "Unknown (0)"}), None),
            (json!({}), None),
            (json!({"FileType": "HEIC", "Orientation": 6}), None),
            (json!({"FileType": "HEIC", "Orientation": 6, "Rotation": 0}), Some(1)),
            (json!({"FileType": "HEIC", "Rotation": 1}), Some(8)),
            (json!({"FileType": "AVIF", "Rotation": 2}), Some(3)),
            (json!({"MIMEType": "image/heif", "Rotation": 3}), Some(6)),
            (json!({"FileType": "HEIC", "Rotation": 90}), Some(8)),
            (json!({"FileType": "HEIC", "Rotation": 270}), Some(6)),
            (json!({"FileType": "HEIC", "Rotation": 4}), None),
            (json!({"FileType": "JPEG", "Rotation": 3, "Orientation": 1}), Some(1)),
        ] {
            assert_eq!(of(tags.clone(), None, false), expected, "{tags}");
        }
        for (rotation, expected) in [
            (None, None),
            (Some(0), Some(1)),
            (Some(-90), Some(6)),
            (Some(90), Some(8)),
            (Some(180), Some(3)),
            (Some(-180), Some(3)),
            (Some(45), None),
        ] {
            assert_eq!(of(json!({"Orientation": 5}), rotation, true), expected, "{rotation:?}");
        }
    }

    #[test]
    fn sizes_come_from_the_text_first() {
        for (tags, expected) in [
            (json!({"ImageSize": "4000x3000", "ImageWidth": 1, "ImageHeight": 1}), Some((4000, 3000))),
            (json!({"ImageSize": "4000 3000"}), Some((4000, 3000))),
            (json!({"ImageSize": "?", "ImageWidth": 10, "ImageHeight": "20"}), Some((10, 20))),
            (json!({"ImageSize": "0x0", "ImageWidth": 10}), Some((7, 8))),
            (json!({"ImageSize": "99999999999x3"}), Some((7, 8))),
            (json!({}), Some((7, 8))),
        ] {
            let map: Tags = serde_json::from_value(tags.clone()).unwrap();
            let probe = Probe { width: Some(7), height: Some(8), ..Probe::default() };
            assert_eq!(raw_size(&MergedTags::new(&map, None), Some(&probe)), expected, "{tags}");
        }
    }

    #[test]
    fn lying_orientations_swap_the_sides() {
        for (orientation, expected) in
            [(None, (4, 3)), (Some(1), (4, 3)), (Some(3), (4, 3)), (Some(5), (3, 4)), (Some(8), (3, 4))]
        {
            assert_eq!(displayed((4, 3), orientation), expected);
        }
    }
}

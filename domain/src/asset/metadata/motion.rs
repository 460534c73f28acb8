//! Photos that hold a film, as phones by Google and Samsung make them.

use serde_json::Value;

use super::{Tags, tags::number_of};

/// How a photo holds its film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionPhoto {
    /// In a binary tag of this name.
    InTag(&'static str),
    /// At the end of the file.
    AtEnd {
        /// So many bytes.
        length_bytes: u64,
    },
}

/// Whether and how a photo holds a film, by what its tags say.
#[must_use]
pub fn motion_photo(tags: &Tags) -> Option<MotionPhoto> {
    if tags.contains_key("MotionPhotoVideo") {
        return Some(MotionPhoto::InTag("MotionPhotoVideo"));
    }
    if tags.get("EmbeddedVideoType").and_then(Value::as_str) == Some("MotionPhoto_Data") {
        return Some(MotionPhoto::InTag("EmbeddedVideoFile"));
    }
    let length = if number(tags, "MicroVideo") == Some(1.0) { number(tags, "MicroVideoOffset") } else { None };
    let length_bytes = length.or_else(|| in_directory(tags)).filter(|length| *length >= 1.0)?;
    Some(MotionPhoto::AtEnd { length_bytes: length_bytes as u64 })
}

fn number(tags: &Tags, name: &str) -> Option<f64> {
    tags.get(name).and_then(number_of)
}

/// The length of the item that is the film, with what lies between it and the end.
fn in_directory(tags: &Tags) -> Option<f64> {
    let list = |name: &str| match tags.get(name) {
        Some(Value::Array(items)) => items.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    };
    let semantics = list("DirectoryItemSemantic");
    let place = semantics.iter().position(|semantic| semantic.as_str() == Some("MotionPhoto"))?;
    // The first item is the picture itself, which often says nothing of its length.
    let of_film = |name: &str| {
        let values = list(name);
        let missing = semantics.len().saturating_sub(values.len());
        place.checked_sub(missing).and_then(|place| values.get(place)).and_then(number_of)
    };
    Some(of_film("DirectoryItemLength")? + of_film("DirectoryItemPadding").unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(value: Value) -> Option<MotionPhoto> {
        motion_photo(&serde_json::from_value(value).expect("tags"))
    }

    #[test]
    fn films_are_found_where_phones_put_them() {
        let at_end = |length_bytes| Some(MotionPhoto::AtEnd { length_bytes });
        for (tags, expected) in [
            (json!({}), None),
            (
                json!({"MotionPhotoVideo": "(Binary data 9 bytes, use -b option to extract)", "MicroVideo": 1}),
                Some(MotionPhoto::InTag("MotionPhotoVideo")),
            ),
            (json!({"EmbeddedVideoType": "MotionPhoto_Data"}), Some(MotionPhoto::InTag("EmbeddedVideoFile"))),
            (json!({"EmbeddedVideoType": "Other"}), None),
            (json!({"MicroVideo": 1, "MicroVideoOffset": 99}), at_end(99)),
            (json!({"MicroVideo": 0, "MicroVideoOffset": 99}), None),
            (json!({"MicroVideo": 1, "MicroVideoOffset": -1}), None),
            (
                json!({"DirectoryItemSemantic": ["Primary", "MotionPhoto"], "DirectoryItemLength": [0, 50],
                    "DirectoryItemPadding": [0, 3]}),
                at_end(53),
            ),
            (json!({"DirectoryItemSemantic": ["Primary", "MotionPhoto"], "DirectoryItemLength": 50}), at_end(50)),
            (json!({"DirectoryItemSemantic": ["Primary", "GainMap"], "DirectoryItemLength": [0, 50]}), None),
        ] {
            assert_eq!(found(tags.clone()), expected, "{tags}");
        }
    }
}

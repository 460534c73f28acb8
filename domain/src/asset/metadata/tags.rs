//! Reading tags: the sidecar over the file, and values in whatever form they come.

use serde_json::Value;

use super::Tags;

/// Tags that say when something was taken, best first.
///
/// `CreationDate` stands before `CreateDate`: videos of Apple carry the offset there.
pub const DATE_TAGS: &[&str] = &[
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreationDate",
    "CreateDate",
    "MediaCreateDate",
    "DateTimeCreated",
    "GPSDateTime",
    "DateTimeUTC",
    "SonyDateTime2",
    "SourceImageCreateTime",
];

/// Tags that say in which zone it was taken, beside a date's own offset.
pub const ZONE_TAGS: &[&str] =
    &["OffsetTime", "OffsetTimeOriginal", "OffsetTimeDigitized", "TimeZone", "TimeZoneOffset", "DaylightSavings"];

/// Tags that together say where it was taken.
const PLACE_TAGS: [&str; 2] = ["GPSLatitude", "GPSLongitude"];

/// The tags of a sidecar without those that say where it was taken; none when they don't say that.
#[must_use]
pub fn without_place(sidecar: &Tags) -> Option<Tags> {
    let says_it = PLACE_TAGS.iter().all(|name| sidecar.contains_key(*name));
    says_it.then(|| {
        let mut others = sidecar.clone();
        others.retain(|name, _| !PLACE_TAGS.contains(&name.as_str()));
        others
    })
}

/// Tags that describe the file's own pixels: a sidecar cannot know better.
const STRUCTURE_TAGS: &[&str] = &[
    "BitsPerSample",
    "ColorSpace",
    "Duration",
    "FileType",
    "ImageHeight",
    "ImageSize",
    "ImageWidth",
    "MIMEType",
    "ProfileDescription",
    "Rotation",
    "VideoFrameRate",
];

/// The tags of a file with those of its sidecar over them.
pub(super) struct MergedTags<'a> {
    file: &'a Tags,
    sidecar: Option<&'a Tags>,
    sidecar_is_dated: bool,
}

impl<'a> MergedTags<'a> {
    pub(super) fn new(file: &'a Tags, sidecar: Option<&'a Tags>) -> Self {
        let sidecar_is_dated =
            sidecar.is_some_and(|tags| DATE_TAGS.iter().any(|name| tags.get(*name).is_some_and(is_present)));
        Self { file, sidecar, sidecar_is_dated }
    }

    /// The value of a tag: the sidecar's, else the file's.
    ///
    /// Where the sidecar has any date, the file's dates and zones count for nothing: a mixture of
    /// one's date and the other's zone would be a time that nobody ever said.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        let in_sidecar = || self.sidecar?.get(name).filter(|value| is_present(value));
        let in_file = || self.file.get(name).filter(|value| is_present(value));
        if STRUCTURE_TAGS.contains(&name) {
            return in_file();
        }
        let is_replaced = self.sidecar_is_dated && (DATE_TAGS.contains(&name) || ZONE_TAGS.contains(&name));
        in_sidecar().or_else(|| if is_replaced { None } else { in_file() })
    }

    /// The first of `names` that says something, with its name; all of the sidecar's come before
    /// any of the file's.
    pub(super) fn first_by_source(&self, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        let find =
            |tags: &'a Tags| names.iter().find_map(|name| Some((*name, tags.get(*name).filter(|v| is_said(v))?)));
        self.sidecar.and_then(find).or_else(|| find(self.file))
    }

    /// The text of a tag, trimmed; none when blank.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        text_of(self.value(name)?)
    }

    /// The text of the first of `names` that has one.
    pub(super) fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// The number of a tag, or the one that its text begins with (`50.0 mm`).
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        number_of(self.value(name)?)
    }

    /// Latitude and longitude of the sidecar, where it has both, else of the file: a latitude of one and a
    /// longitude of the other would be a place that nobody was at.
    pub(super) fn place(&self) -> Option<[&'a Value; 2]> {
        let of = |tags: &'a Tags| Some([tags.get(PLACE_TAGS[0])?, tags.get(PLACE_TAGS[1])?]);
        self.sidecar.and_then(of).or_else(|| of(self.file))
    }
}

fn is_present(value: &Value) -> bool {
    !value.is_null()
}

/// Present and not blank.
fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

/// The text of a value, trimmed; none when it is blank or has parts.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().trim_end_matches('\0').trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(items) => return items.iter().find_map(text_of),
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The number of a value, or the one that its text begins with; of several, the first.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => leading_number(text),
        Value::Array(items) => items.first().and_then(number_of),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    };
    number.filter(|number| number.is_finite())
}

fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let is_sign = |index: usize, character: char| index == 0 && (character == '-' || character == '+');
    let end = text
        .char_indices()
        .find(|(index, character)| !(character.is_ascii_digit() || *character == '.' || is_sign(*index, *character)))
        .map_or(text.len(), |(index, _)| index);
    text[..end].parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tags(value: Value) -> Tags {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn numbers_are_read_from_any_form() {
        for (value, expected) in [
            (json!(50), Some(50.0)),
            (json!("50.0 mm"), Some(50.0)),
            (json!("-12.5"), Some(-12.5)),
            (json!("100, 200"), Some(100.0)),
            (json!("8 8 8"), Some(8.0)),
            (json!([64, 100]), Some(64.0)),
            (json!("inf"), None),
            (json!("undef"), None),
            (json!(""), None),
            (json!("1.2.3"), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            assert_eq!(number_of(&value), expected, "{value}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_blank_ones_are_none() {
        for (value, expected) in [
            (json!("  Canon \u{0}"), Some("Canon")),
            (json!("   "), None),
            (json!(7), Some("7")),
            (json!(["", "b"]), Some("b")),
            (json!({"a": 1}), None),
        ] {
            assert_eq!(text_of(&value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn a_sidecar_overrides_but_not_what_it_cannot_know() {
        let file = tags(json!({"Make": "Canon", "Model": "X", "ImageSize": "10x20"}));
        let sidecar = tags(json!({"Make": "Nikon", "ImageSize": "1x2"}));
        let merged = MergedTags::new(&file, Some(&sidecar));
        assert_eq!(merged.text("Make").as_deref(), Some("Nikon"));
        assert_eq!(merged.text("Model").as_deref(), Some("X"));
        assert_eq!(merged.text("ImageSize").as_deref(), Some("10x20"));
    }

    #[test]
    fn a_place_is_left_out_of_a_sidecar_that_says_one() {
        let others = tags(json!({"GPSAltitude": 3, "Rating": 4}));
        let with = |more: &[(&str, Value)]| -> Tags {
            others
                .clone()
                .into_iter()
                .chain(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())))
                .collect()
        };
        let place = [("GPSLatitude", json!(1.5)), ("GPSLongitude", json!(2.5))];
        assert_eq!(without_place(&with(&place)), Some(others.clone()));
        // Half a place is none, and the file's counts anyway.
        assert_eq!(without_place(&with(&place[..1])), None);
        assert_eq!(without_place(&others), None);
    }

    #[test]
    fn a_date_in_the_sidecar_discards_dates_and_zones_of_the_file() {
        let file = tags(json!({"DateTimeOriginal": "a", "OffsetTimeOriginal": "+02:00", "Make": "Canon"}));
        let dated = tags(json!({"CreateDate": "b"}));
        let merged = MergedTags::new(&file, Some(&dated));
        assert_eq!(merged.value("DateTimeOriginal"), None);
        assert_eq!(merged.value("OffsetTimeOriginal"), None);
        assert_eq!(merged.text("CreateDate").as_deref(), Some("b"));
        assert_eq!(merged.text("Make").as_deref(), Some("Canon"));
        let undated = tags(json!({"Rating": 3}));
        assert!(MergedTags::new(&file, Some(&undated)).value("DateTimeOriginal").is_some());
    }
}

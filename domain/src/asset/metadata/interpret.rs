//! The rules by which values are chosen among the sources.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Chosen, Position, Sources, Tags, dates, geometry,
    tags::{MergedTags, number_of, text_of},
};

/// Pictures whose `Duration` tag is read: the kinds that can move.
const ANIMATED_MIMES: &[&str] = &[
    "image/apng",
    "image/avif",
    "image/gif",
    "image/heic",
    "image/heic-sequence",
    "image/heif",
    "image/heif-sequence",
    "image/jxl",
    "image/png",
    "image/webp",
];

/// Makes of the sources the values that clients see.
#[must_use]
pub fn interpret(sources: &Sources<'_>) -> Chosen {
    let tags = MergedTags::new(sources.file, sources.sidecar);
    let probe = sources.probe;
    let tagged = dates::taken_at(&tags, sources.place, sources.is_video);
    let orientation = geometry::orientation(&tags, probe, sources.is_video);
    let raw_size = geometry::raw_size(&tags, probe);
    let size = raw_size.map(|raw| geometry::displayed(raw, orientation));
    let taken_at = tagged.as_ref().map_or_else(|| earliest_of_file(sources), |tagged| tagged.instant);
    let position = position_of(&tags);
    Chosen {
        taken_at,
        taken_at_is_tagged: tagged.is_some(),
        local_taken_at: tagged.as_ref().map_or(taken_at.naive_utc(), |tagged| tagged.local),
        time_zone: tagged.and_then(|tagged| tagged.time_zone),
        modified_at: sources.stat.modified_at,
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
        raw_width: raw_size.map(|size| size.0),
        raw_height: raw_size.map(|size| size.1),
        orientation,
        make: tags.first_text(&["Make", "AndroidMake", "DeviceManufacturer", "Device.Manufacturer"]),
        model: tags.first_text(&["Model", "AndroidModel", "DeviceModelName", "Device.ModelName"]),
        lens_model: lens_model(&tags),
        f_number: tags.number("FNumber"),
        focal_length_mm: tags.number("FocalLength"),
        iso: tags.number("ISO").and_then(whole),
        exposure_time: tags.text("ExposureTime"),
        frames_per_second: probe.and_then(|probe| probe.frames_per_second).or_else(|| tags.number("VideoFrameRate")),
        rating: tags.number("Rating").and_then(rating),
        description: tags
            .first_by_source(&["ImageDescription", "Description"])
            .and_then(|(_, value)| text_of(value))
            .unwrap_or_default(),
        position,
        place: position.and(sources.place.cloned()).unwrap_or_default(),
        live_photo_id: tags.first_text(&["ContentIdentifier", "MediaGroupUUID"]),
        burst_id: tags.first_text(&["BurstID", "BurstUUID", "CameraBurstID", "MediaUniqueID"]),
        projection_type: tags.text("ProjectionType").map(|text| text.to_uppercase()),
        bits_per_sample: tags.number("BitsPerSample").and_then(whole).map(bits_per_channel),
        colorspace: tags.text("ColorSpace"),
        profile_description: tags.text("ProfileDescription"),
        tags: keywords(&tags),
        duration_ms: duration_ms(&tags, sources),
        size_bytes: sources.stat.size_bytes,
    }
}

/// Where the tags say it was taken; a worker looks up the names of that place before it calls
/// [`interpret`].
#[must_use]
pub fn gps_position(file: &Tags, sidecar: Option<&Tags>) -> Option<Position> {
    position_of(&MergedTags::new(file, sidecar))
}

fn position_of(tags: &MergedTags<'_>) -> Option<Position> {
    let [latitude, longitude] = tags.place()?;
    let (latitude, longitude) = (number_of(latitude)?, number_of(longitude)?);
    // Cameras without a fix write zeros: nobody photographs at that buoy.
    if latitude == 0.0 && longitude == 0.0 {
        return None;
    }
    let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
    is_on_earth.then_some(Position { latitude, longitude })
}

/// Without a date tag the file is no younger than any of its dates.
fn earliest_of_file(sources: &Sources<'_>) -> DateTime<Utc> {
    let known = [Some(sources.stat.modified_at), sources.stat.created_at];
    known.into_iter().flatten().fold(sources.uploaded_file_created_at, DateTime::min)
}

fn lens_model(tags: &MergedTags<'_>) -> Option<String> {
    let text = tags.first_text(&["LensID", "LensType", "LensSpec", "LensModel"])?;
    (text != "----" && !text.starts_with("Unknown")).then_some(text)
}

fn whole(number: f64) -> Option<i32> {
    let rounded = number.round();
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded).then_some(rounded as i32)
}

/// Stars only: 0 means unrated, and a rejection can only be said by a person.
fn rating(number: f64) -> Option<i16> {
    if number > 5.0 {
        return None;
    }
    let stars = number.round() as i16;
    (1..=5).contains(&stars).then_some(stars)
}

/// Some files give the bits of a pixel, not of a channel.
const fn bits_per_channel(bits: i32) -> i32 {
    if bits >= 24 && bits % 3 == 0 { bits / 3 } else { bits }
}

/// Hierarchical names with `/` between levels, each once.
fn keywords(tags: &MergedTags<'_>) -> Vec<String> {
    let found = tags.first_by_source(&["TagsList", "HierarchicalSubject", "Keywords"]);
    let Some((source, value)) = found else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for text in texts_of(value) {
        let name = if source == "HierarchicalSubject" { swap_separators(&text) } else { text };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `A|B/C` is the level `B/C` under `A`: it becomes `A/B|C`.
fn swap_separators(text: &str) -> String {
    let swap = |character| match character {
        '|' => '/',
        '/' => '|',
        other => other,
    };
    text.chars().map(swap).collect()
}

fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text_of).collect(),
        single => text_of(single).into_iter().collect(),
    }
}

fn duration_ms(tags: &MergedTags<'_>, sources: &Sources<'_>) -> Option<i64> {
    let of_probe = sources.probe.and_then(|probe| probe.duration_ms);
    let is_animated = || tags.text("MIMEType").is_some_and(|mime| ANIMATED_MIMES.contains(&mime.as_str()));
    let of_tag = || tags.value("Duration").and_then(seconds_of).map(|seconds| (seconds * 1000.0).round() as i64);
    of_probe.or_else(|| if sources.is_video || is_animated() { of_tag() } else { None }).filter(|ms| *ms > 0)
}

/// Seconds of `1.5`, `1.50 s` or `0:01:05`.
fn seconds_of(value: &Value) -> Option<f64> {
    let text = text_of(value)?;
    if !text.contains(':') {
        return number_of(value);
    }
    text.split(':').try_fold(0.0, |total, part| Some(total * 60.0 + part.trim().parse::<f64>().ok()?))
}

#[cfg(test)]
mod tests;

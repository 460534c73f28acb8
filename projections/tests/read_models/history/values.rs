//! Values as files, clients and persons have them.

use albumen_domain::{
    asset::{
        AssetKind, Place, Position, Upload, Visibility,
        metadata::{FileStat, Probe, Tags},
    },
    system::License,
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};
use uuid::Uuid;

/// Instants are drawn from so many days, so that months are shared and their borders are met.
const DAYS: i64 = 100;

/// What was read of a file.
#[derive(Clone, Debug)]
pub struct Reading {
    pub file: Tags,
    pub sidecar: Option<Tags>,
    pub stat: FileStat,
    pub probe: Option<Probe>,
    pub place: Option<Place>,
}

fn origin() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2023, 12, 20, 0, 0, 0).single().expect("is a date")
}

/// Often the same ones, or close to midnight, or to the end of a month.
pub fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    let any_ms = 0..DAYS * 86_400_000;
    let midnights_ms = (0..DAYS, -2..=2i64).prop_map(|(day, seconds)| day * 86_400_000 + seconds * 1_000);
    let few_ms = (0..4i64).prop_map(|index| (12 + index) * 86_400_000 - 1_000);
    prop_oneof![2 => any_ms, 1 => midnights_ms, 1 => few_ms].prop_map(|ms| origin() + TimeDelta::milliseconds(ms))
}

/// Also empty, with a NUL, and beyond the basic plane.
pub fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zäß%_ ]{1,8}",
        1 => Just(String::new()),
        1 => Just("nul\0 inside".to_owned()),
        1 => Just("🥚 \"quoted\" \\ {x}".to_owned()),
    ]
}

pub fn visibilities() -> impl Strategy<Value = Visibility> {
    prop_oneof![
        6 => Just(Visibility::Timeline),
        2 => Just(Visibility::Archive),
        1 => Just(Visibility::Hidden),
        1 => Just(Visibility::Locked),
    ]
}

pub fn licenses() -> impl Strategy<Value = License> {
    (texts(), instants()).prop_map(|(key, activated_at)| License {
        license_key: key.clone(),
        activation_key: key,
        activated_at,
    })
}

/// Near the date line, the poles and the equator too.
pub fn positions() -> impl Strategy<Value = Position> {
    let latitude = prop_oneof![-90_000..=90_000i32, Just(0), Just(45_000)];
    let longitude = prop_oneof![-180_000..=180_000i32, Just(0), 179_000..=180_000i32, -180_000..=-179_000i32];
    (latitude, longitude).prop_map(|(latitude, longitude)| Position {
        latitude: f64::from(latitude) / 1_000.0,
        longitude: f64::from(longitude) / 1_000.0,
    })
}

pub fn places() -> impl Strategy<Value = Place> {
    let zones = prop_oneof![Just("Asia/Tokyo"), Just("America/Denver"), Just("Nowhere/Land")];
    (option::of(texts()), option::of(texts()), option::of(texts()), option::of(zones))
        .prop_map(|(city, state, country, zone)| Place { city, state, country, time_zone: zone.map(str::to_owned) })
}

/// The owner, path, checksum and moving half are the historian's.
pub fn uploads() -> impl Strategy<Value = Upload> {
    let kind = prop_oneof![
        6 => Just(AssetKind::Image),
        3 => Just(AssetKind::Video),
        1 => Just(AssetKind::Audio),
        1 => Just(AssetKind::Other),
    ];
    let times = (instants(), instants(), option::of(0..100_000i64));
    let marks = (any::<bool>(), visibilities(), option::of(texts()));
    (kind, texts(), prop_oneof![Just(0), 1..1i64 << 33], times, marks).prop_map(
        |(
            kind,
            file_name,
            size_bytes,
            (created_at, modified_at, duration_ms),
            (favorite, visibility, sidecar_path),
        )| {
            Upload {
                owner: Uuid::nil(),
                kind,
                file_name,
                path: String::new(),
                size_bytes,
                checksum: String::new(),
                file_created_at: created_at,
                file_modified_at: modified_at,
                duration_ms,
                favorite,
                visibility,
                live_photo_video: None,
                sidecar_path,
            }
        },
    )
}

pub fn readings() -> impl Strategy<Value = Reading> {
    let stat = (0..1i64 << 33, instants(), option::of(instants()))
        .prop_map(|(size_bytes, modified_at, created_at)| FileStat { size_bytes, modified_at, created_at });
    (tags(), option::weighted(0.2, tags()), stat, option::weighted(0.3, probes()), option::of(places()))
        .prop_map(|(file, sidecar, stat, probe, place)| Reading { file, sidecar, stat, probe, place })
}

fn probes() -> impl Strategy<Value = Probe> {
    let rotation = prop_oneof![Just(0), Just(-90), Just(90), Just(180), Just(45)];
    (option::of(0..100_000i64), option::of(1..5_000i32), option::of(rotation), option::of(1..120i32)).prop_map(
        |(duration_ms, side, rotation_degrees, rate)| Probe {
            duration_ms,
            width: side,
            height: side.map(|side| side / 2 + 1),
            rotation_degrees,
            frames_per_second: rate.map(|rate| f64::from(rate) / 4.0),
            ..Probe::default()
        },
    )
}

/// Each of these tags is in some files.
fn tags() -> impl Strategy<Value = Tags> {
    let numbers = (
        sometimes(0..=9i32, "Orientation"),
        sometimes(-2..=7i32, "Rating"),
        sometimes((1..9_000i32, 1..9_000i32).prop_map(|(width, height)| format!("{width}x{height}")), "ImageSize"),
        sometimes(1..100_000i32, "ISO"),
        sometimes((1..400i32).prop_map(|tenths| f64::from(tenths) / 10.0), "FNumber"),
        sometimes((0..900i32).prop_map(|tenths| f64::from(tenths) / 10.0), "Duration"),
    );
    let words = (
        sometimes(texts(), "Make"),
        sometimes(texts(), "LensModel"),
        sometimes(texts(), "ImageDescription"),
        sometimes(vec(texts(), 0..3), "HierarchicalSubject"),
        sometimes(prop_oneof![Just("live-1".to_owned()), Just("x".repeat(9_000))], "ContentIdentifier"),
        sometimes(Just("equirectangular"), "ProjectionType"),
        sometimes(prop_oneof![Just("image/webp"), Just("image/jpeg")], "MIMEType"),
    );
    (dates(), coordinates(), numbers, words).prop_map(|(dates, coordinates, numbers, words)| {
        let numbers = [numbers.0, numbers.1, numbers.2, numbers.3, numbers.4, numbers.5];
        let words = [words.0, words.1, words.2, words.3, words.4, words.5, words.6];
        numbers.into_iter().chain(words).flatten().chain(dates).chain(coordinates).collect()
    })
}

type Tag = (String, Value);

fn tag(name: &str, value: impl serde::Serialize) -> Tag {
    (name.to_owned(), json!(value))
}

fn sometimes<T: std::fmt::Debug + serde::Serialize>(
    strategy: impl Strategy<Value = T>,
    name: &'static str,
) -> impl Strategy<Value = Option<Tag>> {
    option::weighted(0.3, strategy.prop_map(move |value| tag(name, value)))
}

/// With a zone, without one, with one of its own tag, and such as say nothing.
fn dates() -> impl Strategy<Value = Vec<Tag>> {
    let zones = prop_oneof![Just("+09:00"), Just("-08:00"), Just("+05:30"), Just("Z")];
    (instants(), zones, 0..6).prop_map(|(instant, zone, form)| {
        let clock = instant.format("%Y:%m:%d %H:%M:%S").to_string();
        match form {
            0 => Vec::new(),
            1 => vec![tag("DateTimeOriginal", clock)],
            2 => vec![tag("DateTimeOriginal", clock), tag("OffsetTimeOriginal", zone)],
            3 => vec![tag("SubSecDateTimeOriginal", format!("{clock}.25{zone}"))],
            4 => vec![tag("CreateDate", clock), tag("DateTimeOriginal", "0000:00:00 00:00:00")],
            _ => vec![tag("GPSDateTime", format!("{clock}Z")), tag("DateTimeOriginal", "    :  :     :  :  ")],
        }
    })
}

fn coordinates() -> impl Strategy<Value = Vec<Tag>> {
    option::of(positions()).prop_map(|position| {
        position.map_or_else(Vec::new, |at| vec![tag("GPSLatitude", at.latitude), tag("GPSLongitude", at.longitude)])
    })
}

use chrono::TimeZone;
use serde_json::json;

use super::{
    super::{FileStat, Place, Probe},
    *,
};

/// Sources with one thing said, the rest at rest.
struct Case {
    file: Tags,
    sidecar: Option<Tags>,
    probe: Option<Probe>,
    place: Option<Place>,
    is_video: bool,
}

fn file(tags: Value) -> Case {
    Case { file: map(tags), sidecar: None, probe: None, place: None, is_video: false }
}

fn map(tags: Value) -> Tags {
    serde_json::from_value(tags).expect("it can be parsed")
}

fn at(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 6, day, 12, 0, 0).single().expect("a date of the calendar")
}

impl Case {
    fn sidecar(mut self, tags: Value) -> Self {
        self.sidecar = Some(map(tags));
        self
    }

    fn probe(mut self, probe: Probe) -> Self {
        self.probe = Some(probe);
        self
    }

    fn place(mut self, time_zone: &str) -> Self {
        self.place =
            Some(Place { city: Some("Zug".to_owned()), time_zone: Some(time_zone.to_owned()), ..Place::default() });
        self
    }

    fn video(mut self) -> Self {
        self.is_video = true;
        self
    }

    fn chosen(&self) -> Chosen {
        self.chosen_with(&FileStat { size_bytes: 42, modified_at: at(20), created_at: Some(at(21)) }, at(22))
    }

    fn chosen_with(&self, stat: &FileStat, uploaded_file_created_at: DateTime<Utc>) -> Chosen {
        interpret(&Sources {
            file: &self.file,
            sidecar: self.sidecar.as_ref(),
            stat,
            probe: self.probe.as_ref(),
            place: self.place.as_ref(),
            uploaded_file_created_at,
            is_video: self.is_video,
        })
    }
}

#[test]
fn without_a_date_tag_the_earliest_date_of_the_file_counts() {
    for (modified, created, uploaded, expected) in
        [(3, Some(2), 1, 1), (3, Some(2), 9, 2), (1, Some(2), 9, 1), (3, None, 9, 3), (3, None, 2, 2)]
    {
        let stat = FileStat { size_bytes: 1, modified_at: at(modified), created_at: created.map(at) };
        let chosen = file(json!({})).chosen_with(&stat, at(uploaded));
        assert_eq!(chosen.taken_at, at(expected));
        assert_eq!(chosen.local_taken_at, at(expected).naive_utc());
        assert_eq!(chosen.time_zone, None);
        assert!(!chosen.taken_at_is_tagged);
        assert_eq!(chosen.modified_at, at(modified));
    }
}

#[test]
fn a_date_tag_beats_the_dates_of_the_file() {
    let chosen = file(json!({"DateTimeOriginal": "2030:01:02 03:04:05"})).chosen();
    assert!(chosen.taken_at_is_tagged);
    assert_eq!(chosen.taken_at, Utc.with_ymd_and_hms(2030, 1, 2, 3, 4, 5).single().expect("a date of the calendar"));
}

#[test]
fn a_sidecars_date_drops_the_files_zone_but_not_the_places() {
    let tags = json!({"DateTimeOriginal": "2020:01:01 00:00:00", "OffsetTimeOriginal": "+05:00"});
    let bare = file(tags.clone()).sidecar(json!({"CreateDate": "2024:07:01 10:00:00"})).chosen();
    assert_eq!(bare.taken_at.to_rfc3339(), "2024-07-01T10:00:00+00:00");
    assert_eq!(bare.time_zone, None);
    let placed = file(tags).sidecar(json!({"CreateDate": "2024:07:01 10:00:00"})).place("Europe/Zurich").chosen();
    assert_eq!(placed.taken_at.to_rfc3339(), "2024-07-01T08:00:00+00:00");
    assert_eq!(placed.time_zone.as_deref(), Some("Europe/Zurich"));
}

#[test]
fn positions_that_cannot_be_are_dropped() {
    let position = |latitude: Value, longitude: Value| {
        gps_position(&map(json!({"GPSLatitude": latitude, "GPSLongitude": longitude})), None)
            .map(|position| (position.latitude, position.longitude))
    };
    for (latitude, longitude, expected) in [
        (json!(47.3), json!(8.5), Some((47.3, 8.5))),
        (json!(-33.9), json!("-70.5"), Some((-33.9, -70.5))),
        (json!(0), json!(0), None),
        (json!(0), json!(12.0), Some((0.0, 12.0))),
        (json!(91), json!(0), None),
        (json!(10), json!(181), None),
        (json!("nan"), json!(1), None),
        (json!("inf"), json!(1), None),
        (json!(""), json!(1), None),
        (json!(null), json!(1), None),
    ] {
        assert_eq!(position(latitude.clone(), longitude.clone()), expected, "{latitude} {longitude}");
    }
    let file = map(json!({"GPSLatitude": 1.0, "GPSLongitude": 2.0}));
    let half = map(json!({"GPSLatitude": 5.0}));
    assert_eq!(gps_position(&file, Some(&half)), Some(Position { latitude: 1.0, longitude: 2.0 }));
    let whole = map(json!({"GPSLatitude": 5.0, "GPSLongitude": 6.0}));
    assert_eq!(gps_position(&file, Some(&whole)), Some(Position { latitude: 5.0, longitude: 6.0 }));
}

#[test]
fn a_place_without_a_position_is_not_shown() {
    assert_eq!(file(json!({})).place("Europe/Zurich").chosen().place, Place::default());
    let chosen = file(json!({"GPSLatitude": 47.1, "GPSLongitude": 8.5})).place("Europe/Zurich").chosen();
    assert_eq!(chosen.place.city.as_deref(), Some("Zug"));
}

#[test]
fn the_camera_is_named_by_the_first_tag_present() {
    for (tags, expected) in [
        (json!({"Make": " Canon ", "Model": "R5"}), (Some("Canon"), Some("R5"))),
        (json!({"AndroidMake": "Google", "AndroidModel": "Pixel"}), (Some("Google"), Some("Pixel"))),
        (json!({"DeviceManufacturer": "Sony", "DeviceModelName": "A7"}), (Some("Sony"), Some("A7"))),
        (json!({"Make": "", "AndroidMake": "Google", "Model": 7}), (Some("Google"), Some("7"))),
        (json!({}), (None, None)),
    ] {
        let chosen = file(tags.clone()).chosen();
        assert_eq!((chosen.make.as_deref(), chosen.model.as_deref()), expected, "{tags}");
    }
}

#[test]
fn lenses_that_say_nothing_are_none() {
    for (tags, expected) in [
        (json!({"LensID": "EF 50mm", "LensModel": "x"}), Some("EF 50mm")),
        (json!({"LensType": "T", "LensSpec": "S"}), Some("T")),
        (json!({"LensModel": " iPhone back camera "}), Some("iPhone back camera")),
        (json!({"LensID": "----", "LensModel": "x"}), None),
        (json!({"LensID": "Unknown (0) 50mm", "LensModel": "x"}), None),
        (json!({"LensModel": ""}), None),
    ] {
        assert_eq!(file(tags.clone()).chosen().lens_model.as_deref(), expected, "{tags}");
    }
}

#[test]
fn exposure_is_read_from_any_form() {
    let chosen =
        file(json!({"FNumber": 1.8, "FocalLength": "6.86 mm", "ISO": "100, 200", "ExposureTime": "1/250"})).chosen();
    assert_eq!(chosen.f_number, Some(1.8));
    assert_eq!(chosen.focal_length_mm, Some(6.86));
    assert_eq!(chosen.iso, Some(100));
    assert_eq!(chosen.exposure_time.as_deref(), Some("1/250"));
    let chosen = file(json!({"FNumber": "undef", "ISO": 99999999999.0, "ExposureTime": 0.5})).chosen();
    assert_eq!((chosen.f_number, chosen.iso, chosen.exposure_time.as_deref()), (None, None, Some("0.5")));
}

#[test]
fn only_one_to_five_stars_are_a_rating() {
    for (value, expected) in [
        (json!(5), Some(5)),
        (json!(1), Some(1)),
        (json!("4"), Some(4)),
        (json!(3.4), Some(3)),
        (json!(3.5), Some(4)),
        (json!(0), None),
        (json!(0.4), None),
        (json!(-1), None),
        (json!(6), None),
        (json!(5.2), None),
        (json!(1e300), None),
        (json!("stars"), None),
    ] {
        assert_eq!(file(json!({"Rating": value.clone()})).chosen().rating, expected, "{value}");
    }
}

#[test]
fn the_description_of_the_sidecar_comes_first() {
    for (tags, sidecar, expected) in [
        (json!({"ImageDescription": " a ", "Description": "b"}), json!({}), "a"),
        (json!({"ImageDescription": "   ", "Description": "b"}), json!({}), "b"),
        (json!({"Description": 2024}), json!({}), "2024"),
        (json!({"ImageDescription": "OLYMPUS DIGITAL CAMERA"}), json!({"Description": "Mum"}), "Mum"),
        (json!({}), json!({}), ""),
    ] {
        assert_eq!(file(tags.clone()).sidecar(sidecar).chosen().description, expected, "{tags}");
    }
}

#[test]
fn identifiers_fall_back_in_order() {
    let chosen = file(json!({"MediaGroupUUID": "m", "BurstUUID": "b", "MediaUniqueID": "u"})).chosen();
    assert_eq!((chosen.live_photo_id.as_deref(), chosen.burst_id.as_deref()), (Some("m"), Some("b")));
    let chosen = file(json!({"ContentIdentifier": "c", "MediaGroupUUID": "m", "BurstID": "i"})).chosen();
    assert_eq!((chosen.live_photo_id.as_deref(), chosen.burst_id.as_deref()), (Some("c"), Some("i")));
    assert_eq!(
        file(json!({"ProjectionType": "equirectangular"})).chosen().projection_type.as_deref(),
        Some("EQUIRECTANGULAR")
    );
}

#[test]
fn bits_are_counted_per_channel() {
    for (value, expected) in [
        (json!(8), Some(8)),
        (json!("8 8 8"), Some(8)),
        (json!(24), Some(8)),
        (json!(48), Some(16)),
        (json!(32), Some(32)),
        (json!(12), Some(12)),
        (json!("x"), None),
    ] {
        assert_eq!(file(json!({"BitsPerSample": value.clone()})).chosen().bits_per_sample, expected, "{value}");
    }
}

#[test]
fn keywords_keep_their_hierarchy() {
    for (tags, sidecar, expected) in [
        (json!({"TagsList": ["A/B", "C", "A/B"], "Keywords": ["x"]}), json!({}), vec!["A/B", "C"]),
        (json!({"TagsList": "A/B"}), json!({}), vec!["A/B"]),
        (json!({"HierarchicalSubject": ["A|B/C", "D"], "Keywords": ["x"]}), json!({}), vec!["A/B|C", "D"]),
        (json!({"Keywords": ["x", 2024, " ", "y/z"]}), json!({}), vec!["x", "2024", "y/z"]),
        (json!({"Keywords": 7}), json!({}), vec!["7"]),
        (json!({"TagsList": [], "Keywords": "x"}), json!({}), vec!["x"]),
        (json!({"TagsList": ["file"]}), json!({"Keywords": ["side|car"]}), vec!["side|car"]),
        (json!({"TagsList": ["file"]}), json!({"HierarchicalSubject": "side|car"}), vec!["side/car"]),
        (json!({}), json!({}), vec![]),
    ] {
        assert_eq!(file(tags.clone()).sidecar(sidecar).chosen().tags, expected, "{tags}");
    }
}

#[test]
fn only_what_moves_has_a_duration() {
    let probed = Probe { duration_ms: Some(1500), ..Probe::default() };
    assert_eq!(file(json!({"Duration": 9})).video().probe(probed.clone()).chosen().duration_ms, Some(1500));
    assert_eq!(file(json!({"MIMEType": "image/gif"})).probe(probed).chosen().duration_ms, Some(1500));
    for (tags, is_video, expected) in [
        (json!({"MIMEType": "image/webp", "Duration": 1.25}), false, Some(1250)),
        (json!({"MIMEType": "image/png", "Duration": "0.50 s"}), false, Some(500)),
        (json!({"MIMEType": "image/heic", "Duration": "0:01:05"}), false, Some(65000)),
        (json!({"MIMEType": "image/jpeg", "Duration": 1.25}), false, None),
        (json!({"MIMEType": "image/webp", "Duration": 0}), false, None),
        (json!({"MIMEType": "video/mp4", "Duration": 2}), true, Some(2000)),
        (json!({"Duration": "junk"}), true, None),
    ] {
        let mut case = file(tags.clone());
        case.is_video = is_video;
        assert_eq!(case.chosen().duration_ms, expected, "{tags}");
    }
}

#[test]
fn sides_are_swapped_when_it_lies() {
    let chosen = file(json!({"ImageSize": "4000x3000", "Orientation": 6})).chosen();
    assert_eq!((chosen.width, chosen.height), (Some(3000), Some(4000)));
    assert_eq!((chosen.raw_width, chosen.raw_height, chosen.orientation), (Some(4000), Some(3000), Some(6)));
    let probe = Probe { width: Some(1920), height: Some(1080), rotation_degrees: Some(-90), ..Probe::default() };
    let chosen = file(json!({})).video().probe(probe).chosen();
    assert_eq!((chosen.width, chosen.height, chosen.orientation), (Some(1080), Some(1920), Some(6)));
}

#[test]
fn the_rate_of_frames_comes_from_the_probe_first() {
    let probe = Probe { frames_per_second: Some(29.97), ..Probe::default() };
    assert_eq!(file(json!({"VideoFrameRate": 30})).video().probe(probe).chosen().frames_per_second, Some(29.97));
    assert_eq!(file(json!({"VideoFrameRate": 30})).video().chosen().frames_per_second, Some(30.0));
}

//! Real files of every format, and hostile ones, through exiftool, the rules and the decoder.
//!
//! The files come from `tests/photos/make`, which also tells what each of them says about itself.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::{Duration, Instant},
};

use albumen_domain::{
    asset::{
        media_type,
        metadata::{Chosen, FileStat, Sources, gps_position, interpret},
    },
    processing::PreviewKind,
};
use albumen_workers::media::{
    decode::{
        DecodeBounds, DecodePool, DecodeTimeouts, MadeFile, PictureFormat, PreviewSettings, Previews, PreviewsRequest,
        SourceKind,
    },
    exiftool::ExifTool,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

/// The made files, once for all tests; the next run removes them.
fn photos() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // Those of earlier runs; another run may be going on beside.
        for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let pid = name.to_str().and_then(|name| name.strip_prefix("photos-"));
            if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                std::fs::remove_dir_all(entry.path()).unwrap();
            }
        }
        let folder = scratch.join(format!("photos-{}", std::process::id()));
        let make = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/photos/make");
        let made = Command::new(make).arg(&folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        folder
    })
}

fn manifest(part: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(photos().join("manifest.json")).unwrap();
    serde_json::from_str::<BTreeMap<String, Vec<Value>>>(&text).unwrap().remove(part).unwrap()
}

fn pool(timeouts: DecodeTimeouts) -> DecodePool {
    DecodePool::with_program(DecodeBounds::of(2, None), env!("CARGO_BIN_EXE_albumen-decode").into(), timeouts)
}

fn is_video(path: &Path) -> bool {
    media_type::asset_kind(path.to_str().unwrap()) == Some(albumen_domain::asset::AssetKind::Video)
}

fn uploaded_at() -> DateTime<Utc> {
    "2024-05-05T05:05:05Z".parse().unwrap()
}

/// What a worker does with a file to know it.
async fn read(exiftool: &ExifTool, pool: &DecodePool, path: &Path, sidecar: Option<&Path>) -> Chosen {
    let file = exiftool.read(path).await.unwrap();
    let sidecar = match sidecar {
        Some(sidecar) => Some(exiftool.read(sidecar).await.unwrap()),
        None => None,
    };
    let is_gif = path.extension().is_some_and(|extension| extension == "gif");
    let probe = if is_video(path) || is_gif { pool.probe(path).await.ok() } else { None };
    let place = match gps_position(&file, sidecar.as_ref()) {
        Some(position) => Some(pool.locate(position).await.unwrap()),
        None => None,
    };
    let metadata = std::fs::metadata(path).unwrap();
    let stat = FileStat {
        size_bytes: metadata.len().cast_signed(),
        modified_at: metadata.modified().unwrap().into(),
        created_at: None,
    };
    interpret(&Sources {
        file: &file,
        sidecar: sidecar.as_ref(),
        stat: &stat,
        probe: probe.as_ref(),
        place: place.as_ref(),
        uploaded_file_created_at: uploaded_at(),
        is_video: is_video(path),
    })
}

async fn make(
    pool: &DecodePool,
    source: &Path,
    folder: &Path,
    orientation: Option<u8>,
    with_fullsize: bool,
) -> Result<Previews, albumen_workers::media::decode::DecodeFailure> {
    let kind = if is_video(source) { SourceKind::Video } else { SourceKind::Image };
    let settings = PreviewSettings::default();
    let place = |kind: PreviewKind, format: PictureFormat| {
        folder.join("aa/bb").join(format!("x_{}.{}", kind.as_str(), format.extension()))
    };
    let mut request = PreviewsRequest::new(&settings, source.to_owned(), kind, with_fullsize, place);
    request.orientation = orientation;
    pool.previews(request).await
}

/// Width and height of a picture, by exiftool.
async fn size_of(exiftool: &ExifTool, file: &MadeFile) -> (u32, u32) {
    let tags = exiftool.read(&file.path).await.unwrap();
    let side = |name: &str| u32::try_from(tags[name].as_u64().unwrap()).unwrap();
    (side("ImageWidth"), side("ImageHeight"))
}

/// RGB of one pixel, by libvips.
fn pixel(path: &Path, x: u32, y: u32) -> Vec<f64> {
    let output = Command::new("vips").arg("getpoint").arg(path).args([x.to_string(), y.to_string()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[tokio::test]
async fn every_file_says_what_it_was_made_to_say() {
    let _decoders = DECODERS.read().await;
    let (exiftool, pool) = (ExifTool::new(1), pool(DecodeTimeouts::default()));
    let mut checked = 0;
    for facts in manifest("library") {
        let path = photos().join(facts["path"].as_str().unwrap());
        let sidecar = facts.get("sidecar").map(|sidecar| photos().join(sidecar.as_str().unwrap()));
        let chosen = read(&exiftool, &pool, &path, sidecar.as_deref()).await;
        let decoded_size = facts.get("width").is_some() && chosen.width.is_none();
        for (name, expected) in facts.as_object().unwrap() {
            let Some(found) = fact(&chosen, name) else { continue };
            if decoded_size && matches!(name.as_str(), "width" | "height") {
                // exiftool doesn't see into every JPEG XL; the decoder's size counts then.
                continue;
            }
            let is_equal = match (&found, expected) {
                (Value::Number(found), Value::Number(_)) => (found.as_f64().unwrap() - number(expected)).abs() < 1e-4,
                _ => found == *expected,
            };
            assert!(is_equal, "{}: {name} is {found}, not {expected}\n{chosen:?}", path.display());
            checked += 1;
        }
        if facts.get("dateTimeOriginal").is_none() && !chosen.taken_at_is_tagged {
            let modified_at: DateTime<Utc> = facts["fileModifiedAt"].as_str().unwrap().parse().unwrap();
            assert_eq!(chosen.taken_at, modified_at.min(uploaded_at()), "{}", path.display());
        }
    }
    assert!(checked > 250, "only {checked} facts were checked");
}

/// A fact of the manifest as we chose it; none for those that are not ours to choose.
fn fact(chosen: &Chosen, name: &str) -> Option<Value> {
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let local = |at: NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    Some(match name {
        "dateTimeOriginal" => instant(chosen.taken_at).into(),
        "localDateTime" => local(chosen.local_taken_at).into(),
        "timeZone" => chosen.time_zone.clone().into(),
        "fileModifiedAt" => instant(chosen.modified_at).into(),
        "width" => chosen.width.into(),
        "height" => chosen.height.into(),
        "orientation" => chosen.orientation.into(),
        "make" => chosen.make.clone().into(),
        "model" => chosen.model.clone().into(),
        "lensModel" => chosen.lens_model.clone().into(),
        "fNumber" => chosen.f_number.into(),
        "focalLength" => chosen.focal_length_mm.into(),
        "iso" => chosen.iso.into(),
        "exposureTime" => chosen.exposure_time.clone().into(),
        "latitude" => chosen.position.map(|position| position.latitude).into(),
        "longitude" => chosen.position.map(|position| position.longitude).into(),
        "description" => chosen.description.clone().into(),
        "rating" => chosen.rating.into(),
        "tags" => {
            let mut tags = chosen.tags.clone();
            tags.sort();
            tags.into()
        }
        "contentIdentifier" => chosen.live_photo_id.clone().into(),
        "duration" => chosen.duration_ms.into(),
        "bytes" => chosen.size_bytes.into(),
        _ => return None,
    })
}

/// exiftool by itself, with nothing of ours between, agrees on every file.
#[tokio::test]
async fn exiftool_agrees_on_every_file() {
    let _decoders = DECODERS.read().await;
    let (exiftool, pool) = (ExifTool::new(1), pool(DecodeTimeouts::default()));
    let said = |options: &[&str]| {
        let mut command = Command::new("exiftool");
        let output =
            command.args(["-j", "-q", "-r"]).args(options).arg("library").current_dir(photos()).output().unwrap();
        let files: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&output.stdout).unwrap();
        let name = |tags: &BTreeMap<String, Value>| tags["SourceFile"].as_str().unwrap().to_owned();
        files.into_iter().map(|tags| (name(&tags), tags)).collect::<BTreeMap<_, _>>()
    };
    let (texts, numbers) = (said(&[]), said(&["-n"]));
    for facts in manifest("library") {
        let path = photos().join(facts["path"].as_str().unwrap());
        let chosen = read(&exiftool, &pool, &path, None).await;
        let file = path.strip_prefix(photos()).unwrap().to_str().unwrap();
        let (texts, numbers) = (&texts[file], &numbers[file]);
        let text = |name: &str| texts.get(name).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        let close = |ours: Option<f64>, name: &str| {
            let theirs = numbers.get(name).and_then(Value::as_f64);
            let is_close = ours.zip(theirs).map_or(ours.is_none() == theirs.is_none(), |(a, b)| (a - b).abs() < 1e-6);
            assert!(is_close, "{}: {name} is {ours:?}, exiftool says {theirs:?}", path.display());
        };
        close(chosen.focal_length_mm, "FocalLength");
        close(chosen.iso.map(f64::from), "ISO");
        if numbers.get("GPSLatitude").and_then(Value::as_f64) != Some(0.0) {
            close(chosen.position.map(|position| position.latitude), "GPSLatitude");
            close(chosen.position.map(|position| position.longitude), "GPSLongitude");
        }
        assert_eq!(chosen.f_number, texts.get("FNumber").and_then(Value::as_f64), "{}", path.display());
        assert_eq!(chosen.make, text("Make"), "{}", path.display());
        assert_eq!(chosen.model, text("Model"), "{}", path.display());
        assert_eq!(chosen.exposure_time, text("ExposureTime"), "{}", path.display());
        assert_eq!(chosen.colorspace, text("ColorSpace"), "{}", path.display());
        if let Some(size) = text("ImageSize") {
            let ours = chosen.raw_width.zip(chosen.raw_height).map(|(width, height)| format!("{width}x{height}"));
            assert_eq!(ours, Some(size), "{}", path.display());
        }
        if let Some(date) = text("DateTimeOriginal") {
            let ours = chosen.local_taken_at.format("%Y:%m:%d %H:%M:%S").to_string();
            assert_eq!(ours, date[..19], "{}", path.display());
        }
    }
}

#[tokio::test]
async fn every_file_gets_its_pictures() {
    let _decoders = DECODERS.read().await;
    let pool = pool(DecodeTimeouts::default());
    let exiftool = ExifTool::new(1);
    let scratch = tempfile::tempdir().unwrap();
    for facts in manifest("library") {
        let path = photos().join(facts["path"].as_str().unwrap());
        let name = path.display();
        let mut source = path.clone();
        if media_type::is_raw(path.to_str().unwrap()) {
            source = scratch.path().join("embedded");
            assert!(exiftool.extract_embedded_preview(&path, &source).await.unwrap(), "{name}");
        }
        let made = make(&pool, &source, scratch.path(), None, false).await;
        let made = made.unwrap_or_else(|error| panic!("{name}: {error}"));
        if facts.get("width").is_some() {
            assert_eq!(
                (u64::from(made.width), u64::from(made.height)),
                (facts["width"].as_u64().unwrap(), facts["height"].as_u64().unwrap()),
                "{name}"
            );
        }
        let [preview, thumbnail] = made.files.as_slice() else { panic!("{name}: {made:?}") };
        assert_eq!((preview.kind, thumbnail.kind), (PreviewKind::Preview, PreviewKind::Thumbnail));
        for (file, size) in [(preview, 1440), (thumbnail, 250)] {
            let (width, height) = size_of(&exiftool, file).await;
            assert_eq!(width.min(height), size.min(made.width.min(made.height)), "{name}");
            let ratio = f64::from(width) * f64::from(made.height) / (f64::from(height) * f64::from(made.width));
            assert!((0.95..1.05).contains(&ratio), "{name}: {width} x {height} of {} x {}", made.width, made.height);
            assert_eq!(std::fs::metadata(&file.path).unwrap().len(), file.size_bytes);
        }
        assert!(!made.thumbhash.is_empty(), "{name}");
        let left: Vec<_> = std::fs::read_dir(preview.path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 2, "{name} left something behind");
    }
}

#[tokio::test]
async fn pictures_stand_upright_as_others_see_them() {
    let _decoders = DECODERS.read().await;
    let pool = pool(DecodeTimeouts::default());
    let scratch = tempfile::tempdir().unwrap();
    let names = (1..=8).map(|orientation| format!("library/jpeg/orientation-{orientation}.jpg"));
    let turned = ["3", "6", "8"].map(|orientation| format!("library/heif/rotated-{orientation}.heic"));
    for name in names.chain(turned) {
        let source = photos().join(&name);
        let reference = scratch.path().join("reference.png");
        assert!(Command::new("vips").arg("autorot").arg(&source).arg(&reference).status().unwrap().success());
        let orientation = name.contains("jpeg").then(|| name.as_bytes()[name.len() - 5] - b'0');
        for hint in [None, orientation] {
            let made = make(&pool, &source, scratch.path(), hint, false).await.unwrap();
            let (width, height) = (made.width, made.height);
            for (x, y) in [(20, 20), (width - 20, 20), (20, height - 20), (width - 20, height - 20)] {
                let (ours, theirs) = (pixel(&made.files[0].path, x, y), pixel(&reference, x, y));
                let difference = ours.iter().zip(&theirs).take(2).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(difference < 25.0, "{name} at {x},{y}: {ours:?} is not {theirs:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_wide_gamut_keeps_its_profile_and_others_have_none() {
    let _decoders = DECODERS.read().await;
    let pool = pool(DecodeTimeouts::default());
    let scratch = tempfile::tempdir().unwrap();
    for (name, has_profile) in [("display-p3.jpg", true), ("plain-no-date.jpg", false), ("cmyk.jpg", false)] {
        let made = make(&pool, &photos().join("library/jpeg").join(name), scratch.path(), None, false).await.unwrap();
        for file in &made.files {
            let output =
                Command::new("exiftool").args(["-s3", "-ProfileDescription"]).arg(&file.path).output().unwrap();
            let profile = String::from_utf8(output.stdout).unwrap();
            assert_eq!(profile.to_lowercase().contains("p3"), has_profile, "{name} {:?}: {profile:?}", file.kind);
        }
    }
}

#[tokio::test]
async fn a_full_size_picture_is_made_where_it_is_wanted() {
    let _decoders = DECODERS.read().await;
    let pool = pool(DecodeTimeouts::default());
    let scratch = tempfile::tempdir().unwrap();
    let source = photos().join("library/jpeg/12-megapixel.jpg");
    let made = make(&pool, &source, scratch.path(), None, true).await.unwrap();
    let exiftool = ExifTool::new(1);
    let mut sizes = Vec::new();
    for file in &made.files {
        sizes.push((file.kind, size_of(&exiftool, file).await));
    }
    let expected = [
        (PreviewKind::Preview, (1920, 1440)),
        (PreviewKind::Thumbnail, (333, 250)),
        (PreviewKind::Fullsize, (4032, 3024)),
    ];
    assert_eq!(sizes, expected);
}

#[tokio::test]
async fn a_hostile_file_costs_a_failed_attempt_and_nothing_else() {
    let _decoders = DECODERS.read().await;
    let (exiftool, pool) = (ExifTool::new(1), pool(DecodeTimeouts::default()));
    let scratch = tempfile::tempdir().unwrap();
    let healthy = photos().join("library/jpeg/plain-no-date.jpg");
    for entry in manifest("hostile") {
        let path = photos().join(entry["path"].as_str().unwrap());
        let started = Instant::now();
        let _ = exiftool.read(&path).await;
        let _ = pool.probe(&path).await;
        let outcome = make(&pool, &path, scratch.path(), None, false).await;
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.as_str() {
            // These can be decoded, whatever they are called.
            "jpeg-named.png" | "png-named.heic" => assert!(outcome.is_ok(), "{name}: {outcome:?}"),
            // Libraries may find a picture in these, or not.
            "corrupt.heic" | "corrupt.mp4" | "truncated.mp4" | "noise.gif" | "reads-a-file.svg" => {}
            _ => assert!(outcome.is_err(), "{name} was decoded: {outcome:?}"),
        }
        assert!(started.elapsed() < Duration::from_secs(100), "{name} took {:?}", started.elapsed());
        let next = make(&pool, &healthy, scratch.path(), None, false).await;
        assert!(next.is_ok(), "after {name}: {next:?}");
    }
}

/// Held by whoever works with decoders: alone by the test that kills them, since it cannot tell its own from one that
/// another test has started meanwhile.
static DECODERS: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

/// The children of this process that run the decoder.
fn decoders() -> Vec<i32> {
    let own = std::process::id().to_string();
    let stat = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_ours = |pid: &i32| {
        let stat = stat(*pid);
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        stat.contains("(albumen-decode)") && fields.get(1) == Some(&own.as_str()) && fields.first() != Some(&"Z")
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok()).filter(is_ours).collect()
}

#[tokio::test]
async fn a_program_that_hangs_or_dies_is_replaced() {
    let _decoders = DECODERS.read().await;
    let scratch = tempfile::tempdir().unwrap();
    let script = scratch.path().join("decoder");
    let source = photos().join("library/jpeg/plain-no-date.jpg");
    for (body, expected) in [
        ("sleep 30", "took more than"),
        ("kill -9 $$", "SIGKILL"),
        ("exit 3", "exit status: 3"),
        ("printf '\\377\\377\\377\\377'; sleep 30", "went silent"),
        ("printf '\\002\\000\\000\\000{}'; sleep 30", "went silent"),
    ] {
        std::fs::write(&script, format!("#!/bin/sh\nhead -c 20 >/dev/null\n{body}\n")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&script).status().unwrap().success());
        let timeouts = DecodeTimeouts { image: Duration::from_secs(1), ..DecodeTimeouts::default() };
        let pool = DecodePool::with_program(DecodeBounds::of(1, None), script.clone(), timeouts);
        for _ in 0..2 {
            let error = make(&pool, &source, scratch.path(), None, false).await.unwrap_err();
            assert!(error.reason.contains(expected) && !error.permanent, "{body}: {error}");
        }
    }
}

#[tokio::test]
async fn a_child_that_is_killed_in_its_work_costs_one_attempt() {
    let _decoders = DECODERS.write().await;
    let scratch = tempfile::tempdir().unwrap();
    let source = photos().join("library/jpeg/12-megapixel.jpg");
    let pool = pool(DecodeTimeouts::default());
    let work = {
        let (pool, source, folder) = (pool.clone(), source.clone(), scratch.path().to_owned());
        tokio::spawn(async move {
            let mut failures = 0;
            for _ in 0..20 {
                failures += usize::from(make(&pool, &source, &folder, None, true).await.is_err());
            }
            failures
        })
    };
    tokio::time::sleep(Duration::from_millis(700)).await;
    for pid in decoders() {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
    }
    let failures = work.await.unwrap();
    assert!(failures >= 1, "nothing was killed");
    assert!(failures <= 2, "{failures} attempts failed");
    let left = std::fs::read_dir(scratch.path().join("aa/bb")).unwrap();
    let whole = left.filter(|entry| !entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')).count();
    assert_eq!(whole, 3);
}

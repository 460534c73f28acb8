use std::process::Command;

use serde_json::json;

use super::*;

/// A small JPEG, written by hand so that no tool is needed for it.
const JPEG: &[u8] = &[
    0xff, 0xd8, 0xff, 0xdb, 0, 0x43, 0, 3, 2, 2, 2, 2, 2, 3, 2, 2, 2, 3, 3, 3, 3, 4, 6, 4, 4, 4, 4, 4, 8, 6, 6, 5, 6,
    9, 8, 10, 10, 9, 8, 9, 9, 10, 12, 15, 12, 10, 11, 14, 11, 9, 9, 13, 17, 13, 14, 15, 16, 16, 17, 16, 10, 12, 18, 19,
    18, 16, 19, 15, 16, 16, 16, 0xff, 0xc9, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xff, 0xcc, 0, 6, 0, 16, 16, 5, 0xff,
    0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0, 0xd2, 0xcf, 0x20, 0xff, 0xd9,
];

fn jpeg(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, JPEG).expect("the folder takes a file");
    if !arguments.is_empty() {
        let status = Command::new("exiftool")
            .args(["-q", "-overwrite_original"])
            .args(arguments)
            .arg(&path)
            .status()
            .expect("exiftool starts");
        assert!(status.success());
    }
    path
}

#[tokio::test]
async fn tags_are_read_as_the_rules_need_them() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = jpeg(
        folder.path(),
        "a.jpg",
        &[
            "-Make=Canon",
            "-SerialNumber=123456",
            "-Artist=Somebody",
            "-DateTimeOriginal=2024:01:02 03:04:05",
            "-SubSecTimeOriginal=12",
            "-OffsetTimeOriginal=+02:00",
            "-GPSLatitude=33.5",
            "-GPSLatitudeRef=S",
            "-GPSLongitude=70.6",
            "-GPSLongitudeRef=W",
            "-ExposureTime=0.004",
            "-FocalLength=50",
            "-Orientation#=6",
            "-Keywords=a",
            "-Keywords=b",
        ],
    );
    let tags = ExifTool::new(1).read(&path).await.expect("tags");
    for (name, expected) in [
        ("Make", json!("Canon")),
        ("SubSecDateTimeOriginal", json!("2024:01:02 03:04:05.12+02:00")),
        ("GPSLatitude", json!(-33.5)),
        ("GPSLongitude", json!(-70.6)),
        ("ExposureTime", json!("1/250")),
        ("FocalLength", json!(50)),
        ("Orientation", json!("Rotate 90 CW")),
        ("Keywords", json!(["a", "b"])),
        ("ImageSize", json!("1x1")),
        ("MIMEType", json!("image/jpeg")),
    ] {
        assert_eq!(tags.get(name), Some(&expected), "{name}");
    }
    assert!(!tags.contains_key("SerialNumber") && !tags.contains_key("Artist"), "{tags:?}");
}

#[tokio::test]
async fn odd_files_have_no_tags_or_an_error_and_the_process_goes_on() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let exiftool = ExifTool::new(1);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("the folder takes a file");
        path
    };
    for (name, bytes) in [("garbage.jpg", &b"garbage"[..]), ("empty.jpg", b"")] {
        let tags = exiftool.read(&write(name, bytes)).await.expect("tags");
        assert!(!tags.contains_key("ImageSize") && !tags.contains_key("DateTimeOriginal"), "{name}: {tags:?}");
    }
    assert!(matches!(exiftool.read(&folder.path().join("missing.jpg")).await, Err(ExifToolError::Unreadable)));
    assert!(matches!(exiftool.read(Path::new("relative.jpg")).await, Err(ExifToolError::OddPath)));
    assert!(matches!(exiftool.read(Path::new("/a\n-all=\n.jpg")).await, Err(ExifToolError::OddPath)));
    let odd_name = jpeg(folder.path(), "-all= 😀 %f $x;`x` {ready1}.jpg", &[]);
    assert_eq!(exiftool.read(&odd_name).await.expect("tags")["ImageSize"], "1x1");
    assert!(exiftool.reader().await.expect("a version").starts_with("exiftool 1"));
}

#[tokio::test]
async fn a_text_cannot_forge_the_end_of_an_answer() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = jpeg(folder.path(), "a.jpg", &["-Make=x\n{ready1}\n", "-Model=M"]);
    let exiftool = ExifTool::new(1);
    assert_eq!(exiftool.read(&path).await.expect("tags")["Model"], "M");
    assert_eq!(exiftool.read(&path).await.expect("tags")["Model"], "M");
}

#[tokio::test]
async fn a_killed_process_costs_one_attempt() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = jpeg(folder.path(), "a.jpg", &[]);
    let exiftool = ExifTool::new(1);
    exiftool.read(&path).await.expect("tags");
    let mut seat = exiftool.children.take().await;
    seat.child.as_mut().expect("the process stays open").kill().await;
    seat.give_back();
    assert!(matches!(exiftool.read(&path).await, Err(ExifToolError::Died)));
    assert_eq!(exiftool.read(&path).await.expect("tags")["ImageSize"], "1x1");
}

#[tokio::test]
async fn the_largest_embedded_picture_is_extracted() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let exiftool = ExifTool::new(1);
    let plain = jpeg(folder.path(), "plain.jpg", &[]);
    let target = folder.path().join("out 100%.jpg");
    assert!(!exiftool.extract_embedded_preview(&plain, &target).await.expect("an answer"));
    let thumbnail = jpeg(folder.path(), "thumbnail.jpg", &[]);
    let holder = jpeg(folder.path(), "holder.jpg", &[&format!("-ThumbnailImage<={}", thumbnail.display())]);
    assert!(exiftool.extract_embedded_preview(&holder, &target).await.expect("an answer"));
    assert_eq!(std::fs::read(&target).expect("the picture"), JPEG);
    let left = std::fs::read_dir(folder.path())
        .expect("a listing")
        .filter(|entry| entry.as_ref().expect("an entry").file_name().to_string_lossy().ends_with(".partial"));
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_sidecar_is_made_and_changed() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("new.xmp");
    let exiftool = ExifTool::new(1);
    let text = "A day & <b> \"by\" the sea\n-all=\nälter 🏖 ;#{ready1}";
    let values = [
        TagValue::one("XMP-dc:Description", text.into()),
        TagValue::one("XMP-exif:DateTimeOriginal", "2024-01-02T03:04:05.120+02:00".into()),
        TagValue::one("XMP-exif:GPSLatitude", "-33.5".into()),
        TagValue::one("XMP-exif:GPSLongitude", "70.25".into()),
        TagValue::one("XMP-xmp:Rating", "-1".into()),
        TagValue { name: "XMP-digiKam:TagsList", values: vec!["a/b".into(), "c".into()] },
    ];
    exiftool.write(&path, &values).await.expect("is written");
    let tags = exiftool.read(&path).await.expect("tags");
    assert_eq!(tags["Description"], text);
    assert_eq!(tags["DateTimeOriginal"], "2024:01:02 03:04:05.120+02:00");
    assert_eq!((&tags["GPSLatitude"], &tags["GPSLongitude"]), (&json!(-33.5), &json!(70.25)));
    assert_eq!((&tags["Rating"], &tags["TagsList"]), (&json!(-1), &json!(["a/b", "c"])));
    let changed =
        [TagValue { name: "XMP-digiKam:TagsList", values: Vec::new() }, TagValue::one("XMP-xmp:Rating", "3".into())];
    exiftool.write(&path, &changed).await.expect("is changed");
    let tags = exiftool.read(&path).await.expect("tags");
    assert_eq!((tags.get("TagsList"), &tags["Rating"], &tags["Description"]), (None, &json!(3), &json!(text)));
    let gone = ["XMP-exif:GPSLatitude", "XMP-exif:GPSLongitude"].map(TagValue::none);
    exiftool.write(&path, &gone).await.expect("is changed");
    let tags = exiftool.read(&path).await.expect("tags");
    assert_eq!((tags.get("GPSLatitude"), tags.get("GPSLongitude"), &tags["Rating"]), (None, None, &json!(3)));
    // Of that alone no sidecar is made.
    let [latitude, _] = gone;
    let nothing = [latitude, TagValue::one("XMP-dc:Description", String::new())];
    let nowhere = folder.path().join("nothing.xmp");
    assert!(!nothing.iter().any(TagValue::is_said) && exiftool.write(&nowhere, &nothing).await.is_err());
    assert!(!nowhere.exists());
    assert!(matches!(exiftool.write(Path::new("relative.xmp"), &changed).await, Err(ExifToolError::OddPath)));
    std::fs::write(&path, b"garbage").expect("the folder takes a file");
    assert!(exiftool.write(&path, &changed).await.is_err());
}

#[tokio::test]
async fn a_small_picture_says_of_the_sphere_what_its_original_says() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let exiftool = ExifTool::new(1);
    let sphere = ["-XMP-GPano:ProjectionType=equirectangular", "-XMP-GPano:FullPanoWidthPixels=8000", "-Make=Canon"];
    let source = jpeg(folder.path(), "sphere.jpg", &sphere);
    let target = jpeg(folder.path(), "small.jpg", &[]);
    exiftool.copy_sphere(&source, &target).await.expect("is written");
    let tags = exiftool.read(&target).await.expect("tags");
    assert_eq!((&tags["ProjectionType"], tags.get("Make")), (&json!("equirectangular"), None));
    let untouched = jpeg(folder.path(), "untouched.jpg", &[]);
    exiftool.copy_sphere(&jpeg(folder.path(), "flat.jpg", &[]), &untouched).await.expect("nothing is written");
    assert_eq!(std::fs::read(&untouched).expect("the picture"), JPEG);
    for odd in ["relative.jpg", "/50%f.jpg"] {
        assert!(matches!(exiftool.copy_sphere(Path::new(odd), &target).await, Err(ExifToolError::OddPath)), "{odd}");
    }
}

#[tokio::test]
async fn marks_of_faces_belong_together() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let area = |x| format!("Area={{X={x},Y=0.25,W=0.125,H=0.25,Unit=normalized}},Type=Face");
    let regions = format!(
        "-RegionInfo={{AppliedToDimensions={{W=400,H=300,Unit=pixel}},RegionList=[{{{}}},{{{},Name=Ada}}]}}",
        area("0.75"),
        area("0.25"),
    );
    let path = jpeg(folder.path(), "marked.jpg", &[&regions, "-Orientation#=6", "-HierarchicalSubject=a|b"]);
    let tags = ExifTool::new(1).read(&path).await.expect("tags");
    // As structures are read, lists stay lists.
    assert_eq!(tags["HierarchicalSubject"], json!(["a|b"]));
    // The one without a name is first, so a list of names alone could not tell whose is whose.
    let named = albumen_domain::asset::metadata::named_regions(&tags, None);
    assert_eq!(named.iter().map(|region| region.name.as_str()).collect::<Vec<_>>(), ["Ada"]);
    let area = named[0].area;
    assert_eq!((area.frame_width, area.frame_height), (300, 400));
    assert_eq!((area.left, area.top, area.right, area.bottom), (187, 75, 262, 125));
}

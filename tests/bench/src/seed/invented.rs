//! What an invented asset is: when and where it was taken, and by what.

use albumen_domain::{
    asset::{
        AssetCommand, AssetKind, Place, Upload, Visibility,
        metadata::{FileStat, Tags},
    },
    processing::{MetadataRead, PreviewsMade, ProcessingCommand},
};
use albumen_workers::media::paths;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::{pattern::Pattern, pictures::Pictures};

/// Assets of one month: those of 100,000 fill some 143 months.
const MONTH_ASSETS: usize = 700;
/// The newest month.
const NEWEST_MONTH: (i32, u32) = (2024, 12);
/// Over so many days of a month they are spread. With the beginning at noon none leaves its month, in any time zone.
const SPREAD_DAYS: i64 = 26;
/// One of so many is a favourite.
const FAVORITE_EVERY: usize = 20;
const SECONDS_PER_DAY: i64 = 86_400;
const WIDTH: i32 = 4_000;
const HEIGHT: i32 = 3_000;

/// City, state, country, time zone, offset, latitude, longitude.
const PLACES: [(&str, &str, &str, &str, &str, f64, f64); 6] = [
    ("Berlin", "Berlin", "Germany", "Europe/Berlin", "+01:00", 52.52, 13.405),
    ("Denver", "Colorado", "United States of America", "America/Denver", "-07:00", 39.739, -104.99),
    ("Sydney", "New South Wales", "Australia", "Australia/Sydney", "+11:00", -33.869, 151.209),
    ("Lisbon", "Lisbon", "Portugal", "Europe/Lisbon", "+00:00", 38.722, -9.139),
    ("Kyoto", "Kyoto", "Japan", "Asia/Tokyo", "+09:00", 35.011, 135.768),
    ("Nairobi", "Nairobi", "Kenya", "Africa/Nairobi", "+03:00", -1.286, 36.817),
];
/// Maker, model, lens.
const CAMERAS: [(&str, &str, &str); 4] = [
    ("Canon", "Canon EOS R6", "RF24-105mm F4 L IS USM"),
    ("SONY", "ILCE-7M4", "FE 35mm F1.8"),
    ("Google", "Pixel 8", "Pixel 8 back camera 6.9mm f/1.68"),
    ("Apple", "iPhone 15 Pro", "iPhone 15 Pro back triple camera 6.765mm f/1.78"),
];

/// An asset; the same number gives the same one, but for its id.
pub(super) struct Invented {
    pub(super) number: usize,
    pub(super) id: Uuid,
}

impl Invented {
    /// The asset of that number. Numbers go back in time.
    pub(super) fn new(number: usize) -> Self {
        Self { number, id: Uuid::new_v4() }
    }

    fn local_taken_at(&self) -> NaiveDateTime {
        let (year, month) = NEWEST_MONTH;
        let months_ago = Months::new(u32::try_from(self.number / MONTH_ASSETS).unwrap_or(0));
        let newest = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        let day = newest.checked_sub_months(months_ago).unwrap_or(newest);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
        let place = i64::try_from(self.number % MONTH_ASSETS).unwrap_or(0);
        let assets = i64::try_from(MONTH_ASSETS).unwrap_or(1);
        day.and_time(noon) + TimeDelta::seconds(place * SPREAD_DAYS * SECONDS_PER_DAY / assets)
    }

    fn taken_at(&self) -> DateTime<Utc> {
        self.local_taken_at().and_utc()
    }

    /// How it is uploaded.
    pub(super) fn upload(&self, pattern: &Pattern) -> AssetCommand {
        AssetCommand::Upload(Box::new(Upload {
            owner: pattern.owner,
            kind: AssetKind::Image,
            file_name: format!("IMG_{}_{}.jpg", self.local_taken_at().format("%Y%m%d_%H%M%S"), self.number),
            path: paths::original(pattern.owner, self.id, ".jpg").as_str().to_owned(),
            size_bytes: pattern.size_bytes,
            checksum: STANDARD.encode(Sha1::digest(self.id.as_bytes())),
            file_created_at: self.taken_at(),
            file_modified_at: self.taken_at(),
            duration_ms: None,
            favorite: self.number.is_multiple_of(FAVORITE_EVERY),
            visibility: Visibility::Timeline,
            live_photo_video: None,
            sidecar_path: None,
        }))
    }

    /// What a worker would have read. `revision` is a position at or behind that of the upload.
    pub(super) fn metadata(&self, pattern: &Pattern, revision: i64) -> ProcessingCommand {
        let stat = FileStat { size_bytes: pattern.size_bytes, modified_at: self.taken_at(), created_at: None };
        ProcessingCommand::ReportMetadata(Box::new(MetadataRead {
            owner: pattern.owner,
            lease: Uuid::new_v4(),
            revision,
            file: self.tags().into(),
            sidecar: None,
            stat,
            probe: None,
            place: Some(self.place().into()),
            reader: "albumen-bench".to_owned(),
        }))
    }

    /// What a worker would have made.
    pub(super) fn previews(&self, pattern: &Pattern, pictures: &Pictures, revision: i64) -> ProcessingCommand {
        ProcessingCommand::ReportPreviews(PreviewsMade {
            owner: pattern.owner,
            lease: Uuid::new_v4(),
            revision,
            files: pictures.files(self.id),
            thumbhash: Some(pattern.thumbhash.clone()),
            width: WIDTH,
            height: HEIGHT,
        })
    }

    fn place(&self) -> Place {
        let (city, state, country, time_zone, ..) = PLACES[self.number % PLACES.len()];
        let text = |text: &str| Some(text.to_owned());
        Place { city: text(city), state: text(state), country: text(country), time_zone: text(time_zone) }
    }

    fn tags(&self) -> Tags {
        let (.., offset, latitude, longitude) = PLACES[self.number % PLACES.len()];
        let (make, model, lens) = CAMERAS[self.number % CAMERAS.len()];
        let taken_at = self.local_taken_at().format("%Y:%m:%d %H:%M:%S").to_string();
        let tags: [(&str, Value); 19] = [
            ("CreateDate", json!(taken_at)),
            ("DateTimeOriginal", json!(taken_at)),
            ("OffsetTimeOriginal", json!(offset)),
            ("Make", json!(make)),
            ("Model", json!(model)),
            ("LensModel", json!(lens)),
            ("FNumber", json!(1.8)),
            ("ExposureTime", json!("1/250")),
            ("FocalLength", json!("35.0 mm")),
            ("ISO", json!(100)),
            ("ColorSpace", json!("sRGB")),
            ("FileType", json!("JPEG")),
            ("MIMEType", json!("image/jpeg")),
            ("ImageSize", json!(format!("{WIDTH}x{HEIGHT}"))),
            ("ImageWidth", json!(WIDTH)),
            ("ImageHeight", json!(HEIGHT)),
            ("Orientation", json!(1)),
            ("GPSLatitude", json!(latitude)),
            ("GPSLongitude", json!(longitude)),
        ];
        tags.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

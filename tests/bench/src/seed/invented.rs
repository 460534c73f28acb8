//! What an invented asset is: when and where it was taken, by what, and what its owner made of it.

use albumen_domain::{
    asset::{
        AssetCommand, AssetKind, Place, Upload, Visibility,
        metadata::{FileStat, Tags},
    },
    processing::{AttemptFailed, Job, MetadataRead, PreviewsMade, ProcessingCommand, SidecarWritten},
};
use albumen_workers::media::paths;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use super::{outcomes::Outcome, pattern::Pattern, pictures::Pictures};

/// The newest month.
const NEWEST_MONTH: (i32, u32) = (2024, 12);
/// Over so many days of a month they are spread. With the beginning at noon none leaves its month, in any time zone.
const SPREAD_DAYS: i64 = 26;
/// One of so many is a favourite.
const FAVORITE_EVERY: usize = 20;
/// One of so many is in the archive.
const ARCHIVED_EVERY: usize = 10;
/// One of so many is a video.
const VIDEO_EVERY: usize = 50;
/// One of so many was taken nobody knows where.
const PLACELESS_EVERY: usize = 7;
/// Assets of one journey: they were taken in one place.
const JOURNEY_ASSETS: usize = 25;
/// Towns around each of the places.
const TOWNS: usize = 50;
/// Sizes of files: from a small picture to a large one, and of videos.
const PHOTO_BYTES: std::ops::Range<i64> = 200_000..8_000_000;
const VIDEO_BYTES: std::ops::Range<i64> = 20_000_000..400_000_000;
const VIDEO_MS: i64 = 12_345;
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

/// A number without a pattern for each number and purpose; the same in each run.
pub(super) fn spread(number: usize, purpose: u64) -> u64 {
    let mixed = (number as u64 ^ (purpose << 40)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Whose assets are invented, and how far they are apart in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Photographer {
    pub(super) owner: Uuid,
    /// Assets that fall into one month.
    pub(super) month_assets: usize,
}

/// An asset; the same number gives the same one, but for its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invented {
    pub(super) number: usize,
    pub(super) id: Uuid,
    pub(super) by: Photographer,
}

impl Invented {
    /// The asset of that number. Numbers go back in time.
    pub(super) fn new(number: usize, by: Photographer) -> Self {
        Self { number, id: Uuid::new_v4(), by }
    }

    fn local_taken_at(&self) -> NaiveDateTime {
        let (year, month) = NEWEST_MONTH;
        let Photographer { month_assets, .. } = self.by;
        let months_ago = Months::new(u32::try_from(self.number / month_assets).unwrap_or(0));
        let newest = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
        let day = newest.checked_sub_months(months_ago).unwrap_or(newest);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
        let place = i64::try_from(self.number % month_assets).unwrap_or(0);
        let assets = i64::try_from(month_assets).unwrap_or(1);
        day.and_time(noon) + TimeDelta::seconds(place * SPREAD_DAYS * SECONDS_PER_DAY / assets)
    }

    /// When it was taken.
    pub(super) fn taken_at(&self) -> DateTime<Utc> {
        self.local_taken_at().and_utc()
    }

    const fn is_video(&self) -> bool {
        self.number % VIDEO_EVERY == 7
    }

    const fn is_archived(&self) -> bool {
        self.number % ARCHIVED_EVERY == 3
    }

    const fn extension(&self) -> &'static str {
        if self.is_video() { ".mp4" } else { ".jpg" }
    }

    fn size_bytes(&self) -> i64 {
        let range = if self.is_video() { VIDEO_BYTES } else { PHOTO_BYTES };
        let width = u64::try_from(range.end - range.start).unwrap_or(1);
        range.start + i64::try_from(spread(self.number, 1) % width).unwrap_or(0)
    }

    /// Where its original lies, relative to the media root.
    pub(super) fn original(&self) -> String {
        paths::original(self.by.owner, self.id, self.extension()).as_str().to_owned()
    }

    /// How it is uploaded.
    pub(super) fn upload(&self) -> AssetCommand {
        let word = if self.is_video() { "VID" } else { "IMG" };
        let taken_at = self.local_taken_at().format("%Y%m%d_%H%M%S");
        AssetCommand::Upload(Box::new(Upload {
            owner: self.by.owner,
            kind: if self.is_video() { AssetKind::Video } else { AssetKind::Image },
            file_name: format!("{word}_{taken_at}_{}{}", self.number, self.extension()),
            path: self.original(),
            size_bytes: self.size_bytes(),
            checksum: STANDARD.encode(Sha1::digest(self.id.as_bytes())),
            file_created_at: self.taken_at(),
            file_modified_at: self.taken_at(),
            duration_ms: self.is_video().then_some(VIDEO_MS),
            favorite: self.number.is_multiple_of(FAVORITE_EVERY),
            visibility: if self.is_archived() { Visibility::Archive } else { Visibility::Timeline },
            live_photo_video: None,
            sidecar_path: None,
        }))
    }

    /// What a worker would have said. `revision` is a position at or behind that of what it answers.
    pub(super) fn answer(
        &self,
        outcome: Outcome,
        pattern: &Pattern,
        pictures: &Pictures,
        revision: i64,
    ) -> ProcessingCommand {
        match outcome {
            Outcome::Metadata => self.metadata(revision),
            Outcome::Previews => self.previews(pattern, pictures, revision),
            Outcome::Sidecar => ProcessingCommand::ReportSidecar(SidecarWritten {
                owner: self.by.owner,
                lease: Uuid::new_v4(),
                revision,
                path: format!("{}.xmp", self.original()),
            }),
            Outcome::Failure(job) => self.failure(job, revision),
        }
    }

    fn metadata(&self, revision: i64) -> ProcessingCommand {
        let stat = FileStat { size_bytes: self.size_bytes(), modified_at: self.taken_at(), created_at: None };
        ProcessingCommand::ReportMetadata(Box::new(MetadataRead {
            owner: self.by.owner,
            lease: Uuid::new_v4(),
            revision,
            file: self.tags().into(),
            sidecar: None,
            stat,
            probe: None,
            place: self.place().map(Into::into),
            reader: "albumen-bench".to_owned(),
        }))
    }

    fn previews(&self, pattern: &Pattern, pictures: &Pictures, revision: i64) -> ProcessingCommand {
        ProcessingCommand::ReportPreviews(PreviewsMade {
            owner: self.by.owner,
            lease: Uuid::new_v4(),
            revision,
            files: pictures.files(self),
            thumbhash: Some(pattern.thumbhash.clone()),
            width: WIDTH,
            height: HEIGHT,
        })
    }

    fn failure(&self, job: Job, revision: i64) -> ProcessingCommand {
        ProcessingCommand::ReportFailure(AttemptFailed {
            owner: self.by.owner,
            job,
            lease: Uuid::new_v4(),
            revision,
            attempt: 1,
            reason: "the decoder was stopped".to_owned(),
            retry_at: Some(self.taken_at()),
        })
    }

    /// Journeys go to one place after the other.
    fn journey(&self) -> usize {
        usize::try_from(spread(self.number / JOURNEY_ASSETS, 2)).unwrap_or(0) % (PLACES.len() * TOWNS)
    }

    fn place(&self) -> Option<Place> {
        if self.number.is_multiple_of(PLACELESS_EVERY) {
            return None;
        }
        let (city, state, country, time_zone, ..) = PLACES[self.journey() % PLACES.len()];
        let city = match self.journey() / PLACES.len() {
            0 => city.to_owned(),
            town => format!("{city} {town}"),
        };
        let text = |text: &str| Some(text.to_owned());
        Some(Place { city: Some(city), state: text(state), country: text(country), time_zone: text(time_zone) })
    }

    fn tags(&self) -> Tags {
        let (.., offset, latitude, longitude) = PLACES[self.journey() % PLACES.len()];
        let (make, model, lens) = CAMERAS[self.number % CAMERAS.len()];
        let taken_at = self.local_taken_at().format("%Y:%m:%d %H:%M:%S").to_string();
        let mut tags = Vec::from([
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
            ("FileType", json!(if self.is_video() { "MP4" } else { "JPEG" })),
            ("MIMEType", json!(if self.is_video() { "video/mp4" } else { "image/jpeg" })),
            ("ImageSize", json!(format!("{WIDTH}x{HEIGHT}"))),
            ("ImageWidth", json!(WIDTH)),
            ("ImageHeight", json!(HEIGHT)),
            ("Orientation", json!(1)),
        ]);
        if !self.number.is_multiple_of(PLACELESS_EVERY) {
            // Nobody stands twice on the same spot.
            let step = |purpose| (spread(self.number, purpose) % 10_000) as f64 / 100_000.0;
            let town = (self.journey() / PLACES.len()) as f64 / 10.0;
            tags.push(("GPSLatitude", json!(latitude + step(3) + town)));
            tags.push(("GPSLongitude", json!(longitude + step(4))));
        }
        tags.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect()
    }
}

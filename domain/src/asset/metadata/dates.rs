//! When and in which zone it was taken.

use std::str::FromStr;

use chrono::{DateTime, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::{
    Place,
    tags::{DATE_TAGS, MergedTags, number_of, text_of},
};
use crate::asset::TakenAtEdit;

/// What a date tag amounts to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TakenAt {
    pub instant: DateTime<Utc>,
    /// Wall clock at the place.
    pub local: NaiveDateTime,
    /// IANA name or `UTC+n`; none when unknown.
    pub time_zone: Option<String>,
}

/// Dates that are UTC by their definition, in every file.
const UTC_TAGS: &[&str] = &["GPSDateTime", "DateTimeUTC"];

/// Dates that are UTC by their definition in films (QuickTime and its kin).
const VIDEO_UTC_TAGS: &[&str] = &["SubSecCreateDate", "CreateDate", "MediaCreateDate"];

/// Zones of the world lie between −12 h and +14 h; a larger offset is an error.
const MAX_OFFSET_SECONDS: i32 = 14 * 3600;

/// A camera's clock and the GPS fix may be this far apart for the difference to be believed as a zone.
const MAX_CLOCK_DRIFT_SECONDS: i64 = 15 * 60;

/// Offsets in use that are not whole hours, in minutes.
const ODD_OFFSETS_MINUTES: &[i64] = &[-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765];

/// The best date that the tags give.
pub(super) fn taken_at(tags: &MergedTags<'_>, place: Option<&Place>, is_video: bool) -> Option<TakenAt> {
    DATE_TAGS.iter().find_map(|name| {
        let stamp = Stamp::parse(&text_of(tags.value(name)?)?)?;
        Some(in_zone(name, &stamp, tags, place, is_video))
    })
}

fn in_zone(name: &str, stamp: &Stamp, tags: &MergedTags<'_>, place: Option<&Place>, is_video: bool) -> TakenAt {
    if let Some(offset) = stamp.offset {
        return Zone::Fixed(offset).at_local(stamp.local);
    }
    if UTC_TAGS.contains(&name) {
        return Zone::Iana(Tz::UTC).at_local(stamp.local);
    }
    let zone = zone_of_tags(name, tags).or_else(|| zone_of_place(place)).or_else(|| zone_of_gps_clock(tags));
    if is_video && VIDEO_UTC_TAGS.contains(&name) {
        return zone.unwrap_or(Zone::Iana(Tz::UTC)).at_instant(stamp.local.and_utc());
    }
    match zone {
        Some(zone) => zone.at_local(stamp.local),
        None if is_video => Zone::Iana(Tz::UTC).at_local(stamp.local),
        None => TakenAt { instant: stamp.local.and_utc(), local: stamp.local, time_zone: None },
    }
}

/// A date as a tag writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stamp {
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
}

impl Stamp {
    /// Reads `2024:01:02 03:04:05.678+09:00` and what comes near it: `-` for `:`, `T` for the
    /// space, no seconds, no time, `Z`, a trailing `DST`.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches("DST").trim_end();
        let date_text = text.get(..10)?;
        let local_date = parse_date(date_text)?;
        let rest = text[10..].trim_start_matches(['T', ' ']);
        let (clock, offset_text) = split_offset(rest);
        let local = local_date.and_time(parse_clock(clock)?);
        let offset = if offset_text.is_empty() { None } else { Some(parse_offset(offset_text)?) };
        Some(Self { local, offset })
    }
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split([':', '-', '/']);
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    // Year 0 is how cameras without a clock say "unknown".
    if year < 1 {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, day)
}

fn parse_clock(text: &str) -> Option<chrono::NaiveTime> {
    let text = text.trim();
    if text.is_empty() {
        return Some(chrono::NaiveTime::MIN);
    }
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| chrono::NaiveTime::parse_from_str(text, format).ok())
}

fn split_offset(text: &str) -> (&str, &str) {
    text.find(['+', '-', 'Z']).map_or((text, ""), |at| text.split_at(at))
}

/// Reads `Z`, `+09:00`, `-0330`, `+5`, `UTC+2`.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim().trim_start_matches("UTC").trim_start_matches("GMT").trim();
    if matches!(text, "Z" | "z" | "") {
        return FixedOffset::east_opt(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-" | "\u{2212}", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) => (hours, minutes.split(':').next()?),
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    if hours < 0 || !(0..60).contains(&minutes) || seconds > MAX_OFFSET_SECONDS {
        return None;
    }
    FixedOffset::east_opt(sign * seconds)
}

/// A zone of either kind.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zone {
    Fixed(FixedOffset),
    Iana(Tz),
}

impl Zone {
    fn at_local(self, local: NaiveDateTime) -> TakenAt {
        let instant = match self {
            Self::Fixed(offset) => instant_of(&offset, local),
            Self::Iana(zone) => instant_of(&zone, local),
        };
        TakenAt { instant, local, time_zone: Some(self.name()) }
    }

    fn at_instant(self, instant: DateTime<Utc>) -> TakenAt {
        let local = match self {
            Self::Fixed(offset) => instant.with_timezone(&offset).naive_local(),
            Self::Iana(zone) => instant.with_timezone(&zone).naive_local(),
        };
        TakenAt { instant, local, time_zone: Some(self.name()) }
    }

    fn name(self) -> String {
        match self {
            Self::Fixed(offset) => offset_name(offset),
            Self::Iana(zone) => zone.name().to_owned(),
        }
    }
}

/// The instant of a wall clock: the earlier of two when it strikes twice; when it was skipped,
/// as if it had gone on with the offset of before.
fn instant_of<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            let before = zone.offset_from_utc_datetime(&(local - Duration::days(1))).fix();
            (local - Duration::seconds(i64::from(before.local_minus_utc()))).and_utc()
        }
    }
}

/// `UTC+2`, `UTC-3:30`, `UTC+0`.
fn offset_name(offset: FixedOffset) -> String {
    let minutes = offset.local_minus_utc() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    if rest == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{rest:02}") }
}

impl TakenAtEdit {
    /// A date with an offset, as a person sets it: the offset becomes the zone.
    #[must_use]
    pub fn at_offset(date: DateTime<FixedOffset>) -> Self {
        let offset = *date.offset();
        let time_zone = if offset.local_minus_utc() == 0 { "UTC".to_owned() } else { offset_name(offset) };
        Self { instant: date.to_utc(), local: date.naive_local(), time_zone: Some(time_zone) }
    }

    /// An instant as the clocks of a zone (an IANA name or `UTC+n`) show it; none when there is
    /// no such zone.
    #[must_use]
    pub fn in_zone(instant: DateTime<Utc>, time_zone: &str) -> Option<Self> {
        let zone = match Tz::from_str(time_zone) {
            Ok(zone) => Zone::Iana(zone),
            Err(_) if time_zone.is_empty() => return None,
            Err(_) => Zone::Fixed(parse_offset(time_zone)?),
        };
        let local = zone.at_instant(instant).local;
        Some(Self { instant, local, time_zone: Some(time_zone.to_owned()) })
    }
}

/// The zone that tags beside the date give: first the one that belongs to that date.
fn zone_of_tags(date_tag: &str, tags: &MergedTags<'_>) -> Option<Zone> {
    let own = match date_tag {
        "SubSecDateTimeOriginal" | "DateTimeOriginal" => "OffsetTimeOriginal",
        "SubSecCreateDate" | "CreateDate" => "OffsetTimeDigitized",
        _ => "OffsetTime",
    };
    [own, "OffsetTimeOriginal", "OffsetTimeDigitized", "OffsetTime", "TimeZone", "TimeZoneOffset"]
        .iter()
        .find_map(|name| zone_of_tag(name, tags))
}

fn zone_of_tag(name: &str, tags: &MergedTags<'_>) -> Option<Zone> {
    let value = tags.value(name)?;
    if name == "TimeZoneOffset" {
        let hours = number_of(value)?;
        return fixed_from_seconds((hours * 3600.0) as i64);
    }
    let text = text_of(value)?;
    if let Some(offset) = parse_offset(&text) {
        let summer = if name == "TimeZone" && is_summer(tags) { 3600 } else { 0 };
        return fixed_from_seconds(i64::from(offset.local_minus_utc()) + summer);
    }
    Tz::from_str(&text).ok().map(Zone::Iana)
}

/// Nikon keeps the zone without summer time and says apart whether that was on.
fn is_summer(tags: &MergedTags<'_>) -> bool {
    tags.text("DaylightSavings").is_some_and(|text| text.eq_ignore_ascii_case("yes"))
}

fn fixed_from_seconds(seconds: i64) -> Option<Zone> {
    let seconds = i32::try_from(seconds).ok()?;
    if seconds.abs() > MAX_OFFSET_SECONDS {
        return None;
    }
    FixedOffset::east_opt(seconds).map(Zone::Fixed)
}

fn zone_of_place(place: Option<&Place>) -> Option<Zone> {
    Tz::from_str(place?.time_zone.as_deref()?).ok().map(Zone::Iana)
}

/// The zone by which the camera's clock is ahead of the satellites'.
fn zone_of_gps_clock(tags: &MergedTags<'_>) -> Option<Zone> {
    let utc = UTC_TAGS.iter().find_map(|name| Stamp::parse(&text_of(tags.value(name)?)?))?;
    let local = ["SubSecDateTimeOriginal", "DateTimeOriginal", "SubSecCreateDate", "CreateDate"]
        .iter()
        .find_map(|name| Stamp::parse(&text_of(tags.value(name)?)?))?;
    let difference_seconds = (local.local - utc.local).num_seconds();
    let whole_hours = (-12..=14).map(|hours| hours * 60);
    let nearest_minutes = whole_hours
        .chain(ODD_OFFSETS_MINUTES.iter().copied())
        .min_by_key(|minutes| (difference_seconds - minutes * 60).abs())?;
    if (difference_seconds - nearest_minutes * 60).abs() > MAX_CLOCK_DRIFT_SECONDS {
        return None;
    }
    fixed_from_seconds(nearest_minutes * 60)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::Tags, *};

    /// `instant | local | zone` of tags, or `none`.
    fn chosen(tags: Value, zone_of_place: Option<&str>, is_video: bool) -> String {
        let tags: Tags = serde_json::from_value(tags).unwrap();
        let place = Place { time_zone: zone_of_place.map(str::to_owned), ..Place::default() };
        taken_at(&MergedTags::new(&tags, None), Some(&place), is_video).map_or("none".to_owned(), |taken| {
            let instant = taken.instant.format("%Y-%m-%dT%H:%M:%S%.fZ");
            let local = taken.local.format("%Y-%m-%dT%H:%M:%S%.f");
            format!("{instant} | {local} | {}", taken.time_zone.as_deref().unwrap_or("-"))
        })
    }

    #[test]
    fn a_photo_takes_the_best_date_and_zone() {
        let cases = [
            (
                json!({"DateTimeOriginal": "2024:01:02 03:04:05"}),
                None,
                "2024-01-02T03:04:05Z | 2024-01-02T03:04:05 | -",
            ),
            (
                json!({"SubSecDateTimeOriginal": "2024:01:02 03:04:05.678", "DateTimeOriginal": "2000:01:01 00:00:00"}),
                None,
                "2024-01-02T03:04:05.678Z | 2024-01-02T03:04:05.678 | -",
            ),
            (
                json!({"SubSecDateTimeOriginal": "2024:01:02 03:04:05.678+09:00"}),
                Some("Europe/Zurich"),
                "2024-01-01T18:04:05.678Z | 2024-01-02T03:04:05.678 | UTC+9",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 03:04:05", "OffsetTimeOriginal": "-03:30"}),
                None,
                "2024-01-02T06:34:05Z | 2024-01-02T03:04:05 | UTC-3:30",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 03:04:05", "OffsetTime": "+01:00", "OffsetTimeOriginal": "+02:00"}),
                None,
                "2024-01-02T01:04:05Z | 2024-01-02T03:04:05 | UTC+2",
            ),
            (
                json!({"CreateDate": "2024:01:02 03:04:05", "OffsetTimeDigitized": "+05:30", "OffsetTimeOriginal": "+02:00"}),
                None,
                "2024-01-01T21:34:05Z | 2024-01-02T03:04:05 | UTC+5:30",
            ),
            (
                json!({"DateTimeOriginal": "2024:07:02 03:04:05"}),
                Some("Europe/Zurich"),
                "2024-07-02T01:04:05Z | 2024-07-02T03:04:05 | Europe/Zurich",
            ),
            (
                json!({"DateTimeOriginal": "2024:07:02 03:04:05", "OffsetTimeOriginal": "   "}),
                Some("America/Denver"),
                "2024-07-02T09:04:05Z | 2024-07-02T03:04:05 | America/Denver",
            ),
            // The clock strikes 02:30 twice, then never.
            (
                json!({"DateTimeOriginal": "2024:10:27 02:30:00"}),
                Some("Europe/Zurich"),
                "2024-10-27T00:30:00Z | 2024-10-27T02:30:00 | Europe/Zurich",
            ),
            (
                json!({"DateTimeOriginal": "2024:03:31 02:30:00"}),
                Some("Europe/Zurich"),
                "2024-03-31T01:30:00Z | 2024-03-31T02:30:00 | Europe/Zurich",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 12:00:07", "GPSDateTime": "2024:01:02 06:15:02Z"}),
                None,
                "2024-01-02T06:15:07Z | 2024-01-02T12:00:07 | UTC+5:45",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 12:00:00", "GPSDateTime": "2024:01:02 11:40:00Z"}),
                None,
                "2024-01-02T12:00:00Z | 2024-01-02T12:00:00 | -",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 12:00:00", "GPSDateTime": "2024:01:05 11:40:00Z"}),
                None,
                "2024-01-02T12:00:00Z | 2024-01-02T12:00:00 | -",
            ),
            (
                json!({"GPSDateTime": "2024:01:02 06:15:02Z"}),
                Some("Asia/Kathmandu"),
                "2024-01-02T06:15:02Z | 2024-01-02T06:15:02 | UTC+0",
            ),
            (
                json!({"CreationDate": "2024:01:02 06:15:02+00:00"}),
                Some("Asia/Kathmandu"),
                "2024-01-02T06:15:02Z | 2024-01-02T06:15:02 | UTC+0",
            ),
            (
                json!({"DateTimeUTC": "2024:01:02 06:15:02"}),
                Some("Asia/Kathmandu"),
                "2024-01-02T06:15:02Z | 2024-01-02T06:15:02 | UTC",
            ),
            (
                json!({"DateTimeOriginal": "2024:07:02 03:04:05", "TimeZone": "-06:00", "DaylightSavings": "Yes"}),
                None,
                "2024-07-02T08:04:05Z | 2024-07-02T03:04:05 | UTC-5",
            ),
            (
                json!({"DateTimeOriginal": "2024:07:02 03:04:05", "TimeZone": "America/Denver"}),
                None,
                "2024-07-02T09:04:05Z | 2024-07-02T03:04:05 | America/Denver",
            ),
            (
                json!({"DateTimeOriginal": "2024:07:02 03:04:05", "TimeZoneOffset": "-5 -5"}),
                None,
                "2024-07-02T08:04:05Z | 2024-07-02T03:04:05 | UTC-5",
            ),
            // What cannot be a date is passed over.
            (
                json!({"DateTimeOriginal": "0000:00:00 00:00:00", "CreateDate": "2024:13:02 03:04:05", "DateTimeCreated": "2020:05:06 07:08:09"}),
                None,
                "2020-05-06T07:08:09Z | 2020-05-06T07:08:09 | -",
            ),
            (
                json!({"SubSecDateTimeOriginal": "    :  :     :  :  ", "DateTimeOriginal": "2020:02:30 07:08:09"}),
                None,
                "none",
            ),
            (json!({"DateTimeOriginal": 2020}), None, "none"),
            (json!({"DateTimeOriginal": "2020-05-06T07:08"}), None, "2020-05-06T07:08:00Z | 2020-05-06T07:08:00 | -"),
            (json!({"DateTimeOriginal": "2020:05:06"}), None, "2020-05-06T00:00:00Z | 2020-05-06T00:00:00 | -"),
            (
                json!({"DateTimeOriginal": "2010:07:02 10:30:15+02:00 DST"}),
                None,
                "2010-07-02T08:30:15Z | 2010-07-02T10:30:15 | UTC+2",
            ),
            (json!({"DateTimeOriginal": "2020:05:06 07:08:09+99:00"}), None, "none"),
            (json!({"DateTimeOriginal": "２０２０:05:06 07:08:09"}), None, "none"),
            (
                json!({"DateTimeOriginal": "2020:05:06 07:08:09"}),
                Some("Mars/Olympus"),
                "2020-05-06T07:08:09Z | 2020-05-06T07:08:09 | -",
            ),
            (json!({}), None, "none"),
        ];
        for (tags, zone, expected) in cases {
            assert_eq!(chosen(tags.clone(), zone, false), expected, "{tags}");
        }
    }

    #[test]
    fn a_film_counts_in_utc() {
        let cases = [
            (
                json!({"CreateDate": "2024:01:02 03:04:05", "MediaCreateDate": "2000:01:01 00:00:00"}),
                None,
                "2024-01-02T03:04:05Z | 2024-01-02T03:04:05 | UTC",
            ),
            (
                json!({"CreateDate": "2024:01:02 03:04:05"}),
                Some("Asia/Tokyo"),
                "2024-01-02T03:04:05Z | 2024-01-02T12:04:05 | Asia/Tokyo",
            ),
            (
                json!({"CreationDate": "2024:01:02 12:04:05+09:00", "CreateDate": "2024:01:02 03:04:05"}),
                Some("Asia/Tokyo"),
                "2024-01-02T03:04:05Z | 2024-01-02T12:04:05 | UTC+9",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 12:04:05", "TimeZone": "+09:00"}),
                None,
                "2024-01-02T03:04:05Z | 2024-01-02T12:04:05 | UTC+9",
            ),
            (
                json!({"DateTimeOriginal": "2024:01:02 12:04:05"}),
                None,
                "2024-01-02T12:04:05Z | 2024-01-02T12:04:05 | UTC",
            ),
        ];
        for (tags, zone, expected) in cases {
            assert_eq!(chosen(tags.clone(), zone, true), expected, "{tags}");
        }
    }

    #[test]
    fn an_edited_date_is_seen_in_its_zone() {
        let shown = |edit: TakenAtEdit| format!("{} | {} | {}", edit.instant, edit.local, edit.time_zone.unwrap());
        for (text, expected) in [
            ("2024-01-02T03:04:05-07:00", "2024-01-02 10:04:05 UTC | 2024-01-02 03:04:05 | UTC-7"),
            ("2024-01-02T03:04:05+05:30", "2024-01-01 21:34:05 UTC | 2024-01-02 03:04:05 | UTC+5:30"),
            ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05 UTC | 2024-01-02 03:04:05 | UTC"),
        ] {
            assert_eq!(shown(TakenAtEdit::at_offset(DateTime::parse_from_rfc3339(text).unwrap())), expected);
        }
        let instant = DateTime::parse_from_rfc3339("2024-07-02T10:00:00Z").unwrap().to_utc();
        for (zone, expected) in [
            ("America/Denver", Some("2024-07-02 10:00:00 UTC | 2024-07-02 04:00:00 | America/Denver")),
            ("UTC+2", Some("2024-07-02 10:00:00 UTC | 2024-07-02 12:00:00 | UTC+2")),
            ("UTC", Some("2024-07-02 10:00:00 UTC | 2024-07-02 10:00:00 | UTC")),
            ("Mars/Olympus", None),
            ("", None),
        ] {
            assert_eq!(TakenAtEdit::in_zone(instant, zone).map(shown).as_deref(), expected, "{zone}");
        }
    }

    #[test]
    fn offsets_are_read_in_all_their_forms() {
        for (text, minutes) in [
            ("Z", Some(0)),
            ("+09:00", Some(540)),
            ("-0330", Some(-210)),
            ("+5", Some(300)),
            ("UTC+2", Some(120)),
            ("+14:00", Some(840)),
            ("+14:30", None),
            ("+01:75", None),
            ("9", None),
            ("abc", None),
        ] {
            assert_eq!(parse_offset(text).map(|offset| offset.local_minus_utc() / 60), minutes, "{text}");
        }
    }
}

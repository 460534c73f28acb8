//! How values look on the wire where serde's own form is another.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field that may be absent (`None`), null (`Some(None)`) or set.
///
/// Fields of this type carry `#[serde(default, deserialize_with = "maybe")]`.
pub type Maybe<T> = Option<Option<T>>;

/// Reads a [`Maybe`]: called only where the field is present.
pub fn maybe<'de, D, T>(deserializer: D) -> Result<Maybe<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Default of the flags that hold unless denied.
pub fn default_true() -> bool {
    true
}

/// Reads an e-mail address, which is the same in any letter case.
pub fn lowercase<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.to_lowercase())
}

/// Reads an e-mail address that may be absent.
pub fn lowercase_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(|text| text.to_lowercase()))
}

/// Stands for a file's bytes in the description of a form; the bytes themselves are streamed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Binary;

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Binary)
    }
}

/// Point in time as top-level fields show it: `2024-01-31T12:34:56.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WireDateTime(pub DateTime<Utc>);

/// Point in time as in `exifInfo`: `2023-11-20T01:11:00+00:00`, with a fraction only where there
/// is one, without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NestedDateTime(pub DateTime<Utc>);

/// Point in time as in the columns of a timeline bucket: UTC without saying so,
/// `2024-01-01T05:00:00`, with a fraction only where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketDateTime(pub DateTime<Utc>);

/// Longest text of a date and time: year of up to 7 characters, microseconds, offset.
const DATE_TIME_CAPACITY: usize = 40;

/// Text on the stack: a bucket writes some thousand dates.
struct ShortText {
    bytes: [u8; DATE_TIME_CAPACITY],
    length: usize,
}

impl ShortText {
    fn new() -> Self {
        Self { bytes: [0; DATE_TIME_CAPACITY], length: 0 }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn push_digits(&mut self, value: u32, width: u32) {
        for place in (0..width).rev() {
            let digit = value / 10u32.pow(place) % 10;
            self.push(b'0' + digit as u8);
        }
    }

    fn push_date_and_time(&mut self, value: NaiveDateTime) {
        match u32::try_from(value.year()) {
            Ok(year @ 0..=9999) => self.push_digits(year, 4),
            _ => _ = write!(self, "{:+07}", value.year()),
        }
        for (separator, part) in [
            (b'-', value.month()),
            (b'-', value.day()),
            (b'T', value.hour()),
            (b':', value.minute()),
            (b':', value.second()),
        ] {
            self.push(separator);
            self.push_digits(part, 2);
        }
    }

    fn push_fraction_if_any(&mut self, value: NaiveDateTime) {
        let micros = value.nanosecond() % 1_000_000_000 / 1_000;
        if micros == 0 {
            return;
        }
        self.push(b'.');
        self.push_digits(micros, 6);
        while self.bytes[self.length - 1] == b'0' {
            self.length -= 1;
        }
    }
}

impl fmt::Write for ShortText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.push(byte));
        Ok(())
    }
}

impl WireDateTime {
    fn text(self) -> ShortText {
        let value = self.0.naive_utc();
        let mut text = ShortText::new();
        text.push_date_and_time(value);
        text.push(b'.');
        text.push_digits(value.nanosecond() % 1_000_000_000 / 1_000_000, 3);
        text.push(b'Z');
        text
    }
}

impl NestedDateTime {
    fn text(self) -> ShortText {
        let mut text = BucketDateTime(self.0).text();
        _ = text.write_str("+00:00");
        text
    }
}

impl BucketDateTime {
    fn text(self) -> ShortText {
        let value = self.0.naive_utc();
        let mut text = ShortText::new();
        text.push_date_and_time(value);
        text.push_fraction_if_any(value);
        text
    }
}

macro_rules! written_as_text {
    ($($name:ident),*) => {
        $(
            impl fmt::Display for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str(self.text().as_str())
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str(self.text().as_str())
                }
            }

            impl From<DateTime<Utc>> for $name {
                fn from(value: DateTime<Utc>) -> Self {
                    Self(value)
                }
            }
        )*
    };
}

written_as_text!(WireDateTime, NestedDateTime, BucketDateTime);

/// Bytes that are written as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base64<'a>(pub &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Room for what a bucket has hundreds of: thumbhashes, of some 25 bytes.
        const STACK_BYTES: usize = 64;
        let mut text = [0; STACK_BYTES];
        let written = STANDARD.encode_slice(self.0, &mut text).ok();
        match written.and_then(|length| std::str::from_utf8(&text[..length]).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&STANDARD.encode(self.0)),
        }
    }
}

impl FromStr for WireDateTime {
    type Err = NotADateTime;

    fn from_str(text: &str) -> Result<Self, NotADateTime> {
        parse_date_time(text).map(|value| Self(value.to_utc())).ok_or(NotADateTime)
    }
}

impl<'de> Deserialize<'de> for WireDateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no ISO 8601 date and time with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an ISO 8601 date and time with an offset, such as 2024-01-31T12:34:56.000Z")]
pub struct NotADateTime;

/// Parses what [`super::forms::INSTANT_PATTERN`] matches, and keeps the offset. Digits of the
/// fraction beyond nanoseconds are dropped.
pub fn parse_date_time(text: &str) -> Option<DateTime<FixedOffset>> {
    let bytes = text.as_bytes();
    let date = parse_date(text.get(..10)?)?;
    if bytes.get(10) != Some(&b'T') || bytes.get(13) != Some(&b':') {
        return None;
    }
    let hour = digits(bytes.get(11..13)?)?;
    let minute = digits(bytes.get(14..16)?)?;
    let (second, nanosecond, zone) = parse_seconds(&bytes[16..])?;
    let local = date.and_hms_nano_opt(hour, minute, second, nanosecond)?;
    let offset = parse_offset(zone)?;
    let utc = local.checked_sub_signed(TimeDelta::seconds(offset.local_minus_utc().into()))?;
    Some(DateTime::from_naive_utc_and_offset(utc, offset))
}

/// Parses `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = i32::try_from(digits(&bytes[..4])?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(&bytes[5..7])?, digits(&bytes[8..])?)
}

/// `:ss` and its fraction, both of which may be absent, and what follows them.
fn parse_seconds(bytes: &[u8]) -> Option<(u32, u32, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b":") else {
        return Some((0, 0, bytes));
    };
    let second = digits(rest.get(..2)?)?;
    let rest = &rest[2..];
    let Some(fraction) = rest.strip_prefix(b".") else {
        return Some((second, 0, rest));
    };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let kept = &fraction[..length.min(9)];
    let nanosecond = digits(kept)? * 10u32.pow(9 - kept.len() as u32);
    Some((second, nanosecond, &fraction[length..]))
}

fn parse_offset(bytes: &[u8]) -> Option<FixedOffset> {
    let (sign, rest) = match bytes {
        b"Z" => return FixedOffset::east_opt(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    if rest.len() != 5 || rest[2] != b':' {
        return None;
    }
    let (hours, minutes) = (digits(&rest[..2])?, digits(&rest[3..])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).expect("a date of this test").to_utc()
    }

    fn json<T: Serialize>(value: T) -> String {
        serde_json::to_string(&value).expect("a date can be written")
    }

    #[test]
    fn top_level_dates_have_three_digits_and_z() {
        assert_eq!(json(WireDateTime(at("2024-01-31T12:34:56Z"))), r#""2024-01-31T12:34:56.000Z""#);
        assert_eq!(json(WireDateTime(at("2024-01-31T12:34:56.0789+02:00"))), r#""2024-01-31T10:34:56.078Z""#);
        assert_eq!(json(WireDateTime(at("0099-01-02T03:04:05Z"))), r#""0099-01-02T03:04:05.000Z""#);
    }

    #[test]
    fn nested_dates_drop_what_is_zero() {
        assert_eq!(json(NestedDateTime(at("2023-11-20T01:11:00Z"))), r#""2023-11-20T01:11:00+00:00""#);
        assert_eq!(json(NestedDateTime(at("2023-11-20T01:11:00.060Z"))), r#""2023-11-20T01:11:00.06+00:00""#);
    }

    #[test]
    fn bucket_dates_have_no_offset() {
        assert_eq!(json(BucketDateTime(at("2024-01-01T05:00:00Z"))), r#""2024-01-01T05:00:00""#);
        assert_eq!(json(BucketDateTime(at("2024-01-01T05:00:00.12Z"))), r#""2024-01-01T05:00:00.12""#);
    }

    #[test]
    fn bytes_of_any_length_are_written() {
        for length in [0, 1, 2, 3, 48, 49, 100] {
            let bytes = vec![7; length];
            assert_eq!(json(Base64(&bytes)), json(STANDARD.encode(&bytes)));
        }
    }

    #[test]
    fn years_beyond_four_digits_are_written_whole() {
        let date = NaiveDate::from_ymd_opt(12_345, 1, 2)
            .and_then(|date| date.and_hms_opt(3, 4, 5))
            .expect("a date of this test");
        assert_eq!(json(WireDateTime(date.and_utc())), r#""+012345-01-02T03:04:05.000Z""#);
    }

    #[test]
    fn parses_what_clients_send_and_keeps_the_offset() {
        let parsed = parse_date_time("2024-01-31T12:34:56.789-07:00").expect("valid");
        assert_eq!(parsed.offset().local_minus_utc(), -7 * 3600);
        assert_eq!(parsed.to_utc(), at("2024-01-31T19:34:56.789Z"));
        assert_eq!(parse_date_time("2024-01-31T12:34Z").map(|value| value.to_utc()), Some(at("2024-01-31T12:34:00Z")));
        assert_eq!(
            parse_date_time("2024-02-29T23:59:59.1234567891234Z").map(|value| value.to_utc()),
            Some(at("2024-02-29T23:59:59.123456789Z"))
        );
    }

    #[test]
    fn refuses_what_is_no_date_with_an_offset() {
        for text in [
            "",
            "2024",
            "2024-01-31",
            "2024-01-31T12:34:56",
            "2024-01-31 12:34:56Z",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-31T24:00:00Z",
            "2024-01-31T12:60:00Z",
            "2024-01-31T12:34:60Z",
            "2024-01-31T12:34:56.Z",
            "2024-01-31T12:34:56+2:00",
            "2024-01-31T12:34:56+24:00",
            "2024-01-31T12:34:56Zx",
            "２024-01-31T12:34:56Z",
        ] {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
    }

    #[test]
    fn the_extremes_of_the_calendar_do_not_overflow() {
        assert!(parse_date_time("0000-01-01T00:00:00+23:59").is_some());
        assert!(parse_date_time("9999-12-31T23:59:59-23:59").is_some());
    }

    #[test]
    fn maybe_tells_absent_from_null() {
        #[derive(Deserialize)]
        struct Change {
            #[serde(default, deserialize_with = "maybe")]
            rating: Maybe<i64>,
        }
        let read = |text| serde_json::from_str::<Change>(text).expect("valid").rating;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"rating":null}"#), Some(None));
        assert_eq!(read(r#"{"rating":3}"#), Some(Some(3)));
    }
}

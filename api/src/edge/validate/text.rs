//! Rules for texts: formats, patterns and lengths.

use regex::Regex;

use super::issue::{Issue, Measured};
use super::shape::Bounds;
use crate::dto::forms::{DATE_PATTERN, EMAIL_PATTERN, INSTANT_PATTERN, UUID_PATTERN};
use crate::dto::wire::{parse_date, parse_date_time};

/// Longest label of a host name (RFC 1035).
const MAX_LABEL_BYTES: usize = 63;

/// What a text has to look like.
pub(super) struct TextRule {
    format: Format,
    matcher: Matcher,
    length: Bounds,
}

/// Decides the wording of the issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Uuid,
    DateTime,
    Date,
    Email,
    Uri,
}

/// The patterns that requests meet most are matched by hand; the rest by a regular expression.
enum Matcher {
    Anything,
    Uuid4,
    Date,
    Instant,
    Email,
    Pattern { source: String, compiled: Regex },
}

impl TextRule {
    pub fn new(format: Option<&str>, pattern: Option<&str>, length: Bounds) -> Self {
        let format = match format {
            Some("uuid") => Format::Uuid,
            Some("date-time") => Format::DateTime,
            Some("date") => Format::Date,
            Some("email") => Format::Email,
            Some("uri") => Format::Uri,
            _ => Format::Plain,
        };
        let matcher = match (format, pattern) {
            // The document has no pattern for some days, which are written as all others are.
            (Format::Date, None) => Matcher::Date,
            _ => Matcher::new(pattern),
        };
        Self { format, matcher, length }
    }

    pub fn is_email(&self) -> bool {
        self.format == Format::Email
    }

    pub fn check(&self, text: &str, mut report: impl FnMut(Issue)) {
        if !self.matcher.matches(text) || (self.format == Format::Uri && !is_uri(text)) {
            report(self.mismatch());
        }
        if self.length.minimum.is_none() && self.length.maximum.is_none() {
            return;
        }
        let length = text.encode_utf16().count() as f64;
        if let Some(minimum) = self.length.minimum.filter(|minimum| length < *minimum) {
            report(Issue::too_small(Measured::Text, minimum));
        }
        if let Some(maximum) = self.length.maximum.filter(|maximum| length > *maximum) {
            report(Issue::too_big(Measured::Text, maximum));
        }
    }

    fn mismatch(&self) -> Issue {
        match self.format {
            Format::Uuid => Issue::invalid_format("uuid", "Invalid UUID"),
            Format::DateTime => Issue::invalid_format("datetime", "Invalid ISO datetime"),
            Format::Date => Issue::invalid_format("date", "Invalid ISO date"),
            Format::Email => Issue::invalid_email("string"),
            Format::Uri => Issue::invalid_format("url", "Invalid URL"),
            Format::Plain => Issue::unmatched_pattern(self.matcher.source()),
        }
    }
}

/// A scheme, and something after it.
fn is_uri(text: &str) -> bool {
    text.parse::<axum::http::Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some())
}

impl Matcher {
    fn new(pattern: Option<&str>) -> Self {
        match pattern {
            None => Self::Anything,
            Some(UUID_PATTERN) => Self::Uuid4,
            Some(DATE_PATTERN) => Self::Date,
            Some(INSTANT_PATTERN) => Self::Instant,
            Some(EMAIL_PATTERN) => Self::Email,
            Some(other) => Self::compiled(other),
        }
    }

    fn compiled(source: &str) -> Self {
        // In the published dialect `\d` is ASCII. A class within a class is valid here.
        match Regex::new(&source.replace(r"\d", "[0-9]")) {
            Ok(compiled) => Self::Pattern { source: source.to_owned(), compiled },
            Err(error) => {
                tracing::error!(source, %error, "a published pattern cannot be checked");
                Self::Anything
            }
        }
    }

    fn source(&self) -> &str {
        match self {
            Self::Pattern { source, .. } => source,
            Self::Uuid4 => UUID_PATTERN,
            Self::Date => DATE_PATTERN,
            Self::Instant => INSTANT_PATTERN,
            Self::Email => EMAIL_PATTERN,
            Self::Anything => "",
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Uuid4 => is_uuid_4(text),
            Self::Date => parse_date(text).is_some(),
            Self::Instant => parse_date_time(text).is_some(),
            Self::Email => is_email(text),
            Self::Pattern { compiled, .. } => compiled.is_match(text),
        }
    }
}

fn is_uuid_4(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_email(text: &str) -> bool {
    let is_atom = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let Some((local, host)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty() && local.bytes().all(is_atom) && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    (1..=MAX_LABEL_BYTES).contains(&bytes.len())
        && bytes.iter().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matchers made by hand agree with the published patterns.
    #[test]
    fn hand_made_matchers_equal_the_patterns() {
        let samples = [
            "9b2f8f6e-3c1d-4e5f-8a9b-0c1d2e3f4a5b",
            "9B2F8F6E-3C1D-4E5F-BA9B-0C1D2E3F4A5B",
            "9b2f8f6e-3c1d-1e5f-8a9b-0c1d2e3f4a5b",
            "9b2f8f6e-3c1d-4e5f-ca9b-0c1d2e3f4a5b",
            "9b2f8f6e3c1d4e5f8a9b0c1d2e3f4a5b",
            "2024-02-29",
            "2023-02-29",
            "2000-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-12-31",
            "2024-1-1",
            "0000-02-29",
            "2024-01-31T12:34:56.000Z",
            "2024-01-31T12:34Z",
            "2024-01-31T12:34:56",
            "2024-01-31T12:34:56+02:00",
            "2024-01-31T12:34:56+0200",
            "2024-01-31T23:59:59.999999999999-11:30",
            "2024-01-31T24:00:00Z",
            "2024-01-31t12:34:56z",
            "a@b",
            "first.last+tag@photos.example.org",
            "a@b@c",
            "@b",
            "a@",
            "a@-b.example",
            "a@b-.example",
            "a@b..example",
            "ä@b.example",
            "a b@c.example",
            "",
        ];
        for pattern in [UUID_PATTERN, DATE_PATTERN, INSTANT_PATTERN, EMAIL_PATTERN] {
            let by_hand = Matcher::new(Some(pattern));
            let by_pattern = Regex::new(pattern).expect("a published pattern");
            for sample in samples {
                assert_eq!(by_hand.matches(sample), by_pattern.is_match(sample), "{sample:?} against {pattern}");
            }
        }
        let long_label = format!("a@{}.example", "b".repeat(MAX_LABEL_BYTES + 1));
        assert!(!is_email(&long_label));
    }

    #[test]
    fn digits_are_ascii_digits() {
        let pin = Matcher::new(Some(crate::dto::forms::PIN_CODE_PATTERN));
        assert!(pin.matches("123456"));
        assert!(!pin.matches("１２３４５６"));
        assert!(!pin.matches("1234567"));
        let licence = Matcher::new(Some(crate::dto::forms::LICENCE_KEY_PATTERN));
        assert!(licence.matches("IMSV-6ECZ-91TE-WZRM-Q7AQ-MBN4-UW48-2CPT-71X9"));
        assert!(!licence.matches("IMXX-6ECZ-91TE-WZRM-Q7AQ-MBN4-UW48-2CPT-71X9"));
    }
}

//! The conditions under which a client wants the bytes (RFC 9110 §13).

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, header};

use super::range::{Wanted, wanted_of};

/// The headers of a request that decide what of a file is sent.
pub(super) struct Conditions {
    if_none_match: Option<String>,
    if_modified_since: Option<SystemTime>,
    if_range: Option<String>,
    range: Option<String>,
}

impl Conditions {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
        let since = text(header::IF_MODIFIED_SINCE);
        Self {
            if_none_match: text(header::IF_NONE_MATCH),
            if_modified_since: since.and_then(|date| httpdate::parse_http_date(&date).ok()),
            if_range: text(header::IF_RANGE),
            range: text(header::RANGE),
        }
    }

    /// Whether the client's copy is still good. A tag outweighs a date.
    pub fn is_unmodified(&self, etag: &str, modified: SystemTime) -> bool {
        if let Some(tags) = &self.if_none_match {
            let is_same = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag;
            return tags.split(',').map(str::trim).any(is_same);
        }
        self.if_modified_since.is_some_and(|since| is_not_after(modified, since))
    }

    /// The part of `length` bytes that is wanted.
    pub fn wanted(&self, etag: &str, modified: SystemTime, length: u64) -> Wanted {
        match &self.range {
            Some(range) if self.is_part_still_good(etag, modified) => wanted_of(range, length),
            _ => Wanted::Whole,
        }
    }

    /// Without `If-Range`, or where it names the present file.
    fn is_part_still_good(&self, etag: &str, modified: SystemTime) -> bool {
        let Some(validator) = &self.if_range else {
            return true;
        };
        if validator.starts_with('"') {
            return validator == etag;
        }
        httpdate::parse_http_date(validator).is_ok_and(|date| is_not_after(modified, date))
    }
}

/// Dates in headers have whole seconds.
fn is_not_after(modified: SystemTime, date: SystemTime) -> bool {
    modified < date + Duration::from_secs(1)
}

//! What a client takes (`Accept`, `Accept-Encoding`).

use axum::http::{HeaderMap, HeaderName, header};

/// Whether the client takes HTML; one that says nothing takes all.
pub(super) fn takes_html(headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::ACCEPT) {
        return true;
    }
    accepted(headers, header::ACCEPT)
        .any(|kind| ["text/html", "text/*", "*/*"].iter().any(|html| kind.eq_ignore_ascii_case(html)))
}

/// Encodings that the client takes, best first, each with the ending of a compressed sibling.
pub(super) fn encodings(headers: &HeaderMap) -> Vec<(&'static str, &'static str)> {
    let is_accepted = |encoding: &(&str, &str)| {
        accepted(headers, header::ACCEPT_ENCODING).any(|taken| taken.eq_ignore_ascii_case(encoding.0))
    };
    [("br", ".br"), ("gzip", ".gz")].into_iter().filter(is_accepted).collect()
}

/// The entries of a list that are not refused by `q=0`.
fn accepted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let entry = parts.next()?;
        let is_refused = parts.any(|part| {
            let quality = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            quality.is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality <= 0.0))
        });
        (!is_refused).then_some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        [(name, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn html() {
        assert!(takes_html(&HeaderMap::new()));
        for value in ["text/html", "application/json, */*;q=0.1", "TEXT/*", "a/b,text/html;q=0.9"] {
            assert!(takes_html(&with(header::ACCEPT, value)), "{value}");
        }
        for value in ["application/json", "text/html;q=0", "image/*"] {
            assert!(!takes_html(&with(header::ACCEPT, value)), "{value}");
        }
    }

    #[test]
    fn siblings() {
        let endings = |value| -> Vec<&str> {
            let found = encodings(&with(header::ACCEPT_ENCODING, value));
            found.into_iter().map(|(_, ending)| ending).collect()
        };
        assert_eq!(endings("gzip, deflate, br, zstd"), [".br", ".gz"]);
        assert_eq!(endings("gzip"), [".gz"]);
        assert_eq!(endings("br;q=0, gzip;q=0.5"), [".gz"]);
        assert_eq!(endings("identity"), [""; 0]);
    }
}

//! The cookie that says of which links the password is known.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::CookieJar;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::LINK_COOKIE;

/// How long browsers keep it.
const LIFETIME: TimeDelta = TimeDelta::days(1);
/// Links that one browser is let into at a time: some 50 bytes each, of which cookies have 4,096.
const MAX_TOKENS: usize = 40;

/// What stands for the password of a link. It changes with the password.
pub(super) fn token_of(link: Uuid, password: &str) -> String {
    STANDARD.encode(Sha256::digest(format!("{link}-{password}")))
}

/// The tokens that a client has.
pub(super) fn tokens(headers: &HeaderMap) -> Vec<String> {
    let jar = CookieJar::from_headers(headers);
    let Some(cookie) = jar.get(LINK_COOKIE) else { return Vec::new() };
    let value = percent_decode_str(cookie.value()).decode_utf8_lossy();
    value.split(',').filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

/// The cookie with one more token; the oldest make room.
pub(super) fn with(headers: &HeaderMap, token: String, is_https: bool, now: DateTime<Utc>) -> HeaderValue {
    let mut all = tokens(headers);
    all.retain(|known| *known != token);
    all.push(token);
    let first = all.len().saturating_sub(MAX_TOKENS);
    let list = all[first..].join(",");
    let value = utf8_percent_encode(&list, NON_ALPHANUMERIC);
    let expires = httpdate::fmt_http_date((now + LIFETIME).into());
    let max_age_s = LIFETIME.num_seconds();
    let secure = if is_https { "; Secure" } else { "" };
    let cookie = format!(
        "{LINK_COOKIE}={value}; Max-Age={max_age_s}; Path=/; Expires={expires}; HttpOnly{secure}; SameSite=Lax"
    );
    // All of it is ASCII, so that this cannot fail.
    HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(headers: &HeaderMap, token: &str) -> String {
        let cookie = with(headers, token.to_owned(), false, DateTime::UNIX_EPOCH);
        cookie.to_str().expect("ASCII").to_owned()
    }

    fn sent(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap_or_default();
        HeaderMap::from_iter([(axum::http::header::COOKIE, HeaderValue::from_str(pair).expect("a header"))])
    }

    #[test]
    fn tokens_gather_and_none_stands_twice() {
        let first = cookie(&HeaderMap::new(), "a+/=");
        assert!(first.starts_with("immich_shared_link_token=a%2B%2F%3D; Max-Age=86400; Path=/;"), "{first}");
        let second = cookie(&sent(&first), "b");
        assert_eq!(tokens(&sent(&second)), ["a+/=", "b"]);
        assert_eq!(tokens(&sent(&cookie(&sent(&second), "a+/="))), ["b", "a+/="]);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut headers = HeaderMap::new();
        for number in 0..=MAX_TOKENS {
            headers = sent(&cookie(&headers, &number.to_string()));
        }
        let kept = tokens(&headers);
        assert_eq!((kept.len(), kept.first().map(String::as_str)), (MAX_TOKENS, Some("1")));
    }

    #[test]
    fn a_token_is_of_one_link_and_one_password() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_ne!(token_of(one, "a"), token_of(other, "a"));
        assert_ne!(token_of(one, "a"), token_of(one, "b"));
    }
}

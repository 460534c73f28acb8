//! The cookies that keep a browser logged in.

use axum::{
    http::{HeaderValue, header::SET_COOKIE},
    response::AppendHeaders,
};
use chrono::{DateTime, TimeDelta, Utc};

use crate::access::TOKEN_COOKIE;

/// How long browsers keep the cookies: the longest that they agree to.
const LIFETIME: TimeDelta = TimeDelta::days(400);
/// How the session came to be.
const AUTH_TYPE_COOKIE: &str = "immich_auth_type";
/// Scripts may read this one: that somebody is logged in.
const IS_AUTHENTICATED_COOKIE: &str = "immich_is_authenticated";

/// The three cookies of a session, as headers of an answer.
pub type Cookies = AppendHeaders<[(axum::http::HeaderName, HeaderValue); 3]>;

/// The cookies of a session that was begun with a password.
pub fn set(token: &str, is_https: bool, now: DateTime<Utc>) -> Cookies {
    let expires = httpdate::fmt_http_date((now + LIFETIME).into());
    let max_age_s = LIFETIME.num_seconds();
    let secure = if is_https { "; Secure" } else { "" };
    all(|name, http_only| {
        let value = match name {
            TOKEN_COOKIE => token,
            AUTH_TYPE_COOKIE => "password",
            _ => "true",
        };
        format!("{name}={value}; Max-Age={max_age_s}; Path=/; Expires={expires}{http_only}{secure}; SameSite=Lax")
    })
}

/// Has the browser forget them.
pub fn clear() -> Cookies {
    all(|name, http_only| {
        format!("{name}=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT{http_only}; SameSite=Lax")
    })
}

fn all(cookie: impl Fn(&str, &str) -> String) -> Cookies {
    let header = |name: &str, http_only: &str| {
        // Tokens have letters and digits alone, so that this cannot fail.
        let value = HeaderValue::from_str(&cookie(name, http_only)).unwrap_or(HeaderValue::from_static(""));
        (SET_COOKIE, value)
    };
    AppendHeaders([
        header(TOKEN_COOKIE, "; HttpOnly"),
        header(AUTH_TYPE_COOKIE, "; HttpOnly"),
        header(IS_AUTHENTICATED_COOKIE, ""),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(cookies: Cookies) -> Vec<String> {
        cookies.0.iter().map(|(_, value)| value.to_str().expect("ASCII").to_owned()).collect()
    }

    #[test]
    fn cookies_have_the_attributes_that_clients_look_at() {
        let now = DateTime::UNIX_EPOCH;
        let common = "Max-Age=34560000; Path=/; Expires=Fri, 05 Feb 1971 00:00:00 GMT";
        assert_eq!(
            texts(set("secret", false, now)),
            [
                format!("immich_access_token=secret; {common}; HttpOnly; SameSite=Lax"),
                format!("immich_auth_type=password; {common}; HttpOnly; SameSite=Lax"),
                format!("immich_is_authenticated=true; {common}; SameSite=Lax"),
            ]
        );
        assert!(texts(set("secret", true, now)).iter().all(|cookie| cookie.contains("; Secure;")));
    }

    #[test]
    fn cleared_cookies_are_empty_and_old() {
        for cookie in texts(clear()) {
            assert!(cookie.contains("=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970"), "{cookie}");
        }
    }
}

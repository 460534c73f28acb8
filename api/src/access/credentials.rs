//! The credential of a request. The first that is present counts, also when it is bad.

use axum::http::{HeaderMap, Uri, header};
use axum_extra::extract::CookieJar;

/// The cookie that holds a session's token.
pub const TOKEN_COOKIE: &str = "immich_access_token";
/// The cookie that says of which links the password is known.
pub const LINK_COOKIE: &str = "immich_shared_link_token";

/// What a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The key of a shared link.
    ShareKey(String),
    /// The slug of a shared link.
    ShareSlug(String),
    /// A session's token.
    Session(String),
    /// The secret of an API key.
    ApiKey(String),
}

impl Credential {
    /// The credential of a request, in the order in which they count.
    #[must_use]
    pub fn of(headers: &HeaderMap, uri: &Uri) -> Option<Self> {
        let header = |name: &str| headers.get(name).map(|value| text(value.as_bytes()));
        let query = |name: &str| query_value(uri, name);
        header("x-immich-share-key")
            .or_else(|| query("key"))
            .map(Self::ShareKey)
            .or_else(|| header("x-immich-share-slug").or_else(|| query("slug")).map(Self::ShareSlug))
            .or_else(|| {
                header("x-immich-user-token")
                    .or_else(|| header("x-immich-session-token"))
                    .or_else(|| query("sessionKey"))
                    .or_else(|| bearer(headers))
                    .or_else(|| {
                        CookieJar::from_headers(headers).get(TOKEN_COOKIE).map(|cookie| cookie.value().to_owned())
                    })
                    .map(Self::Session)
            })
            .or_else(|| header("x-api-key").or_else(|| query("apiKey")).map(Self::ApiKey))
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = text(headers.get(header::AUTHORIZATION)?.as_bytes());
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn query_value(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?;
    let raw = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })?;
    // Forms write a space as a plus.
    let spaced = raw.replace('+', " ");
    Some(percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// What is no text is a bad credential, and not none.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    fn uri(text: &str) -> Uri {
        text.parse().expect("a uri")
    }

    #[test]
    fn a_link_counts_before_a_session_and_a_session_before_a_key() {
        let all = headers(&[("x-api-key", "k"), ("authorization", "bearer t")]);
        assert_eq!(Credential::of(&all, &uri("/a?key=l")), Some(Credential::ShareKey("l".into())));
        assert_eq!(Credential::of(&all, &uri("/a")), Some(Credential::Session("t".into())));
        let key = headers(&[("x-api-key", "k")]);
        assert_eq!(Credential::of(&key, &uri("/a")), Some(Credential::ApiKey("k".into())));
        assert_eq!(Credential::of(&HeaderMap::new(), &uri("/a")), None);
    }

    #[test]
    fn the_cookie_is_a_session() {
        let cookie = headers(&[("cookie", "other=1; immich_access_token=abc")]);
        assert_eq!(Credential::of(&cookie, &uri("/a")), Some(Credential::Session("abc".into())));
    }

    #[test]
    fn what_is_no_text_is_a_credential_all_the_same() {
        let session = headers(&[("authorization", "bearer t")]);
        for (query, expected) in [
            ("/a?key=%ff", Credential::ShareKey("\u{fffd}".into())),
            ("/a?slug=%ff", Credential::ShareSlug("\u{fffd}".into())),
            ("/a?sessionKey=%ff", Credential::Session("\u{fffd}".into())),
        ] {
            assert_eq!(Credential::of(&session, &uri(query)), Some(expected), "{query}");
        }
        let mut none = session;
        none.insert("x-immich-user-token", header::HeaderValue::from_bytes(b"\xff").expect("a value"));
        assert_eq!(Credential::of(&none, &uri("/a")), Some(Credential::Session("\u{fffd}".into())));
    }

    #[test]
    fn a_query_value_is_decoded() {
        assert_eq!(
            Credential::of(&HeaderMap::new(), &uri("/a?x=1&apiKey=a%2Bb")),
            Some(Credential::ApiKey("a+b".into()))
        );
        for text in ["/a?slug=our+days", "/a?slug=our%20days"] {
            assert_eq!(Credential::of(&HeaderMap::new(), &uri(text)), Some(Credential::ShareSlug("our days".into())));
        }
    }
}

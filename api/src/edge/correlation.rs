//! `X-Correlation-ID` on every answer: the client's own where it sent a sane one, else a new one.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::convert::Infallible;
use uuid::Uuid;

/// Name of the header, in requests and answers.
pub const CORRELATION_ID_HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// Longest id taken from a client: it goes into the metadata of events and into logs.
const MAX_LENGTH: usize = 128;

/// What ties a request, its log lines and its events together. Also an extractor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationId(HeaderValue);

impl CorrelationId {
    /// A new id.
    pub fn random() -> Self {
        let mut text = Uuid::encode_buffer();
        let text = Uuid::new_v4().hyphenated().encode_lower(&mut text);
        // Hexadecimal digits and hyphens are valid in a header.
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none")))
    }

    /// The client's id if it is sane: 1 to 128 visible ASCII characters.
    pub fn of_request(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(CORRELATION_ID_HEADER)?;
        let bytes = value.as_bytes();
        let sane = (1..=MAX_LENGTH).contains(&bytes.len());
        (sane && bytes.iter().all(u8::is_ascii_graphic)).then(|| Self(value.clone()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Middleware (`axum::middleware::from_fn(correlate)`): gives the request its id as an
/// extension and the answer its header.
pub async fn correlate(mut request: Request, next: Next) -> Response {
    let id = CorrelationId::of_request(request.headers()).unwrap_or_else(CorrelationId::random);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(CORRELATION_ID_HEADER, id.0);
    response
}

impl<S: Sync> FromRequestParts<S> for CorrelationId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(Self::random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn echo(header: Option<&str>) -> (String, String) {
        let app = Router::new()
            .route("/", get(|id: CorrelationId| async move { id.as_str().to_owned() }))
            .layer(axum::middleware::from_fn(correlate));
        let mut request = Request::builder().uri("/");
        if let Some(header) = header {
            request = request.header(CORRELATION_ID_HEADER, header);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = app.oneshot(request).await.expect("an answer");
        let sent = response.headers()[CORRELATION_ID_HEADER].to_str().expect("text").to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1000).await.expect("a body");
        (sent, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn echoes_the_clients_id() {
        let (sent, seen) = echo(Some("phone-17")).await;
        assert_eq!((sent.as_str(), seen.as_str()), ("phone-17", "phone-17"));
    }

    #[tokio::test]
    async fn makes_an_id_where_there_is_none_or_a_bad_one() {
        let too_long = "x".repeat(MAX_LENGTH + 1);
        for header in [None, Some(""), Some("a b"), Some(too_long.as_str())] {
            let (sent, seen) = echo(header).await;
            assert!(Uuid::parse_str(&sent).is_ok(), "{sent}");
            assert_eq!(sent, seen);
        }
    }

    #[tokio::test]
    async fn errors_carry_it_too() {
        let app = Router::<()>::new().layer(axum::middleware::from_fn(correlate));
        let request = Request::builder().uri("/none").body(Body::empty()).expect("a request");
        let response = app.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 404);
        assert!(response.headers().contains_key(CORRELATION_ID_HEADER));
    }
}

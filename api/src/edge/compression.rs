//! Compression of texts, tuned for the server's time rather than the last byte: the fastest level,
//! and only where it pays.

use axum::body::HttpBody;
use axum::http::{HeaderMap, Response, header};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Shorter texts fit into one packet anyway.
const MIN_BYTES: u64 = 1024;

/// Layer that compresses JSON, HTML and other texts with gzip or brotli, as the client accepts.
pub fn compression_layer() -> CompressionLayer<Compressible> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(Compressible)
}

/// Which answers are worth compressing: texts of some length. Media are compressed already.
#[derive(Debug, Clone, Copy)]
pub struct Compressible;

impl Predicate for Compressible {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        let known_bytes = declared_length(response.headers()).or(response.body().size_hint().exact());
        known_bytes.is_none_or(|bytes| bytes >= MIN_BYTES) && is_text(response.headers())
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim_end();
    match kind.split_once('/') {
        // Events have to leave one by one.
        Some(("text", "event-stream")) => false,
        Some(("text", _)) => true,
        Some(("application", "json" | "javascript" | "xml" | "yaml" | "wasm")) => true,
        Some(("image", "svg+xml")) => true,
        Some((_, subtype)) => subtype.ends_with("+json"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    const LONG: usize = 100_000;

    async fn ask(accepted: &str, kind: &'static str, length: usize) -> (String, usize) {
        let answer = move || async move { ([(header::CONTENT_TYPE, kind)], "0123456789".repeat(length / 10)) };
        let app = Router::new().route("/", get(answer)).layer(compression_layer());
        let request = Request::builder().uri("/").header(header::ACCEPT_ENCODING, accepted);
        let response = app.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let encoding = response.headers().get(header::CONTENT_ENCODING).cloned();
        let encoding = encoding.map_or(String::new(), |value| value.to_str().expect("text").to_owned());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (encoding, body.len())
    }

    #[tokio::test]
    async fn long_texts_are_compressed_as_accepted() {
        for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0, br", "br")] {
            for kind in ["application/json", "text/html; charset=utf-8", "application/manifest+json"] {
                let (used, length) = ask(accepted, kind, LONG).await;
                assert_eq!(used, encoding, "{accepted} {kind}");
                assert!(length < LONG / 10, "{length}");
            }
        }
    }

    #[tokio::test]
    async fn the_rest_is_sent_as_it_is() {
        for (accepted, kind, length) in [
            ("identity", "application/json", LONG),
            ("gzip", "application/json", 1020),
            ("gzip", "image/jpeg", LONG),
            ("gzip", "video/mp4", LONG),
            ("gzip", "application/octet-stream", LONG),
            ("gzip", "text/event-stream", LONG),
        ] {
            assert_eq!(ask(accepted, kind, length).await, (String::new(), length), "{kind}");
        }
    }
}

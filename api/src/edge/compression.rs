//! Compression of texts, tuned for the server's time rather than the last byte: the fastest level,
//! and only where it pays.
//!
//! An answer that lies in memory is compressed as a whole, by a compressor that is kept: a streaming one is made anew for
//! each answer, which for a month of the timeline costs as much as the compressing itself.

use std::cell::RefCell;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::middleware::Next;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// Shorter texts fit into one packet anyway.
pub(super) const MIN_BYTES: u64 = 1024;

/// What is longer would keep a thread from others for milliseconds, and is left to the streaming layer.
pub(super) const MAX_WHOLE_BYTES: u64 = 2 * 1024 * 1024;
/// Of 2 to this power bytes each can be told to be a repetition; the most that gzip has.
const WINDOW_BITS: u8 = 15;

/// Middleware: compresses what lies in memory for clients that take gzip. Everything else is left to
/// [`compression_layer`], around it.
pub async fn compress_whole(request: Request, next: Next) -> axum::response::Response {
    let accepts_gzip = accepts_gzip(request.headers());
    let response = next.run(request).await;
    if !accepts_gzip || !is_whole_text(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Its length is known, so it is one piece in memory.
    let Ok(plain) = axum::body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let Some(compressed) = gzip(&plain) else { return Response::from_parts(parts, plain.into()) };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::ACCEPT_RANGES);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, compressed.into())
}

fn is_whole_text(response: &axum::response::Response) -> bool {
    let is_short_enough = response.body().size_hint().exact().is_some_and(|bytes| bytes <= MAX_WHOLE_BYTES);
    let is_as_made =
        [header::CONTENT_ENCODING, header::CONTENT_RANGE].iter().all(|name| !response.headers().contains_key(name));
    is_short_enough && is_as_made && Compressible.should_compress(response)
}

/// Whether gzip is among what a client takes, and not by a quality of 0. Where others are too it is still the quickest.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map(|quality| quality.parse::<f32>());
        is_gzip && quality.is_none_or(|quality| quality.is_ok_and(|quality| quality > 0.0))
    })
}

thread_local! {
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new_gzip(Compression::fast(), WINDOW_BITS));
}

/// None where the compressor fails, which it does not.
pub(super) fn gzip(plain: &[u8]) -> Option<Bytes> {
    /// JSON becomes a fifth or less; what does not is given more room.
    const USUAL_SHARE: usize = 4;
    let mut compressed = Vec::with_capacity(plain.len() / USUAL_SHARE);
    COMPRESSOR.with_borrow_mut(|compressor| {
        compressor.reset();
        loop {
            let taken = usize::try_from(compressor.total_in()).ok()?;
            match compressor.compress_vec(plain.get(taken..)?, &mut compressed, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return Some(()),
                Ok(_) => compressed.reserve(plain.len() / USUAL_SHARE + WINDOW_BITS as usize),
                Err(_) => return None,
            }
        }
    })?;
    Some(compressed.into())
}

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
        let app = Router::new()
            .route("/", get(answer))
            .layer(axum::middleware::from_fn(compress_whole))
            .layer(compression_layer());
        let request = Request::builder().uri("/").header(header::ACCEPT_ENCODING, accepted);
        let response = app.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let encoding = response.headers().get(header::CONTENT_ENCODING).cloned();
        let encoding = encoding.map_or(String::new(), |value| value.to_str().expect("text").to_owned());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (encoding, body.len())
    }

    #[tokio::test]
    async fn long_texts_are_compressed_as_accepted() {
        for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0, br", "br"), ("br, GZIP;q=0.5", "gzip")]
        {
            for kind in ["application/json", "text/html; charset=utf-8", "application/manifest+json"] {
                let (used, length) = ask(accepted, kind, LONG).await;
                assert_eq!(used, encoding, "{accepted} {kind}");
                assert!(length < LONG / 10, "{length}");
            }
        }
    }

    #[test]
    fn what_was_compressed_is_what_comes_out() {
        use std::io::Read;
        for length in [0, 1, 1000, 300_000] {
            // A part that repeats and one that does not.
            let noise = (0..length as u64).map(|number| (number * number % 251) as u8);
            let plain: Vec<u8> = noise.chain(std::iter::repeat_n(7, length)).collect();
            let compressed = gzip(&plain).expect("is compressed");
            let mut read = Vec::new();
            flate2::read::GzDecoder::new(compressed.as_ref()).read_to_end(&mut read).expect("is gzip");
            assert_eq!(read, plain);
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

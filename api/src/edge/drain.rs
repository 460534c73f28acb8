//! Answers that come before the whole request was read.
//!
//! A client that is still sending when the connection closes sees a broken connection, and might
//! never read the answer. So what it still sends is read and thrown away, within bounds and behind
//! the answer; a client that sends more than that has to live with the broken connection.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

/// What is read on at most: the rest of most photos. A longer film is cut off.
const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;
/// How long is read on at most.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(10);

/// Middleware: reads on what a handler left unread.
pub async fn drain(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // Who waits for leave to send sends nothing once it has its answer.
    if body.is_end_stream() || parts.headers.contains_key(header::EXPECT) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let shared = Shared::new(body);
    let response = next.run(Request::from_parts(parts, Body::from_stream(shared.clone()))).await;
    if shared.has_more() {
        tokio::spawn(tokio::time::timeout(MAX_DRAIN_TIME, discard(shared)));
    }
    response
}

/// A request's body that can still be reached after its handler has dropped it; empty once it was
/// read to its end.
#[derive(Clone)]
struct Shared(Arc<Mutex<Option<BodyDataStream>>>);

impl Shared {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(Some(body.into_data_stream()))))
    }

    fn has_more(&self) -> bool {
        self.0.lock().as_ref().is_some_and(|stream| !stream.is_end_stream())
    }
}

impl Stream for Shared {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.lock();
        let Some(stream) = source.as_mut() else { return Poll::Ready(None) };
        let polled = stream.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            *source = None;
        }
        polled.map_err(io::Error::other)
    }
}

async fn discard(mut rest: Shared) {
    let mut discarded_bytes = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        discarded_bytes += chunk.len();
        if discarded_bytes > MAX_DRAINED_BYTES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, middleware, routing::post};
    use futures::stream;
    use tower::ServiceExt;

    use super::*;

    /// Chunks taken from a body of 10 whose handler gives up after the third.
    async fn taken(request: axum::http::request::Builder) -> usize {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        let chunks = stream::iter(0..10).map(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, io::Error>(Bytes::from_static(b"x"))
        });
        let gives_up = async |request: Request| {
            let mut reader = request.into_body().into_data_stream();
            for _ in 0..3 {
                assert!(reader.next().await.is_some());
            }
        };
        let router: Router = Router::new().route("/", post(gives_up)).layer(middleware::from_fn(drain));
        let request = request.method("POST").uri("/").body(Body::from_stream(chunks)).expect("a request");
        assert_eq!(router.oneshot(request).await.expect("an answer").status(), 200);
        tokio::time::sleep(Duration::from_millis(50)).await;
        taken.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn the_rest_is_read_on() {
        assert_eq!(taken(Request::builder()).await, 10);
    }

    #[tokio::test]
    async fn who_waits_for_leave_is_not_given_it() {
        assert_eq!(taken(Request::builder().header(header::EXPECT, "100-continue")).await, 3);
    }

    #[tokio::test]
    async fn a_body_that_was_read_has_nothing_left() {
        let mut shared = Shared::new(Body::from("abc"));
        assert!(shared.has_more());
        assert_eq!(shared.next().await.expect("a chunk").expect("bytes"), "abc");
        assert!(shared.next().await.is_none());
        assert!(!shared.has_more());
    }
}

//! Answers that come before the whole request was read.
//!
//! A client that is still sending when the connection closes sees a broken connection and never
//! the answer. So what it is still sending is read and thrown away first, within bounds: a client
//! that sends more than that has to live with the broken connection.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

/// More is not worth reading for the sake of an answer.
const MAX_DRAINED_BYTES: usize = 32 * 1024 * 1024;
/// A client that is slower than this gets its answer on a broken connection.
const DRAIN_TIME: Duration = Duration::from_secs(5);

type Source = axum::body::BodyDataStream;

/// A request's body that can still be reached after its handler has dropped it.
struct Shared(Arc<Mutex<Option<Source>>>);

impl Stream for Shared {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.lock();
        let Some(stream) = source.as_mut() else { return Poll::Ready(None) };
        let polled = stream.poll_next_unpin(context);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            // Read to its end: nothing is left to drain.
            *source = None;
        }
        polled
    }
}

/// Middleware: reads what a handler left unread, within bounds, before its answer is sent.
pub async fn drain(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if axum::body::HttpBody::is_end_stream(&body) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let source = Arc::new(Mutex::new(Some(body.into_data_stream())));
    let shared = Body::from_stream(Shared(source.clone()));
    let response = next.run(Request::from_parts(parts, shared)).await;
    let rest = source.lock().take();
    if let Some(rest) = rest {
        let _ = tokio::time::timeout(DRAIN_TIME, discard(rest)).await;
    }
    response
}

async fn discard(mut rest: Source) {
    let mut discarded_bytes = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        discarded_bytes += chunk.len();
        if discarded_bytes > MAX_DRAINED_BYTES {
            return;
        }
    }
}

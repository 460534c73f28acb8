//! Reads on what a client still sends when its answer is decided already. Closing the connection
//! on unread bytes would reset it, and the client might never get to read the answer.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

/// What is read on at most: the rest of most photos. A longer film is cut off.
const MAX_DRAINED_BYTES: usize = 64 * 1024 * 1024;
/// How long is read on at most.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(10);

/// A body that can be read on after its reader has given up.
pub struct Drainable {
    stream: Arc<Mutex<BodyDataStream>>,
    /// Who waits for leave to send sends nothing once it has its answer.
    waits_for_leave: bool,
}

impl Drainable {
    /// Takes the body of a request.
    pub fn new(headers: &HeaderMap, body: Body) -> Self {
        let stream = Arc::new(Mutex::new(body.into_data_stream()));
        Self { stream, waits_for_leave: headers.contains_key(header::EXPECT) }
    }

    /// The body, for its reader.
    pub fn body(&self) -> Body {
        Body::from_stream(Shared(self.stream.clone()))
    }

    /// Reads what is left, within bounds and behind the answer.
    pub fn drain(self) {
        if self.waits_for_leave {
            return;
        }
        let mut rest = Shared(self.stream);
        let read = async move {
            let mut drained_bytes = 0;
            while let Some(Ok(chunk)) = rest.next().await {
                drained_bytes += chunk.len();
                if drained_bytes > MAX_DRAINED_BYTES {
                    return;
                }
            }
        };
        tokio::spawn(tokio::time::timeout(MAX_DRAIN_TIME, read));
    }
}

struct Shared(Arc<Mutex<BodyDataStream>>);

impl Stream for Shared {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut *self.0.lock()).poll_next(context);
        polled.map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::stream;

    use super::*;

    /// Chunks taken from a body of 10 whose reader gives up after the third.
    async fn taken(headers: HeaderMap) -> usize {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        let chunks = stream::iter(0..10).map(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, io::Error>(Bytes::from_static(b"x"))
        });
        let drainable = Drainable::new(&headers, Body::from_stream(chunks));
        let mut reader = drainable.body().into_data_stream();
        for _ in 0..3 {
            assert!(reader.next().await.is_some());
        }
        drop(reader);
        drainable.drain();
        tokio::time::sleep(Duration::from_millis(50)).await;
        taken.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn the_rest_is_read_on() {
        assert_eq!(taken(HeaderMap::new()).await, 10);
    }

    #[tokio::test]
    async fn who_waits_for_leave_is_not_given_it() {
        let expects = HeaderMap::from_iter([(header::EXPECT, "100-continue".parse().expect("a value"))]);
        assert_eq!(taken(expects).await, 3);
    }
}

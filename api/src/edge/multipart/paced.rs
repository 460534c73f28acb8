//! Holds the multipart parser to one chunk at a time. By itself it takes in all that the client
//! has sent before it hands anything on, which is as much memory as the client is faster than
//! the disk.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::BodyDataStream;
use bytes::Bytes;
use futures::Stream;

/// The headers of a part are longer than any client's.
#[derive(Debug, thiserror::Error)]
#[error("the headers of a part are too long")]
pub(super) struct HeadersTooLong;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How many bytes may still pass; lifted while a part's data is read, since that is handed on.
#[derive(Clone)]
pub(super) struct Allowance(Arc<AtomicU64>);

impl Default for Allowance {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl Allowance {
    pub fn limit_to(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    pub fn lift(&self) {
        self.limit_to(u64::MAX);
    }

    /// Whether there was something left. The chunk that exceeds the limit still passes, since the
    /// end of the headers may be in it.
    fn spend(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left != u64::MAX {
            self.0.store(left.saturating_sub(bytes as u64), Ordering::Relaxed);
        }
        left > 0
    }
}

pub(super) struct Paced {
    body: BodyDataStream,
    allowance: Allowance,
    has_just_given: bool,
}

impl Paced {
    pub fn new(body: BodyDataStream, allowance: Allowance) -> Self {
        Self { body, allowance, has_just_given: false }
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_just_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.body).poll_next(context);
        let Poll::Ready(Some(Ok(chunk))) = polled else {
            return polled.map_err(BoxError::from);
        };
        self.has_just_given = true;
        if self.allowance.spend(chunk.len()) {
            Poll::Ready(Some(Ok(chunk)))
        } else {
            Poll::Ready(Some(Err(Box::new(HeadersTooLong))))
        }
    }
}

//! Long lists, written page by page while the client reads: the first is soon there, and none is in memory whole.

use std::collections::VecDeque;

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Serialize;

use super::ApiError;

/// A list that is read page by page.
pub trait Pages: Send + 'static {
    /// What is in it, as clients see it.
    type Item: Serialize;

    /// The next ones; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Self::Item>, ApiError>> + Send;
}

/// A JSON array of all that is in `pages`.
///
/// # Errors
/// The first page cannot be read. When a later one cannot, the answer breaks off.
pub async fn json_array<P: Pages>(mut pages: P) -> Result<Response, ApiError> {
    let first = pages.next().await?;
    let is_short = first.is_empty();
    let mut ready = VecDeque::from([written(b'[', &first)?]);
    if is_short {
        ready.push_back(Bytes::from_static(b"]"));
    }
    let begin = (pages, ready, is_short);
    let chunks = stream::try_unfold(begin, |(mut pages, mut ready, mut is_over)| async move {
        if let Some(chunk) = ready.pop_front() {
            return Ok::<_, std::io::Error>(Some((chunk, (pages, ready, is_over))));
        }
        if is_over {
            return Ok(None);
        }
        let items = pages.next().await.map_err(broken)?;
        is_over = items.is_empty();
        let chunk = if is_over { Bytes::from_static(b"]") } else { written(b',', &items).map_err(broken)? };
        Ok(Some((chunk, (pages, ready, is_over))))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(chunks)).into_response())
}

fn broken(error: ApiError) -> std::io::Error {
    std::io::Error::other(error.message().to_owned())
}

/// The items with commas between them, behind `before`.
fn written<T: Serialize>(before: u8, items: &[T]) -> Result<Bytes, ApiError> {
    let mut out = serde_json::to_vec(items).map_err(ApiError::internal_outside_handlers)?;
    // The brackets of the page go: the first is the place for what stands before it.
    out.pop();
    match out.first_mut() {
        Some(bracket) => *bracket = before,
        None => out.push(before),
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    struct Numbers(VecDeque<Vec<i64>>);

    impl Pages for Numbers {
        type Item = i64;

        async fn next(&mut self) -> Result<Vec<i64>, ApiError> {
            Ok(self.0.pop_front().unwrap_or_default())
        }
    }

    #[tokio::test]
    async fn pages_make_one_array() {
        for (pages, expected) in [
            (vec![], "[]"),
            (vec![vec![1]], "[1]"),
            (vec![vec![1, 2], vec![3]], "[1,2,3]"),
            (vec![vec![1], vec![2], vec![3, 4]], "[1,2,3,4]"),
        ] {
            let answer = json_array(Numbers(pages.into())).await.map_err(|error| error.message().to_owned());
            let body = to_bytes(answer.expect("an answer").into_body(), 1_000).await.expect("a body");
            assert_eq!(body, expected);
        }
    }
}

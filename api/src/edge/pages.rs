//! Long lists, written page by page while the client reads: the first is soon there, and none is in memory whole.

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;

use super::ApiError;

/// A list that is written page by page.
pub trait Written: Send + 'static {
    /// Appends the next items as JSON, with commas between them; nothing at the end.
    fn write_next(&mut self, out: &mut Vec<u8>) -> impl Future<Output = Result<(), ApiError>> + Send;
}

/// A JSON array of all that is in `pages`.
///
/// # Errors
/// The first page cannot be read. When a later one cannot, the answer breaks off.
pub async fn json_array<W: Written>(mut pages: W) -> Result<Response, ApiError> {
    let first = chunk(&mut pages, b'[').await?;
    let ready = first.unwrap_or_else(|| Bytes::from_static(b"["));
    let chunks = stream::try_unfold((pages, Some(ready), false), |(mut pages, ready, is_over)| async move {
        if let Some(ready) = ready {
            return Ok::<_, std::io::Error>(Some((ready, (pages, None, is_over))));
        }
        if is_over {
            return Ok(None);
        }
        // What is in memory is written as fast as it can be sent, and whoever begins to ask has to come in between.
        tokio::task::yield_now().await;
        let next = chunk(&mut pages, b',').await.map_err(broken)?;
        let is_over = next.is_none();
        Ok(Some((next.unwrap_or_else(|| Bytes::from_static(b"]")), (pages, None, is_over))))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(chunks)).into_response())
}

fn broken(error: ApiError) -> std::io::Error {
    std::io::Error::other(error.message().to_owned())
}

/// The next items behind `before`; none at the end.
async fn chunk<W: Written>(pages: &mut W, before: u8) -> Result<Option<Bytes>, ApiError> {
    let mut out = vec![before];
    pages.write_next(&mut out).await?;
    Ok((out.len() > 1).then(|| out.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use axum::body::to_bytes;

    use super::*;

    struct Numbers(VecDeque<Vec<i64>>);

    impl Written for Numbers {
        async fn write_next(&mut self, out: &mut Vec<u8>) -> Result<(), ApiError> {
            let page = self.0.pop_front().unwrap_or_default();
            let texts: Vec<String> = page.iter().map(i64::to_string).collect();
            out.extend(texts.join(",").as_bytes());
            Ok(())
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

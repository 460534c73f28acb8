//! Tags of what is answered in JSON: whoever has the same text already is not sent it again.

use std::hash::{DefaultHasher, Hasher};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

/// Longer texts are not what clients ask for again and again, and would keep a thread from others.
pub(super) const MAX_BYTES: u64 = 2 * 1024 * 1024;

/// Middleware: gives JSON that lies in memory its tag, and answers 304 where the client named it.
pub async fn tag_json(request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if !is_get || !is_whole_json(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Its length is known, so it is one piece in memory.
    let Ok(text) = axum::body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let tag = tag_of(&text);
    let is_known = known.is_some_and(|known| names(&known, &tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    if !is_known {
        return Response::from_parts(parts, text.into());
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    Response::from_parts(parts, Body::empty())
}

fn is_whole_json(response: &Response) -> bool {
    let is_short_enough = response.body().size_hint().exact().is_some_and(|bytes| bytes <= MAX_BYTES);
    response.status() == StatusCode::OK
        && is_short_enough
        && is_json(response.headers())
        && !response.headers().contains_key(header::ETAG)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"))
}

/// The length and a hash. Nobody gains by two texts with one tag but whoever wrote both.
pub(super) fn tag_of(text: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    format!("\"{:x}-{:016x}\"", text.len(), hasher.finish())
}

pub(super) fn names(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    let is_it = |one: &str| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag;
    known.split(',').map(str::trim).any(is_it)
}

#[cfg(test)]
mod tests {
    use axum::{
        Json, Router,
        middleware::from_fn,
        routing::{get, post},
    };
    use tower::ServiceExt;

    use super::*;

    async fn ask(method: Method, path: &str, known: Option<&str>) -> (u16, Option<String>, String) {
        let text = async || Json(serde_json::json!({"message": "Grüße"}));
        let app = Router::<()>::new()
            .route("/json", get(text))
            .route("/posted", post(text))
            .route("/plain", get(async || "plain"))
            .route("/refused", get(async || (StatusCode::BAD_REQUEST, Json("no"))))
            .layer(from_fn(tag_json));
        let mut request = Request::builder().method(method).uri(path);
        if let Some(known) = known {
            request = request.header(header::IF_NONE_MATCH, known);
        }
        let request = request.body(Body::empty()).expect("a request");
        let (parts, body) = app.oneshot(request).await.expect("an answer").into_parts();
        let body = axum::body::to_bytes(body, 1_000).await.expect("a body");
        let tag = parts.headers.get(header::ETAG).map(|tag| tag.to_str().expect("a text").to_owned());
        (parts.status.as_u16(), tag, String::from_utf8(body.to_vec()).expect("a text"))
    }

    #[tokio::test]
    async fn whoever_has_it_is_not_sent_it_again() {
        let (status, tag, body) = ask(Method::GET, "/json", None).await;
        let tag = tag.expect("a tag");
        assert_eq!((status, body.as_str()), (200, "{\"message\":\"Grüße\"}"));
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            assert_eq!(
                ask(Method::GET, "/json", Some(&known)).await,
                (304, Some(tag.clone()), String::new()),
                "{known}"
            );
        }
        assert_eq!(ask(Method::GET, "/json", Some("\"other\"")).await, (200, Some(tag), body));
    }

    #[tokio::test]
    async fn only_what_was_read_in_json_has_a_tag() {
        for (method, path) in [(Method::POST, "/posted"), (Method::GET, "/plain"), (Method::GET, "/refused")] {
            assert_eq!(ask(method, path, Some("*")).await.1, None, "{path}");
        }
    }

    #[test]
    fn other_texts_have_other_tags() {
        assert_ne!(tag_of(b"[1]"), tag_of(b"[2]"));
        assert_eq!(tag_of(b"[1]"), tag_of(b"[1]"));
    }
}

//! Errors as clients see them. This is the only place that decides a status.

use std::borrow::Cow;
use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::validate::Issue;

/// When a client may ask again after the server had no room: long enough for a queue of writes
/// to drain, short enough for a person who waits.
const RETRY_AFTER_S: u32 = 1;

/// An answer that is no success. Its message is for the client; a cause, where there is one, has
/// been logged by the constructor and is never sent.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {message}")]
pub struct ApiError {
    status: StatusCode,
    message: Cow<'static, str>,
    issues: Vec<Issue>,
    retry_after_s: Option<u32>,
    /// Whether it says that something was not found, which a read model that is behind may find yet.
    may_come: bool,
}

/// Marks an answer that may be wrong where the read models are behind: see [`ApiError::no_access`].
#[derive(Clone, Copy, Debug)]
pub struct MayCome;

#[derive(Serialize)]
struct Body<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[Issue]>::is_empty")]
    errors: &'a [Issue],
}

impl ApiError {
    fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), issues: Vec::new(), retry_after_s: None, may_come: false }
    }

    /// 400: a rule refused the request.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400: one of the ids is unknown, or not the caller's to use this way. Both look the same, so
    /// that ids cannot be probed.
    pub fn no_access(permission: &str) -> Self {
        Self { may_come: true, ..Self::bad_request(format!("Not found or no {permission} access")) }
    }

    /// Whether it says that an id is unknown or not the caller's.
    pub const fn is_no_access(&self) -> bool {
        self.may_come
    }

    /// 400: the request does not fit the published schema.
    pub fn validation(issues: Vec<Issue>) -> Self {
        Self { issues, ..Self::bad_request("Validation failed") }
    }

    /// 401: the credential is missing or bad, or the session is not elevated.
    pub fn unauthorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 401: no credential came with the request.
    pub fn authentication_required() -> Self {
        Self::unauthorized("Authentication required")
    }

    /// 401: the session has to be unlocked first.
    pub fn elevation_required() -> Self {
        Self::unauthorized("Elevated permission is required")
    }

    /// 403 with a message of its own.
    pub fn forbidden_because(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// 403: for administrators only, or not for shared links.
    pub fn forbidden() -> Self {
        Self::forbidden_because("Forbidden")
    }

    /// 403: this server only shows the library.
    pub fn read_only() -> Self {
        Self::forbidden_because("This server only shows the library; nothing can be changed on it")
    }

    /// 403: this server only shows the library, and makes no sessions.
    pub fn log_in_elsewhere() -> Self {
        Self::forbidden_because(
            "This server only shows the library. Log in on the server that it belongs to: the session is good here too",
        )
    }

    /// 403: the API key lacks a permission.
    pub fn missing_permission(permission: &str) -> Self {
        Self::forbidden_because(format!("Missing required permission: {permission}"))
    }

    /// 404: no such route, or no such file.
    pub fn not_found() -> Self {
        Self::not_found_because("Not Found")
    }

    /// 404 with a message of its own.
    pub fn not_found_because(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 405: the route exists, but not with this method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    /// 406: the client takes none of the forms there are.
    pub fn not_acceptable() -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "Not Acceptable")
    }

    /// 413: the body is larger than this kind of request may have.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large")
    }

    /// 500: the handler, by its name in the API (`getAllAlbums` or `get_all_albums`), could not do
    /// its work. The cause goes to the log.
    pub fn internal(handler: &str, cause: impl Display) -> Self {
        let message = format!("Failed to {}", spaced_lower_case(handler));
        tracing::error!(handler, cause = format!("{cause:#}"), "{message}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// 500 outside any handler. The cause goes to the log.
    pub fn internal_outside_handlers(cause: impl Display) -> Self {
        tracing::error!(cause = format!("{cause:#}"), "Internal server error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    /// 501: the API has it, this server does not yet.
    pub fn not_built(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, format!("{what} is not built yet in Albumen"))
    }

    /// 503: the server has no room for the request now.
    pub fn try_again() -> Self {
        let message = "The server is busy; try again in a moment";
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, message);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..refusal }
    }

    /// 507: the disk that holds the library is full.
    pub fn storage_full() -> Self {
        let message = "The server's disk is full; free some room and try again";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, message)
    }

    /// The status that the client will see.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The message that the client will see.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What did not fit the schema.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// As routes that send files answer: any refusal made while they prepared looks like a
    /// missing file. Missing credentials and permissions are decided before that and stay.
    pub fn masked_as_missing_file(self) -> Self {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self,
            _ => Self { may_come: self.may_come, ..Self::not_found() },
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body { message: &self.message, errors: &self.issues };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.may_come {
            response.extensions_mut().insert(MayCome);
        }
        response
    }
}

/// `getAllAlbums` and `get_all_albums` become `get all albums`.
fn spaced_lower_case(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        match letter {
            '_' => spaced.push(' '),
            upper if upper.is_ascii_uppercase() => {
                spaced.push(' ');
                spaced.push(upper.to_ascii_lowercase());
            }
            other => spaced.push(other),
        }
    }
    spaced.trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shown(error: ApiError) -> (u16, String) {
        let response = error.into_response();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a short body");
        (status, String::from_utf8(body.to_vec()).expect("JSON is UTF-8"))
    }

    #[tokio::test]
    async fn bodies_hold_the_message_alone() {
        let expected = r#"{"message":"Not found or no asset.read access"}"#;
        assert_eq!(shown(ApiError::no_access("asset.read")).await, (400, expected.to_owned()));
        let expected = r#"{"message":"Missing required permission: asset.read"}"#;
        assert_eq!(shown(ApiError::missing_permission("asset.read")).await, (403, expected.to_owned()));
        let expected = r#"{"message":"OCR is not built yet in Albumen"}"#;
        assert_eq!(shown(ApiError::not_built("OCR")).await, (501, expected.to_owned()));
    }

    #[tokio::test]
    async fn causes_stay_inside() {
        let error = ApiError::internal("getAllAlbums", "password=hunter2");
        assert_eq!(shown(error).await, (500, r#"{"message":"Failed to get all albums"}"#.into()));
        let error = ApiError::internal("search_assets", "x");
        assert_eq!(error.message(), "Failed to search assets");
    }

    #[tokio::test]
    async fn validation_lists_its_issues() {
        let error = ApiError::validation(vec![Issue::custom(&["a"], "no")]);
        let expected = concat!(
            r#"{"message":"Validation failed","#,
            r#""errors":[{"code":"custom","path":["a"],"message":"no"}]}"#
        );
        assert_eq!(shown(error).await, (400, expected.to_owned()));
    }

    #[test]
    fn a_busy_server_says_when_to_ask_again() {
        let response = ApiError::try_again().into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }

    #[test]
    fn file_routes_hide_refusals_but_not_credentials() {
        assert_eq!(ApiError::no_access("asset.download").masked_as_missing_file().status(), 404);
        assert_eq!(ApiError::authentication_required().masked_as_missing_file().status(), 401);
        assert_eq!(ApiError::forbidden().masked_as_missing_file().status(), 403);
    }
}

//! What went wrong, as FastAPI says it.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// An answer that is none.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Value,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: Value::String(detail.into()) }
    }

    /// The request has no form.
    pub(super) fn malformed() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid request format.")
    }

    /// The request lacks a field.
    pub(super) fn missing(field: &str) -> Self {
        let detail = json!([{"type": "missing", "loc": ["body", field], "msg": "Field required", "input": null}]);
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail }
    }

    /// The request is at fault.
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// It is too large.
    pub(super) fn too_large() -> Self {
        let mib = super::MAX_REQUEST_BYTES >> 20;
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a request may have {mib} MiB"))
    }

    /// There is no answer to this.
    pub(super) fn failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    }

    /// Not now: it may be tried again.
    pub(super) fn not_now(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::warn!(status = self.status.as_u16(), detail = %self.detail, "a request came to nothing");
        }
        (self.status, Json(json!({"detail": self.detail}))).into_response()
    }
}

//! What went wrong, as FastAPI says it.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Says what is at fault where the status does not.
const FAULT_HEADER: HeaderName = HeaderName::from_static("x-albumen-fault");
/// The picture is: it will not be understood another time either.
const IMAGE_FAULT: &str = "image";
/// The model is: it is not here, and does not come.
const MODEL_FAULT: &str = "model";

/// An answer that is none.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Value,
    /// What the header says is at fault.
    fault: Option<&'static str>,
    is_of_device: bool,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: Value::String(detail.into()), fault: None, is_of_device: false }
    }

    /// The request has no form.
    pub(super) fn malformed() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid request format.")
    }

    /// The request lacks a field.
    pub(super) fn missing(field: &str) -> Self {
        let detail = json!([{"type": "missing", "loc": ["body", field], "msg": "Field required", "input": null}]);
        Self { detail, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "") }
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

    /// The picture cannot be decoded. By its status that is a failure like any other, and whoever asks would try again
    /// in vain; so a header says what is at fault.
    pub(super) fn undecodable(detail: impl Into<String>) -> Self {
        Self { fault: Some(IMAGE_FAULT), ..Self::failed(detail) }
    }

    /// The model is not here, and could not be fetched. Its status, too, is that of any failure; a header says that it may
    /// be tried again when there is one.
    pub(super) fn lacking(detail: impl Into<String>) -> Self {
        Self { fault: Some(MODEL_FAULT), ..Self::failed(detail) }
    }

    /// Not now: it may be tried again.
    pub(super) fn not_now(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// Not now: the device was lost.
    pub(super) fn lost(detail: impl Into<String>) -> Self {
        Self { is_of_device: true, ..Self::not_now(detail) }
    }

    /// Whether the device was lost.
    pub(super) fn is_of_device(&self) -> bool {
        self.is_of_device
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::warn!(status = self.status.as_u16(), detail = %self.detail, "a request came to nothing");
        }
        let mut response = (self.status, Json(json!({"detail": self.detail}))).into_response();
        if let Some(fault) = self.fault {
            response.headers_mut().insert(FAULT_HEADER, HeaderValue::from_static(fault));
        }
        response
    }
}

//! Extractors of axum that hand out only what fits the schema.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use serde_json::Value;

use super::{Valid, check_json, check_pairs};
use crate::edge::ApiError;

/// Largest JSON body. A bulk request names each asset in 39 bytes, so this is some 250,000 of
/// them.
pub const MAX_JSON_BYTES: usize = 10 * 1024 * 1024;

/// A JSON body that fits the schema of `T`.
#[derive(Debug, Clone)]
pub struct ValidJson<T>(pub T);

/// A query string that fits the schema of `T`.
#[derive(Debug, Clone)]
pub struct ValidQuery<T>(pub T);

/// Parameters of the path that fit the schema of `T`.
#[derive(Debug, Clone)]
pub struct ValidPath<T>(pub T);

impl<T: Valid, S: Send + Sync> FromRequest<S> for ValidJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = read_body(request).await?;
        let value = if is_json { parse(&bytes)? } else { None };
        check_json(value).map(Self)
    }
}

async fn read_body(request: Request) -> Result<Bytes, ApiError> {
    let body = request.into_body();
    axum::body::to_bytes(body, MAX_JSON_BYTES).await.map_err(|error| {
        if error.into_inner().is::<LengthLimitError>() {
            return ApiError::too_large();
        }
        ApiError::bad_request("request aborted")
    })
}

/// Only what says that it is JSON is read as JSON: a form on a foreign page cannot say so.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.get(kind.len().saturating_sub(5)..).is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

fn parse(bytes: &[u8]) -> Result<Option<Value>, ApiError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let parsed = serde_json::from_slice(bytes);
    parsed.map(Some).map_err(|error| ApiError::bad_request(error.to_string()))
}

impl<T: Valid, S: Send + Sync> FromRequestParts<S> for ValidQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::bad_request(error.to_string()))?;
        check_pairs(pairs).map(Self)
    }
}

impl<T: Valid, S: Send + Sync> FromRequestParts<S> for ValidPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let parameters = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::bad_request(error.to_string()))?;
        let pairs = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        check_pairs(pairs).map(Self)
    }
}

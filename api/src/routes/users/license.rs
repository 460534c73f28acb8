//! A user's product key.

use albumen_domain::user::{User, UserCommand};
use axum::{Json, extract::State, http::StatusCode};

use crate::{
    access::{Caller, Request},
    app::App,
    dto::users::{LicenseKeyDto, LicenseResponseDto},
    edge::{ApiError, ValidJson},
    routes::server::{refuse_license, shown_license},
};

/// The caller's product key.
#[utoipa::path(
    get,
    path = "/users/me/license",
    tag = "Users",
    operation_id = "getUserLicense",
    responses((status = 200, body = LicenseResponseDto))
)]
pub async fn get_user_license(caller: Caller) -> Result<Json<LicenseResponseDto>, ApiError> {
    let license = caller.account.license.clone().and_then(shown_license);
    license.map(|license| Json(LicenseResponseDto(license))).ok_or_else(ApiError::not_found)
}

/// Enters a product key.
#[utoipa::path(
    put,
    path = "/users/me/license",
    tag = "Users",
    operation_id = "setUserLicense",
    request_body = LicenseKeyDto,
    responses((status = 200, body = LicenseResponseDto))
)]
pub async fn set_user_license(
    ValidJson(license): ValidJson<LicenseKeyDto>,
) -> Result<Json<LicenseResponseDto>, ApiError> {
    Err(refuse_license(&license))
}

/// Removes the caller's product key.
#[utoipa::path(
    delete,
    path = "/users/me/license",
    tag = "Users",
    operation_id = "deleteUserLicense",
    responses((status = 204))
)]
pub async fn delete_user_license(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<StatusCode, ApiError> {
    app.execute::<User>(caller.user_id(), UserCommand::RemoveLicense, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

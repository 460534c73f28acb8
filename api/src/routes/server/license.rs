//! The server's product key.

use albumen_domain::system::{License, SYSTEM_ID, System, SystemCommand};
use axum::{Json, extract::State, http::StatusCode};
use serde_json::Value;

use crate::{
    access::Request,
    app::App,
    dto::users::{LicenseKeyDto, LicenseResponseDto, UserLicense},
    edge::{ApiError, ValidJson},
};

/// A stored licence as clients see it.
pub(in crate::routes) fn shown(license: Value) -> Option<UserLicense> {
    let license: License = serde_json::from_value(license).ok()?;
    Some(UserLicense {
        activated_at: license.activated_at.into(),
        activation_key: license.activation_key,
        license_key: license.license_key,
    })
}

/// An activation key is a signature (RSA with SHA-256) of the licence key by the makers of the
/// compatible product. Their public key is not ours to have, so no signature can be verified here,
/// and what cannot be verified is refused: Albumen sells no licences and needs none.
pub(in crate::routes) fn refuse(_license: &LicenseKeyDto) -> ApiError {
    ApiError::bad_request("Invalid license key")
}

/// The server's product key.
#[utoipa::path(
    get,
    path = "/server/license",
    tag = "Server",
    operation_id = "getServerLicense",
    responses((status = 200, body = LicenseResponseDto), (status = 404))
)]
pub async fn get_server_license(State(app): State<App>) -> Result<Json<LicenseResponseDto>, ApiError> {
    let license = app.reads.identity().server_license().await?.and_then(shown);
    license.map(|license| Json(LicenseResponseDto(license))).ok_or_else(ApiError::not_found)
}

/// Enters a product key.
#[utoipa::path(
    put,
    path = "/server/license",
    tag = "Server",
    operation_id = "setServerLicense",
    request_body = LicenseKeyDto,
    responses((status = 200, body = LicenseResponseDto))
)]
pub async fn set_server_license(
    ValidJson(license): ValidJson<LicenseKeyDto>,
) -> Result<Json<LicenseResponseDto>, ApiError> {
    Err(refuse(&license))
}

/// Removes the server's product key.
#[utoipa::path(
    delete,
    path = "/server/license",
    tag = "Server",
    operation_id = "deleteServerLicense",
    responses((status = 204))
)]
pub async fn delete_server_license(State(app): State<App>, request: Request) -> Result<StatusCode, ApiError> {
    app.execute::<System>(SYSTEM_ID, SystemCommand::RemoveLicense, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_licence_is_shown_and_anything_else_is_none() {
        let stored = License {
            license_key: "IMSV-1".into(),
            activation_key: "signature".into(),
            activated_at: chrono::DateTime::UNIX_EPOCH,
        };
        let shown_license = shown(serde_json::to_value(&stored).expect("JSON")).expect("a licence");
        assert_eq!(shown_license.license_key, "IMSV-1");
        assert!(shown(Value::Null).is_none());
    }
}

//! Operations of the tag "System metadata".

use albumen_domain::system::{SYSTEM_ID, System, SystemCommand};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Request,
    app::App,
    dto::system_metadata::{AdminOnboardingUpdateDto, ReverseGeocodingStateResponseDto, VersionCheckStateResponseDto},
    edge::{ApiError, ValidJson},
    routes::server::version_check,
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_admin_onboarding, update_admin_onboarding))
        .routes(routes!(get_reverse_geocoding_state))
        .routes(routes!(get_version_check_state))
}

/// Whether the administrator's first steps are done.
#[utoipa::path(
    get,
    path = "/system-metadata/admin-onboarding",
    tag = "System metadata",
    operation_id = "getAdminOnboarding",
    responses((status = 200, body = AdminOnboardingUpdateDto))
)]
async fn get_admin_onboarding(State(app): State<App>) -> Result<Json<AdminOnboardingUpdateDto>, ApiError> {
    let is_onboarded = app.configuration.is_from_file() || app.reads.identity().admin_onboarded().await?;
    Ok(Json(AdminOnboardingUpdateDto { is_onboarded }))
}

/// Notes how far the administrator's first steps are.
#[utoipa::path(
    post,
    path = "/system-metadata/admin-onboarding",
    tag = "System metadata",
    operation_id = "updateAdminOnboarding",
    request_body = AdminOnboardingUpdateDto,
    responses((status = 204))
)]
async fn update_admin_onboarding(
    State(app): State<App>,
    request: Request,
    ValidJson(update): ValidJson<AdminOnboardingUpdateDto>,
) -> Result<StatusCode, ApiError> {
    let command = SystemCommand::SetAdminOnboarding { onboarded: update.is_onboarded };
    app.execute::<System>(SYSTEM_ID, command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// When place names were imported: never, since they are part of the program.
#[utoipa::path(
    get,
    path = "/system-metadata/reverse-geocoding-state",
    tag = "System metadata",
    operation_id = "getReverseGeocodingState",
    responses((status = 200, body = ReverseGeocodingStateResponseDto))
)]
async fn get_reverse_geocoding_state() -> Json<ReverseGeocodingStateResponseDto> {
    Json(ReverseGeocodingStateResponseDto { last_import_file_name: None, last_update: None })
}

/// What the last look for a newer release found.
#[utoipa::path(
    get,
    path = "/system-metadata/version-check-state",
    tag = "System metadata",
    operation_id = "getVersionCheckState",
    responses((status = 200, body = VersionCheckStateResponseDto))
)]
async fn get_version_check_state(State(app): State<App>) -> Result<Json<VersionCheckStateResponseDto>, ApiError> {
    Ok(Json(version_check(&app).await?))
}

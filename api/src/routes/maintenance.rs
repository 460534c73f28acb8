//! Operations of the tag "Maintenance (admin)". There is no mode in which this server is maintained: clients that
//! ask are told so.

use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dto::maintenance::{MaintenanceAction, MaintenanceAuthDto, MaintenanceLoginDto, MaintenanceStatusResponseDto},
    edge::{ApiError, ValidJson},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_maintenance_status)).routes(routes!(maintenance_login))
}

/// Whether the server is being maintained: never.
#[utoipa::path(
    get,
    path = "/admin/maintenance/status",
    tag = "Maintenance (admin)",
    operation_id = "getMaintenanceStatus",
    responses((status = 200, body = MaintenanceStatusResponseDto))
)]
async fn get_maintenance_status() -> Json<MaintenanceStatusResponseDto> {
    let action = MaintenanceAction::End;
    Json(MaintenanceStatusResponseDto { action, active: false, error: None, progress: None, task: None })
}

/// Lets somebody in while the server is being maintained.
#[utoipa::path(
    post,
    path = "/admin/maintenance/login",
    tag = "Maintenance (admin)",
    operation_id = "maintenanceLogin",
    request_body = MaintenanceLoginDto,
    responses((status = 201, body = MaintenanceAuthDto))
)]
async fn maintenance_login(
    ValidJson(_login): ValidJson<MaintenanceLoginDto>,
) -> Result<Json<MaintenanceAuthDto>, ApiError> {
    Err(ApiError::bad_request("Not in maintenance mode"))
}

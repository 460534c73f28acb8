//! Taking assets out of the trash, or giving them up.

use albumen_domain::asset::{Asset, AssetCommand};
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    app::App,
    dto::trash::{BulkIdsDto, TrashResponseDto},
    edge::{ApiError, ValidJson},
};

/// Assets changed in one transaction: others wait for the log's head no longer than this takes.
const CHUNK: usize = 10_000;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(empty_trash)).routes(routes!(restore_trash)).routes(routes!(restore_assets))
}

/// Gives up everything in the caller's trash.
#[utoipa::path(
    post, path = "/trash/empty", tag = "Trash", operation_id = "emptyTrash",
    responses((status = 200, body = TrashResponseDto))
)]
async fn empty_trash(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Json<TrashResponseDto>, ApiError> {
    let trashed = app.reads.library().trashed(caller.user_id()).await?;
    ask_each(&app, &request, trashed, &AssetCommand::RequestDeletion).await
}

/// Takes everything out of the caller's trash.
#[utoipa::path(
    post, path = "/trash/restore", tag = "Trash", operation_id = "restoreTrash",
    responses((status = 200, body = TrashResponseDto))
)]
async fn restore_trash(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Json<TrashResponseDto>, ApiError> {
    let trashed = app.reads.library().trashed(caller.user_id()).await?;
    ask_each(&app, &request, trashed, &AssetCommand::Restore).await
}

/// Takes some assets out of the trash.
#[utoipa::path(
    post, path = "/trash/restore/assets", tag = "Trash", operation_id = "restoreAssets",
    request_body = BulkIdsDto,
    responses((status = 200, body = TrashResponseDto))
)]
async fn restore_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<TrashResponseDto>, ApiError> {
    app.assets_for(&caller, "asset.delete", &body.ids).await?;
    ask_each(&app, &request, body.ids, &AssetCommand::Restore).await
}

async fn ask_each(
    app: &App,
    request: &Request,
    ids: Vec<Uuid>,
    command: &AssetCommand,
) -> Result<Json<TrashResponseDto>, ApiError> {
    for chunk in ids.chunks(CHUNK) {
        let commands = chunk.iter().map(|id| (*id, command.clone())).collect();
        app.execute_many::<Asset>(commands, &request.context).await?;
    }
    Ok(Json(TrashResponseDto { count: ids.len() as i64 }))
}

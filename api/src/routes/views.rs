//! Operations of the tag "Views": the library by the folders in which its originals lie.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asset_response::{Extras, absolute_path, asset_response, below_root};
use crate::{
    access::Caller,
    app::App,
    dto::{assets::AssetResponseDto, views::FolderQuery},
    edge::{ApiError, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_assets_by_original_path)).routes(routes!(get_unique_original_paths))
}

/// What of the caller's timeline lies in a folder.
#[utoipa::path(
    get, path = "/view/folder", tag = "Views", operation_id = "getAssetsByOriginalPath",
    params(FolderQuery),
    responses((status = 200, body = Vec<AssetResponseDto>))
)]
async fn get_assets_by_original_path(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<FolderQuery>,
) -> Result<Json<Vec<AssetResponseDto>>, ApiError> {
    let folder = below_root(&app, query.path.trim_end_matches('/'));
    let rows = app.reads.library().in_folder(caller.user_id(), folder).await?;
    let response = |row| asset_response(&app, &caller, row, Extras { exif: true, ..Extras::default() });
    Ok(Json(rows.into_iter().map(response).collect()))
}

/// The folders in which the caller's timeline lies.
#[utoipa::path(
    get, path = "/view/folder/unique-paths", tag = "Views", operation_id = "getUniqueOriginalPaths",
    responses((status = 200, body = Vec<String>))
)]
async fn get_unique_original_paths(State(app): State<App>, caller: Caller) -> Result<Json<Vec<String>>, ApiError> {
    let folders = app.reads.library().folders(caller.user_id()).await?;
    Ok(Json(folders.iter().map(|folder| absolute_path(&app, folder)).collect()))
}

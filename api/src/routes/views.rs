//! Operations of the tag "Views": the library by the folders in which its originals lie.

use albumen_projections::library::FolderWalk;
use axum::{Json, extract::State, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::asset_response::{Extras, absolute_path, asset_response, below_root};
use crate::{
    access::Caller,
    app::App,
    dto::{assets::AssetResponseDto, views::FolderQuery},
    edge::{
        ApiError, ValidQuery,
        pages::{Written, json_array},
    },
};

/// Folders that are written at a time: some 100 kB.
const FOLDERS_PER_PAGE: usize = 2_000;

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
async fn get_unique_original_paths(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    // Kept as it is written: there are very many of them.
    let told = |folder: &str| serde_json::to_vec(&absolute_path(&app, folder)).unwrap_or_default();
    json_array(Folders(app.reads.library().folders(caller.user_id(), told).await?)).await
}

/// The folders of a user, in order.
struct Folders(FolderWalk);

impl Written for Folders {
    async fn write_next(&mut self, out: &mut Vec<u8>) -> Result<(), ApiError> {
        for number in 0..FOLDERS_PER_PAGE {
            let Some(folder) = self.0.next_folder() else { break };
            if number > 0 {
                out.push(b',');
            }
            out.extend(folder);
        }
        Ok(())
    }
}

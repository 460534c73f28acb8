//! Operations of the tag "Views": the library by the folders in which its originals lie.

use albumen_projections::library::LibraryQueries;
use axum::{Json, extract::State, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::asset_response::{Extras, absolute_path, asset_response, below_root};
use crate::{
    access::Caller,
    app::App,
    dto::{assets::AssetResponseDto, views::FolderQuery},
    edge::{
        ApiError, ValidQuery,
        pages::{Pages, json_array},
    },
};

/// Folders that are read at a time.
const FOLDERS_PER_PAGE: i64 = 2_000;

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
    let library = app.reads.library().clone();
    json_array(Folders { library, owner: caller.user_id(), app, after: None, is_done: false }).await
}

/// The folders of a user, in order.
struct Folders {
    library: LibraryQueries,
    owner: Uuid,
    app: App,
    after: Option<String>,
    is_done: bool,
}

impl Pages for Folders {
    type Item = String;

    async fn next(&mut self) -> Result<Vec<String>, ApiError> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let found = self.library.folders(self.owner, self.after.as_deref(), FOLDERS_PER_PAGE).await?;
        self.is_done = (found.len() as i64) < FOLDERS_PER_PAGE;
        self.after = found.last().cloned();
        Ok(found.iter().map(|folder| absolute_path(&self.app, folder)).collect())
    }
}

//! Operations of the tag "Duplicates".

mod merge;
mod resolve;

use std::collections::BTreeMap;

use albumen_domain::asset::{Asset, AssetCommand, Edit};
use albumen_projections::library::AssetRow;
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::asset_response::{Extras, asset_response};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{assets::ExifResponseDto, duplicates::DuplicateResponseDto, paths::IdPath, trash::BulkIdsDto},
    edge::{ApiError, ValidJson, ValidPath},
};

/// Fewer are no duplicates.
const MIN_ASSETS: usize = 2;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_asset_duplicates, delete_duplicates))
        .routes(routes!(resolve::resolve_duplicates))
        .routes(routes!(delete_duplicate))
}

/// Groups of assets by their ids. What is locked is shown only while unlocked.
type Groups = BTreeMap<Uuid, Vec<AssetRow>>;

/// Groups of the caller's, without what they may not see.
async fn groups(app: &App, auth: &Auth, ids: &[Uuid]) -> Result<Groups, ApiError> {
    let rows = app.reads.library().duplicates(auth.user_id(), Some(ids)).await?;
    Ok(in_groups(rows.into_iter().filter(|row| is_in_sight(auth, row))))
}

fn in_groups(rows: impl IntoIterator<Item = AssetRow>) -> Groups {
    let mut groups = Groups::new();
    for row in rows {
        if let Some(group) = row.duplicate_id {
            groups.entry(group).or_default().push(row);
        }
    }
    groups
}

fn is_in_sight(auth: &Auth, asset: &AssetRow) -> bool {
    asset.visibility != "locked" || auth.is_elevated()
}

fn leave_group(id: Uuid) -> (Uuid, AssetCommand) {
    (id, AssetCommand::Edit(Box::new(Edit { duplicate_group: Some(None), ..Edit::default() })))
}

/// The caller's groups. A group in which a single asset is left is dissolved.
#[utoipa::path(
    get, path = "/duplicates", tag = "Duplicates", operation_id = "getAssetDuplicates",
    responses((status = 200, body = Vec<DuplicateResponseDto>))
)]
async fn get_asset_duplicates(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<Json<Vec<DuplicateResponseDto>>, ApiError> {
    // Of what is locked it is known here that it is there: an asset that has only that beside it is not single.
    let rows = app.reads.library().duplicates(caller.user_id(), None).await?;
    let (several, single): (Groups, Groups) =
        in_groups(rows).into_iter().partition(|(_, assets)| assets.len() >= MIN_ASSETS);
    let alone = single.into_values().flatten().filter(|asset| is_in_sight(&caller, asset));
    let commands: Vec<_> = alone.map(|asset| leave_group(asset.id)).collect();
    if !commands.is_empty() {
        app.execute_many::<Asset>(commands, &request.context).await?;
    }
    let in_sight = several.into_values().flatten().filter(|asset| is_in_sight(&caller, asset));
    let shown = in_groups(in_sight).into_iter().filter(|(_, assets)| assets.len() >= MIN_ASSETS);
    Ok(Json(shown.map(|(id, assets)| response(&app, &caller, id, assets)).collect()))
}

fn response(app: &App, auth: &Auth, duplicate_id: Uuid, assets: Vec<AssetRow>) -> DuplicateResponseDto {
    let with_exif = || Extras { exif: true, ..Extras::default() };
    let assets: Vec<_> = assets.into_iter().map(|row| asset_response(app, auth, row, with_exif())).collect();
    // Of equals the last.
    let best = assets.iter().max_by_key(|asset| {
        let exif = asset.exif_info.as_ref();
        (exif.and_then(|exif| exif.file_size_in_byte), exif.map_or(0, said))
    });
    let suggested_keep_asset_ids = best.map(|asset| asset.id).into_iter().collect();
    DuplicateResponseDto { assets, duplicate_id, suggested_keep_asset_ids }
}

/// How much is known of the making of an asset.
fn said(exif: &ExifResponseDto) -> usize {
    let fields = serde_json::to_value(exif).unwrap_or_default();
    let is_said = |value: &&serde_json::Value| !value.is_null() && value.as_str() != Some("");
    fields.as_object().map_or(0, |fields| fields.values().filter(is_said).count())
}

/// Dissolves groups; all their assets stay.
#[utoipa::path(
    delete, path = "/duplicates", tag = "Duplicates", operation_id = "deleteDuplicates",
    request_body = BulkIdsDto,
    responses((status = 204))
)]
async fn delete_duplicates(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<StatusCode, ApiError> {
    dissolve(&app, &caller, &request, &body.ids).await
}

/// Dissolves a group; all its assets stay.
#[utoipa::path(
    delete, path = "/duplicates/{id}", tag = "Duplicates", operation_id = "deleteDuplicate",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_duplicate(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    dissolve(&app, &caller, &request, &[path.id]).await
}

async fn dissolve(app: &App, auth: &Auth, request: &Request, ids: &[Uuid]) -> Result<StatusCode, ApiError> {
    let found = groups(app, auth, ids).await?;
    if !ids.iter().all(|id| found.contains_key(id)) {
        return Err(ApiError::no_access("duplicate.delete"));
    }
    let commands = found.into_values().flatten().map(|asset| leave_group(asset.id)).collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

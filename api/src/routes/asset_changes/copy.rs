//! Handing the ties of one asset on to another, such as a better version of the same picture.

use albumen_domain::asset::{Asset, AssetCommand, Edit};
use albumen_projections::library::AssetRow;
use albumen_workers::media::{
    paths,
    store::{MediaPath, StoreError, Unconfirmed},
};
use axum::{extract::State, http::StatusCode};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    app::App,
    dto::assets::AssetCopyDto,
    edge::{ApiError, ValidJson},
    routes::{albums, shared_links, stacks},
};

/// Sidecars are short texts; what is larger is none.
const MAX_SIDECAR_BYTES: u64 = 16 * 1024 * 1024;

/// Copies ties of one asset to another.
#[utoipa::path(
    put, path = "/assets/copy", tag = "Assets", operation_id = "copyAsset",
    request_body = AssetCopyDto,
    responses((status = 204))
)]
pub(super) async fn copy_asset(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetCopyDto>,
) -> Result<StatusCode, ApiError> {
    let ids = [body.source_id, body.target_id];
    app.assets_for(&caller, "asset.copy", &ids).await?;
    if body.source_id == body.target_id {
        return Err(ApiError::bad_request("Source and target id must be distinct"));
    }
    let rows = app.reads.library().assets(&ids).await?;
    let row = |id: Uuid| rows.iter().find(|row| row.id == id);
    let (Some(source), Some(target)) = (row(body.source_id), row(body.target_id)) else {
        return Err(ApiError::bad_request("Both assets must exist"));
    };
    let mut commands = Vec::new();
    if body.favorite {
        let edit = Edit { favorite: Some(source.favorite), ..Edit::default() };
        commands.push((target.id, AssetCommand::Edit(Box::new(edit))));
    }
    let copied = if body.sidecar { copy_sidecar(&app, source, target).await? } else { None };
    if let Some((path, _)) = &copied {
        let path = Some(path.as_str().to_owned());
        commands.push((target.id, AssetCommand::ReplaceSidecar { path }));
    }
    let outcome = app.execute_many::<Asset>(commands, &request.context).await;
    match (&outcome, copied) {
        (Ok(_), Some((_, file))) => {
            file.keep().await;
            discard(&app, target.sidecar_path.as_deref()).await;
        }
        (Err(error), Some((_, file))) if error.has_written_nothing() => file.discard().await,
        // Where nobody knows whether it was written, the next start asks.
        _ => {}
    }
    outcome?;
    if body.albums {
        albums::join_those_of(&app, &caller, &request, source.id, target.id).await?;
    }
    if body.shared_links {
        shared_links::join_those_of(&app, &caller, &request, source.id, target.id).await?;
    }
    if body.stack {
        stacks::join_that_of(&app, &request, source.id, target.id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A copy of the source's sidecar for the target, where there is one.
async fn copy_sidecar<'a>(
    app: &'a App,
    source: &AssetRow,
    target: &AssetRow,
) -> Result<Option<(MediaPath, Unconfirmed<'a>)>, ApiError> {
    let Some(from) = source.sidecar_path.as_deref().and_then(|path| MediaPath::parse(path).ok()) else {
        return Ok(None);
    };
    let bytes = match app.media.read(&from, MAX_SIDECAR_BYTES).await {
        Ok((bytes, _)) => bytes,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(refusal(error)),
    };
    let to = paths::sidecar(target.owner_id, Uuid::new_v4());
    let file = Unconfirmed::write(app.media.as_ref(), &to, bytes).await.map_err(refusal)?;
    Ok(Some((to, file)))
}

async fn discard(app: &App, path: Option<&str>) {
    let Some(path) = path.and_then(|path| MediaPath::parse(path).ok()) else { return };
    if let Err(error) = app.media.delete(&path).await {
        tracing::warn!(%error, "a sidecar that nothing refers to could not be removed");
    }
}

fn refusal(error: StoreError) -> ApiError {
    match error {
        StoreError::DiskFull => ApiError::storage_full(),
        error => ApiError::internal("copyAsset", error),
    }
}

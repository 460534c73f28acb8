//! What single assets a link shows.

use std::collections::HashSet;

use albumen_domain::{
    album::{Album, AlbumCommand},
    shared_link::{SharedLink, SharedLinkCommand},
};
use albumen_projections::sharing::LinkFilter;
use axum::{Json, extract::State};
use uuid::Uuid;

use super::find;
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        paths::IdPath,
        shared_links::{AssetIdErrorReason, AssetIdsDto, AssetIdsResponseDto},
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// Shows more assets by a link.
#[utoipa::path(
    put, path = "/shared-links/{id}/assets", tag = "Shared links", operation_id = "addSharedLinkAssets",
    params(IdPath),
    request_body = AssetIdsDto,
    responses((status = 200, body = Vec<AssetIdsResponseDto>))
)]
pub(super) async fn add_shared_link_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AssetIdsDto>,
) -> Result<Json<Vec<AssetIdsResponseDto>>, ApiError> {
    individual(&app, &caller, path.id).await?;
    let present = app.reads.sharing().among_link(path.id, &body.asset_ids).await?.into_iter().collect();
    let shareable = app.shareable(&caller, &body.asset_ids).await?;
    let results = added(&body.asset_ids, present, &shareable);
    let command = SharedLinkCommand::AddAssets(successes(&results));
    app.execute::<SharedLink>(path.id, command, &request.context).await?;
    Ok(Json(results))
}

/// Shows some assets by a link no longer.
#[utoipa::path(
    delete, path = "/shared-links/{id}/assets", tag = "Shared links", operation_id = "removeSharedLinkAssets",
    params(IdPath),
    request_body = AssetIdsDto,
    responses((status = 200, body = Vec<AssetIdsResponseDto>))
)]
pub(super) async fn remove_shared_link_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AssetIdsDto>,
) -> Result<Json<Vec<AssetIdsResponseDto>>, ApiError> {
    individual(&app, &caller, path.id).await?;
    let present = app.reads.sharing().among_link(path.id, &body.asset_ids).await?.into_iter().collect();
    let results = removed(&body.asset_ids, present);
    let command = SharedLinkCommand::RemoveAssets(successes(&results));
    let executed = app.execute::<SharedLink>(path.id, command, &request.context).await?;
    app.in_force_in("sharing", executed).await?;
    Ok(Json(results))
}

/// Only a link to single assets takes and loses some.
async fn individual(app: &App, caller: &Auth, id: Uuid) -> Result<(), ApiError> {
    match find(app, caller, id).await?.album_id {
        Some(_) => Err(ApiError::bad_request("Invalid shared link type")),
        None => Ok(()),
    }
}

/// What came by a link goes into what the link shows, unless its owner has locked it away.
pub async fn add_upload(app: &App, auth: &Auth, request: &Request, asset: Uuid) -> Result<(), ApiError> {
    let Some(link) = auth.link() else { return Ok(()) };
    let found = app.reads.library().paths(&[asset]).await?;
    if !found.iter().any(|asset| asset.visibility != "locked" && asset.status != "deleted") {
        return Ok(());
    }
    match link.album_id {
        Some(album) => app.execute::<Album>(album, AlbumCommand::AddAssets(vec![asset]), &request.context).await?,
        None => {
            let command = SharedLinkCommand::AddAssets(vec![asset]);
            app.execute::<SharedLink>(link.id, command, &request.context).await?
        }
    };
    Ok(())
}

/// Shows one asset by the caller's links that show another.
pub async fn join_those_of(
    app: &App,
    caller: &Auth,
    request: &Request,
    source: Uuid,
    target: Uuid,
) -> Result<(), ApiError> {
    let holding: HashSet<Uuid> =
        app.reads.sharing().links_holding(&[source]).await?.into_iter().map(|(link, _)| link).collect();
    if holding.is_empty() || !app.shareable(caller, &[target]).await?.contains(&target) {
        return Ok(());
    }
    let mine = app.reads.sharing().links_of(caller.user_id(), &LinkFilter::default()).await?;
    let meant = mine.into_iter().filter(|link| link.album_id.is_none() && holding.contains(&link.id));
    let commands = meant.map(|link| (link.id, SharedLinkCommand::AddAssets(vec![target]))).collect();
    app.execute_many::<SharedLink>(commands, &request.context).await?;
    Ok(())
}

fn outcome(asset_id: Uuid, error: Option<AssetIdErrorReason>) -> AssetIdsResponseDto {
    AssetIdsResponseDto { asset_id, error, success: error.is_none() }
}

fn successes(results: &[AssetIdsResponseDto]) -> Vec<Uuid> {
    results.iter().filter(|result| result.success).map(|result| result.asset_id).collect()
}

/// What comes of each asset that is to be shown.
fn added(ids: &[Uuid], mut present: HashSet<Uuid>, shareable: &HashSet<Uuid>) -> Vec<AssetIdsResponseDto> {
    let add = |id: &Uuid| {
        let error = if present.contains(id) {
            Some(AssetIdErrorReason::Duplicate)
        } else if !shareable.contains(id) {
            Some(AssetIdErrorReason::NoPermission)
        } else {
            present.insert(*id);
            None
        };
        outcome(*id, error)
    };
    ids.iter().map(add).collect()
}

/// What comes of each asset that is no longer to be shown.
fn removed(ids: &[Uuid], mut present: HashSet<Uuid>) -> Vec<AssetIdsResponseDto> {
    ids.iter().map(|id| outcome(*id, (!present.remove(id)).then_some(AssetIdErrorReason::NotFound))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_asset_comes_and_goes_once() {
        use AssetIdErrorReason::{Duplicate, NoPermission, NotFound};
        let id = Uuid::from_u128;
        let set = |numbers: &[u128]| -> HashSet<Uuid> { numbers.iter().map(|number| id(*number)).collect() };
        let errors = |results: Vec<AssetIdsResponseDto>| -> Vec<Option<AssetIdErrorReason>> {
            results.into_iter().map(|result| result.error).collect()
        };
        let results = added(&[id(1), id(2), id(3), id(2)], set(&[1]), &set(&[1, 2]));
        assert_eq!(successes(&results), [id(2)]);
        assert_eq!(errors(results), [Some(Duplicate), None, Some(NoPermission), Some(Duplicate)]);
        let results = removed(&[id(1), id(2), id(1)], set(&[1]));
        assert_eq!(errors(results), [None, Some(NotFound), Some(NotFound)]);
    }
}

//! What is in albums. Who puts something in must be able to share it.

use std::collections::{BTreeMap, HashSet};

use albumen_commands::Executed;
use albumen_domain::album::{Album, AlbumCommand};
use axum::{Json, extract::State};
use uuid::Uuid;

use super::mails;
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{AlbumsAddAssetsDto, AlbumsAddAssetsResponseDto, BulkIdErrorReason, BulkIdResponseDto},
        paths::IdPath,
        trash::BulkIdsDto,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// Puts assets into an album.
#[utoipa::path(
    put, path = "/albums/{id}/assets", tag = "Albums", operation_id = "addAssetsToAlbum",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn add_assets_to_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    app.known_album_for(&caller, "albumAsset.create", path.id).await?;
    let present = app.reads.albums().among(path.id, &body.ids).await?.into_iter().collect();
    let shareable = app.shareable(&caller, &body.ids).await?;
    let results = added(&body.ids, present, &shareable);
    let executed = ask(&app, &request, path.id, AlbumCommand::AddAssets(successes(&results))).await?;
    mails::tell_news(&app, &[path.id], caller.user_id(), executed);
    Ok(Json(results))
}

/// Takes assets out of an album.
#[utoipa::path(
    delete, path = "/albums/{id}/assets", tag = "Albums", operation_id = "removeAssetFromAlbum",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn remove_asset_from_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    let role = app.album_for(&caller, "albumAsset.delete", path.id).await?;
    let present: HashSet<Uuid> = app.reads.albums().among(path.id, &body.ids).await?.into_iter().collect();
    // Its owner may take out anything; an editor, what they could put in.
    let removable = if role == "owner" { present.clone() } else { app.shareable(&caller, &body.ids).await? };
    let results = removed(&body.ids, present, &removable);
    ask(&app, &request, path.id, AlbumCommand::RemoveAssets(successes(&results))).await?;
    Ok(Json(results))
}

/// Puts assets into each of some albums.
#[utoipa::path(
    put, path = "/albums/assets", tag = "Albums", operation_id = "addAssetsToAlbums",
    request_body = AlbumsAddAssetsDto,
    responses((status = 200, body = AlbumsAddAssetsResponseDto))
)]
pub(super) async fn add_assets_to_albums(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AlbumsAddAssetsDto>,
) -> Result<Json<AlbumsAddAssetsResponseDto>, ApiError> {
    let albums = app.albums_for(&caller, "albumAsset.create", &body.album_ids).await?;
    let links: HashSet<(Uuid, Uuid)> = app.reads.albums().holding(&body.asset_ids).await?.into_iter().collect();
    let shareable = app.shareable(&caller, &body.asset_ids).await?;
    let mut are_all_there = !albums.is_empty();
    let mut commands = Vec::new();
    for album in albums {
        let mut new: Vec<Uuid> = body.asset_ids.clone();
        new.retain(|asset| !links.contains(&(album, *asset)));
        are_all_there &= new.is_empty();
        new.retain(|asset| shareable.contains(asset));
        if !new.is_empty() {
            commands.push((album, AlbumCommand::AddAssets(new)));
        }
    }
    let error = match (commands.is_empty(), are_all_there) {
        (false, _) => None,
        (true, true) => Some(BulkIdErrorReason::Duplicate),
        (true, false) => Some(BulkIdErrorReason::NoPermission),
    };
    let changed: Vec<Uuid> = commands.iter().map(|(album, _)| *album).collect();
    let executed = app.execute_many::<Album>(commands, &request.context).await?;
    mails::tell_news(&app, &changed, caller.user_id(), executed);
    Ok(Json(AlbumsAddAssetsResponseDto { error, success: error.is_none() }))
}

async fn ask(app: &App, request: &Request, album: Uuid, command: AlbumCommand) -> Result<Executed, ApiError> {
    Ok(app.execute::<Album>(album, command, &request.context).await?)
}

/// Assets that go into the locked folder leave all albums, whoever's they are.
pub async fn leave_all(app: &App, request: &Request, assets: &[Uuid]) -> Result<(), ApiError> {
    let mut of_albums: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (album, asset) in app.reads.albums().holding(assets).await? {
        of_albums.entry(album).or_default().push(asset);
    }
    let commands: Vec<_> =
        of_albums.into_iter().map(|(album, assets)| (album, AlbumCommand::RemoveAssets(assets))).collect();
    if !commands.is_empty() {
        app.execute_many::<Album>(commands, &request.context).await?;
    }
    Ok(())
}

/// Puts one asset into the albums in which another is, as far as the caller may.
pub async fn join_those_of(
    app: &App,
    caller: &Auth,
    request: &Request,
    source: Uuid,
    target: Uuid,
) -> Result<(), ApiError> {
    let albums: Vec<Uuid> = app.reads.albums().holding(&[source]).await?.into_iter().map(|(album, _)| album).collect();
    if albums.is_empty() || !app.shareable(caller, &[target]).await?.contains(&target) {
        return Ok(());
    }
    let granted = app.albums_for(caller, "albumAsset.create", &albums).await?;
    let commands = granted.into_iter().map(|album| (album, AlbumCommand::AddAssets(vec![target]))).collect();
    app.execute_many::<Album>(commands, &request.context).await?;
    Ok(())
}

fn outcome(id: Uuid, error: Option<BulkIdErrorReason>) -> BulkIdResponseDto {
    BulkIdResponseDto { error, error_message: None, id, success: error.is_none() }
}

/// The ids of what came to something.
pub fn successes(results: &[BulkIdResponseDto]) -> Vec<Uuid> {
    results.iter().filter(|result| result.success).map(|result| result.id).collect()
}

/// What comes of each id that is to be put in. What is there already is said to be there, whoever's
/// it is; of anything else nobody learns whether it exists.
pub fn added(ids: &[Uuid], mut present: HashSet<Uuid>, shareable: &HashSet<Uuid>) -> Vec<BulkIdResponseDto> {
    let add = |id: &Uuid| {
        let error = if present.contains(id) {
            Some(BulkIdErrorReason::Duplicate)
        } else if !shareable.contains(id) {
            Some(BulkIdErrorReason::NoPermission)
        } else {
            present.insert(*id);
            None
        };
        outcome(*id, error)
    };
    ids.iter().map(add).collect()
}

/// What comes of each id that is to be taken out.
pub fn removed(ids: &[Uuid], mut present: HashSet<Uuid>, removable: &HashSet<Uuid>) -> Vec<BulkIdResponseDto> {
    let remove = |id: &Uuid| {
        let error = if !present.contains(id) {
            Some(BulkIdErrorReason::NotFound)
        } else if !removable.contains(id) {
            Some(BulkIdErrorReason::NoPermission)
        } else {
            present.remove(id);
            None
        };
        outcome(*id, error)
    };
    ids.iter().map(remove).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().map(|number| Uuid::from_u128(*number)).collect()
    }

    fn set(numbers: &[u128]) -> HashSet<Uuid> {
        ids(numbers).into_iter().collect()
    }

    fn errors(results: &[BulkIdResponseDto]) -> Vec<Option<BulkIdErrorReason>> {
        results.iter().map(|result| result.error).collect()
    }

    #[test]
    fn each_asset_comes_in_once_and_only_by_who_may_share_it() {
        use BulkIdErrorReason::{Duplicate, NoPermission};
        let results = added(&ids(&[1, 2, 3, 2]), set(&[1]), &set(&[1, 2]));
        assert_eq!(errors(&results), [Some(Duplicate), None, Some(NoPermission), Some(Duplicate)]);
        assert_eq!(successes(&results), ids(&[2]));
    }

    #[test]
    fn each_asset_goes_out_once_and_only_by_who_may() {
        use BulkIdErrorReason::{NoPermission, NotFound};
        let results = removed(&ids(&[1, 2, 3, 1]), set(&[1, 2]), &set(&[1]));
        assert_eq!(errors(&results), [None, Some(NoPermission), Some(NotFound), Some(NotFound)]);
        assert_eq!(successes(&results), ids(&[1]));
    }

    #[test]
    fn results_are_written_without_what_is_not_wrong() {
        let written = serde_json::to_value(outcome(Uuid::nil(), None)).expect("can be written");
        assert_eq!(written, serde_json::json!({ "id": Uuid::nil(), "success": true }));
        let refused = outcome(Uuid::nil(), Some(BulkIdErrorReason::NoPermission));
        let written = serde_json::to_value(refused).expect("can be written");
        assert_eq!(written["error"], "no_permission");
    }
}

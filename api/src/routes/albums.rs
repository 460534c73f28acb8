//! Operations of the tag "Albums".

mod assets;
mod mails;
mod present;
mod users;

use albumen_domain::album::{Album, AlbumCommand, AlbumEdit, AlbumOrder, AlbumRefusal, NewAlbum};
use albumen_projections::albums::AlbumFilter;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{AlbumResponseDto, AlbumStatisticsResponseDto, AlbumsQuery, CreateAlbumDto, UpdateAlbumDto},
        map::MapMarkerResponseDto,
        paths::IdPath,
        shared_links::SharedLinkQuery,
        timeline::AssetOrder,
    },
    edge::{ApiError, Taking, ValidJson, ValidPath, ValidQuery},
    routes::{shared_links::remove_those_of, users::preferences::preferences_of},
};

pub(super) use assets::{added, join_those_of, leave_all, removed, successes};
pub(super) use present::{DRAWN_FROM as ALBUMS_ARE_DRAWN_FROM, album_of_link, albums_of_links};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_albums, create_album))
        .routes(routes!(get_album_statistics))
        .routes(routes!(assets::add_assets_to_albums))
        .routes(routes!(get_album_info, update_album_info, delete_album))
        .routes(routes!(get_album_map_markers))
        .routes(routes!(assets::add_assets_to_album, assets::remove_asset_from_album))
        .routes(routes!(users::add_users_to_album))
        .routes(routes!(users::update_album_user, users::remove_user_from_album))
}

impl AssetOrder {
    /// By the stored name.
    fn of(order: &str) -> Self {
        if order == AlbumOrder::Ascending.as_str() { Self::Asc } else { Self::Desc }
    }

    /// In the words of the rules.
    const fn meant(self) -> AlbumOrder {
        match self {
            Self::Asc => AlbumOrder::Ascending,
            Self::Desc => AlbumOrder::Descending,
        }
    }
}

/// The albums of which the caller is a member, the newest first.
#[utoipa::path(
    get, path = "/albums", tag = "Albums", operation_id = "getAllAlbums",
    params(AlbumsQuery),
    responses((status = 200, body = Vec<AlbumResponseDto>))
)]
async fn get_all_albums(
    State(app): State<App>,
    caller: Caller,
    taking: Taking,
    ValidQuery(query): ValidQuery<AlbumsQuery>,
) -> Result<Response, ApiError> {
    let filter = filter_of(query);
    let finding = async {
        let albums = app.reads.albums().of_member(caller.user_id(), &filter).await?;
        present::albums(&app, &caller, albums).await
    };
    // Few albums are found as soon as it is known whether anything has moved.
    if filter.id.is_some() || filter.name.is_some() || filter.asset.is_some() {
        return Ok(Json(finding.await?).into_response());
    }
    app.kept(&caller, format!("albums {filter:?}"), &taking, &present::DRAWN_FROM, finding).await
}

/// Who asks for the albums of an asset is told all of them.
fn filter_of(query: AlbumsQuery) -> AlbumFilter {
    if query.asset_id.is_some() {
        return AlbumFilter { asset: query.asset_id, ..AlbumFilter::default() };
    }
    AlbumFilter { id: query.id, name: query.name, owned: query.is_owned, shared: query.is_shared, asset: None }
}

/// Makes an album.
#[utoipa::path(
    post, path = "/albums", tag = "Albums", operation_id = "createAlbum",
    request_body = CreateAlbumDto,
    responses((status = 201, body = AlbumResponseDto))
)]
async fn create_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<CreateAlbumDto>,
) -> Result<(StatusCode, Json<AlbumResponseDto>), ApiError> {
    let users = wanted.album_users.unwrap_or_default().into_iter().map(|user| (user.user_id, user.role));
    let users = users::members(&app, users.filter(|(user, _)| *user != caller.user_id()).collect()).await?;
    let mut assets = wanted.asset_ids.unwrap_or_default();
    let shareable = app.shareable(&caller, &assets).await?;
    assets.retain(|asset| shareable.contains(asset));
    let new = NewAlbum {
        owner: caller.user_id(),
        name: wanted.album_name,
        description: wanted.description.unwrap_or_default(),
        order: default_order(&caller),
        users,
        assets,
    };
    let (id, newcomers) = (Uuid::new_v4(), new.users.iter().map(|member| member.user).collect::<Vec<_>>());
    let executed = app.execute::<Album>(id, AlbumCommand::Create(Box::new(new)), &request.context).await?;
    mails::invite(&app, id, &newcomers, executed).await;
    Ok((StatusCode::CREATED, Json(present::album(&app, &caller, id).await?)))
}

/// The order that the caller prefers.
fn default_order(caller: &Auth) -> AlbumOrder {
    let preferences = preferences_of(&caller.account);
    match preferences.pointer("/albums/defaultAssetOrder").and_then(Value::as_str) {
        Some("asc") => AlbumOrder::Ascending,
        _ => AlbumOrder::Descending,
    }
}

/// Counts the caller's albums.
#[utoipa::path(
    get, path = "/albums/statistics", tag = "Albums", operation_id = "getAlbumStatistics",
    responses((status = 200, body = AlbumStatisticsResponseDto))
)]
async fn get_album_statistics(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<AlbumStatisticsResponseDto>, ApiError> {
    let found = app.reads.albums().statistics(caller.user_id()).await?;
    Ok(Json(AlbumStatisticsResponseDto { not_shared: found.not_shared, owned: found.owned, shared: found.shared }))
}

/// One album.
#[utoipa::path(
    get, path = "/albums/{id}", tag = "Albums", operation_id = "getAlbumInfo",
    params(IdPath, SharedLinkQuery),
    responses((status = 200, body = AlbumResponseDto))
)]
async fn get_album_info(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<AlbumResponseDto>, ApiError> {
    app.album_for(&caller, "album.read", path.id).await?;
    let album = match caller.link() {
        Some(_) => album_of_link(&app, &caller, path.id).await?.ok_or_else(|| ApiError::no_access("album.read"))?,
        None => present::album(&app, &caller, path.id).await?,
    };
    Ok(Json(present::with_contributors(&app, &caller, album).await?))
}

/// Changes an album.
#[utoipa::path(
    patch, path = "/albums/{id}", tag = "Albums", operation_id = "updateAlbumInfo",
    params(IdPath),
    request_body = UpdateAlbumDto,
    responses((status = 200, body = AlbumResponseDto))
)]
async fn update_album_info(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<UpdateAlbumDto>,
) -> Result<Json<AlbumResponseDto>, ApiError> {
    app.album_for(&caller, "album.update", path.id).await?;
    // An album does not hear that an asset is gone for good, and would still take it.
    if let Some(thumbnail) = update.album_thumbnail_asset_id
        && app.reads.albums().among(path.id, &[thumbnail]).await?.is_empty()
    {
        return Err(ApiError::bad_request(AlbumRefusal::ForeignThumbnail.to_string()));
    }
    let edit = AlbumEdit {
        name: update.album_name,
        description: update.description,
        order: update.order.map(AssetOrder::meant),
        activity_enabled: update.is_activity_enabled,
        thumbnail: update.album_thumbnail_asset_id,
    };
    app.execute::<Album>(path.id, AlbumCommand::Edit(Box::new(edit)), &request.context).await?;
    Ok(Json(present::album(&app, &caller, path.id).await?))
}

/// Deletes an album; its assets stay.
#[utoipa::path(
    delete, path = "/albums/{id}", tag = "Albums", operation_id = "deleteAlbum",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.album_for(&caller, "album.delete", path.id).await?;
    remove_those_of(&app, &request, path.id).await?;
    app.execute::<Album>(path.id, AlbumCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the assets of an album were taken.
#[utoipa::path(
    get, path = "/albums/{id}/map-markers", tag = "Albums", operation_id = "getAlbumMapMarkers",
    params(IdPath, SharedLinkQuery),
    responses((status = 200, body = Vec<MapMarkerResponseDto>))
)]
async fn get_album_map_markers(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<Vec<MapMarkerResponseDto>>, ApiError> {
    app.album_for(&caller, "album.read", path.id).await?;
    if caller.sees_no_metadata() {
        return Err(ApiError::no_access("album.read"));
    }
    let markers = app.reads.albums().markers(path.id).await?;
    Ok(Json(markers.into_iter().map(super::map::marker).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_keep_their_names_both_ways() {
        for order in [AssetOrder::Asc, AssetOrder::Desc] {
            assert_eq!(AssetOrder::of(order.meant().as_str()), order);
        }
    }

    #[test]
    fn the_albums_of_an_asset_are_asked_for_alone() {
        let asset = Some(Uuid::from_u128(1));
        let query = |asset_id| AlbumsQuery { asset_id, id: asset, is_owned: Some(true), is_shared: None, name: None };
        assert_eq!(filter_of(query(asset)), AlbumFilter { asset, ..AlbumFilter::default() });
        let expected = AlbumFilter { id: asset, owned: Some(true), ..AlbumFilter::default() };
        assert_eq!(filter_of(query(None)), expected);
    }
}

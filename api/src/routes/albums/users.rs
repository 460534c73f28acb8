//! Sharing albums: who is in them, and as what.

use albumen_domain::album::{Album, AlbumCommand, AlbumMember};
use axum::{Json, extract::State, http::StatusCode};
use uuid::Uuid;

use super::{mails, present};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{AddUsersDto, AlbumResponseDto, AlbumUserPath, AlbumUserRole, UpdateAlbumUserDto},
        paths::IdPath,
    },
    edge::{ApiError, ValidJson, ValidPath, validate::Issue},
};

/// Stands for the caller in a path.
const ME: &str = "me";

/// Shares an album with users; those who are members already are passed over.
#[utoipa::path(
    put, path = "/albums/{id}/users", tag = "Albums", operation_id = "addUsersToAlbum",
    params(IdPath),
    request_body = AddUsersDto,
    responses((status = 200, body = AlbumResponseDto))
)]
pub(super) async fn add_users_to_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AddUsersDto>,
) -> Result<Json<AlbumResponseDto>, ApiError> {
    app.album_for(&caller, "album.share", path.id).await?;
    let wanted = body.album_users.into_iter();
    let wanted = wanted.map(|user| (user.user_id, user.role.unwrap_or(AlbumUserRole::Editor)));
    let users = members(&app, wanted.collect()).await?;
    let newcomers = mails::newcomers(&app, path.id, &users).await?;
    let executed = app.execute::<Album>(path.id, AlbumCommand::AddUsers(users), &request.context).await?;
    mails::invite(&app, path.id, &newcomers, executed).await;
    Ok(Json(present::album(&app, &caller, path.id).await?))
}

/// Gives a member another role.
#[utoipa::path(
    put, path = "/albums/{id}/user/{userId}", tag = "Albums", operation_id = "updateAlbumUser",
    params(AlbumUserPath),
    request_body = UpdateAlbumUserDto,
    responses((status = 204))
)]
pub(super) async fn update_album_user(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<AlbumUserPath>,
    ValidJson(body): ValidJson<UpdateAlbumUserDto>,
) -> Result<StatusCode, ApiError> {
    let user = named_user(&caller, &path.user_id)?;
    app.album_for(&caller, "album.share", path.id).await?;
    let command = AlbumCommand::ChangeRole { user, role: body.role.meant() };
    app.execute::<Album>(path.id, command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a member out, or lets the caller leave.
#[utoipa::path(
    delete, path = "/albums/{id}/user/{userId}", tag = "Albums", operation_id = "removeUserFromAlbum",
    params(AlbumUserPath),
    responses((status = 204))
)]
pub(super) async fn remove_user_from_album(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<AlbumUserPath>,
) -> Result<StatusCode, ApiError> {
    let user = named_user(&caller, &path.user_id)?;
    // Any member may leave.
    let permission = if user == caller.user_id() { "album.read" } else { "album.share" };
    app.known_album_for(&caller, permission, path.id).await?;
    app.execute::<Album>(path.id, AlbumCommand::RemoveUser { user }, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The users as members, all of whom must be there.
pub(super) async fn members(app: &App, wanted: Vec<(Uuid, AlbumUserRole)>) -> Result<Vec<AlbumMember>, ApiError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = wanted.iter().map(|(user, _)| *user).collect();
    let known = app.reads.identity().users_among(&ids).await?;
    if ids.iter().any(|id| !known.contains(id)) {
        return Err(ApiError::bad_request("Invalid user"));
    }
    Ok(wanted.into_iter().map(|(user, role)| AlbumMember { user, role: role.meant() }).collect())
}

fn named_user(caller: &Auth, name: &str) -> Result<Uuid, ApiError> {
    if name == ME {
        return Ok(caller.user_id());
    }
    name.parse().map_err(|_| ApiError::validation(vec![Issue::custom(&["userId"], "Invalid UUID")]))
}

//! Operations of the tag "Sessions", and what others do with sessions.

mod endings;

use albumen_commands::Context;
use albumen_domain::session::{Device, Session, SessionCommand, SessionStarted};
use albumen_projections::identity::SessionRow;
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use chrono::{DateTime, TimeDelta, Utc};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request, Secret},
    app::App,
    dto::{
        paths::IdPath,
        sessions::{SessionCreateDto, SessionCreateResponseDto, SessionResponseDto, SessionUpdateDto},
    },
    edge::{ApiError, ValidJson, ValidPath},
};

pub(super) use endings::{end_all_but, end_with_descendants, lock_all};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_sessions, create_session, delete_all_sessions))
        .routes(routes!(update_session, delete_session))
        .routes(routes!(lock_session))
        .route("/sessions/{id}", patch(update_session))
}

/// A session about to start.
pub(super) struct NewSession {
    user: Uuid,
    parent: Option<Uuid>,
    expires_at: Option<DateTime<Utc>>,
    device: Device,
}

impl NewSession {
    /// Of somebody who has just logged in.
    pub fn of_device(user: Uuid, device: Device) -> Self {
        Self { user, parent: None, expires_at: None, device }
    }
}

/// Starts a session; its token is told this once.
pub(super) async fn start(app: &App, new: NewSession, context: &Context) -> Result<(SessionRow, String), ApiError> {
    let (id, token) = (Uuid::new_v4(), Secret::random()?);
    let started = SessionStarted {
        user: new.user,
        token_hash: token.hash,
        parent: new.parent,
        expires_at: new.expires_at,
        device: new.device,
    };
    let executed = app.execute::<Session>(id, SessionCommand::Start(started), context).await?;
    app.in_force(executed).await?;
    let row = app.reads.identity().session(id).await?.ok_or_else(ApiError::try_again)?;
    Ok((row, token.plain))
}

/// A session as its user and the administrators see it. `current` is the session that asks.
pub(super) fn shown(session: SessionRow, current: Option<Uuid>) -> SessionResponseDto {
    SessionResponseDto {
        app_version: session.app_version,
        created_at: session.created_at.into(),
        current: current == Some(session.id),
        device_os: session.device_os,
        device_type: session.device_type,
        expires_at: session.expires_at.map(Into::into),
        id: session.id,
        is_pending_sync_reset: session.sync_reset_pending,
        updated_at: session.updated_at.into(),
    }
}

/// The sessions of a user that have not expired, the most recently used first.
pub(super) async fn list(app: &App, user: Uuid, caller: &Auth) -> Result<Vec<SessionResponseDto>, ApiError> {
    let (now, current) = (Utc::now(), current_id(caller));
    let sessions = app.reads.identity().sessions(user).await?;
    let is_alive = |session: &SessionRow| session.expires_at.is_none_or(|expires_at| expires_at > now);
    Ok(sessions.into_iter().filter(is_alive).map(|session| shown(session, current)).collect())
}

/// Refuses API keys, which have no session.
pub(super) fn only_with_session() -> ApiError {
    ApiError::bad_request("This endpoint can only be used with a session token")
}

fn current_id(caller: &Auth) -> Option<Uuid> {
    caller.session().map(|session| session.id)
}

/// The session of that id, if it is the caller's.
async fn own(app: &App, caller: &Auth, permission: &str, id: Uuid) -> Result<SessionRow, ApiError> {
    let session = app.reads.identity().session(id).await?;
    session.filter(|session| session.user_id == caller.user_id()).ok_or_else(|| ApiError::no_access(permission))
}

/// The caller's sessions.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "Sessions",
    operation_id = "getSessions",
    responses((status = 200, body = Vec<SessionResponseDto>))
)]
async fn get_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SessionResponseDto>>, ApiError> {
    Ok(Json(list(&app, caller.user_id(), &caller).await?))
}

/// Makes a child of the present session, for example for a cast receiver.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "Sessions",
    operation_id = "createSession",
    request_body = SessionCreateDto,
    responses((status = 201, body = SessionCreateResponseDto))
)]
async fn create_session(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<SessionCreateDto>,
) -> Result<(StatusCode, Json<SessionCreateResponseDto>), ApiError> {
    let parent = current_id(&caller).ok_or_else(only_with_session)?;
    let new = child_of(parent, caller.user_id(), wanted, Utc::now())?;
    let (session, token) = start(&app, new, &request.context).await?;
    // The parent may have ended meanwhile, and whoever ended it did not see this child.
    if app.reads.identity().session(parent).await?.is_none() {
        end_with_descendants(&app, caller.user_id(), [session.id], &request.context).await?;
        return Err(ApiError::unauthorized("Invalid user token"));
    }
    Ok((StatusCode::CREATED, Json(created(session, token))))
}

fn child_of(parent: Uuid, user: Uuid, wanted: SessionCreateDto, now: DateTime<Utc>) -> Result<NewSession, ApiError> {
    let too_long = || ApiError::bad_request("duration is too long: leave it out for a session without an end");
    let end_of = |seconds| TimeDelta::try_seconds(seconds).and_then(|duration| now.checked_add_signed(duration));
    let expires_at = wanted.duration.map(|seconds| end_of(seconds).ok_or_else(too_long)).transpose()?;
    let device = Device {
        device_type: wanted.device_type.unwrap_or_default(),
        device_os: wanted.device_os.unwrap_or_default(),
        app_version: None,
    };
    Ok(NewSession { user, parent: Some(parent), expires_at, device })
}

fn created(session: SessionRow, token: String) -> SessionCreateResponseDto {
    let shown = shown(session, None);
    SessionCreateResponseDto {
        app_version: shown.app_version,
        created_at: shown.created_at,
        current: shown.current,
        device_os: shown.device_os,
        device_type: shown.device_type,
        expires_at: shown.expires_at,
        id: shown.id,
        is_pending_sync_reset: shown.is_pending_sync_reset,
        token,
        updated_at: shown.updated_at,
    }
}

/// Ends all of the caller's sessions but the present one.
#[utoipa::path(
    delete,
    path = "/sessions",
    tag = "Sessions",
    operation_id = "deleteAllSessions",
    responses((status = 204))
)]
async fn delete_all_sessions(State(app): State<App>, caller: Caller, request: Request) -> Result<StatusCode, ApiError> {
    end_all_but(&app, caller.user_id(), current_id(&caller), &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a session.
#[utoipa::path(
    put,
    path = "/sessions/{id}",
    tag = "Sessions",
    operation_id = "updateSession",
    params(IdPath),
    request_body = SessionUpdateDto,
    responses((status = 200, body = SessionResponseDto))
)]
async fn update_session(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<SessionUpdateDto>,
) -> Result<Json<SessionResponseDto>, ApiError> {
    own(&app, &caller, "session.update", path.id).await?;
    let pending = update.is_pending_sync_reset.ok_or_else(|| ApiError::bad_request("No fields to update"))?;
    app.execute::<Session>(path.id, SessionCommand::SetSyncReset { pending }, &request.context).await?;
    let session = own(&app, &caller, "session.update", path.id).await?;
    Ok(Json(shown(session, current_id(&caller))))
}

/// Ends a session and its children.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "Sessions",
    operation_id = "deleteSession",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_session(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    own(&app, &caller, "authDevice.delete", path.id).await?;
    end_with_descendants(&app, caller.user_id(), [path.id], &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes the locked folder for a session.
#[utoipa::path(
    post,
    path = "/sessions/{id}/lock",
    tag = "Sessions",
    operation_id = "lockSession",
    params(IdPath),
    responses((status = 204))
)]
async fn lock_session(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    own(&app, &caller, "session.lock", path.id).await?;
    let executed = app.execute::<Session>(path.id, SessionCommand::Lock, &request.context).await?;
    app.in_force(executed).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_ends_after_its_duration_or_with_its_parent() {
        let (user, parent, now) = (Uuid::from_u128(1), Uuid::from_u128(2), DateTime::UNIX_EPOCH);
        let wanted = |duration| SessionCreateDto { device_os: None, device_type: Some("TV".into()), duration };
        let child = child_of(parent, user, wanted(Some(60)), now).expect("short enough");
        assert_eq!((child.parent, child.expires_at), (Some(parent), Some(now + TimeDelta::minutes(1))));
        assert_eq!((child.device.device_type.as_str(), child.device.device_os.as_str()), ("TV", ""));
        assert_eq!(child_of(parent, user, wanted(None), now).expect("no end").expires_at, None);
        assert!(child_of(parent, user, wanted(Some(9_007_199_254_740_991)), now).is_err());
    }
}

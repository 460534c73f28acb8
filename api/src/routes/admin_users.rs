//! Operations of the tag "Users (admin)".

mod changes;
mod storage_label;
mod welcome;

use albumen_domain::user::{User, UserCommand};
use albumen_projections::{identity::AccountRow, library::AssetFilter};
use axum::{Json, extract::State, routing::patch};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    sessions,
    users::{
        self,
        preferences::{self, PreferencesChange},
        present,
    },
};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        assets::{AssetStatsQuery, AssetStatsResponseDto, AssetVisibility},
        paths::IdPath,
        preferences::{UserPreferencesResponseDto, UserPreferencesUpdateDto},
        sessions::SessionResponseDto,
        users::{CalendarHeatmapQuery, CalendarHeatmapResponseDto},
        users_admin::{UserAdminDeleteDto, UserAdminResponseDto, UserAdminSearchQuery},
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_users_admin, changes::create_user_admin))
        .routes(routes!(get_user_admin, changes::update_user_admin, delete_user_admin))
        .route("/admin/users/{id}", patch(changes::update_user_admin))
        .routes(routes!(restore_user_admin))
        .routes(routes!(get_user_sessions_admin))
        .routes(routes!(get_user_statistics_admin))
        .routes(routes!(get_user_calendar_heatmap_admin))
        .routes(routes!(get_user_preferences_admin, update_user_preferences_admin))
        .route("/admin/users/{id}/preferences", patch(update_user_preferences_admin))
}

/// A user, deleted or not.
async fn any_user(app: &App, id: Uuid) -> Result<AccountRow, ApiError> {
    app.reads.identity().account(id).await?.ok_or_else(users::not_found)
}

/// A user who is not deleted.
async fn active_user(app: &App, id: Uuid) -> Result<AccountRow, ApiError> {
    let account = any_user(app, id).await?;
    if account.deleted_at.is_none() { Ok(account) } else { Err(users::not_found()) }
}

/// All users, or one.
#[utoipa::path(
    get,
    path = "/admin/users",
    tag = "Users (admin)",
    operation_id = "searchUsersAdmin",
    params(UserAdminSearchQuery),
    responses((status = 200, body = Vec<UserAdminResponseDto>))
)]
async fn search_users_admin(
    State(app): State<App>,
    ValidQuery(query): ValidQuery<UserAdminSearchQuery>,
) -> Result<Json<Vec<UserAdminResponseDto>>, ApiError> {
    let mut accounts = app.reads.identity().accounts(query.with_deleted.unwrap_or(false)).await?;
    accounts.retain(|account| query.id.is_none_or(|id| id == account.id));
    Ok(Json(present::users_admin(&app, accounts).await?))
}

/// One user, deleted or not.
#[utoipa::path(
    get,
    path = "/admin/users/{id}",
    tag = "Users (admin)",
    operation_id = "getUserAdmin",
    params(IdPath),
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn get_user_admin(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    Ok(Json(present::user_admin_by_id(&app, path.id).await?))
}

/// Deletes a user: for good after some days, or at once with `force`.
#[utoipa::path(
    delete,
    path = "/admin/users/{id}",
    tag = "Users (admin)",
    operation_id = "deleteUserAdmin",
    params(IdPath),
    request_body = UserAdminDeleteDto,
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn delete_user_admin(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(deletion): ValidJson<UserAdminDeleteDto>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    let mut account = any_user(&app, path.id).await?;
    if account.id == caller.user_id() {
        return Err(ApiError::forbidden_because("Cannot delete your own account"));
    }
    let immediate = deletion.force.unwrap_or(false);
    // What is being removed cannot go back to waiting for it.
    if account.status != "removing" {
        let executed = app.execute::<User>(path.id, UserCommand::Delete { immediate }, &request.context).await?;
        app.in_force(executed).await?;
    }
    // It may be gone for good already: then it is shown as it was last seen.
    if let Some(now) = app.reads.identity().account(path.id).await? {
        account = now;
    } else {
        "removing".clone_into(&mut account.status);
    }
    Ok(Json(present::user_admin(&app, account).await?))
}

/// Takes a deletion back.
#[utoipa::path(
    post,
    path = "/admin/users/{id}/restore",
    tag = "Users (admin)",
    operation_id = "restoreUserAdmin",
    params(IdPath),
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn restore_user_admin(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    any_user(&app, path.id).await?;
    app.execute::<User>(path.id, UserCommand::Restore, &request.context).await?;
    Ok(Json(present::user_admin_by_id(&app, path.id).await?))
}

/// A user's sessions.
#[utoipa::path(
    get,
    path = "/admin/users/{id}/sessions",
    tag = "Users (admin)",
    operation_id = "getUserSessionsAdmin",
    params(IdPath),
    responses((status = 200, body = Vec<SessionResponseDto>))
)]
async fn get_user_sessions_admin(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<Vec<SessionResponseDto>>, ApiError> {
    any_user(&app, path.id).await?;
    Ok(Json(sessions::list(&app, path.id, &caller).await?))
}

/// How many photos and videos a user has.
#[utoipa::path(
    get,
    path = "/admin/users/{id}/statistics",
    tag = "Users (admin)",
    operation_id = "getUserStatisticsAdmin",
    params(IdPath, AssetStatsQuery),
    responses((status = 200, body = AssetStatsResponseDto))
)]
async fn get_user_statistics_admin(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
    ValidQuery(query): ValidQuery<AssetStatsQuery>,
) -> Result<Json<AssetStatsResponseDto>, ApiError> {
    any_user(&app, path.id).await?;
    let filter = AssetFilter {
        favorite: query.is_favorite,
        trashed: query.is_trashed.unwrap_or(false),
        visibility: query.visibility.map(visibility_name),
    };
    let (images, videos) = app.reads.library().count(path.id, filter).await?;
    Ok(Json(AssetStatsResponseDto { images, total: images + videos, videos }))
}

const fn visibility_name(visibility: AssetVisibility) -> &'static str {
    match visibility {
        AssetVisibility::Archive => "archive",
        AssetVisibility::Timeline => "timeline",
        AssetVisibility::Hidden => "hidden",
        AssetVisibility::Locked => "locked",
    }
}

/// How much a user uploaded, or took, on each day.
#[utoipa::path(
    get,
    path = "/admin/users/{id}/calendar-heatmap",
    tag = "Users (admin)",
    operation_id = "getUserCalendarHeatmapAdmin",
    params(IdPath, CalendarHeatmapQuery),
    responses((status = 200, body = CalendarHeatmapResponseDto))
)]
async fn get_user_calendar_heatmap_admin(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
    ValidQuery(query): ValidQuery<CalendarHeatmapQuery>,
) -> Result<Json<CalendarHeatmapResponseDto>, ApiError> {
    any_user(&app, path.id).await?;
    Ok(Json(users::heatmap(&app, path.id, query).await?))
}

/// A user's preferences.
#[utoipa::path(
    get,
    path = "/admin/users/{id}/preferences",
    tag = "Users (admin)",
    operation_id = "getUserPreferencesAdmin",
    params(IdPath),
    responses((status = 200, body = UserPreferencesResponseDto))
)]
async fn get_user_preferences_admin(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(preferences::preferences_of(&any_user(&app, path.id).await?)))
}

/// Changes a user's preferences; what is absent stays.
#[utoipa::path(
    put,
    path = "/admin/users/{id}/preferences",
    tag = "Users (admin)",
    operation_id = "updateUserPreferencesAdmin",
    params(IdPath),
    request_body = UserPreferencesUpdateDto,
    responses((status = 200, body = UserPreferencesResponseDto))
)]
async fn update_user_preferences_admin(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(change): ValidJson<PreferencesChange>,
) -> Result<Json<Value>, ApiError> {
    let account = active_user(&app, path.id).await?;
    Ok(Json(preferences::update(&app, &account, &change, &request.context).await?))
}

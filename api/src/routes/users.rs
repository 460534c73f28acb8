//! Operations of the tag "Users".

mod heatmap;
mod license;
mod onboarding;
pub mod preferences;
pub mod present;
mod profile_image;

use albumen_commands::{CommandError, Context};
use albumen_domain::user::{EMAIL_CLAIM, ProfileEdit, STORAGE_LABEL_CLAIM, User, UserCommand, UserRefusal};
use axum::{Json, extract::State, routing::patch};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::authentication::hash_password;
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        paths::IdPath,
        users::{UserResponseDto, UserUpdateMeDto},
        users_admin::UserAdminResponseDto,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

pub(super) use heatmap::heatmap;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_users))
        .routes(routes!(get_my_user, update_my_user))
        .route("/users/me", patch(update_my_user))
        .routes(routes!(preferences::get_my_preferences, preferences::update_my_preferences))
        .route("/users/me/preferences", patch(preferences::update_my_preferences))
        .routes(routes!(license::get_user_license, license::set_user_license, license::delete_user_license))
        .routes(routes!(
            onboarding::get_user_onboarding,
            onboarding::set_user_onboarding,
            onboarding::delete_user_onboarding
        ))
        .routes(routes!(heatmap::get_my_calendar_heatmap))
        .routes(routes!(profile_image::create_profile_image, profile_image::delete_profile_image))
        .routes(routes!(get_user))
        .routes(routes!(profile_image::get_profile_image))
}

/// There is no such user, or the caller may not know.
pub(super) fn not_found() -> ApiError {
    ApiError::bad_request("User not found")
}

/// Changes an account, with the API's words where something is taken.
pub(super) async fn edit(app: &App, user: Uuid, edit: ProfileEdit, context: &Context) -> Result<(), ApiError> {
    let command = UserCommand::Edit(Box::new(edit));
    let executed = app.execute::<User>(user, command, context).await.map_err(in_the_apis_words)?;
    // Whoever is no administrator any more must not be one from now on.
    app.in_force(executed).await
}

/// What clients are told when a command to a user comes to nothing.
pub(super) fn in_the_apis_words(error: CommandError<UserRefusal>) -> ApiError {
    match error {
        CommandError::Claimed { name: EMAIL_CLAIM, .. } => ApiError::bad_request("Email is not available"),
        CommandError::Claimed { name: STORAGE_LABEL_CLAIM, .. } => {
            ApiError::bad_request("Storage label already in use by another account")
        }
        other => other.into(),
    }
}

/// The users whom the caller may know.
#[utoipa::path(
    get,
    path = "/users",
    tag = "Users",
    operation_id = "searchUsers",
    responses((status = 200, body = Vec<UserResponseDto>))
)]
async fn search_users(State(app): State<App>, caller: Caller) -> Result<Json<Vec<UserResponseDto>>, ApiError> {
    if !app.configuration.current().settings.server.public_users {
        return Ok(Json(vec![present::user(&caller.account)]));
    }
    let accounts = app.reads.identity().accounts(false).await?;
    Ok(Json(accounts.iter().map(present::user).collect()))
}

/// A user whom the caller may know.
#[utoipa::path(
    get,
    path = "/users/{id}",
    tag = "Users",
    operation_id = "getUser",
    params(IdPath),
    responses((status = 200, body = UserResponseDto))
)]
async fn get_user(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<UserResponseDto>, ApiError> {
    if !app.configuration.current().settings.server.public_users && path.id != caller.user_id() {
        return Err(not_found());
    }
    let account = app.reads.identity().account(path.id).await?.filter(|account| account.deleted_at.is_none());
    Ok(Json(present::user(&account.ok_or_else(not_found)?)))
}

/// The caller.
#[utoipa::path(
    get,
    path = "/users/me",
    tag = "Users",
    operation_id = "getMyUser",
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn get_my_user(State(app): State<App>, caller: Caller) -> Result<Json<UserAdminResponseDto>, ApiError> {
    Ok(Json(present::user_admin(&app, caller.account.clone()).await?))
}

/// Changes what the caller may change of itself.
#[utoipa::path(
    put,
    path = "/users/me",
    tag = "Users",
    operation_id = "updateMyUser",
    request_body = UserUpdateMeDto,
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn update_my_user(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(update): ValidJson<UserUpdateMeDto>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    let change = ProfileEdit {
        email: update.email,
        name: update.name,
        avatar_color: update.avatar_color.map(|color| color.map(present::color_name)),
        ..ProfileEdit::default()
    };
    edit(&app, caller.user_id(), change, &request.context).await?;
    if let Some(password) = update.password {
        let password_hash = hash_password(password).await?;
        let command = UserCommand::ChangePassword { password_hash, should_change_password: false };
        let executed = app.execute::<User>(caller.user_id(), command, &request.context).await?;
        app.in_force(executed).await?;
    }
    Ok(Json(present::user_admin_by_id(&app, caller.user_id()).await?))
}

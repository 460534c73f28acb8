//! How administrators make and change users.

use albumen_commands::Context;
use albumen_domain::user::{AdminSetup, ProfileEdit, Registration, User, UserCommand};
use axum::{Json, extract::State, http::StatusCode};
use uuid::Uuid;

use super::{
    active_user,
    storage_label::sanitized,
    welcome::{self, Newcomer},
};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        paths::IdPath,
        users_admin::{UserAdminCreateDto, UserAdminResponseDto, UserAdminUpdateDto},
    },
    edge::{ApiError, ValidJson, ValidPath},
    routes::{
        authentication::hash_password,
        sessions,
        users::{self, present},
    },
};

/// Makes a user. `notify` asks for an e-mail to them, with the password.
#[utoipa::path(
    post,
    path = "/admin/users",
    tag = "Users (admin)",
    operation_id = "createUserAdmin",
    request_body = UserAdminCreateDto,
    responses((status = 201, body = UserAdminResponseDto))
)]
pub async fn create_user_admin(
    State(app): State<App>,
    request: Request,
    ValidJson(mut wanted): ValidJson<UserAdminCreateDto>,
) -> Result<(StatusCode, Json<UserAdminResponseDto>), ApiError> {
    // Nobody can log in by another way than a password yet.
    if wanted.password.is_empty() {
        return Err(ApiError::bad_request("password is required"));
    }
    let (id, pin_code) = (Uuid::new_v4(), wanted.pin_code.take().flatten());
    let newcomer = wanted.notify.unwrap_or(false).then(|| Newcomer {
        email: wanted.email.clone(),
        name: wanted.name.clone(),
        password: wanted.password.clone(),
    });
    let command = UserCommand::Register(Box::new(registration(wanted).await?));
    app.execute::<User>(id, command, &request.context).await.map_err(users::in_the_apis_words)?;
    if let Some(pin_code) = pin_code {
        set_pin(&app, id, Some(pin_code), &request.context).await?;
    }
    if let Some(newcomer) = newcomer {
        welcome::write(&app.configuration, newcomer);
    }
    Ok((StatusCode::CREATED, Json(present::user_admin_by_id(&app, id).await?)))
}

async fn registration(wanted: UserAdminCreateDto) -> Result<Registration, ApiError> {
    Ok(Registration {
        email: wanted.email,
        name: wanted.name,
        password_hash: Some(hash_password(wanted.password).await?),
        setup: AdminSetup::ByAdmin { is_admin: wanted.is_admin.unwrap_or(false) },
        storage_label: wanted.storage_label.flatten().and_then(|label| sanitized(&label)),
        quota_bytes: wanted.quota_size_in_bytes.flatten(),
        avatar_color: wanted.avatar_color.flatten().map(present::color_name),
        // Somebody else chose the password.
        should_change_password: wanted.should_change_password.unwrap_or(true),
    })
}

async fn set_pin(app: &App, user: Uuid, pin_code: Option<String>, context: &Context) -> Result<(), ApiError> {
    let pin_hash = match pin_code {
        Some(pin_code) => Some(hash_password(pin_code).await?),
        None => None,
    };
    app.execute::<User>(user, UserCommand::SetPin { pin_hash }, context).await?;
    // What was opened with the old PIN code is closed.
    sessions::lock_all(app, user, context).await
}

/// Changes a user.
#[utoipa::path(
    put,
    path = "/admin/users/{id}",
    tag = "Users (admin)",
    operation_id = "updateUserAdmin",
    params(IdPath),
    request_body = UserAdminUpdateDto,
    responses((status = 200, body = UserAdminResponseDto))
)]
pub async fn update_user_admin(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(mut update): ValidJson<UserAdminUpdateDto>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    let account = active_user(&app, path.id).await?;
    let changes_admin = update.is_admin.is_some_and(|is_admin| is_admin != account.is_admin);
    if changes_admin && account.id == caller.user_id() {
        return Err(ApiError::bad_request("Admin status can only be changed by another admin"));
    }
    let should_change_password = update.should_change_password.unwrap_or(account.should_change_password);
    let (password, pin_code) = (update.password.take(), update.pin_code.take());
    users::edit(&app, account.id, profile_edit(update), &request.context).await?;
    if let Some(password) = password {
        let password_hash = hash_password(password).await?;
        let command = UserCommand::ChangePassword { password_hash, should_change_password };
        let executed = app.execute::<User>(account.id, command, &request.context).await?;
        app.in_force(executed).await?;
    }
    if let Some(pin_code) = pin_code {
        set_pin(&app, account.id, pin_code, &request.context).await?;
    }
    Ok(Json(present::user_admin_by_id(&app, account.id).await?))
}

fn profile_edit(update: UserAdminUpdateDto) -> ProfileEdit {
    ProfileEdit {
        email: update.email,
        name: update.name,
        storage_label: update.storage_label.map(|label| label.and_then(|label| sanitized(&label))),
        quota_bytes: update.quota_size_in_bytes,
        avatar_color: update.avatar_color.map(|color| color.map(present::color_name)),
        is_admin: update.is_admin,
        should_change_password: update.should_change_password,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_empty_are_told_apart() {
        let edit = |json: serde_json::Value| profile_edit(serde_json::from_value(json).expect("fits"));
        assert_eq!(edit(serde_json::json!({})), ProfileEdit::default());
        let taken_away = edit(serde_json::json!({"storageLabel": "", "quotaSizeInBytes": null, "avatarColor": null}));
        assert_eq!(taken_away.storage_label, Some(None));
        assert_eq!((taken_away.quota_bytes, taken_away.avatar_color), (Some(None), Some(None)));
        let set = edit(serde_json::json!({"storageLabel": "../Ada", "quotaSizeInBytes": 0, "avatarColor": "red"}));
        assert_eq!(set.storage_label, Some(Some("Ada".to_owned())));
        assert_eq!((set.quota_bytes, set.avatar_color), (Some(Some(0)), Some(Some("red".to_owned()))));
    }
}

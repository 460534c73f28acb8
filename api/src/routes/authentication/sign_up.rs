//! How the first administrator comes to be.

use albumen_commands::CommandError;
use albumen_domain::user::{AdminSetup, Registration, User, UserCommand};
use axum::{Json, extract::State, http::StatusCode};
use uuid::Uuid;

use super::passwords;
use crate::{
    access::Request,
    app::App,
    dto::{authentication::SignUpDto, users_admin::UserAdminResponseDto},
    edge::{ApiError, ClientOrigin, ValidJson},
    routes::users::present,
};

/// The first administrator's folder in the library.
const STORAGE_LABEL: &str = "admin";

/// Makes the first administrator. Until there is one, whoever comes first would become it, so only
/// those who are near may come.
#[utoipa::path(
    post,
    path = "/auth/admin-sign-up",
    tag = "Authentication",
    operation_id = "signUpAdmin",
    request_body = SignUpDto,
    responses((status = 201, body = UserAdminResponseDto))
)]
pub async fn sign_up_admin(
    State(app): State<App>,
    origin: ClientOrigin,
    request: Request,
    ValidJson(sign_up): ValidJson<SignUpDto>,
) -> Result<(StatusCode, Json<UserAdminResponseDto>), ApiError> {
    if !app.allow_setup {
        return Err(ApiError::bad_request("Admin setup is disabled"));
    }
    if app.reads.identity().has_admin().await? {
        return Err(has_admin());
    }
    if !origin.is_private() {
        return Err(too_far_away());
    }
    let id = Uuid::new_v4();
    let command = UserCommand::Register(Box::new(registration(sign_up).await?));
    app.execute::<User>(id, command, &request.context).await.map_err(|error| match error {
        // Two at once: the log lets one of them in.
        CommandError::Claimed { .. } => has_admin(),
        other => other.into(),
    })?;
    Ok((StatusCode::CREATED, Json(present::user_admin_by_id(&app, id).await?)))
}

fn has_admin() -> ApiError {
    ApiError::bad_request("The server already has an admin")
}

fn too_far_away() -> ApiError {
    ApiError::forbidden_because(
        "The first administrator can only sign up from the machine itself or its private network: \
         open the server by its private address, for example through an SSH tunnel (ssh -L 2283:localhost:2283)",
    )
}

async fn registration(sign_up: SignUpDto) -> Result<Registration, ApiError> {
    Ok(Registration {
        email: sign_up.email,
        name: sign_up.name,
        password_hash: Some(passwords::hash(sign_up.password).await?),
        setup: AdminSetup::First,
        storage_label: Some(STORAGE_LABEL.to_owned()),
        quota_bytes: None,
        avatar_color: None,
        should_change_password: false,
    })
}

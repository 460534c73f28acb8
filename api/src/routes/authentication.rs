//! Operations of the tag "Authentication".

mod cookies;
mod passwords;
mod pin_code;
mod sign_up;
mod throttle;

use std::sync::Arc;

use albumen_commands::Context;
use albumen_domain::{
    Actor,
    user::{User, UserCommand},
};
use albumen_projections::identity::AccountRow;
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use chrono::Utc;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    device,
    sessions::{self, NewSession},
    users::present,
};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        authentication::{
            AuthStatusResponseDto, ChangePasswordDto, LoginCredentialDto, LoginResponseDto, LogoutResponseDto,
            ValidateAccessTokenResponseDto,
        },
        users_admin::UserAdminResponseDto,
    },
    edge::{ApiError, ClientOrigin, ValidJson},
};

pub use passwords::hash as hash_password;
pub(super) use throttle::{Target, Throttle};

/// Where the web app goes after the session's end.
const AFTER_LOGOUT: &str = "/auth/login?autoLaunch=0";

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(logout))
        .routes(routes!(sign_up::sign_up_admin))
        .routes(routes!(change_password))
        .routes(routes!(get_auth_status))
        .routes(routes!(validate_access_token))
        .routes(routes!(pin_code::setup_pin_code, pin_code::change_pin_code, pin_code::reset_pin_code))
        .routes(routes!(pin_code::unlock_auth_session))
        .routes(routes!(pin_code::lock_auth_session))
        .layer(Extension(Arc::<Throttle>::default()))
}

/// Begins a session with e-mail and password.
#[utoipa::path(
    post,
    path = "/auth/login",
    tag = "Authentication",
    operation_id = "login",
    request_body = LoginCredentialDto,
    responses((status = 201, body = LoginResponseDto))
)]
async fn login(
    State(app): State<App>,
    Extension(throttle): Extension<Arc<Throttle>>,
    origin: ClientOrigin,
    request: Request,
    headers: HeaderMap,
    ValidJson(credentials): ValidJson<LoginCredentialDto>,
) -> Result<impl IntoResponse, ApiError> {
    if !app.configuration.current().settings.password_login.enabled {
        return Err(ApiError::unauthorized("Password login has been disabled"));
    }
    let target = Target::of(&["login", &origin.address.to_string(), &credentials.email]);
    throttle.admit(target).await?;
    let account = account_with(&app, credentials).await?.ok_or_else(wrong_credentials)?;
    throttle.succeeded(target);
    let context = acting_as(&account, request.context);
    let new = NewSession::of_device(account.id, device::of_headers(&headers));
    let (session, token) = sessions::start(&app, new, &context).await?;
    // The password may have changed, or the user been deleted, while it was being compared.
    let now = app.reads.identity().account(account.id).await?;
    let is_still_good = |now: &AccountRow| now.deleted_at.is_none() && now.password_hash == account.password_hash;
    let Some(account) = now.filter(is_still_good) else {
        sessions::end_with_descendants(&app, account.id, [session.id], &context).await?;
        return Err(wrong_credentials());
    };
    let cookies = cookies::set(&token, origin.is_https, Utc::now());
    Ok((StatusCode::CREATED, cookies, Json(logged_in(account, token))))
}

/// The account that this e-mail and password belong to. Takes as long where there is none.
async fn account_with(app: &App, credentials: LoginCredentialDto) -> Result<Option<AccountRow>, ApiError> {
    let account = app.reads.identity().account_by_email(&credentials.email).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = passwords::matches(credentials.password, hash).await?;
    Ok(account.filter(|_| is_right))
}

fn wrong_credentials() -> ApiError {
    ApiError::unauthorized("Incorrect email or password")
}

/// The circumstances of somebody who has just proved who they are.
fn acting_as(account: &AccountRow, mut context: Context) -> Context {
    context.metadata.actor = Actor::User { id: account.id };
    context
}

fn logged_in(account: AccountRow, access_token: String) -> LoginResponseDto {
    LoginResponseDto {
        access_token,
        is_admin: account.is_admin,
        is_onboarded: account.onboarded,
        name: account.name,
        profile_image_path: account.profile_image_path.unwrap_or_default(),
        should_change_password: account.should_change_password,
        user_email: account.email,
        user_id: account.id,
    }
}

/// Ends the present session.
#[utoipa::path(
    post,
    path = "/auth/logout",
    tag = "Authentication",
    operation_id = "logout",
    responses((status = 200, body = LogoutResponseDto))
)]
async fn logout(State(app): State<App>, caller: Caller, request: Request) -> Result<impl IntoResponse, ApiError> {
    if let Some(session) = caller.session() {
        sessions::end_with_descendants(&app, caller.user_id(), [session.id], &request.context).await?;
    }
    let answer = LogoutResponseDto { redirect_uri: AFTER_LOGOUT.to_owned(), successful: true };
    Ok((cookies::clear(), Json(answer)))
}

/// Changes the caller's password, and ends all of their sessions but this one.
#[utoipa::path(
    post,
    path = "/auth/change-password",
    tag = "Authentication",
    operation_id = "changePassword",
    request_body = ChangePasswordDto,
    responses((status = 200, body = UserAdminResponseDto))
)]
async fn change_password(
    State(app): State<App>,
    Extension(throttle): Extension<Arc<Throttle>>,
    caller: Caller,
    request: Request,
    ValidJson(change): ValidJson<ChangePasswordDto>,
) -> Result<Json<UserAdminResponseDto>, ApiError> {
    check_password(&throttle, &caller.account, change.password).await?;
    let command = UserCommand::ChangePassword {
        password_hash: passwords::hash(change.new_password).await?,
        should_change_password: false,
    };
    let executed = app.execute::<User>(caller.user_id(), command, &request.context).await?;
    app.in_force(executed).await?;
    sessions::end_all_but(&app, caller.user_id(), caller.session().map(|session| session.id), &request.context).await?;
    Ok(Json(present::user_admin_by_id(&app, caller.user_id()).await?))
}

/// Refuses a password that is not the account's.
async fn check_password(throttle: &Throttle, account: &AccountRow, password: String) -> Result<(), ApiError> {
    let target = Target::of(&["password", &account.id.to_string()]);
    throttle.admit(target).await?;
    if !passwords::matches(password, account.password_hash.clone()).await? {
        return Err(ApiError::bad_request("Wrong password"));
    }
    throttle.succeeded(target);
    Ok(())
}

/// What the present session has and may do.
#[utoipa::path(
    get,
    path = "/auth/status",
    tag = "Authentication",
    operation_id = "getAuthStatus",
    responses((status = 200, body = AuthStatusResponseDto))
)]
async fn get_auth_status(caller: Caller) -> Json<AuthStatusResponseDto> {
    let session = caller.session();
    Json(AuthStatusResponseDto {
        expires_at: session.and_then(|session| session.expires_at).map(Into::into),
        is_elevated: caller.is_elevated(),
        password: caller.account.password_hash.is_some(),
        pin_code: caller.account.pin_hash.is_some(),
        pin_expires_at: session.and_then(|session| session.pin_expires_at).map(Into::into),
    })
}

/// Says that the credential is good: others do not come this far.
#[utoipa::path(
    post,
    path = "/auth/validateToken",
    tag = "Authentication",
    operation_id = "validateAccessToken",
    responses((status = 200, body = ValidateAccessTokenResponseDto))
)]
async fn validate_access_token(_caller: Caller) -> Json<ValidateAccessTokenResponseDto> {
    Json(ValidateAccessTokenResponseDto { auth_status: true })
}

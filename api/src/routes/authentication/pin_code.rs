//! The PIN code, and the locked folder that it opens.

use std::sync::Arc;

use albumen_domain::{
    session::{Session, SessionCommand},
    user::{User, UserCommand},
};
use albumen_projections::identity::{AccountRow, SessionRow};
use axum::{Extension, extract::State, http::StatusCode};
use chrono::{TimeDelta, Utc};

use super::{Target, Throttle, check_password, passwords};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::authentication::{PinCodeChangeDto, PinCodeResetDto, PinCodeSetupDto, SessionUnlockDto},
    edge::{ApiError, ValidJson},
    routes::sessions,
};

/// How long the locked folder stays open.
const ELEVATION: TimeDelta = TimeDelta::minutes(15);

/// Sets the caller's first PIN code.
#[utoipa::path(
    post,
    path = "/auth/pin-code",
    tag = "Authentication",
    operation_id = "setupPinCode",
    request_body = PinCodeSetupDto,
    responses((status = 204))
)]
pub async fn setup_pin_code(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(setup): ValidJson<PinCodeSetupDto>,
) -> Result<StatusCode, ApiError> {
    if caller.account.pin_hash.is_some() {
        return Err(ApiError::bad_request("User already has a PIN code"));
    }
    let command = UserCommand::SetPin { pin_hash: Some(passwords::hash(setup.pin_code).await?) };
    app.execute::<User>(caller.user_id(), command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets another PIN code.
#[utoipa::path(
    put,
    path = "/auth/pin-code",
    tag = "Authentication",
    operation_id = "changePinCode",
    request_body = PinCodeChangeDto,
    responses((status = 204))
)]
pub async fn change_pin_code(
    State(app): State<App>,
    Extension(throttle): Extension<Arc<Throttle>>,
    caller: Caller,
    request: Request,
    ValidJson(change): ValidJson<PinCodeChangeDto>,
) -> Result<StatusCode, ApiError> {
    prove(&throttle, &caller.account, change.password, change.pin_code).await?;
    let command = UserCommand::SetPin { pin_hash: Some(passwords::hash(change.new_pin_code).await?) };
    let executed = app.execute::<User>(caller.user_id(), command, &request.context).await?;
    app.in_force(executed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the PIN code, and locks the locked folder everywhere.
#[utoipa::path(
    delete,
    path = "/auth/pin-code",
    tag = "Authentication",
    operation_id = "resetPinCode",
    request_body = PinCodeResetDto,
    responses((status = 204))
)]
pub async fn reset_pin_code(
    State(app): State<App>,
    Extension(throttle): Extension<Arc<Throttle>>,
    caller: Caller,
    request: Request,
    ValidJson(reset): ValidJson<PinCodeResetDto>,
) -> Result<StatusCode, ApiError> {
    prove(&throttle, &caller.account, reset.password, reset.pin_code).await?;
    let command = UserCommand::SetPin { pin_hash: None };
    app.execute::<User>(caller.user_id(), command, &request.context).await?;
    sessions::lock_all(&app, caller.user_id(), &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens the locked folder for this session.
#[utoipa::path(
    post,
    path = "/auth/session/unlock",
    tag = "Authentication",
    operation_id = "unlockAuthSession",
    request_body = SessionUnlockDto,
    responses((status = 204))
)]
pub async fn unlock_auth_session(
    State(app): State<App>,
    Extension(throttle): Extension<Arc<Throttle>>,
    caller: Caller,
    request: Request,
    ValidJson(unlock): ValidJson<SessionUnlockDto>,
) -> Result<StatusCode, ApiError> {
    let session = session_of(&caller)?;
    prove(&throttle, &caller.account, unlock.password, unlock.pin_code).await?;
    let command = SessionCommand::Unlock { until: Utc::now() + ELEVATION };
    app.execute::<Session>(session.id, command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes the locked folder for this session.
#[utoipa::path(
    post,
    path = "/auth/session/lock",
    tag = "Authentication",
    operation_id = "lockAuthSession",
    responses((status = 204))
)]
pub async fn lock_auth_session(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let session = session_of(&caller)?;
    let executed = app.execute::<Session>(session.id, SessionCommand::Lock, &request.context).await?;
    app.in_force(executed).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn session_of(caller: &Auth) -> Result<&SessionRow, ApiError> {
    caller.session().ok_or_else(sessions::only_with_session)
}

/// Refuses whoever gives neither the right password nor the right PIN code.
async fn prove(
    throttle: &Throttle,
    account: &AccountRow,
    password: Option<String>,
    pin_code: Option<String>,
) -> Result<(), ApiError> {
    if account.pin_hash.is_none() {
        return Err(ApiError::bad_request("User does not have a PIN code"));
    }
    match (password, pin_code) {
        (Some(password), _) => check_password(throttle, account, password).await,
        (None, Some(pin_code)) => check_pin_code(throttle, account, pin_code).await,
        (None, None) => Err(ApiError::bad_request("Either password or pinCode is required")),
    }
}

async fn check_pin_code(throttle: &Throttle, account: &AccountRow, pin_code: String) -> Result<(), ApiError> {
    let target = Target::of(&["pin", &account.id.to_string()]);
    throttle.admit(target).await?;
    if !passwords::matches(pin_code, account.pin_hash.clone()).await? {
        return Err(ApiError::bad_request("Wrong PIN code"));
    }
    throttle.succeeded(target);
    Ok(())
}

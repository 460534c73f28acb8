//! A user's first steps in the app.

use albumen_commands::Context;
use albumen_domain::user::{User, UserCommand};
use axum::{Json, extract::State, http::StatusCode};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    app::App,
    dto::users::{OnboardingDto, OnboardingResponseDto},
    edge::{ApiError, ValidJson},
};

/// Whether the caller has been through the first steps.
#[utoipa::path(
    get,
    path = "/users/me/onboarding",
    tag = "Users",
    operation_id = "getUserOnboarding",
    responses((status = 200, body = OnboardingResponseDto))
)]
pub async fn get_user_onboarding(caller: Caller) -> Json<OnboardingResponseDto> {
    Json(OnboardingResponseDto { is_onboarded: caller.account.onboarded })
}

/// Notes how far the caller's first steps are.
#[utoipa::path(
    put,
    path = "/users/me/onboarding",
    tag = "Users",
    operation_id = "setUserOnboarding",
    request_body = OnboardingDto,
    responses((status = 200, body = OnboardingResponseDto))
)]
pub async fn set_user_onboarding(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(onboarding): ValidJson<OnboardingDto>,
) -> Result<Json<OnboardingResponseDto>, ApiError> {
    let is_onboarded = onboarding.is_onboarded;
    set(&app, caller.user_id(), is_onboarded, &request.context).await?;
    Ok(Json(OnboardingResponseDto { is_onboarded }))
}

/// Has the caller go through the first steps again.
#[utoipa::path(
    delete,
    path = "/users/me/onboarding",
    tag = "Users",
    operation_id = "deleteUserOnboarding",
    responses((status = 204))
)]
pub async fn delete_user_onboarding(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<StatusCode, ApiError> {
    set(&app, caller.user_id(), false, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set(app: &App, user: Uuid, onboarded: bool, context: &Context) -> Result<(), ApiError> {
    app.execute::<User>(user, UserCommand::SetOnboarding { onboarded }, context).await?;
    Ok(())
}

//! Wire types of the tag "Authentication".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::wire::{WireDateTime, lowercase};
use crate::edge::validate::no_further_rules;

/// What the present session has and may do.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthStatusResponseDto {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::text)]
    pub expires_at: Option<WireDateTime>,
    pub is_elevated: bool,
    pub password: bool,
    pub pin_code: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::text)]
    pub pin_expires_at: Option<WireDateTime>,
}

/// The present and the new password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordDto {
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub invalidate_sessions: bool,
    #[schema(min_length = 8)]
    pub new_password: String,
    pub password: String,
}

/// E-mail and password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginCredentialDto {
    #[serde(deserialize_with = "lowercase")]
    #[schema(schema_with = forms::email)]
    pub email: String,
    pub password: String,
}

/// A new session and whose it is.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponseDto {
    pub access_token: String,
    pub is_admin: bool,
    pub is_onboarded: bool,
    pub name: String,
    pub profile_image_path: String,
    pub should_change_password: bool,
    #[schema(schema_with = forms::email)]
    pub user_email: String,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

/// Where to go after the session's end.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogoutResponseDto {
    pub redirect_uri: String,
    pub successful: bool,
}

/// A new PIN code, with the old one or the password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinCodeChangeDto {
    #[schema(schema_with = forms::pin_code)]
    pub new_pin_code: String,
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(schema_with = forms::pin_code)]
    pub pin_code: Option<String>,
}

/// The PIN code or the password, to remove the PIN code.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinCodeResetDto {
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(schema_with = forms::pin_code)]
    pub pin_code: Option<String>,
}

/// A first PIN code.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinCodeSetupDto {
    #[schema(schema_with = forms::pin_code)]
    pub pin_code: String,
}

/// PIN code or password, to open the locked folder.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUnlockDto {
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[schema(schema_with = forms::pin_code)]
    pub pin_code: Option<String>,
}

/// The first administrator.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignUpDto {
    #[serde(deserialize_with = "lowercase")]
    #[schema(schema_with = forms::email)]
    pub email: String,
    pub name: String,
    pub password: String,
}

/// Whether the credential is good.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidateAccessTokenResponseDto {
    pub auth_status: bool,
}

no_further_rules!(
    ChangePasswordDto,
    LoginCredentialDto,
    PinCodeChangeDto,
    PinCodeResetDto,
    PinCodeSetupDto,
    SessionUnlockDto,
    SignUpDto
);

//! Wire types of the tag "Users (admin)".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::users::{UserAvatarColor, UserLicense};
use super::wire::{Maybe, WireDateTime, lowercase, lowercase_option, maybe};
use crate::edge::validate::no_further_rules;

/// A new user.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminCreateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(required = false, value_type = Option<UserAvatarColor>)]
    pub avatar_color: Maybe<UserAvatarColor>,
    #[serde(deserialize_with = "lowercase")]
    #[schema(schema_with = forms::email)]
    pub email: String,
    #[schema(nullable = false)]
    pub is_admin: Option<bool>,
    pub name: String,
    #[schema(nullable = false)]
    pub notify: Option<bool>,
    pub password: String,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_pin_code, required = false)]
    pub pin_code: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_count, required = false)]
    pub quota_size_in_bytes: Maybe<i64>,
    #[schema(nullable = false)]
    pub should_change_password: Option<bool>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub storage_label: Maybe<String>,
}

/// Whether the user goes at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminDeleteDto {
    #[schema(nullable = false)]
    pub force: Option<bool>,
}

/// A user as the administrators and the user see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminResponseDto {
    pub avatar_color: UserAvatarColor,
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[schema(schema_with = forms::nullable_instant, required)]
    pub deleted_at: Option<WireDateTime>,
    #[schema(schema_with = forms::email)]
    pub email: String,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub is_admin: bool,
    #[schema(required)]
    pub license: Option<UserLicense>,
    pub name: String,
    pub oauth_id: String,
    #[schema(schema_with = forms::date_time)]
    pub profile_changed_at: WireDateTime,
    pub profile_image_path: String,
    #[schema(schema_with = forms::nullable_count, required)]
    pub quota_size_in_bytes: Option<i64>,
    #[schema(schema_with = forms::nullable_count, required)]
    pub quota_usage_in_bytes: Option<i64>,
    pub should_change_password: bool,
    pub status: UserStatus,
    #[schema(schema_with = forms::nullable_text, required)]
    pub storage_label: Option<String>,
    #[schema(schema_with = forms::instant)]
    pub updated_at: WireDateTime,
}

/// Changes to a user by an administrator.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminUpdateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(required = false, value_type = Option<UserAvatarColor>)]
    pub avatar_color: Maybe<UserAvatarColor>,
    #[serde(default, deserialize_with = "lowercase_option")]
    #[schema(schema_with = forms::email)]
    pub email: Option<String>,
    #[schema(nullable = false)]
    pub is_admin: Option<bool>,
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false)]
    pub password: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_pin_code, required = false)]
    pub pin_code: Maybe<String>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_count, required = false)]
    pub quota_size_in_bytes: Maybe<i64>,
    #[schema(nullable = false)]
    pub should_change_password: Option<bool>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_text, required = false)]
    pub storage_label: Maybe<String>,
}

/// Whether a user is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    Active,
    Removing,
    Deleted,
}

/// Which users to list.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserAdminSearchQuery {
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub with_deleted: Option<bool>,
}

query_parameters!(UserAdminSearchQuery);

no_further_rules!(UserAdminCreateDto, UserAdminDeleteDto, UserAdminSearchQuery, UserAdminUpdateDto);

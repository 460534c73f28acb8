//! Wire types of the tag "Users".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::query_parameters;
use super::wire::{Binary, Maybe, WireDateTime, lowercase_option, maybe};
use crate::edge::validate::no_further_rules;

/// One day of the heat map.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarHeatmapDay {
    pub date: String,
    #[schema(schema_with = forms::count)]
    pub count: i64,
}

/// Counts of assets by day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarHeatmapResponseDto {
    pub from: String,
    #[schema(inline)]
    pub series: Vec<CalendarHeatmapDay>,
    pub to: String,
    #[schema(schema_with = forms::count)]
    pub total_count: i64,
}

/// Which date of an asset the heat map counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum CalendarHeatmapType {
    Upload,
    Taken,
}

/// The part of a profile image's upload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProfileImageDto {
    #[serde(default)]
    #[schema(schema_with = forms::binary, required)]
    pub file: Binary,
}

/// A new profile image.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProfileImageResponseDto {
    #[schema(schema_with = forms::instant)]
    pub profile_changed_at: WireDateTime,
    pub profile_image_path: String,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

/// A product key with its activation key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LicenseKeyDto {
    pub activation_key: String,
    #[schema(schema_with = forms::licence_key)]
    pub license_key: String,
}

/// The product key in force.
#[derive(Clone, Serialize, ToSchema)]
pub struct LicenseResponseDto(pub UserLicense);

/// Whether a user has been through the first steps.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingDto {
    pub is_onboarded: bool,
}

/// Whether a user has been through the first steps.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingResponseDto {
    pub is_onboarded: bool,
}

/// Colour of a user's avatar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserAvatarColor {
    Primary,
    Pink,
    Red,
    Yellow,
    Blue,
    Green,
    Purple,
    Orange,
    Gray,
    Amber,
}

/// A product key in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLicense {
    #[schema(schema_with = forms::instant)]
    pub activated_at: WireDateTime,
    pub activation_key: String,
    #[schema(schema_with = forms::licence_key)]
    pub license_key: String,
}

/// A user as other users see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserResponseDto {
    pub avatar_color: UserAvatarColor,
    #[schema(schema_with = forms::email)]
    pub email: String,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub name: String,
    #[schema(schema_with = forms::date_time)]
    pub profile_changed_at: WireDateTime,
    pub profile_image_path: String,
}

/// Changes that a user makes to itself.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserUpdateMeDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(required = false, value_type = Option<UserAvatarColor>)]
    pub avatar_color: Maybe<UserAvatarColor>,
    #[serde(default, deserialize_with = "lowercase_option")]
    #[schema(schema_with = forms::email)]
    pub email: Option<String>,
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false, deprecated)]
    pub password: Option<String>,
}

/// Range and kind of a heat map.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalendarHeatmapQuery {
    #[schema(schema_with = forms::pattern_date)]
    pub from: Option<NaiveDate>,
    #[schema(schema_with = forms::pattern_date)]
    pub to: Option<NaiveDate>,
    #[serde(rename = "type")]
    #[schema(default = "Upload", nullable = false)]
    pub kind: Option<CalendarHeatmapType>,
}

query_parameters!(CalendarHeatmapQuery);

no_further_rules!(CalendarHeatmapQuery, CreateProfileImageDto, LicenseKeyDto, OnboardingDto, UserUpdateMeDto);

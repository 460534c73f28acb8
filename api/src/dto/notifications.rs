//! Wire types of the tags "Notifications" and "Notifications (admin)".

// The names of wire fields say all there is to say about them.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::forms;
use super::parameters::{path_parameters, query_parameters};
use super::wire::{Maybe, WireDateTime, maybe};
use crate::edge::validate::no_further_rules;

/// Something to tell a user.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationCreateDto {
    #[schema(schema_with = forms::record)]
    pub data: Option<Map<String, Value>>,
    #[schema(schema_with = forms::nullable_text)]
    pub description: Option<String>,
    #[schema(nullable = false)]
    pub level: Option<NotificationLevel>,
    #[schema(schema_with = forms::nullable_instant)]
    pub read_at: Option<WireDateTime>,
    pub title: String,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<NotificationType>,
    #[schema(schema_with = forms::uuid)]
    pub user_id: Uuid,
}

/// Notifications to delete.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDeleteAllDto {
    #[schema(schema_with = forms::some_uuids)]
    pub ids: Vec<Uuid>,
}

/// Something a user is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDto {
    #[schema(schema_with = forms::instant)]
    pub created_at: WireDateTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::record)]
    pub data: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    #[schema(schema_with = forms::uuid)]
    pub id: Uuid,
    pub level: NotificationLevel,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = forms::instant)]
    pub read_at: Option<WireDateTime>,
    pub title: String,
    #[serde(rename = "type")]
    pub kind: NotificationType,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum NotificationLevel {
    Success,
    Error,
    Warning,
    Info,
}

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NotificationType {
    JobFailed,
    BackupFailed,
    SystemMessage,
    AlbumInvite,
    AlbumUpdate,
    Custom,
}

/// Changes to some notifications.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationUpdateAllDto {
    #[schema(schema_with = forms::some_uuids)]
    pub ids: Vec<Uuid>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_instant)]
    pub read_at: Maybe<WireDateTime>,
}

/// Changes to a notification.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationUpdateDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(schema_with = forms::nullable_instant)]
    pub read_at: Maybe<WireDateTime>,
}

/// Which notifications are meant.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsQuery {
    #[schema(schema_with = forms::uuid)]
    pub id: Option<Uuid>,
    #[schema(nullable = false)]
    pub level: Option<NotificationLevel>,
    #[serde(rename = "type")]
    #[schema(nullable = false)]
    pub kind: Option<NotificationType>,
    #[schema(nullable = false)]
    pub unread: Option<bool>,
}

query_parameters!(NotificationsQuery);

/// A text of an e-mail to look at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateDto {
    pub template: String,
}

/// Which e-mail.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplatePath {
    pub name: String,
}

path_parameters!(TemplatePath);

/// An e-mail as it would look.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateResponseDto {
    pub html: String,
    pub name: String,
}

/// How an e-mail that was sent is known to mail servers.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestEmailResponseDto {
    pub message_id: String,
}

no_further_rules!(
    NotificationCreateDto,
    NotificationDeleteAllDto,
    NotificationUpdateAllDto,
    NotificationUpdateDto,
    NotificationsQuery,
    TemplateDto,
    TemplatePath,
);

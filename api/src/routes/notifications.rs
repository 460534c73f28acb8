//! Operations of the tags "Notifications" and "Notifications (admin)".

mod mails;
mod present;

use albumen_domain::notification::{Notification, NotificationCommand, NotificationCreated, NotificationReadChanged};
use albumen_projections::notifications::{NotificationFilter, NotificationRow};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        notifications::{
            NotificationCreateDto, NotificationDeleteAllDto, NotificationDto, NotificationLevel, NotificationType,
            NotificationUpdateAllDto, NotificationUpdateDto, NotificationsQuery,
        },
        paths::IdPath,
        wire::Maybe,
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
};

pub use present::notification as response;

/// The operations of these tags.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_notifications, update_notifications, delete_notifications))
        .routes(routes!(get_notification, update_notification, delete_notification))
        .routes(routes!(create_notification))
        .routes(routes!(mails::get_notification_template_admin))
        .routes(routes!(mails::send_test_email_admin))
}

/// What the caller is told, the newest first.
#[utoipa::path(
    get, path = "/notifications", tag = "Notifications", operation_id = "getNotifications",
    params(NotificationsQuery),
    responses((status = 200, body = Vec<NotificationDto>))
)]
async fn get_notifications(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<NotificationsQuery>,
) -> Result<Json<Vec<NotificationDto>>, ApiError> {
    let filter = NotificationFilter {
        id: query.id,
        level: query.level.map(|level| level.meant().as_str().to_owned()),
        kind: query.kind.map(|kind| kind.meant().as_str().to_owned()),
        unread: query.unread,
    };
    let found = app.reads.notifications().of_user(caller.user_id(), &filter).await?;
    Ok(Json(found.into_iter().map(present::notification).collect()))
}

/// Changes some of what the caller is told.
#[utoipa::path(
    put, path = "/notifications", tag = "Notifications", operation_id = "updateNotifications",
    request_body = NotificationUpdateAllDto,
    responses((status = 204))
)]
async fn update_notifications(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<NotificationUpdateAllDto>,
) -> Result<StatusCode, ApiError> {
    app.notifications_for(&caller, "notification.update", &body.ids).await?;
    if let Some(changed) = read_changed(body.read_at) {
        ask_each(&app, &request, body.ids, &NotificationCommand::SetRead(changed)).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes some of what the caller is told.
#[utoipa::path(
    delete, path = "/notifications", tag = "Notifications", operation_id = "deleteNotifications",
    request_body = NotificationDeleteAllDto,
    responses((status = 204))
)]
async fn delete_notifications(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<NotificationDeleteAllDto>,
) -> Result<StatusCode, ApiError> {
    app.notifications_for(&caller, "notification.delete", &body.ids).await?;
    ask_each(&app, &request, body.ids, &NotificationCommand::Delete).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One thing that the caller is told.
#[utoipa::path(
    get, path = "/notifications/{id}", tag = "Notifications", operation_id = "getNotification",
    params(IdPath),
    responses((status = 200, body = NotificationDto))
)]
async fn get_notification(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<NotificationDto>, ApiError> {
    app.notifications_for(&caller, "notification.read", &[path.id]).await?;
    Ok(Json(shown(&app, caller.user_id(), path.id).await?))
}

/// Changes one thing that the caller is told.
#[utoipa::path(
    put, path = "/notifications/{id}", tag = "Notifications", operation_id = "updateNotification",
    params(IdPath),
    request_body = NotificationUpdateDto,
    responses((status = 200, body = NotificationDto))
)]
async fn update_notification(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<NotificationUpdateDto>,
) -> Result<Json<NotificationDto>, ApiError> {
    app.notifications_for(&caller, "notification.update", &[path.id]).await?;
    if let Some(changed) = read_changed(body.read_at) {
        let command = NotificationCommand::SetRead(changed);
        app.execute::<Notification>(path.id, command, &request.context).await?;
    }
    Ok(Json(shown(&app, caller.user_id(), path.id).await?))
}

/// Deletes one thing that the caller is told.
#[utoipa::path(
    delete, path = "/notifications/{id}", tag = "Notifications", operation_id = "deleteNotification",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_notification(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.notifications_for(&caller, "notification.delete", &[path.id]).await?;
    app.execute::<Notification>(path.id, NotificationCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells a user something.
#[utoipa::path(
    post, path = "/admin/notifications", tag = "Notifications (admin)", operation_id = "createNotification",
    request_body = NotificationCreateDto,
    responses((status = 201, body = NotificationDto))
)]
async fn create_notification(
    State(app): State<App>,
    request: Request,
    ValidJson(wanted): ValidJson<NotificationCreateDto>,
) -> Result<(StatusCode, Json<NotificationDto>), ApiError> {
    let (id, user) = (Uuid::new_v4(), wanted.user_id);
    if app.reads.identity().users_among(&[user]).await?.is_empty() {
        return Err(ApiError::bad_request("User not found"));
    }
    let created = NotificationCreated {
        user,
        level: wanted.level.unwrap_or(NotificationLevel::Info).meant(),
        kind: wanted.kind.unwrap_or(NotificationType::Custom).meant(),
        title: wanted.title.into(),
        description: wanted.description.map(Into::into),
        data: wanted.data.map(Into::into),
        read_at: wanted.read_at.map(|read_at| read_at.0),
    };
    let command = NotificationCommand::Create(Box::new(created));
    app.execute::<Notification>(id, command, &request.context).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, user, id).await?)))
}

/// One notification of a user, as they are told of it.
async fn shown(app: &App, user: Uuid, id: Uuid) -> Result<NotificationDto, ApiError> {
    let filter = NotificationFilter { id: Some(id), ..NotificationFilter::default() };
    let found: Vec<NotificationRow> = app.reads.notifications().of_user(user, &filter).await?;
    let found = found.into_iter().next().map(present::notification);
    found.ok_or_else(|| ApiError::bad_request("Notification not found"))
}

fn read_changed(read_at: Maybe<crate::dto::wire::WireDateTime>) -> Option<NotificationReadChanged> {
    read_at.map(|read_at| NotificationReadChanged { read_at: read_at.map(|read_at| read_at.0) })
}

async fn ask_each(
    app: &App,
    request: &Request,
    mut ids: Vec<Uuid>,
    command: &NotificationCommand,
) -> Result<(), ApiError> {
    ids.sort_unstable();
    ids.dedup();
    let commands = ids.into_iter().map(|id| (id, command.clone())).collect();
    app.execute_many::<Notification>(commands, &request.context).await?;
    Ok(())
}

//! Operations of the tag "Activities".

use std::time::Duration;

use albumen_commands::CommandError;
use albumen_domain::activity::{Activity, ActivityCommand, ActivityCreated, LIKE_CLAIM};
use albumen_projections::{
    albums::AlbumFilter,
    sharing::{ActivityFilter, ActivityOf},
};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        activities::{
            ActivitiesQuery, ActivityCreateDto, ActivityResponseDto, ActivityStatisticsQuery,
            ActivityStatisticsResponseDto, ReactionLevel, ReactionType,
        },
        paths::IdPath,
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
    routes::users::present::user,
};

/// A like that was given a moment ago can be in the log and not yet be read: it is looked for so often.
const LOOKS_FOR_A_LIKE: usize = 10;
/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_activities, create_activity))
        .routes(routes!(get_activity_statistics))
        .routes(routes!(delete_activity))
}

/// What was said about an album, the oldest first.
#[utoipa::path(
    get, path = "/activities", tag = "Activities", operation_id = "getActivities",
    params(ActivitiesQuery),
    responses((status = 200, body = Vec<ActivityResponseDto>))
)]
async fn get_activities(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<ActivitiesQuery>,
) -> Result<Json<Vec<ActivityResponseDto>>, ApiError> {
    app.album_for(&caller, "album.read", query.album_id).await?;
    let filter = ActivityFilter {
        id: None,
        asset: query.asset_id,
        of_album_alone: query.level == Some(ReactionLevel::Album),
        likes: query.kind.map(|kind| kind == ReactionType::Like),
        user: query.user_id,
    };
    let found = app.reads.sharing().activities(query.album_id, &filter).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// Counts what was said about an album, or about one asset of it.
#[utoipa::path(
    get, path = "/activities/statistics", tag = "Activities", operation_id = "getActivityStatistics",
    params(ActivityStatisticsQuery),
    responses((status = 200, body = ActivityStatisticsResponseDto))
)]
async fn get_activity_statistics(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<ActivityStatisticsQuery>,
) -> Result<Json<ActivityStatisticsResponseDto>, ApiError> {
    app.album_for(&caller, "album.read", query.album_id).await?;
    let (comments, likes) = app.reads.sharing().count_activities(query.album_id, query.asset_id).await?;
    Ok(Json(ActivityStatisticsResponseDto { comments, likes }))
}

/// Says something. Whoever likes the same thing again is told of the first like.
#[utoipa::path(
    post, path = "/activities", tag = "Activities", operation_id = "createActivity",
    request_body = ActivityCreateDto,
    responses((status = 201, body = ActivityResponseDto))
)]
async fn create_activity(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<ActivityCreateDto>,
) -> Result<(StatusCode, Json<ActivityResponseDto>), ApiError> {
    admit(&app, &caller, &body).await?;
    let album = body.album_id;
    let created =
        ActivityCreated { user: caller.user_id(), album, asset: body.asset_id, comment: body.comment.map(Into::into) };
    let command = ActivityCommand::Create(created);
    let mut id = Uuid::new_v4();
    let mut outcome = app.execute::<Activity>(id, command.clone(), &request.context).await;
    if let Err(CommandError::Claimed { name: LIKE_CLAIM, holder }) = outcome {
        if let Some(existing) = wait_for(&app, album, holder.id).await? {
            return Ok((StatusCode::OK, Json(shown(existing))));
        }
        // The like went with its asset, which has come into the album again.
        take_away(&app, holder.id, &request).await?;
        id = Uuid::new_v4();
        outcome = app.execute::<Activity>(id, command, &request.context).await;
    }
    outcome?;
    let said = find(&app, album, id).await?.ok_or_else(|| ApiError::bad_request("Activity not found"))?;
    Ok((StatusCode::CREATED, Json(shown(said))))
}

/// Takes back what was said; the album's owner can do that with whatever was said about it.
#[utoipa::path(
    delete, path = "/activities/{id}", tag = "Activities", operation_id = "deleteActivity",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_activity(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.activity_for(&caller, path.id).await?;
    app.execute::<Activity>(path.id, ActivityCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Only members speak, while the album is open to it, and about what is in it.
async fn admit(app: &App, caller: &Auth, body: &ActivityCreateDto) -> Result<(), ApiError> {
    const PERMISSION: &str = "activity.create";
    app.album_for(caller, PERMISSION, body.album_id).await?;
    let filter = AlbumFilter { id: Some(body.album_id), ..AlbumFilter::default() };
    let album = app.reads.albums().of_member(caller.user_id(), &filter).await?.pop();
    let is_open = album.is_some_and(|summary| summary.album.activity_enabled);
    let is_there = match body.asset_id {
        Some(asset) => !app.reads.albums().among(body.album_id, &[asset]).await?.is_empty(),
        None => true,
    };
    if is_open && is_there { Ok(()) } else { Err(ApiError::no_access(PERMISSION)) }
}

async fn find(app: &App, album: Uuid, id: Uuid) -> Result<Option<ActivityOf>, ApiError> {
    let filter = ActivityFilter { id: Some(id), ..ActivityFilter::default() };
    Ok(app.reads.sharing().activities(album, &filter).await?.pop())
}

/// The like that is in the log already, unless it is gone from what can be read.
async fn wait_for(app: &App, album: Uuid, id: Uuid) -> Result<Option<ActivityOf>, ApiError> {
    for _ in 0..LOOKS_FOR_A_LIKE {
        if let Some(found) = find(app, album, id).await? {
            return Ok(Some(found));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(None)
}

/// Takes a like away that nobody sees; another request may be quicker.
async fn take_away(app: &App, id: Uuid, request: &Request) -> Result<(), ApiError> {
    match app.execute::<Activity>(id, ActivityCommand::Delete, &request.context).await {
        Ok(_) | Err(CommandError::Refused(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn shown(of: ActivityOf) -> ActivityResponseDto {
    let ActivityOf { activity, account } = of;
    ActivityResponseDto {
        asset_id: activity.asset_id,
        kind: if activity.comment.is_some() { ReactionType::Comment } else { ReactionType::Like },
        comment: activity.comment,
        created_at: activity.created_at.into(),
        id: activity.id,
        user: user(&account),
    }
}

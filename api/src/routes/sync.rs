//! Operations of the tag "Sync": keeping the phone apps' copy of a library up to date.

mod lines;

use std::collections::BTreeMap;

use albumen_domain::session::{Session, SessionCommand};
use albumen_projections::sync::{
    Beginning, CheckpointChange, Device, EntityType, Line, RESET_ACK, RequestType, SyncStream,
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use futures::{StreamExt, stream};
use lines::write_line;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::sync::{SyncAckDeleteDto, SyncAckDto, SyncAckSetDto, SyncEntityType, SyncRequestType, SyncStreamDto},
    edge::{ApiError, ValidJson},
};

/// One JSON object per line.
const LINES: &str = "application/jsonlines+json";
/// Longest acknowledgement that is kept, twice as long as ours. What was never sent is kept as it is, and says nothing.
const MAX_ACK_BYTES: usize = 256;

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_sync_stream)).routes(routes!(get_sync_ack, send_sync_ack, delete_sync_ack))
}

/// The session of the caller: a device is known by it, so a key will not do.
fn session_of(caller: &Auth) -> Result<(Uuid, bool), ApiError> {
    let session = caller.session().map(|session| (session.id, session.sync_reset_pending));
    session.ok_or_else(|| ApiError::forbidden_because("Sync endpoints cannot be used with API keys"))
}

/// Sends all that the caller may see and the device does not have yet.
#[utoipa::path(
    post,
    path = "/sync/stream",
    tag = "Sync",
    operation_id = "getSyncStream",
    request_body = SyncStreamDto,
    responses((status = 200))
)]
async fn get_sync_stream(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<SyncStreamDto>,
) -> Result<Response, ApiError> {
    let (session, mut reset_pending) = session_of(&caller)?;
    let types = wanted.types.iter().map(|one| request_type(*one)).collect::<Result<Vec<_>, _>>()?;
    if wanted.reset == Some(true) {
        begin_again(&app, session, reset_pending, &request).await?;
        reset_pending = false;
    }
    let (user, now) = (caller.user_id(), Utc::now());
    let time_ms = now.timestamp_millis();
    app.reads.sync().checkpoints().forget_ended().await?;
    let device = Device { user, session, reset_pending };
    let body = match app.reads.begin_sync(device, &types, now).await? {
        Beginning::Reset => Body::from(format!("{{\"type\":\"SyncResetV1\",\"data\":{{}},\"ack\":\"{RESET_ACK}\"}}\n")),
        Beginning::Stream(mut stream) => {
            // Whatever is wrong with the first lines can still be answered as an error.
            let first = next_bytes(&mut stream, user, time_ms).await?;
            Body::from_stream(stream::iter(first.map(Ok)).chain(rest(*stream, user, time_ms)))
        }
    };
    Ok(([(header::CONTENT_TYPE, LINES)], body).into_response())
}

/// What follows the first lines, read when the device has taken what came before.
fn rest(
    stream: SyncStream,
    user: Uuid,
    time_ms: i64,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    stream::try_unfold(stream, move |mut stream| async move {
        match next_bytes(&mut stream, user, time_ms).await {
            Ok(Some(bytes)) => Ok(Some((bytes, stream))),
            Ok(None) => Ok(None),
            // The stream breaks, and the device will ask again.
            Err(error) => Err(std::io::Error::other(error.message().to_owned())),
        }
    })
}

async fn next_bytes(stream: &mut SyncStream, user: Uuid, time_ms: i64) -> Result<Option<Bytes>, ApiError> {
    let Some(lines) = stream.next_lines().await? else { return Ok(None) };
    written(lines, user, time_ms).map(Some)
}

fn written(lines: Vec<Line>, user: Uuid, time_ms: i64) -> Result<Bytes, ApiError> {
    let mut out = Vec::new();
    for line in lines {
        write_line(&mut out, user, time_ms, line).map_err(ApiError::internal_outside_handlers)?;
    }
    Ok(out.into())
}

/// What is asked for, unless it is of a form that is not served any more.
fn request_type(wanted: SyncRequestType) -> Result<RequestType, ApiError> {
    let instead = match wanted {
        SyncRequestType::AssetsV1 => SyncRequestType::AssetsV2,
        SyncRequestType::PartnerAssetsV1 => SyncRequestType::PartnerAssetsV2,
        SyncRequestType::AlbumAssetsV1 => SyncRequestType::AlbumAssetsV2,
        SyncRequestType::AssetFacesV1 => SyncRequestType::AssetFacesV2,
        current => {
            let unknown = || ApiError::bad_request(format!("{current:?} is not served"));
            return RequestType::by_name(&format!("{current:?}")).ok_or_else(unknown);
        }
    };
    let message = format!("SyncRequestType.{wanted:?} is deprecated, use SyncRequestType.{instead:?} instead");
    Err(ApiError::bad_request(message))
}

/// Tells how far the device has come.
#[utoipa::path(
    get,
    path = "/sync/ack",
    tag = "Sync",
    operation_id = "getSyncAck",
    responses((status = 200, body = Vec<SyncAckDto>))
)]
async fn get_sync_ack(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SyncAckDto>>, ApiError> {
    let (session, _) = session_of(&caller)?;
    let acks = app.reads.sync().checkpoints().of(session).await?;
    let shown = |(entity, ack)| Some(SyncAckDto { ack, kind: wire_type(entity)? });
    Ok(Json(acks.into_iter().filter_map(shown).collect()))
}

fn wire_type(entity: EntityType) -> Option<SyncEntityType> {
    serde_json::from_value(entity.as_str().into()).ok()
}

/// Notes how far the device has come.
#[utoipa::path(
    post,
    path = "/sync/ack",
    tag = "Sync",
    operation_id = "sendSyncAck",
    request_body = SyncAckSetDto,
    responses((status = 204))
)]
async fn send_sync_ack(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<SyncAckSetDto>,
) -> Result<StatusCode, ApiError> {
    let (session, reset_pending) = session_of(&caller)?;
    let mut newest = BTreeMap::new();
    for ack in body.acks {
        let name = ack.split('|').next().unwrap_or_default();
        let entity = EntityType::by_name(name);
        let entity = entity.ok_or_else(|| ApiError::bad_request(format!("Invalid ack type: {name}")))?;
        if entity == EntityType::SyncResetV1 {
            begin_again(&app, session, reset_pending, &request).await?;
            return Ok(StatusCode::NO_CONTENT);
        }
        if ack.len() > MAX_ACK_BYTES || ack.contains('\0') {
            return Err(ApiError::bad_request(format!("Invalid ack: {ack}")));
        }
        newest.insert(entity, ack);
    }
    app.reads.sync().checkpoints().change(session, CheckpointChange::Set(&newest)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The device has nothing any more.
async fn begin_again(app: &App, session: Uuid, reset_pending: bool, request: &Request) -> Result<(), ApiError> {
    app.reads.sync().checkpoints().change(session, CheckpointChange::ForgetAll).await?;
    if reset_pending {
        let command = SessionCommand::SetSyncReset { pending: false };
        app.execute::<Session>(session, command, &request.context).await?;
    }
    Ok(())
}

/// Forgets how far the device has come.
#[utoipa::path(
    delete,
    path = "/sync/ack",
    tag = "Sync",
    operation_id = "deleteSyncAck",
    request_body = SyncAckDeleteDto,
    responses((status = 204))
)]
async fn delete_sync_ack(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<SyncAckDeleteDto>,
) -> Result<StatusCode, ApiError> {
    let (session, _) = session_of(&caller)?;
    let types: Option<Vec<EntityType>> =
        body.types.map(|types| types.iter().filter_map(|one| EntityType::by_name(&format!("{one:?}"))).collect());
    let change = types.as_deref().map_or(CheckpointChange::ForgetAll, CheckpointChange::Forget);
    app.reads.sync().checkpoints().change(session, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

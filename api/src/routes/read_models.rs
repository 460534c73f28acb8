//! Operations of the tag "Read models (admin)": rebuilding them from the log beside the live ones. They
//! are our own; API keys reach them with the permission `all`.

use std::{num::NonZeroU32, sync::Arc};

use albumen_projections::{
    projections,
    runtime::{Checkpoint, Projection, RebuildError, RebuildState, RebuildStatus},
};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dto::{
        read_models::{KeptTablesDto, ReadModelPath, ReadModelResponseDto, RebuildDto, RebuildReadModelDto},
        wire::WireDateTime,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_read_models))
        .routes(routes!(rebuild_read_model))
        .routes(routes!(cancel_read_model_rebuild))
        .routes(routes!(resume_read_model_rebuild))
        .routes(routes!(swap_read_model_back))
        .routes(routes!(drop_kept_read_model))
}

impl From<RebuildStatus> for RebuildDto {
    fn from(status: RebuildStatus) -> Self {
        Self {
            compared_at: status.compared_at,
            seconds_left: status.seconds_left(),
            differences: status.differences,
            events_per_second: status.events_per_s,
            failure: status.failure,
            position: status.position,
            started_at: WireDateTime(status.started_at),
            state: status.state.as_str().to_owned(),
            target: status.target,
            throttle: status.throttle_events_per_s.map(i64::from),
            updated_at: WireDateTime(status.updated_at),
        }
    }
}

impl From<RebuildError> for ApiError {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::UnderWay(_)
            | RebuildError::Stopped(_)
            | RebuildError::NothingKept(_)
            | RebuildError::Ahead { .. }
            | RebuildError::OtherVersion { .. } => Self::bad_request(error.to_string()),
            RebuildError::Database(_)
            | RebuildError::Feed(_)
            | RebuildError::Thread(_)
            | RebuildError::Connections(_)
            | RebuildError::Busy(_) => {
                tracing::warn!(%error, "a read model could not be swapped");
                Self::try_again()
            }
            RebuildError::Apply(_) => Self::internal_outside_handlers(error),
        }
    }
}

/// All read models, with their rebuilds.
#[utoipa::path(
    get, path = "/admin/read-models", tag = "Read models (admin)", operation_id = "getReadModels",
    responses((status = 200, body = Vec<ReadModelResponseDto>))
)]
async fn get_read_models(State(app): State<App>) -> Result<Json<Vec<ReadModelResponseDto>>, ApiError> {
    let head = app.commands.feed().reader().head().await?;
    let checkpoints = app.reads.checkpoints().await?;
    let mut rebuilds = app.rebuilds.statuses().await?;
    let of = |instance: &str| checkpoints.iter().find(|checkpoint| checkpoint.instance == instance);
    let shown = |projection: Arc<dyn Projection>| {
        let name = projection.name();
        let live = of(name);
        let kept = |kept: &Checkpoint| KeptTablesDto { position: kept.position, version: kept.version.into() };
        let rebuild = rebuilds.iter().position(|status| status.read_model == name);
        ReadModelResponseDto {
            failure: live.and_then(|live| live.failure.clone()),
            head,
            name: name.to_owned(),
            position: live.map_or(0, |live| live.position),
            previous: of(&format!("{name}_previous")).map(kept),
            rebuild: rebuild.map(|index| rebuilds.swap_remove(index).into()),
            version: live.map_or(0, |live| live.version.into()),
        }
    };
    Ok(Json(projections().into_iter().map(shown).collect()))
}

/// The read models that a name means.
fn named(name: &str) -> Result<Vec<Arc<dyn Projection>>, ApiError> {
    let all = projections();
    let known: Vec<&str> = all.iter().map(|projection| projection.name()).collect();
    if name != "all" && !known.contains(&name) {
        let message = format!("There is no read model {name}; there are {} and all", known.join(", "));
        return Err(ApiError::bad_request(message));
    }
    Ok(all.into_iter().filter(|projection| name == "all" || projection.name() == name).collect())
}

/// Rebuilds a read model, or each in turn, beside the live one. It is answered when it has begun.
#[utoipa::path(
    post, path = "/admin/read-models/{name}/rebuild", tag = "Read models (admin)", operation_id = "rebuildReadModel",
    params(ReadModelPath),
    request_body = RebuildReadModelDto,
    responses((status = 202))
)]
async fn rebuild_read_model(
    State(app): State<App>,
    ValidPath(path): ValidPath<ReadModelPath>,
    ValidJson(wanted): ValidJson<RebuildReadModelDto>,
) -> Result<StatusCode, ApiError> {
    let throttle = wanted.throttle.and_then(|rate| NonZeroU32::new(u32::try_from(rate).unwrap_or(u32::MAX)));
    begin(&app, named(&path.name)?, throttle, wanted.swap.unwrap_or(true)).await
}

async fn begin(
    app: &App,
    wanted: Vec<Arc<dyn Projection>>,
    throttle: Option<NonZeroU32>,
    swap: bool,
) -> Result<StatusCode, ApiError> {
    for projection in &wanted {
        if app.rebuilds.is_running(projection.name()).await? {
            return Err(RebuildError::UnderWay(projection.name()).into());
        }
    }
    let rebuilds = app.rebuilds.clone();
    tokio::spawn(async move {
        for projection in wanted {
            let name = projection.name();
            match rebuilds.run(projection, throttle, swap, |_| {}).await {
                Ok(rebuilt) => {
                    tracing::info!(name, differences = rebuilt.differences.len(), "a read model was rebuilt")
                }
                Err(RebuildError::Stopped(_)) => {
                    tracing::info!(name, "the rebuild of a read model was stopped");
                    return;
                }
                Err(error) => tracing::warn!(name, %error, "a read model could not be rebuilt"),
            }
        }
    });
    Ok(StatusCode::ACCEPTED)
}

/// Stops the rebuild of a read model. What it did is kept.
#[utoipa::path(
    post, path = "/admin/read-models/{name}/cancel", tag = "Read models (admin)",
    operation_id = "cancelReadModelRebuild",
    params(ReadModelPath),
    responses((status = 204))
)]
async fn cancel_read_model_rebuild(
    State(app): State<App>,
    ValidPath(path): ValidPath<ReadModelPath>,
) -> Result<StatusCode, ApiError> {
    let mut is_asked = false;
    for projection in named(&path.name)? {
        is_asked |= app.rebuilds.cancel(projection.name()).await?;
    }
    if is_asked { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::bad_request("No rebuild is under way")) }
}

/// Goes on with a rebuild that was stopped or cut off, at the pace that it had.
#[utoipa::path(
    post, path = "/admin/read-models/{name}/resume", tag = "Read models (admin)",
    operation_id = "resumeReadModelRebuild",
    params(ReadModelPath),
    responses((status = 202))
)]
async fn resume_read_model_rebuild(
    State(app): State<App>,
    ValidPath(path): ValidPath<ReadModelPath>,
) -> Result<StatusCode, ApiError> {
    let projection = named(&path.name)?;
    let statuses = app.rebuilds.statuses().await?;
    let can_go_on = |status: &&RebuildStatus| {
        status.read_model == path.name
            && matches!(
                status.state,
                RebuildState::Cancelled | RebuildState::Interrupted | RebuildState::Failed | RebuildState::Built
            )
    };
    let Some(status) = statuses.iter().find(can_go_on) else {
        return Err(ApiError::bad_request(format!("No rebuild of {} can go on", path.name)));
    };
    let throttle = status.throttle_events_per_s.and_then(|rate| NonZeroU32::new(rate.unsigned_abs()));
    begin(&app, projection, throttle, true).await
}

/// Switches back to the tables that the last rebuild has replaced, once they have caught up.
#[utoipa::path(
    post, path = "/admin/read-models/{name}/swap-back", tag = "Read models (admin)",
    operation_id = "swapReadModelBack",
    params(ReadModelPath),
    responses((status = 204))
)]
async fn swap_read_model_back(
    State(app): State<App>,
    ValidPath(path): ValidPath<ReadModelPath>,
) -> Result<StatusCode, ApiError> {
    for projection in named(&path.name)? {
        app.rebuilds.swap_back(projection).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Drops the tables that the last rebuild has replaced, and those of an unfinished one.
#[utoipa::path(
    delete, path = "/admin/read-models/{name}/kept", tag = "Read models (admin)", operation_id = "dropKeptReadModel",
    params(ReadModelPath),
    responses((status = 204))
)]
async fn drop_kept_read_model(
    State(app): State<App>,
    ValidPath(path): ValidPath<ReadModelPath>,
) -> Result<StatusCode, ApiError> {
    for projection in named(&path.name)? {
        app.rebuilds.drop_kept(projection.as_ref()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

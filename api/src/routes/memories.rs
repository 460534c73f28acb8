//! Operations of the tag "Memories".

use std::collections::HashMap;

use albumen_domain::memory::{Memory, MemoryCommand, MemoryEdit, MemoryTopic, NewMemory};
use albumen_projections::memories::{MemoryFilter, MemoryOrder, MemoryRow};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::patch,
};
use chrono::{NaiveTime, Utc};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    albums::{added, removed, successes},
    asset_response::brief_response,
};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::BulkIdResponseDto,
        assets::AssetResponseDto,
        memories::{
            MemoriesQuery, MemoryCreateDto, MemoryResponseDto, MemorySearchOrder, MemoryStatisticsResponseDto,
            MemoryType, MemoryUpdateDto, OnThisDayDto,
        },
        paths::IdPath,
        trash::BulkIdsDto,
    },
    edge::{ApiError, Taking, ValidJson, ValidPath, ValidQuery},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_memories, create_memory))
        .routes(routes!(memories_statistics))
        .routes(routes!(get_memory, update_memory, delete_memory))
        .routes(routes!(add_memory_assets, remove_memory_assets))
        // An old name of PUT.
        .route("/memories/{id}", patch(update_memory))
}

/// Which memories are meant; none where there can be none, since whatever is deleted is gone.
fn filter_of(query: &MemoriesQuery) -> Option<MemoryFilter> {
    let shown_at = query.shown_on.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let upcoming = query.is_upcoming.map(|is_upcoming| (is_upcoming, Utc::now()));
    let filter = MemoryFilter { shown_at, saved: query.is_saved, id: query.id, upcoming };
    (query.is_trashed != Some(true)).then_some(filter)
}

/// The caller's memories that have something to show.
#[utoipa::path(
    get, path = "/memories", tag = "Memories", operation_id = "searchMemories",
    params(MemoriesQuery),
    responses((status = 200, body = Vec<MemoryResponseDto>))
)]
async fn search_memories(
    State(app): State<App>,
    caller: Caller,
    taking: Taking,
    ValidQuery(query): ValidQuery<MemoriesQuery>,
) -> Result<Response, ApiError> {
    // These are another answer each time.
    if query.order == Some(MemorySearchOrder::Random) || query.is_upcoming.is_some() {
        return Ok(Json(found(&app, &caller, &query).await?).into_response());
    }
    let what = format!("memories {query:?}");
    app.kept(&caller, what, &taking, &["memories", "library", "people"], found(&app, &caller, &query)).await
}

async fn found(app: &App, caller: &Auth, query: &MemoriesQuery) -> Result<Vec<MemoryResponseDto>, ApiError> {
    let Some(filter) = filter_of(query) else { return Ok(Vec::new()) };
    let order = match query.order {
        Some(MemorySearchOrder::Asc) => MemoryOrder::OldestFirst,
        Some(MemorySearchOrder::Random) => MemoryOrder::Random,
        Some(MemorySearchOrder::Desc) | None => MemoryOrder::NewestFirst,
    };
    // Without a size there is one page.
    let offset = query.size.zip(query.page).map_or(0, |(size, page)| (page - 1).saturating_mul(size));
    let found = app.reads.memories().list(caller.user_id(), filter, order, query.size, offset).await?;
    responses(app, caller, found).await
}

/// Counts the caller's memories that have something to show.
#[utoipa::path(
    get, path = "/memories/statistics", tag = "Memories", operation_id = "memoriesStatistics",
    params(MemoriesQuery),
    responses((status = 200, body = MemoryStatisticsResponseDto))
)]
async fn memories_statistics(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<MemoriesQuery>,
) -> Result<Json<MemoryStatisticsResponseDto>, ApiError> {
    let total = match filter_of(&query) {
        Some(filter) => app.reads.memories().count(caller.user_id(), filter).await?,
        None => 0,
    };
    Ok(Json(MemoryStatisticsResponseDto { total }))
}

/// Makes a memory.
#[utoipa::path(
    post, path = "/memories", tag = "Memories", operation_id = "createMemory",
    request_body = MemoryCreateDto,
    responses((status = 201, body = MemoryResponseDto))
)]
async fn create_memory(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<MemoryCreateDto>,
) -> Result<(StatusCode, Json<MemoryResponseDto>), ApiError> {
    let mut assets = wanted.asset_ids.unwrap_or_default();
    let shareable = app.shareable(&caller, &assets).await?;
    assets.retain(|asset| shareable.contains(asset));
    let MemoryType::OnThisDay = wanted.kind;
    let new = NewMemory {
        owner: caller.user_id(),
        topic: MemoryTopic::OnThisDay { year: wanted.data.year },
        memory_at: wanted.memory_at.0,
        show_at: wanted.show_at.map(|time| time.0),
        hide_at: wanted.hide_at.map(|time| time.0),
        saved: wanted.is_saved == Some(true),
        seen_at: wanted.seen_at.map(|time| time.0),
        assets,
    };
    let id = Uuid::new_v4();
    app.execute::<Memory>(id, MemoryCommand::Create(Box::new(new)), &request.context).await?;
    Ok((StatusCode::CREATED, Json(response(&app, &caller, "memory.read", id).await?)))
}

/// One memory.
#[utoipa::path(
    get, path = "/memories/{id}", tag = "Memories", operation_id = "getMemory",
    params(IdPath),
    responses((status = 200, body = MemoryResponseDto))
)]
async fn get_memory(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<MemoryResponseDto>, ApiError> {
    Ok(Json(response(&app, &caller, "memory.read", path.id).await?))
}

/// Keeps a memory, or notes that it was looked at.
#[utoipa::path(
    put, path = "/memories/{id}", tag = "Memories", operation_id = "updateMemory",
    params(IdPath),
    request_body = MemoryUpdateDto,
    responses((status = 200, body = MemoryResponseDto))
)]
async fn update_memory(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<MemoryUpdateDto>,
) -> Result<Json<MemoryResponseDto>, ApiError> {
    app.memory_for(&caller, "memory.update", path.id).await?;
    let edit = MemoryEdit {
        saved: update.is_saved,
        seen_at: update.seen_at.map(|time| time.0),
        memory_at: update.memory_at.map(|time| time.0),
    };
    app.execute::<Memory>(path.id, MemoryCommand::Edit(edit), &request.context).await?;
    Ok(Json(response(&app, &caller, "memory.update", path.id).await?))
}

/// Deletes a memory; its assets stay.
#[utoipa::path(
    delete, path = "/memories/{id}", tag = "Memories", operation_id = "deleteMemory",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_memory(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.memory_for(&caller, "memory.delete", path.id).await?;
    app.execute::<Memory>(path.id, MemoryCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts assets into a memory.
#[utoipa::path(
    put, path = "/memories/{id}/assets", tag = "Memories", operation_id = "addMemoryAssets",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
async fn add_memory_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    app.memory_for(&caller, "memory.read", path.id).await?;
    let present = app.reads.memories().among(path.id, &body.ids).await?.into_iter().collect();
    let shareable = app.shareable(&caller, &body.ids).await?;
    let results = added(&body.ids, present, &shareable);
    app.execute::<Memory>(path.id, MemoryCommand::AddAssets(successes(&results)), &request.context).await?;
    Ok(Json(results))
}

/// Takes assets out of a memory.
#[utoipa::path(
    delete, path = "/memories/{id}/assets", tag = "Memories", operation_id = "removeMemoryAssets",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
async fn remove_memory_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    app.memory_for(&caller, "memory.update", path.id).await?;
    let present: std::collections::HashSet<Uuid> =
        app.reads.memories().among(path.id, &body.ids).await?.into_iter().collect();
    let results = removed(&body.ids, present.clone(), &present);
    app.execute::<Memory>(path.id, MemoryCommand::RemoveAssets(successes(&results)), &request.context).await?;
    Ok(Json(results))
}

async fn response(app: &App, auth: &Auth, permission: &str, id: Uuid) -> Result<MemoryResponseDto, ApiError> {
    let row = app.memory_for(auth, permission, id).await?;
    let shown = responses(app, auth, vec![row]).await?.pop();
    shown.ok_or_else(|| ApiError::bad_request("Memory not found"))
}

async fn responses(app: &App, auth: &Auth, rows: Vec<MemoryRow>) -> Result<Vec<MemoryResponseDto>, ApiError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut assets: HashMap<Uuid, Vec<AssetResponseDto>> = HashMap::new();
    for (memory, row) in app.reads.memories().assets_of(&ids).await? {
        assets.entry(memory).or_default().push(brief_response(app, auth, row));
    }
    Ok(rows.into_iter().map(|row| shown(assets.remove(&row.id).unwrap_or_default(), row)).collect())
}

fn shown(assets: Vec<AssetResponseDto>, row: MemoryRow) -> MemoryResponseDto {
    let wire = |time: Option<chrono::DateTime<Utc>>| time.map(Into::into);
    MemoryResponseDto {
        assets,
        created_at: row.created_at.into(),
        data: OnThisDayDto { year: row.year },
        // Whatever is deleted is gone.
        deleted_at: None,
        hide_at: wire(row.hide_at),
        id: row.id,
        is_saved: row.saved,
        memory_at: row.memory_at.into(),
        owner_id: row.owner_id,
        seen_at: wire(row.seen_at),
        show_at: wire(row.show_at),
        kind: MemoryType::OnThisDay,
        updated_at: row.updated_at.into(),
    }
}

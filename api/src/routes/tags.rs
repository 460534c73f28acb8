//! Operations of the tag "Tags".

use std::collections::HashMap;

use albumen_commands::CommandError;
use albumen_domain::{
    asset::{Asset, AssetCommand},
    tag::{self, NewTag, Tag, TagCommand},
};
use albumen_projections::tags::TagRow;
use albumen_workers::tags::{UpsertError, upsert};
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::albums::{added, removed, successes};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        albums::BulkIdResponseDto,
        paths::IdPath,
        tags::{TagBulkAssetsDto, TagBulkAssetsResponseDto, TagCreateDto, TagResponseDto, TagUpdateDto, TagUpsertDto},
        trash::BulkIdsDto,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_tags, create_tag, upsert_tags))
        .routes(routes!(bulk_tag_assets))
        .routes(routes!(get_tag_by_id, update_tag, delete_tag))
        .routes(routes!(tag_assets, untag_assets))
        // The old method of the same operation.
        .route("/tags/{id}", patch(update_tag))
}

/// A tag as clients see it.
pub(super) fn tag_response(row: TagRow) -> TagResponseDto {
    TagResponseDto {
        color: row.color,
        created_at: row.created_at.into(),
        id: row.id,
        name: tag::name_of(&row.value).to_owned(),
        parent_id: row.parent_id,
        updated_at: row.updated_at.into(),
        value: row.value,
    }
}

/// The caller's tags, by their paths.
#[utoipa::path(
    get, path = "/tags", tag = "Tags", operation_id = "getAllTags",
    responses((status = 200, body = Vec<TagResponseDto>))
)]
async fn get_all_tags(State(app): State<App>, caller: Caller) -> Result<Json<Vec<TagResponseDto>>, ApiError> {
    let tags = app.reads.tags().of_owner(caller.user_id()).await?;
    Ok(Json(tags.into_iter().map(tag_response).collect()))
}

/// Makes a tag.
#[utoipa::path(
    post, path = "/tags", tag = "Tags", operation_id = "createTag",
    request_body = TagCreateDto,
    responses((status = 201, body = TagResponseDto))
)]
async fn create_tag(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<TagCreateDto>,
) -> Result<(StatusCode, Json<TagResponseDto>), ApiError> {
    let owner = caller.user_id();
    let parent = match body.parent_id {
        Some(parent) => {
            let found = app.reads.tags().owned(owner, &[parent]).await?.into_iter().next();
            Some(found.ok_or_else(|| ApiError::bad_request("Tag not found"))?)
        }
        None => None,
    };
    let value = match &parent {
        Some(parent) => format!("{}{}{}", parent.value, tag::SEPARATOR, body.name),
        None => body.name,
    };
    let new = NewTag { owner, parent: parent.map(|parent| parent.id), value, color: body.color.map(with_hash) };
    let id = Uuid::new_v4();
    match app.execute::<Tag>(id, TagCommand::Create(new), &request.context).await {
        Err(CommandError::Claimed { .. }) => Err(ApiError::bad_request("A tag with that name already exists")),
        outcome => {
            outcome?;
            Ok((StatusCode::CREATED, Json(shown(&app, owner, id).await?)))
        }
    }
}

/// Colours are kept with a `#` before them.
fn with_hash(color: String) -> String {
    if color.starts_with('#') { color } else { format!("#{color}") }
}

async fn shown(app: &App, owner: Uuid, id: Uuid) -> Result<TagResponseDto, ApiError> {
    let found = app.reads.tags().owned(owner, &[id]).await?.into_iter().next();
    // It was just written; who is slow to know it will know it in a moment.
    found.map(tag_response).ok_or_else(ApiError::try_again)
}

/// Makes the tags of paths, with all above them, where they are not there yet.
#[utoipa::path(
    put, path = "/tags", tag = "Tags", operation_id = "upsertTags",
    request_body = TagUpsertDto,
    responses((status = 200, body = Vec<TagResponseDto>))
)]
async fn upsert_tags(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<TagUpsertDto>,
) -> Result<Json<Vec<TagResponseDto>>, ApiError> {
    let owner = caller.user_id();
    let ids = upsert(&app.commands, &app.reads, owner, &body.tags, &request.context).await;
    let ids = ids.map_err(|error| match error {
        UpsertError::Read(error) => ApiError::from(error),
        UpsertError::Command(error) => error.into(),
    })?;
    let found = app.reads.tags().owned(owner, &ids).await?;
    let found: HashMap<Uuid, TagRow> = found.into_iter().map(|tag| (tag.id, tag)).collect();
    Ok(Json(ids.iter().filter_map(|id| found.get(id).cloned()).map(tag_response).collect()))
}

/// Puts each of some tags on each of some assets; what is not the caller's is passed over.
#[utoipa::path(
    put, path = "/tags/assets", tag = "Tags", operation_id = "bulkTagAssets",
    request_body = TagBulkAssetsDto,
    responses((status = 200, body = TagBulkAssetsResponseDto))
)]
async fn bulk_tag_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<TagBulkAssetsDto>,
) -> Result<Json<TagBulkAssetsResponseDto>, ApiError> {
    let tags: Vec<Uuid> = app.tags_of(&caller, &body.tag_ids).await?.into_iter().collect();
    let assets: Vec<Uuid> = app.changeable(&caller, &body.asset_ids).await?.into_iter().collect();
    let present = app.reads.tags().links(&tags, &assets).await?.len();
    let count = tags.len() * assets.len() - present;
    if count > 0 {
        let commands = assets.into_iter().map(|asset| (asset, AssetCommand::Tag(tags.clone()))).collect();
        app.execute_many::<Asset>(commands, &request.context).await?;
    }
    Ok(Json(TagBulkAssetsResponseDto { count: i64::try_from(count).unwrap_or(i64::MAX) }))
}

/// One tag.
#[utoipa::path(
    get, path = "/tags/{id}", tag = "Tags", operation_id = "getTagById",
    params(IdPath),
    responses((status = 200, body = TagResponseDto))
)]
async fn get_tag_by_id(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<TagResponseDto>, ApiError> {
    Ok(Json(tag_response(app.tag_for(&caller, "tag.read", path.id).await?)))
}

/// Gives a tag another colour. A tag keeps its name.
#[utoipa::path(
    put, path = "/tags/{id}", tag = "Tags", operation_id = "updateTag",
    params(IdPath),
    request_body = TagUpdateDto,
    responses((status = 200, body = TagResponseDto))
)]
async fn update_tag(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<TagUpdateDto>,
) -> Result<Json<TagResponseDto>, ApiError> {
    app.tag_for(&caller, "tag.update", path.id).await?;
    if let Some(color) = body.color {
        let command = TagCommand::Color(color.map(with_hash));
        app.execute::<Tag>(path.id, command, &request.context).await?;
    }
    Ok(Json(shown(&app, caller.user_id(), path.id).await?))
}

/// Deletes a tag with all below it; the assets stay.
#[utoipa::path(
    delete, path = "/tags/{id}", tag = "Tags", operation_id = "deleteTag",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_tag(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    app.tag_for(&caller, "tag.delete", path.id).await?;
    // One by one, the deepest first: should it be broken off, what is left is still a tree. Not as a batch, which leaves
    // personal values closed: a tag has to know its path to give it free.
    for tag in app.reads.tags().subtree(path.id).await? {
        app.execute::<Tag>(tag, TagCommand::Delete, &request.context).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a tag on assets.
#[utoipa::path(
    put, path = "/tags/{id}/assets", tag = "Tags", operation_id = "tagAssets",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
async fn tag_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    app.tag_for(&caller, "tag.asset", path.id).await?;
    let present = app.reads.tags().among(path.id, &body.ids).await?.into_iter().collect();
    let changeable = app.changeable(&caller, &body.ids).await?;
    let results = added(&body.ids, present, &changeable);
    let command = AssetCommand::Tag(vec![path.id]);
    ask_each(&app, &request, &results, &command).await?;
    Ok(Json(results))
}

/// Takes a tag off assets.
#[utoipa::path(
    delete, path = "/tags/{id}/assets", tag = "Tags", operation_id = "untagAssets",
    params(IdPath),
    request_body = BulkIdsDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
async fn untag_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<BulkIdsDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    app.tag_for(&caller, "tag.asset", path.id).await?;
    let present = app.reads.tags().among(path.id, &body.ids).await?.into_iter().collect();
    let changeable = app.changeable(&caller, &body.ids).await?;
    let results = removed(&body.ids, present, &changeable);
    let command = AssetCommand::Untag(vec![path.id]);
    ask_each(&app, &request, &results, &command).await?;
    Ok(Json(results))
}

async fn ask_each(
    app: &App,
    request: &Request,
    results: &[BulkIdResponseDto],
    command: &AssetCommand,
) -> Result<(), ApiError> {
    let commands = successes(results).into_iter().map(|id| (id, command.clone())).collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    Ok(())
}

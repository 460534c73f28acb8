//! Values that clients keep with assets.

use std::collections::{HashMap, HashSet};

use albumen_domain::asset::{Asset, AssetCommand};
use albumen_projections::library::KeyValueRow;
use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Map, Value};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        asset_metadata::{
            AssetMetadataBulkDeleteDto, AssetMetadataBulkResponseDto, AssetMetadataBulkUpsertDto,
            AssetMetadataBulkUpsertItemDto, AssetMetadataResponseDto, AssetMetadataUpsertDto,
        },
        paths::{AssetMetadataPath, IdPath},
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// The operations of this tag on clients' values.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_asset_metadata, update_asset_metadata))
        .routes(routes!(get_asset_metadata_by_key, delete_asset_metadata))
        .routes(routes!(update_bulk_asset_metadata, delete_bulk_asset_metadata))
}

/// Lists the values of an asset.
#[utoipa::path(
    get, path = "/assets/{id}/metadata", tag = "Assets", operation_id = "getAssetMetadata",
    params(IdPath),
    responses((status = 200, body = Vec<AssetMetadataResponseDto>))
)]
async fn get_asset_metadata(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<Vec<AssetMetadataResponseDto>>, ApiError> {
    app.asset_for(&caller, "asset.read", path.id).await?;
    let rows = app.reads.library().key_values(path.id, None).await?;
    Ok(Json(rows.into_iter().map(response).collect()))
}

/// Stores values of an asset.
#[utoipa::path(
    put, path = "/assets/{id}/metadata", tag = "Assets", operation_id = "updateAssetMetadata",
    params(IdPath),
    request_body = AssetMetadataUpsertDto,
    responses((status = 200, body = Vec<AssetMetadataResponseDto>))
)]
async fn update_asset_metadata(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<AssetMetadataUpsertDto>,
) -> Result<Json<Vec<AssetMetadataResponseDto>>, ApiError> {
    app.asset_for(&caller, "asset.update", path.id).await?;
    let mut keys = HashSet::new();
    if let Some(item) = body.items.iter().find(|item| !keys.insert(item.key.as_str())) {
        return Err(ApiError::bad_request(format!("Duplicate items are not allowed: \"{}\"", item.key)));
    }
    let items = body.items.into_iter();
    let items =
        items.map(|item| AssetMetadataBulkUpsertItemDto { asset_id: path.id, key: item.key, value: item.value });
    let stored = store(&app, &request, items.collect()).await?;
    Ok(Json(stored.into_iter().map(response).collect()))
}

/// Tells one value of an asset.
#[utoipa::path(
    get, path = "/assets/{id}/metadata/{key}", tag = "Assets", operation_id = "getAssetMetadataByKey",
    params(AssetMetadataPath),
    responses((status = 200, body = AssetMetadataResponseDto))
)]
async fn get_asset_metadata_by_key(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<AssetMetadataPath>,
) -> Result<Json<AssetMetadataResponseDto>, ApiError> {
    app.asset_for(&caller, "asset.read", path.id).await?;
    let rows = app.reads.library().key_values(path.id, Some(&path.key)).await?;
    rows.into_iter().next().map(response).map(Json).ok_or_else(|| no_such_key(&path))
}

/// Removes one value of an asset.
#[utoipa::path(
    delete, path = "/assets/{id}/metadata/{key}", tag = "Assets", operation_id = "deleteAssetMetadata",
    params(AssetMetadataPath),
    responses((status = 204))
)]
async fn delete_asset_metadata(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<AssetMetadataPath>,
) -> Result<StatusCode, ApiError> {
    app.asset_for(&caller, "asset.update", path.id).await?;
    if app.reads.library().key_values(path.id, Some(&path.key)).await?.is_empty() {
        return Err(no_such_key(&path));
    }
    let command = AssetCommand::RemoveKeyValue { key: path.key };
    app.execute::<Asset>(path.id, command, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stores values of several assets.
#[utoipa::path(
    put, path = "/assets/metadata", tag = "Assets", operation_id = "updateBulkAssetMetadata",
    request_body = AssetMetadataBulkUpsertDto,
    responses((status = 200, body = Vec<AssetMetadataBulkResponseDto>))
)]
async fn update_bulk_asset_metadata(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetMetadataBulkUpsertDto>,
) -> Result<Json<Vec<AssetMetadataBulkResponseDto>>, ApiError> {
    let ids: Vec<Uuid> = body.items.iter().map(|item| item.asset_id).collect();
    app.assets_for(&caller, "asset.update", &ids).await?;
    let mut keys = HashSet::new();
    if let Some(item) = body.items.iter().find(|item| !keys.insert((item.asset_id, item.key.as_str()))) {
        let (id, key) = (item.asset_id, &item.key);
        return Err(ApiError::bad_request(format!("Duplicate items are not allowed: \"({id}, {key})\"")));
    }
    let stored = store(&app, &request, body.items).await?;
    let responses = stored.into_iter().map(|row| {
        let asset_id = row.asset_id;
        let AssetMetadataResponseDto { key, updated_at, value } = response(row);
        AssetMetadataBulkResponseDto { asset_id, key, updated_at, value }
    });
    Ok(Json(responses.collect()))
}

/// Removes values of several assets. Those that are not there are passed over.
#[utoipa::path(
    delete, path = "/assets/metadata", tag = "Assets", operation_id = "deleteBulkAssetMetadata",
    request_body = AssetMetadataBulkDeleteDto,
    responses((status = 204))
)]
async fn delete_bulk_asset_metadata(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetMetadataBulkDeleteDto>,
) -> Result<StatusCode, ApiError> {
    let ids: Vec<Uuid> = body.items.iter().map(|item| item.asset_id).collect();
    app.assets_for(&caller, "asset.update", &ids).await?;
    let wanted: HashSet<(Uuid, String)> = body.items.into_iter().map(|item| (item.asset_id, item.key)).collect();
    let stored = app.reads.library().key_values_of(&ids).await?;
    let commands = stored
        .into_iter()
        .map(|row| (row.asset_id, row.key))
        .filter(|stored| wanted.contains(stored))
        .map(|(id, key)| (id, AssetCommand::RemoveKeyValue { key }))
        .collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stores values, and tells what is stored now, in the order of the items.
async fn store(
    app: &App,
    request: &Request,
    items: Vec<AssetMetadataBulkUpsertItemDto>,
) -> Result<Vec<KeyValueRow>, ApiError> {
    let now = chrono::Utc::now();
    let set = |item: &AssetMetadataBulkUpsertItemDto| AssetCommand::SetKeyValue {
        key: item.key.clone(),
        value: item.value.clone(),
    };
    let commands = items.iter().map(|item| (item.asset_id, set(item))).collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    let ids: Vec<Uuid> = items.iter().map(|item| item.asset_id).collect();
    let stored = app.reads.library().key_values_of(&ids).await?;
    let mut stored: HashMap<(Uuid, String), KeyValueRow> =
        stored.into_iter().map(|row| ((row.asset_id, row.key.clone()), row)).collect();
    // A read model that lags does not have it yet, but it is in the log.
    let written = |item: AssetMetadataBulkUpsertItemDto| KeyValueRow {
        asset_id: item.asset_id,
        key: item.key,
        value: Value::Object(item.value),
        updated_at: now,
    };
    let row = |item: AssetMetadataBulkUpsertItemDto| {
        stored.remove(&(item.asset_id, item.key.clone())).unwrap_or_else(|| written(item))
    };
    Ok(items.into_iter().map(row).collect())
}

fn response(row: KeyValueRow) -> AssetMetadataResponseDto {
    let value = match row.value {
        Value::Object(value) => value,
        _ => Map::new(),
    };
    AssetMetadataResponseDto { key: row.key, updated_at: row.updated_at.into(), value }
}

fn no_such_key(path: &AssetMetadataPath) -> ApiError {
    ApiError::bad_request(format!("Metadata with key \"{}\" not found for asset with id \"{}\"", path.key, path.id))
}

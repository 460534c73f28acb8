//! Operations of the tag "API keys".

use albumen_domain::api_key::{ApiKey, ApiKeyChanged, ApiKeyCommand, ApiKeyCreated, ApiKeyRotated};
use albumen_projections::identity::ApiKeyRow;
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::{Auth, Caller, Request, Secret},
    app::App,
    dto::{
        api_keys::{ApiKeyCreateDto, ApiKeyCreateResponseDto, ApiKeyResponseDto, ApiKeyUpdateDto},
        paths::IdPath,
        permission::Permission,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// What a key is called whose maker gave no name.
const DEFAULT_NAME: &str = "API Key";

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_api_keys, create_api_key))
        .routes(routes!(get_my_api_key))
        .routes(routes!(get_api_key, update_api_key, delete_api_key))
        .routes(routes!(rotate_api_key))
        .route("/api-keys/{id}", patch(update_api_key))
}

fn shown(key: ApiKeyRow) -> ApiKeyResponseDto {
    let known = |name: &Value| serde_json::from_value(name.clone()).ok();
    ApiKeyResponseDto {
        created_at: key.created_at.into(),
        id: key.id,
        name: key.name,
        permissions: key.permissions.as_array().into_iter().flatten().filter_map(known).collect(),
        updated_at: key.updated_at.into(),
    }
}

fn name_of(permission: Permission) -> String {
    serde_json::to_value(permission).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The names of permissions, each once. A key cannot grant what it does not have itself.
fn grantable(caller: &Auth, permissions: Vec<Permission>) -> Result<Vec<String>, ApiError> {
    let mut names: Vec<String> = permissions.into_iter().map(name_of).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.iter().all(|name| caller.has_permission(name)) {
        Ok(names)
    } else {
        Err(ApiError::bad_request("Cannot grant permissions you do not have"))
    }
}

async fn own(app: &App, caller: &Auth, id: Uuid) -> Result<ApiKeyRow, ApiError> {
    let key = app.reads.identity().key(caller.user_id(), id).await?;
    key.ok_or_else(|| ApiError::bad_request("API Key not found"))
}

/// The caller's keys.
#[utoipa::path(
    get,
    path = "/api-keys",
    tag = "API keys",
    operation_id = "getApiKeys",
    responses((status = 200, body = Vec<ApiKeyResponseDto>))
)]
async fn get_api_keys(State(app): State<App>, caller: Caller) -> Result<Json<Vec<ApiKeyResponseDto>>, ApiError> {
    let keys = app.reads.identity().keys(caller.user_id()).await?;
    Ok(Json(keys.into_iter().map(shown).collect()))
}

/// Makes a key; its secret is told this once.
#[utoipa::path(
    post,
    path = "/api-keys",
    tag = "API keys",
    operation_id = "createApiKey",
    request_body = ApiKeyCreateDto,
    responses((status = 201, body = ApiKeyCreateResponseDto))
)]
async fn create_api_key(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(wanted): ValidJson<ApiKeyCreateDto>,
) -> Result<(StatusCode, Json<ApiKeyCreateResponseDto>), ApiError> {
    let (id, secret) = (Uuid::new_v4(), Secret::random()?);
    let command = ApiKeyCommand::Create(ApiKeyCreated {
        user: caller.user_id(),
        name: wanted.name.unwrap_or_else(|| DEFAULT_NAME.to_owned()).into(),
        secret_hash: secret.hash,
        permissions: grantable(&caller, wanted.permissions)?,
    });
    let executed = app.execute::<ApiKey>(id, command, &request.context).await?;
    app.in_force(executed).await?;
    let api_key = shown(own(&app, &caller, id).await?);
    Ok((StatusCode::CREATED, Json(ApiKeyCreateResponseDto::new(api_key, secret.plain))))
}

/// The key that asks.
#[utoipa::path(
    get,
    path = "/api-keys/me",
    tag = "API keys",
    operation_id = "getMyApiKey",
    responses((status = 200, body = ApiKeyResponseDto))
)]
async fn get_my_api_key(caller: Caller) -> Result<Json<ApiKeyResponseDto>, ApiError> {
    let key = caller.key().ok_or_else(|| ApiError::forbidden_because("Not authenticated with an API Key"))?;
    Ok(Json(shown(key.clone())))
}

/// One of the caller's keys.
#[utoipa::path(
    get,
    path = "/api-keys/{id}",
    tag = "API keys",
    operation_id = "getApiKey",
    params(IdPath),
    responses((status = 200, body = ApiKeyResponseDto))
)]
async fn get_api_key(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<ApiKeyResponseDto>, ApiError> {
    Ok(Json(shown(own(&app, &caller, path.id).await?)))
}

/// Changes the name or the permissions of a key.
#[utoipa::path(
    put,
    path = "/api-keys/{id}",
    tag = "API keys",
    operation_id = "updateApiKey",
    params(IdPath),
    request_body = ApiKeyUpdateDto,
    responses((status = 200, body = ApiKeyResponseDto))
)]
async fn update_api_key(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<ApiKeyUpdateDto>,
) -> Result<Json<ApiKeyResponseDto>, ApiError> {
    own(&app, &caller, path.id).await?;
    let command = ApiKeyCommand::Change(ApiKeyChanged {
        name: update.name.map(Into::into),
        permissions: update.permissions.map(|permissions| grantable(&caller, permissions)).transpose()?,
    });
    let executed = app.execute::<ApiKey>(path.id, command, &request.context).await?;
    // A permission that was taken away is a revocation.
    app.in_force(executed).await?;
    Ok(Json(shown(own(&app, &caller, path.id).await?)))
}

/// Gives a key another secret, which is told this once; clients of version 3.2 ask for it. Who asks with a
/// key must be allowed all that the key is, since they could use it afterwards.
#[utoipa::path(
    post,
    path = "/api-keys/{id}/rotate",
    tag = "API keys",
    operation_id = "rotateApiKey",
    params(IdPath),
    responses((status = 201, body = ApiKeyCreateResponseDto))
)]
async fn rotate_api_key(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<(StatusCode, Json<ApiKeyCreateResponseDto>), ApiError> {
    let key = own(&app, &caller, path.id).await?;
    let mut permissions = key.permissions.as_array().into_iter().flatten().filter_map(Value::as_str);
    if !permissions.all(|name| caller.has_permission(name)) {
        return Err(ApiError::bad_request("Cannot grant permissions you do not have"));
    }
    let secret = Secret::random()?;
    let command = ApiKeyCommand::Rotate(ApiKeyRotated { secret_hash: secret.hash });
    let executed = app.execute::<ApiKey>(path.id, command, &request.context).await?;
    // The secret before is revoked.
    app.in_force(executed).await?;
    let api_key = shown(own(&app, &caller, path.id).await?);
    Ok((StatusCode::CREATED, Json(ApiKeyCreateResponseDto::new(api_key, secret.plain))))
}

/// Revokes a key.
#[utoipa::path(
    delete,
    path = "/api-keys/{id}",
    tag = "API keys",
    operation_id = "deleteApiKey",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_api_key(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    own(&app, &caller, path.id).await?;
    let executed = app.execute::<ApiKey>(path.id, ApiKeyCommand::Delete, &request.context).await?;
    app.in_force(executed).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_keep_their_names_both_ways() {
        assert_eq!(name_of(Permission::All), "all");
        assert_eq!(name_of(Permission::AssetRead), "asset.read");
        let key = ApiKeyRow {
            id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            name: "cli".into(),
            secret_hash: Vec::new(),
            permissions: serde_json::json!(["asset.read", "no.longer.known"]),
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        };
        assert_eq!(shown(key).permissions, [Permission::AssetRead]);
    }
}

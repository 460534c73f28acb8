//! Operations of the tag "Libraries". External libraries are set up here; reading their files is not built
//! yet, so none has an asset.

mod import_path;

use std::path::PathBuf;

use albumen_domain::external_library::{
    DEFAULT_EXCLUSIONS, DEFAULT_NAME, ExternalLibrary, ExternalLibraryChanged, ExternalLibraryCommand,
    ExternalLibraryCreated,
};
use albumen_projections::system::ExternalLibraryRow;
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    access::Request,
    app::App,
    dto::{
        libraries::{
            CreateLibraryDto, LibraryResponseDto, LibraryStatsResponseDto, UpdateLibraryDto, ValidateLibraryDto,
            ValidateLibraryImportPathResponseDto, ValidateLibraryResponseDto,
        },
        paths::IdPath,
    },
    edge::{ApiError, ValidJson, ValidPath},
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_all_libraries, create_library))
        .routes(routes!(get_library, update_library, delete_library))
        .routes(routes!(get_library_statistics))
        .routes(routes!(validate))
        // The old method of the same operation.
        .route("/libraries/{id}", patch(update_library))
}

/// All external libraries.
#[utoipa::path(
    get, path = "/libraries", tag = "Libraries", operation_id = "getAllLibraries",
    responses((status = 200, body = Vec<LibraryResponseDto>))
)]
async fn get_all_libraries(State(app): State<App>) -> Result<Json<Vec<LibraryResponseDto>>, ApiError> {
    Ok(Json(app.reads.system().external_libraries().await?.into_iter().map(shown).collect()))
}

/// Makes an external library.
#[utoipa::path(
    post, path = "/libraries", tag = "Libraries", operation_id = "createLibrary",
    request_body = CreateLibraryDto,
    responses((status = 201, body = LibraryResponseDto))
)]
async fn create_library(
    State(app): State<App>,
    request: Request,
    ValidJson(wanted): ValidJson<CreateLibraryDto>,
) -> Result<(StatusCode, Json<LibraryResponseDto>), ApiError> {
    if app.reads.identity().users_among(&[wanted.owner_id]).await?.is_empty() {
        return Err(ApiError::bad_request("Invalid user"));
    }
    let default_exclusions = || DEFAULT_EXCLUSIONS.map(str::to_owned).to_vec();
    let created = ExternalLibraryCreated {
        owner: wanted.owner_id,
        name: wanted.name.unwrap_or_else(|| DEFAULT_NAME.to_owned()).into(),
        import_paths: wanted.import_paths.unwrap_or_default().into(),
        exclusion_patterns: wanted.exclusion_patterns.unwrap_or_else(default_exclusions).into(),
    };
    let id = Uuid::new_v4();
    app.execute::<ExternalLibrary>(id, ExternalLibraryCommand::Create(created), &request.context).await?;
    Ok((StatusCode::CREATED, Json(shown(library(&app, id).await?))))
}

/// One external library.
#[utoipa::path(
    get, path = "/libraries/{id}", tag = "Libraries", operation_id = "getLibrary",
    params(IdPath),
    responses((status = 200, body = LibraryResponseDto))
)]
async fn get_library(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<LibraryResponseDto>, ApiError> {
    Ok(Json(shown(library(&app, path.id).await?)))
}

/// Changes an external library.
#[utoipa::path(
    put, path = "/libraries/{id}", tag = "Libraries", operation_id = "updateLibrary",
    params(IdPath),
    request_body = UpdateLibraryDto,
    responses((status = 200, body = LibraryResponseDto))
)]
async fn update_library(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(update): ValidJson<UpdateLibraryDto>,
) -> Result<Json<LibraryResponseDto>, ApiError> {
    library(&app, path.id).await?;
    let results = looked_at(&app, update.import_paths.clone().unwrap_or_default()).await?;
    if let Some(wrong) = results.iter().find(|result| !result.is_valid) {
        let reason = wrong.message.as_deref().unwrap_or_default();
        return Err(ApiError::bad_request(format!("Invalid import path: {reason}")));
    }
    let changed = ExternalLibraryChanged {
        name: update.name.map(Into::into),
        import_paths: update.import_paths.map(Into::into),
        exclusion_patterns: update.exclusion_patterns.map(Into::into),
    };
    app.execute::<ExternalLibrary>(path.id, ExternalLibraryCommand::Change(changed), &request.context).await?;
    Ok(Json(shown(library(&app, path.id).await?)))
}

/// Deletes an external library; its files stay.
#[utoipa::path(
    delete, path = "/libraries/{id}", tag = "Libraries", operation_id = "deleteLibrary",
    params(IdPath),
    responses((status = 204))
)]
async fn delete_library(
    State(app): State<App>,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<StatusCode, ApiError> {
    library(&app, path.id).await?;
    app.execute::<ExternalLibrary>(path.id, ExternalLibraryCommand::Delete, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is in an external library: nothing while nobody reads its files.
#[utoipa::path(
    get, path = "/libraries/{id}/statistics", tag = "Libraries", operation_id = "getLibraryStatistics",
    params(IdPath),
    responses((status = 200, body = LibraryStatsResponseDto))
)]
async fn get_library_statistics(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<LibraryStatsResponseDto>, ApiError> {
    library(&app, path.id).await?;
    Ok(Json(LibraryStatsResponseDto { photos: 0, total: 0, usage: 0, videos: 0 }))
}

/// Looks whether paths can be imported from.
#[utoipa::path(
    post, path = "/libraries/{id}/validate", tag = "Libraries", operation_id = "validate",
    params(IdPath),
    request_body = ValidateLibraryDto,
    responses((status = 200, body = ValidateLibraryResponseDto))
)]
async fn validate(
    State(app): State<App>,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(wanted): ValidJson<ValidateLibraryDto>,
) -> Result<Json<ValidateLibraryResponseDto>, ApiError> {
    library(&app, path.id).await?;
    let import_paths = match wanted.import_paths {
        Some(paths) => Some(looked_at(&app, paths).await?),
        None => None,
    };
    Ok(Json(ValidateLibraryResponseDto { import_paths }))
}

async fn library(app: &App, id: Uuid) -> Result<ExternalLibraryRow, ApiError> {
    let found = app.reads.system().external_library(id).await?;
    found.ok_or_else(|| ApiError::bad_request("Library not found"))
}

fn shown(row: ExternalLibraryRow) -> LibraryResponseDto {
    LibraryResponseDto {
        // Nobody reads its files yet.
        asset_count: 0,
        created_at: row.created_at.into(),
        exclusion_patterns: texts(&row.exclusion_patterns),
        id: row.id,
        import_paths: texts(&row.import_paths),
        name: row.name,
        owner_id: row.owner_id,
        refreshed_at: None,
        updated_at: row.updated_at.into(),
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What can be said of each path; the disk is asked in a thread of its own.
async fn looked_at(app: &App, paths: Vec<String>) -> Result<Vec<ValidateLibraryImportPathResponseDto>, ApiError> {
    let media: Option<PathBuf> = import_path::media_root(app.media.as_ref());
    let look = move || paths.into_iter().map(|path| judged(path, media.as_deref())).collect();
    tokio::task::spawn_blocking(look).await.map_err(|error| ApiError::internal("validate", error))
}

fn judged(import_path: String, media: Option<&std::path::Path>) -> ValidateLibraryImportPathResponseDto {
    let message = import_path::fault(&import_path, media);
    ValidateLibraryImportPathResponseDto { import_path, is_valid: message.is_none(), message }
}

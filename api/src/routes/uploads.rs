//! Uploads, and the check that clients make before them.
//!
//! 1. The checksum that a client may give beforehand: who owns the file already need not send it.
//! 2. The body is streamed to the media store, hashed on the way ([`receive`]).
//! 3. Everything that was sent is checked.
//! 4. The bytes are made durable, then the event is committed ([`keep`]); only then is the upload
//!    acknowledged. Whatever fails before that leaves nothing behind.

mod checksum;
mod keep;
mod receive;

use albumen_domain::asset::AssetKind;
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use utoipa::{
    IntoParams, ToSchema,
    openapi::path::{Parameter, ParameterIn},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

pub(super) use self::checksum::Sha1Sum;
use self::{
    keep::{Outcome, Plan, keep},
    receive::{ASSET_FIELD, Receiver, SIDECAR_FIELD, file_name},
};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        asset_uploads::{
            AssetBulkUploadCheckDto, AssetBulkUploadCheckResponseDto, AssetBulkUploadCheckResult, AssetMediaCreateDto,
            AssetMediaResponseDto, AssetMediaStatus, AssetRejectReason, AssetUploadAction,
        },
        assets::AssetVisibility,
        parameters::parameters_of,
        shared_links::SharedLinkQuery,
    },
    edge::{ApiError, ValidJson, multipart::read_form},
    routes::shared_links::add_upload,
};

/// The operations of this tag that concern uploads.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(upload_asset)).routes(routes!(check_bulk_upload))
}

/// Headers of an upload.
#[derive(Debug, Deserialize, ToSchema)]
struct UploadHeaders {
    #[serde(rename = "x-immich-checksum")]
    #[schema(nullable = false)]
    #[allow(dead_code)]
    checksum: Option<String>,
}

impl IntoParams for UploadHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        parameters_of::<Self>(ParameterIn::Header)
    }
}

/// Takes a photo or a film.
#[utoipa::path(
    post, path = "/assets", tag = "Assets", operation_id = "uploadAsset",
    params(SharedLinkQuery, UploadHeaders),
    request_body(content = AssetMediaCreateDto, content_type = "multipart/form-data"),
    responses((status = 200, body = AssetMediaResponseDto), (status = 201, body = AssetMediaResponseDto))
)]
async fn upload_asset(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<AssetMediaResponseDto>), ApiError> {
    receive(&app, &caller, request, &headers, body).await.map(answer)
}

async fn receive(
    app: &App,
    auth: &Caller,
    request: Request,
    headers: &HeaderMap,
    body: Body,
) -> Result<Outcome, ApiError> {
    if auth.link().is_some_and(|link| !link.allow_upload) {
        return Err(ApiError::unauthorized("Unauthorized"));
    }
    // It is asked by and no more: what arrives is kept under its own.
    if let Some(asked) = Sha1Sum::of_header(headers)
        && let Some(existing) = owned_with(app, auth, asked).await?
    {
        return Ok(Outcome::Duplicate(existing));
    }
    let mut receiver = Receiver::for_user(app, &auth.account).await?;
    let form = read_form(headers, body, &[ASSET_FIELD, SIDECAR_FIELD], &mut receiver).await?;
    form.require_files(&[ASSET_FIELD])?;
    let fields = allowed_fields(auth, form.check()?);
    let mut received = receiver.into_received()?;
    // What the client calls it counts wherever in the form that stands.
    let called = fields.filename.as_deref().map(file_name).transpose()?.filter(|name| !name.is_empty());
    if let Some(name) = called {
        received.asset.name = name;
    }
    let video_to_hide = match fields.live_photo_video_id {
        Some(video) => {
            // Whoever comes by a link takes what they have brought, and nothing else of the owner's.
            if auth.link().is_some() {
                app.asset_for(auth, "asset.read", video).await?;
            }
            video_to_hide(app, auth, video).await?
        }
        None => None,
    };
    let plan = Plan { owner: auth.user_id(), received, fields, video_to_hide };
    // A client that goes away now must not cut the way from the file to the event in two.
    let keeping = tokio::spawn(keep_and_show(app.clone(), auth.clone(), plan, request));
    keeping.await.map_err(|error| ApiError::internal("uploadAsset", error))?
}

/// Keeps an upload; what came by a link is shown by it, too.
async fn keep_and_show(app: App, auth: Caller, plan: Plan, request: Request) -> Result<Outcome, ApiError> {
    let outcome = keep(app.clone(), plan, request.context.clone()).await?;
    let (Outcome::Created(id) | Outcome::Duplicate(id)) = outcome;
    add_upload(&app, &auth, &request, id).await?;
    Ok(outcome)
}

/// What a client may say of an upload. Where it goes and whether it is liked is its owner's to say.
fn allowed_fields(auth: &Auth, mut fields: AssetMediaCreateDto) -> AssetMediaCreateDto {
    if auth.link().is_some() {
        fields.is_favorite = None;
        fields.visibility = fields.visibility.filter(|visibility| *visibility == AssetVisibility::Hidden);
    }
    fields
}

fn answer(outcome: Outcome) -> (StatusCode, Json<AssetMediaResponseDto>) {
    let (status, id, told) = match outcome {
        Outcome::Created(id) => (StatusCode::CREATED, id, AssetMediaStatus::Created),
        Outcome::Duplicate(id) => (StatusCode::OK, id, AssetMediaStatus::Duplicate),
    };
    (status, Json(AssetMediaResponseDto { id, status: told }))
}

async fn owned_with(app: &App, auth: &Auth, sum: Sha1Sum) -> Result<Option<Uuid>, ApiError> {
    let found = app.reads.library().by_checksums(auth.user_id(), &[sum.to_vec()]).await?;
    Ok(found.first().map(|(id, ..)| *id))
}

/// Checks what is to be the moving half of a photo; its id where it is still shown by itself.
pub(super) async fn video_to_hide(app: &App, auth: &Auth, video: Uuid) -> Result<Option<Uuid>, ApiError> {
    let found = app.access.load(video).await?;
    let found = found.ok_or_else(|| ApiError::bad_request("Live photo video not found"))?;
    if found.kind != AssetKind::Video.as_str() {
        return Err(ApiError::bad_request("Live photo video must be a video"));
    }
    if found.owner_id != auth.user_id() {
        return Err(ApiError::bad_request("Live photo video does not belong to the user"));
    }
    Ok((found.visibility == "timeline").then_some(video))
}

/// Tells which files the caller need not upload.
#[utoipa::path(
    post, path = "/assets/bulk-upload-check", tag = "Assets", operation_id = "checkBulkUpload",
    request_body = AssetBulkUploadCheckDto,
    responses((status = 200, body = AssetBulkUploadCheckResponseDto))
)]
async fn check_bulk_upload(
    State(app): State<App>,
    caller: Caller,
    ValidJson(body): ValidJson<AssetBulkUploadCheckDto>,
) -> Result<Json<AssetBulkUploadCheckResponseDto>, ApiError> {
    // What is no checksum is nobody's.
    let sums: Vec<Option<Sha1Sum>> = body.assets.iter().map(|asset| Sha1Sum::parse(&asset.checksum)).collect();
    let known: Vec<Vec<u8>> = sums.iter().flatten().map(|sum| sum.to_vec()).collect();
    let found = app.reads.library().by_checksums(caller.user_id(), &known).await?;
    let found: std::collections::HashMap<Vec<u8>, (Uuid, bool)> =
        found.into_iter().map(|(id, sum, is_trashed)| (sum, (id, is_trashed))).collect();
    let results = body.assets.into_iter().zip(sums).map(|(asset, sum)| {
        let existing = sum.and_then(|sum| found.get(sum.as_slice()));
        check_result(asset.id, existing.copied())
    });
    Ok(Json(AssetBulkUploadCheckResponseDto { results: results.collect() }))
}

fn check_result(id: String, existing: Option<(Uuid, bool)>) -> AssetBulkUploadCheckResult {
    AssetBulkUploadCheckResult {
        action: if existing.is_some() { AssetUploadAction::Reject } else { AssetUploadAction::Accept },
        asset_id: existing.map(|(asset, _)| asset),
        id,
        is_trashed: existing.map(|(_, is_trashed)| is_trashed),
        reason: existing.map(|_| AssetRejectReason::Duplicate),
    }
}

//! Reading assets, counting them, and asking for work on them.

use albumen_domain::processing::{Job, JobRequested, Processing, ProcessingCommand};
use albumen_projections::library::{AssetFilter, AssetRow};
use axum::{Json, extract::State, http::StatusCode};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asset_response::{Extras, asset_response},
    people::present::with_people,
    tags::tag_response,
};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        assets::{
            AssetJobName, AssetJobsDto, AssetResponseDto, AssetStatsQuery, AssetStatsResponseDto, AssetVisibility,
        },
        paths::IdPath,
        shared_links::{SharedLinkQuery, ShownAsset},
    },
    edge::{ApiError, ValidJson, ValidPath, ValidQuery},
};

/// The operations of this tag that read assets.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_asset_info))
        .routes(routes!(get_asset_statistics))
        .routes(routes!(run_asset_jobs))
}

/// Tells all that is known of an asset.
#[utoipa::path(
    get, path = "/assets/{id}", tag = "Assets", operation_id = "getAssetInfo",
    params(IdPath, SharedLinkQuery),
    responses((status = 200, body = AssetResponseDto))
)]
async fn get_asset_info(
    State(app): State<App>,
    caller: Caller,
    ValidPath(path): ValidPath<IdPath>,
) -> Result<Json<ShownAsset>, ApiError> {
    let row = app.details_for(&caller, path.id).await?;
    let asset = told_of_asset(&app, &caller, row).await?;
    Ok(Json(ShownAsset::of(&caller, asset)))
}

/// All that `auth`, who may see it, is told of an asset.
pub async fn told_of_asset(app: &App, auth: &Auth, row: AssetRow) -> Result<AssetResponseDto, ApiError> {
    let mut asset = detailed(app, auth, row).await?;
    // Whose it is, a link does not say.
    if asset.owner.is_none() && auth.link().is_none() {
        let owner = app.reads.identity().account(asset.owner_id).await?;
        asset.owner = owner.as_ref().map(super::users::present::user);
    }
    Ok(asset)
}

/// All that the caller is told of an asset.
pub(super) async fn detailed(app: &App, auth: &Auth, row: AssetRow) -> Result<AssetResponseDto, ApiError> {
    let owner = auth.is(row.owner_id).then(|| super::users::present::user(&auth.account));
    let (id, ids) = (row.id, [row.id]);
    let (tags, stacks) = tokio::try_join!(app.reads.tags().of_assets(&ids), app.reads.stacks().of_assets(&ids))?;
    let tags = tags.into_values().flatten().map(tag_response).collect();
    let extras = Extras { exif: true, owner, tags, stack: stacks.get(&id).copied() };
    let mut asset = asset_response(app, auth, row, extras);
    with_people(app, auth, std::slice::from_mut(&mut asset)).await?;
    Ok(asset)
}

/// Counts the caller's photos and videos.
#[utoipa::path(
    get, path = "/assets/statistics", tag = "Assets", operation_id = "getAssetStatistics",
    params(AssetStatsQuery),
    responses((status = 200, body = AssetStatsResponseDto))
)]
async fn get_asset_statistics(
    State(app): State<App>,
    caller: Caller,
    ValidQuery(query): ValidQuery<AssetStatsQuery>,
) -> Result<Json<AssetStatsResponseDto>, ApiError> {
    if query.visibility == Some(AssetVisibility::Locked) {
        caller.require_elevation()?;
    }
    let filter = AssetFilter {
        favorite: query.is_favorite,
        trashed: query.is_trashed == Some(true),
        visibility: query.visibility.map(|visibility| visibility.meant().as_str()),
    };
    let (images, videos) = app.reads.library().count(caller.user_id(), filter).await?;
    Ok(Json(AssetStatsResponseDto { images, total: images + videos, videos }))
}

/// Has work on assets done again.
#[utoipa::path(
    post, path = "/assets/jobs", tag = "Assets", operation_id = "runAssetJobs",
    request_body = AssetJobsDto,
    responses((status = 204))
)]
async fn run_asset_jobs(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetJobsDto>,
) -> Result<StatusCode, ApiError> {
    let assets = app.assets_for(&caller, "asset.update", &body.asset_ids).await?;
    let job = match body.name {
        AssetJobName::RefreshMetadata => Job::Metadata,
        AssetJobName::RegenerateThumbnail => Job::Previews,
        AssetJobName::RefreshFaces => Job::FaceDetection,
        AssetJobName::TranscodeVideo => return Err(ApiError::not_built("transcode-video")),
    };
    let ask = |owner| ProcessingCommand::RequestJob(JobRequested { owner, job });
    let commands = assets.into_iter().map(|asset| (asset.id, ask(asset.owner_id))).collect();
    app.execute_many::<Processing>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Changing assets: what is known of them, where they show up, and whether they stay.

mod copy;
mod dates;
mod live_photo;

use albumen_domain::asset::{
    Asset, AssetCommand, Edit, LocatedPosition, Place, Position, RatingEdit, TakenAtEdit, Visibility,
};
use axum::{Json, extract::State, http::StatusCode, routing::patch};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{albums, assets::detailed};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        assets::{AssetBulkDeleteDto, AssetBulkUpdateDto, AssetResponseDto, UpdateAssetDto},
        paths::IdPath,
        wire::Maybe,
    },
    edge::{ApiError, ValidJson, ValidPath, validate::Issue},
};

/// The operations of this tag that change assets.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(update_assets, delete_assets))
        .routes(routes!(update_asset))
        .routes(routes!(copy::copy_asset))
        // The old method of the same operations.
        .route("/assets", patch(update_assets))
        .route("/assets/{id}", patch(update_asset))
}

/// Changes an asset.
#[utoipa::path(
    put, path = "/assets/{id}", tag = "Assets", operation_id = "updateAsset",
    params(IdPath),
    request_body = UpdateAssetDto,
    responses((status = 200, body = AssetResponseDto))
)]
async fn update_asset(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidPath(path): ValidPath<IdPath>,
    ValidJson(body): ValidJson<UpdateAssetDto>,
) -> Result<Json<AssetResponseDto>, ApiError> {
    app.asset_for(&caller, "asset.update", path.id).await?;
    let edit = Edit {
        taken_at: body.capture_date().map(TakenAtEdit::at_offset),
        description: body.description,
        position: located(&app, body.latitude, body.longitude).await,
        rating: rating(body.rating),
        favorite: body.is_favorite,
        visibility: body.visibility.map(|visibility| visibility.meant()),
        ..Edit::default()
    };
    let visibility = edit.visibility;
    let mut commands = vec![(path.id, AssetCommand::Edit(Box::new(edit)))];
    match body.live_photo_video_id {
        Some(Some(video)) => commands.extend(live_photo::link(&app, &caller, path.id, video).await?),
        Some(None) => commands.extend(live_photo::unlink(&app, path.id, visibility).await?),
        None => {}
    }
    leave_albums_if_locked(&app, &request, visibility, &[path.id]).await?;
    app.execute_many::<Asset>(commands, &request.context).await?;
    // It may have gone into the locked folder just now; its owner is told of it all the same.
    let row = app.details.load(path.id).await?.ok_or_else(|| ApiError::no_access("asset.update"))?;
    Ok(Json(detailed(&app, &caller, row).await?))
}

/// Makes the same change to many assets.
#[utoipa::path(
    put, path = "/assets", tag = "Assets", operation_id = "updateAssets",
    request_body = AssetBulkUpdateDto,
    responses((status = 204))
)]
async fn update_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetBulkUpdateDto>,
) -> Result<StatusCode, ApiError> {
    app.assets_for(&caller, "asset.update", &body.ids).await?;
    let dates = dates::changed(&app, &body).await?;
    let edit = Edit {
        position: located(&app, body.latitude, body.longitude).await,
        description: body.description,
        rating: rating(body.rating),
        favorite: body.is_favorite,
        visibility: body.visibility.map(|visibility| visibility.meant()),
        duplicate_group: duplicate_group(body.duplicate_id.as_ref())?,
        ..Edit::default()
    };
    leave_albums_if_locked(&app, &request, edit.visibility, &body.ids).await?;
    let of_asset = |id: Uuid| Edit { taken_at: dates.of(id), ..edit.clone() };
    let commands = body.ids.into_iter().map(|id| (id, AssetCommand::Edit(Box::new(of_asset(id))))).collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What goes into the locked folder leaves all albums. That comes last, when it is known what is wrong with the rest:
/// who is refused changes nothing.
async fn leave_albums_if_locked(
    app: &App,
    request: &Request,
    visibility: Option<Visibility>,
    assets: &[Uuid],
) -> Result<(), ApiError> {
    if visibility == Some(Visibility::Locked) {
        albums::leave_all(app, request, assets).await?;
    }
    Ok(())
}

/// Puts assets into the trash, or has them removed for good.
#[utoipa::path(
    delete, path = "/assets", tag = "Assets", operation_id = "deleteAssets",
    request_body = AssetBulkDeleteDto,
    responses((status = 204))
)]
async fn delete_assets(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<AssetBulkDeleteDto>,
) -> Result<StatusCode, ApiError> {
    app.assets_for(&caller, "asset.delete", &body.ids).await?;
    // Clients that know that there is no trash ask for the end themselves; what others put there goes in the night.
    let command = if body.force == Some(true) { AssetCommand::RequestDeletion } else { AssetCommand::Trash };
    let commands = body.ids.into_iter().map(|id| (id, command.clone())).collect();
    app.execute_many::<Asset>(commands, &request.context).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn rating(rating: Maybe<i64>) -> Option<RatingEdit> {
    rating.map(|stars| RatingEdit { stars: stars.and_then(|stars| i16::try_from(stars).ok()) })
}

/// The position with the names of its place. A place without names is better than no edit.
async fn located(app: &App, latitude: Option<f64>, longitude: Option<f64>) -> Option<LocatedPosition> {
    let position = Position { latitude: latitude?, longitude: longitude? };
    let place = app.decoder.locate(position).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the names of a place could not be looked up");
        Place::default()
    });
    Some(LocatedPosition { position, place })
}

fn duplicate_group(group: Option<&Option<String>>) -> Result<Option<Option<Uuid>>, ApiError> {
    match group {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(text)) => match text.parse() {
            Ok(group) => Ok(Some(Some(group))),
            Err(_) => Err(ApiError::validation(vec![Issue::custom(&["duplicateId"], "Invalid UUID")])),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_set_removed_or_left() {
        assert_eq!(rating(None), None);
        assert_eq!(rating(Some(None)), Some(RatingEdit { stars: None }));
        assert_eq!(rating(Some(Some(-1))), Some(RatingEdit { stars: Some(-1) }));
    }

    #[test]
    fn a_group_is_joined_left_or_kept() {
        let id = Uuid::from_u128(7);
        assert!(duplicate_group(None).is_ok_and(|group| group.is_none()));
        assert!(duplicate_group(Some(&None)).is_ok_and(|group| group == Some(None)));
        assert!(duplicate_group(Some(&Some(id.to_string()))).is_ok_and(|group| group == Some(Some(id))));
        assert!(duplicate_group(Some(&Some("x".into()))).is_err());
    }
}

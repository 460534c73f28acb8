//! Deciding which of the duplicates stay.

use std::collections::HashSet;

use albumen_domain::asset::{Asset, AssetCommand, Edit, Visibility};
use albumen_projections::library::AssetRow;
use axum::{Json, extract::State};
use uuid::Uuid;

use super::{
    groups, leave_group,
    merge::{Facts, merged},
};
use crate::{
    access::{Auth, Caller, Request},
    app::App,
    dto::{
        albums::{BulkIdErrorReason, BulkIdResponseDto},
        duplicates::{DuplicateResolveDto, DuplicateResolveGroupDto},
    },
    edge::{ApiError, ValidJson},
    routes::albums,
};

/// Decides for groups which assets stay and which go.
#[utoipa::path(
    post, path = "/duplicates/resolve", tag = "Duplicates", operation_id = "resolveDuplicates",
    request_body = DuplicateResolveDto,
    responses((status = 200, body = Vec<BulkIdResponseDto>))
)]
pub(super) async fn resolve_duplicates(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(body): ValidJson<DuplicateResolveDto>,
) -> Result<Json<Vec<BulkIdResponseDto>>, ApiError> {
    let mut results = Vec::with_capacity(body.groups.len());
    for group in &body.groups {
        let outcome = match decided(&app, &caller, group).await? {
            Ok(decision) => decision.carry_out(&app, &caller, &request).await,
            Err(refusal) => Err(refusal),
        };
        results.push(response(group.duplicate_id, outcome));
    }
    Ok(Json(results))
}

/// Why a group stays as it is.
type Refusal = (BulkIdErrorReason, Option<String>);

fn response(id: Uuid, outcome: Result<(), Refusal>) -> BulkIdResponseDto {
    let (error, error_message) = match outcome {
        Ok(()) => (None, None),
        Err((error, message)) => (Some(error), message),
    };
    BulkIdResponseDto { error, error_message, id, success: error.is_none() }
}

/// A group whose assets all have a place.
struct Decision {
    kept: Vec<AssetRow>,
    gone: Vec<AssetRow>,
}

async fn decided(
    app: &App,
    auth: &Auth,
    wanted: &DuplicateResolveGroupDto,
) -> Result<Result<Decision, Refusal>, ApiError> {
    let mut found = groups(app, auth, &[wanted.duplicate_id]).await?;
    Ok(match found.remove(&wanted.duplicate_id) {
        Some(assets) => sorted(assets, wanted),
        None => Err((BulkIdErrorReason::NotFound, None)),
    })
}

fn sorted(assets: Vec<AssetRow>, wanted: &DuplicateResolveGroupDto) -> Result<Decision, Refusal> {
    let ids: Vec<Uuid> = assets.iter().map(|asset| asset.id).collect();
    check(&ids, wanted)?;
    let (kept, gone) = assets.into_iter().partition(|asset| wanted.keep_asset_ids.contains(&asset.id));
    Ok(Decision { kept, gone })
}

/// Each asset of the group has one place. Ids that are not in it are passed over.
fn check(ids: &[Uuid], wanted: &DuplicateResolveGroupDto) -> Result<(), Refusal> {
    let invalid = |message: &str| Err((BulkIdErrorReason::Validation, Some(message.to_owned())));
    let stays = |id: &Uuid| wanted.keep_asset_ids.contains(id);
    let goes = |id: &Uuid| wanted.trash_asset_ids.contains(id);
    if ids.iter().any(|id| stays(id) && goes(id)) {
        return invalid("An asset cannot be in both keepAssetIds and trashAssetIds");
    }
    if ids.iter().any(|id| !stays(id) && !goes(id)) {
        return invalid("Every asset must be in either keepAssetIds or trashAssetIds");
    }
    Ok(())
}

impl Decision {
    async fn carry_out(self, app: &App, auth: &Auth, request: &Request) -> Result<(), Refusal> {
        if !self.gone.is_empty() && !auth.has_permission("asset.delete") {
            let message = "No permission to delete assets".to_owned();
            return Err((BulkIdErrorReason::NoPermission, Some(message)));
        }
        self.change(app, auth, request).await.map_err(|error| {
            tracing::warn!(%error, "a group of duplicates could not be resolved");
            (BulkIdErrorReason::Unknown, Some(error.message().to_owned()))
        })
    }

    async fn change(self, app: &App, auth: &Auth, request: &Request) -> Result<(), ApiError> {
        let mut commands: Vec<(Uuid, AssetCommand)> =
            self.kept.iter().chain(&self.gone).map(|asset| leave_group(asset.id)).collect();
        if let ([kept], [_, ..]) = (self.kept.as_slice(), self.gone.as_slice()) {
            self.hand_on(app, auth, request, kept, &mut commands).await?;
        }
        // Where there is no trash, they are gone for good.
        let has_trash = app.configuration.current().settings.trash.enabled;
        let go = if has_trash { AssetCommand::Trash } else { AssetCommand::RequestDeletion };
        commands.extend(self.gone.iter().map(|asset| (asset.id, go.clone())));
        app.execute_many::<Asset>(commands, &request.context).await?;
        Ok(())
    }

    /// The one that stays takes over what the others have.
    async fn hand_on(
        &self,
        app: &App,
        auth: &Auth,
        request: &Request,
        kept: &AssetRow,
        commands: &mut Vec<(Uuid, AssetCommand)>,
    ) -> Result<(), ApiError> {
        let edit = merged(&Facts::of(kept), &self.gone.iter().map(Facts::of).collect::<Vec<_>>());
        // What goes into the locked folder is in no album any more.
        let is_locked = edit.visibility == Some(Visibility::Locked);
        if edit != Edit::default() {
            commands.push((kept.id, AssetCommand::Edit(Box::new(edit))));
        }
        let gone: Vec<Uuid> = self.gone.iter().map(|asset| asset.id).collect();
        let tags: HashSet<Uuid> =
            app.reads.tags().of_assets(&gone).await?.into_values().flatten().map(|tag| tag.id).collect();
        if !tags.is_empty() {
            commands.push((kept.id, AssetCommand::Tag(tags.into_iter().collect())));
        }
        if is_locked {
            return albums::leave_all(app, request, &[kept.id]).await;
        }
        for asset in gone {
            albums::join_those_of(app, auth, request, asset, kept.id).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(keep: &[u128], trash: &[u128]) -> DuplicateResolveGroupDto {
        let ids = |numbers: &[u128]| numbers.iter().map(|number| Uuid::from_u128(*number)).collect();
        DuplicateResolveGroupDto { duplicate_id: Uuid::nil(), keep_asset_ids: ids(keep), trash_asset_ids: ids(trash) }
    }

    #[test]
    fn every_asset_has_one_place() {
        let ids = [1, 2].map(Uuid::from_u128);
        let refused =
            |keep: &[u128], trash: &[u128]| check(&ids, &wanted(keep, trash)).err().and_then(|refusal| refusal.1);
        assert_eq!(refused(&[1], &[2, 3]), None);
        let both = "An asset cannot be in both keepAssetIds and trashAssetIds";
        assert_eq!(refused(&[1, 2], &[2]).as_deref(), Some(both));
        let neither = "Every asset must be in either keepAssetIds or trashAssetIds";
        assert_eq!(refused(&[1], &[]).as_deref(), Some(neither));
    }
}

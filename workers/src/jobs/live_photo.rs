//! Joins the halves of a live photo when both have said which they belong to.

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    album::{Album, AlbumCommand},
    asset::{Asset, AssetCommand, Edit, Visibility},
};
use albumen_projections::{library::AssetRow, work::Claimed};
use uuid::Uuid;

use super::{Failure, Workshop};

/// Looks for the other half of the asset whose metadata was just read.
pub(super) async fn join(workshop: &Workshop, work: &Claimed) -> Result<(), Failure> {
    let Some(asset) = workshop.reads.library().asset(work.asset_id).await? else { return Ok(()) };
    if asset.live_photo_id.is_none() || asset.live_photo_video_id.is_some() {
        return Ok(());
    }
    let other_kind = if asset.kind == "image" { "video" } else { "image" };
    let Some(other) = workshop.reads.library().other_half(&asset, other_kind).await? else { return Ok(()) };
    let (photo, video) = if asset.kind == "image" { (asset, other) } else { (other, asset) };
    let context = Context::job("live-photo", Some(work.revision));
    link(workshop, &context, &photo, &video).await
}

async fn link(workshop: &Workshop, context: &Context, photo: &AssetRow, video: &AssetRow) -> Result<(), Failure> {
    ask(workshop, context, photo.id, AssetCommand::LinkLivePhoto { video: video.id }).await?;
    hide(workshop, context, video).await?;
    leave_albums(workshop, context, video.id).await
}

/// Hides a moving half wherever it was shown by itself; but nothing leaves the locked folder by itself.
pub(super) async fn hide(workshop: &Workshop, context: &Context, video: &AssetRow) -> Result<(), Failure> {
    if matches!(video.visibility.as_str(), "hidden" | "locked") {
        return Ok(());
    }
    let hide = Edit { visibility: Some(Visibility::Hidden), ..Edit::default() };
    ask(workshop, context, video.id, AssetCommand::Edit(Box::new(hide))).await
}

/// The photo stands for both halves, in albums too.
async fn leave_albums(workshop: &Workshop, context: &Context, video: Uuid) -> Result<(), Failure> {
    for (album, _) in workshop.reads.albums().holding(&[video]).await? {
        match workshop.commands.execute::<Album>(album, AlbumCommand::RemoveAssets(vec![video]), context).await {
            // Gone meanwhile.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(())
}

/// Asks one half for something, unless it is linked or gone meanwhile.
pub(super) async fn ask(
    workshop: &Workshop,
    context: &Context,
    id: Uuid,
    command: AssetCommand,
) -> Result<(), Failure> {
    match workshop.commands.execute::<Asset>(id, command, context).await {
        Ok(_) | Err(CommandError::Refused(_)) => Ok(()),
        Err(error) => Err(Failure::for_now(error)),
    }
}

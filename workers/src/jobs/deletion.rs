//! Removes the files of an asset whose deletion was asked for, and then says so.

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    asset::{Asset, AssetCommand},
    processing::Job,
    stack::{Stack, StackCommand},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{library::AssetRow, work::Claimed};
use uuid::Uuid;

use super::{Failure, Outcome, Workshop, runner::Worker};
use crate::media::store::MediaPath;

#[derive(Clone, Copy)]
pub(super) struct Deletion;

impl Worker for Deletion {
    const JOB: Job = Job::Deletion;

    fn concurrency(settings: &JobSettings) -> Concurrency {
        settings.background_task
    }

    async fn work(self, workshop: &Workshop, work: &Claimed) -> Result<Outcome, Failure> {
        let Some(asset) = workshop.asset(work).await? else { return Ok(Outcome::Nothing) };
        if asset.status != "deleted" {
            return Err(Failure::for_now("the asset is not marked as deleted yet"));
        }
        delete_files(workshop, &asset).await?;
        delete_moving_half(workshop, work, &asset).await?;
        leave_stack(workshop, work, asset.id).await?;
        ask(workshop, work, asset.id, AssetCommand::ConfirmDeletion).await?;
        Ok(Outcome::Settled)
    }
}

/// Derived files first: if this stops half-way, what remains is the original.
async fn delete_files(workshop: &Workshop, asset: &AssetRow) -> Result<(), Failure> {
    let derived = [&asset.thumbnail_path, &asset.preview_path, &asset.fullsize_path, &asset.sidecar_path];
    for path in derived.into_iter().flatten().chain([&asset.path]) {
        workshop.media.delete(&MediaPath::parse(path)?).await?;
    }
    Ok(())
}

/// The moving half goes with its photo, unless another photo has it too.
async fn delete_moving_half(workshop: &Workshop, work: &Claimed, photo: &AssetRow) -> Result<(), Failure> {
    let Some(video) = photo.live_photo_video_id else { return Ok(()) };
    let photos = workshop.reads.library().photos_of_video(video).await?;
    if photos.iter().any(|id| *id != photo.id) {
        return Ok(());
    }
    match workshop.reads.library().asset(video).await? {
        Some(video) if video.visibility == "hidden" => {
            ask(workshop, work, video.id, AssetCommand::RequestDeletion).await
        }
        _ => Ok(()),
    }
}

/// The next asset of its stack lies on top; a single one is no stack any more.
async fn leave_stack(workshop: &Workshop, work: &Claimed, asset: Uuid) -> Result<(), Failure> {
    let context = Context::job(Job::Deletion.as_str(), Some(work.revision));
    for (_, stack, _) in workshop.reads.stacks().holding(&[asset]).await? {
        match workshop.commands.execute::<Stack>(stack, StackCommand::Lose(vec![asset]), &context).await {
            // Somebody was faster.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(())
}

async fn ask(workshop: &Workshop, work: &Claimed, id: Uuid, command: AssetCommand) -> Result<(), Failure> {
    let context = Context::job(Job::Deletion.as_str(), Some(work.revision));
    match workshop.commands.execute::<Asset>(id, command, &context).await {
        Ok(executed) => {
            if let Some(position) = executed.position {
                workshop.reads.wait_for(position).await;
            }
            Ok(())
        }
        // Somebody was faster.
        Err(CommandError::Refused(_)) => Ok(()),
        Err(error) => Err(Failure::for_now(error)),
    }
}

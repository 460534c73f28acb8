//! What a start clears away: the traces of uploads that a crash cut off.

use std::{collections::HashSet, sync::Arc, time::Duration};

use albumen_commands::Commands;
use albumen_projections::ReadModels;
use albumen_schemas::feed::Feed;
use albumen_workers::media::store::{MediaPath, MediaStore};

use super::CliError;

/// The read models have to know the whole log before a file can be said to belong to nothing.
const CATCH_UP: Duration = Duration::from_secs(600);

/// Removes half-written files at once, before new ones can appear; whole ones whose asset never
/// came into the log are removed in the background, since the read models may have to catch up.
pub(super) async fn after_a_crash(reads: &Arc<ReadModels>, commands: &Commands, media: &Arc<dyn MediaStore>) {
    let unconfirmed = match leftovers(media.as_ref()).await {
        Ok(unconfirmed) => unconfirmed,
        Err(error) => {
            tracing::warn!(%error, "uploads that a crash cut off could not be cleared away");
            return;
        }
    };
    if unconfirmed.is_empty() {
        return;
    }
    let (reads, commands, media) = (reads.clone(), commands.clone(), media.clone());
    tokio::spawn(async move {
        match settle(&reads, &commands, media.as_ref(), unconfirmed).await {
            Ok(removed) => tracing::info!(removed, "cleared away uploads that a crash had cut off"),
            Err(error) => tracing::warn!(%error, "uploads that a crash cut off could not be cleared away"),
        }
    });
}

async fn leftovers(media: &dyn MediaStore) -> Result<Vec<MediaPath>, CliError> {
    media.sweep_partial().await?;
    Ok(media.unconfirmed().await?)
}

async fn settle(
    reads: &ReadModels,
    commands: &Commands,
    media: &dyn MediaStore,
    unconfirmed: Vec<MediaPath>,
) -> Result<usize, CliError> {
    let head = *commands.feed().head().borrow();
    if !reads.wait_for_one("library", head, CATCH_UP).await || !reads.wait_for_one("identity", head, CATCH_UP).await {
        return Ok(0);
    }
    let in_use = in_use(reads, &unconfirmed).await?;
    let mut removed = 0;
    for path in unconfirmed {
        if !in_use.contains(path.as_str()) {
            removed += usize::from(media.delete(&path).await?);
        }
        media.confirm(&path).await?;
    }
    Ok(removed)
}

/// Those of `files` that belong to an asset or a user.
async fn in_use(reads: &ReadModels, files: &[MediaPath]) -> Result<HashSet<String>, CliError> {
    let files: Vec<String> = files.iter().map(|path| path.as_str().to_owned()).collect();
    let mut in_use: HashSet<String> = reads.library().files_among(&files).await?.into_iter().collect();
    in_use.extend(reads.identity().accounts(true).await?.into_iter().filter_map(|user| user.profile_image_path));
    Ok(in_use)
}

//! What a start clears away: the traces of uploads that a crash cut off.

use std::{sync::Arc, time::Duration};

use albumen_commands::Commands;
use albumen_projections::ReadModels;
use albumen_schemas::feed::Feed;
use albumen_workers::media::store::{MediaPath, MediaStore};
use uuid::Uuid;

use super::CliError;

/// The library has to know the whole log before a file can be said to belong to nothing.
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
    if unconfirmed.is_empty() || !reads.wait_for_one("library", head, CATCH_UP).await {
        return Ok(0);
    }
    let mut removed = 0;
    for path in unconfirmed {
        let is_known = match asset_of(&path) {
            Some(id) => reads.library().asset(id).await?.is_some(),
            None => false,
        };
        if !is_known {
            removed += usize::from(media.delete(&path).await?);
        }
        media.confirm(&path).await?;
    }
    Ok(removed)
}

/// Originals and sidecars are named after their asset.
fn asset_of(path: &MediaPath) -> Option<Uuid> {
    let name = path.as_str().rsplit('/').next()?;
    name.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_names_its_asset() {
        let id = Uuid::from_u128(7);
        let path = MediaPath::parse(&format!("upload/{id}/00/00/{id}.jpg")).expect("a path");
        assert_eq!(asset_of(&path), Some(id));
    }
}

//! Users who are to go: first those who were deleted long ago are given up, then all that is theirs is
//! removed, then they are.

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::{
    task::TaskKind,
    user::{User, UserCommand},
};
use albumen_projections::identity::AccountRow;
use chrono::{DateTime, Utc};

use super::clean::{days_before, request_deletion};
use crate::{
    jobs::{Failure, Workshop},
    media::store::MediaPath,
};

/// Who is to be removed at once should not have to wait for the night.
const INTERVAL: Duration = Duration::from_secs(60);
/// How a user is stored who is to be removed.
const REMOVING: &str = "removing";

/// Gives up users who were deleted as long ago as the configuration says; [`run`] removes them then.
pub(super) async fn give_up_deleted(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    let before = days_before(now, workshop.configuration.current().settings.user.delete_delay);
    for account in workshop.reads.identity().accounts(true).await? {
        if is_due(&account, before) {
            let context = Context::job(TaskKind::UserCleanup.as_str(), None);
            let command = UserCommand::Delete { immediate: true };
            workshop.commands.execute::<User>(account.id, command, &context).await.map_err(Failure::for_now)?;
        }
    }
    Ok(())
}

fn is_due(account: &AccountRow, deleted_before: DateTime<Utc>) -> bool {
    account.status != REMOVING && account.deleted_at.is_some_and(|deleted_at| deleted_at < deleted_before)
}

/// Removes users who are to be removed, for ever.
pub(super) async fn run(workshop: Arc<Workshop>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        if let Err(failure) = remove_all(&workshop).await {
            tracing::debug!(%failure, "users could not be removed; the next round goes on");
        }
    }
}

async fn remove_all(workshop: &Workshop) -> Result<(), Failure> {
    for account in workshop.reads.identity().accounts(true).await? {
        if account.status == REMOVING {
            remove(workshop, &account).await?;
        }
    }
    Ok(())
}

/// First the assets, round by round; when none is left, the account.
async fn remove(workshop: &Workshop, account: &AccountRow) -> Result<(), Failure> {
    let assets = workshop.reads.library().owned(account.id).await?;
    if !assets.is_empty() {
        // Where they were asked for already, their files are being removed.
        request_deletion(workshop, assets, TaskKind::UserCleanup).await?;
        return Ok(());
    }
    if let Some(path) = &account.profile_image_path {
        workshop.media.delete(&MediaPath::parse(path)?).await?;
    }
    let context = Context::job(TaskKind::UserCleanup.as_str(), None);
    workshop
        .commands
        .execute::<User>(account.id, UserCommand::ConfirmRemoval, &context)
        .await
        .map_err(Failure::for_now)?;
    tracing::info!(user = %account.id, "a deleted user was removed for good");
    Ok(())
}

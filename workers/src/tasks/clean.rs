//! What nobody needs any more goes.

use std::time::Duration;

use albumen_commands::{CommandError, Context};
use albumen_domain::{
    asset::{Asset, AssetCommand},
    notification::{Notification, NotificationCommand},
    session::{Session, SessionCommand},
    tag::{Tag, TagCommand},
    task::TaskKind,
};
use albumen_projections::identity::SessionRow;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::jobs::{Failure, Workshop};

/// A session that was not used for longer ends.
const SESSION_IDLE: TimeDelta = TimeDelta::days(90);
/// A notification stays this long after it was read,
const NOTIFICATION_KEPT_READ: TimeDelta = TimeDelta::days(2);
/// and this long at least,
const NOTIFICATION_KEPT: TimeDelta = TimeDelta::days(15);
/// and this long when nobody reads it.
const NOTIFICATION_KEPT_UNREAD: TimeDelta = TimeDelta::days(30);
/// Notifications deleted in one night: the next goes on.
const BATCH_NOTIFICATIONS: i64 = 10_000;
/// Assets asked to go in one command: others wait for the log's head no longer than this takes.
const BATCH_ASSETS: i64 = 1_000;
/// Before the library is asked again what is in the trash, when it is behind the log.
const PAUSE: Duration = Duration::from_secs(1);
/// How often that is done.
const MAX_ROUNDS_IN_VAIN: u32 = 60;

/// Gives up what lay in the trash for as long as the configuration says.
pub(super) async fn empty_old_trash(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    let before = days_before(now, workshop.configuration.current().settings.trash.kept_days());
    let mut rounds_in_vain = 0;
    while rounds_in_vain < MAX_ROUNDS_IN_VAIN {
        let ids = workshop.reads.library().trashed_before(before, BATCH_ASSETS).await?;
        if ids.is_empty() {
            return Ok(());
        }
        if !request_deletion(workshop, ids, TaskKind::TrashCleanup).await? {
            rounds_in_vain += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
    Err(Failure::for_now("the library is too far behind the log"))
}

/// Asks for the deletion of assets, and waits until the library knows. False when they go already, and
/// the library has not heard of it yet.
pub(super) async fn request_deletion(workshop: &Workshop, ids: Vec<Uuid>, task: TaskKind) -> Result<bool, Failure> {
    let commands = ids.into_iter().map(|id| (id, AssetCommand::RequestDeletion)).collect();
    let context = Context::job(task.as_str(), None);
    let executed = workshop.commands.execute_many::<Asset>(commands, &context).await.map_err(Failure::for_now)?;
    if let Some(position) = executed.position {
        workshop.reads.wait_for(position).await;
    }
    Ok(executed.position.is_some())
}

/// Ends sessions that have expired or were long not used.
pub(super) async fn end_old_sessions(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    for account in workshop.reads.identity().accounts(true).await? {
        let sessions = workshop.reads.identity().sessions(account.id).await?;
        for session in sessions.iter().filter(|session| is_over(session, now)) {
            let context = Context::job(TaskKind::SessionCleanup.as_str(), None);
            workshop
                .commands
                .execute::<Session>(session.id, SessionCommand::End, &context)
                .await
                .map_err(Failure::for_now)?;
        }
    }
    Ok(())
}

/// Deletes notifications of which there has been enough.
pub(super) async fn delete_old_notifications(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    let ids = workshop
        .reads
        .notifications()
        .old(now - NOTIFICATION_KEPT_READ, now - NOTIFICATION_KEPT, now - NOTIFICATION_KEPT_UNREAD, BATCH_NOTIFICATIONS)
        .await?;
    let context = Context::job(TaskKind::NotificationCleanup.as_str(), None);
    let commands = ids.into_iter().map(|id| (id, NotificationCommand::Delete)).collect();
    workshop.commands.execute_many::<Notification>(commands, &context).await.map_err(Failure::for_now)?;
    Ok(())
}

/// Deletes tags that are on no asset, the deepest first: should it be broken off, what is left is still a
/// tree.
pub(super) async fn delete_unused_tags(workshop: &Workshop) -> Result<(), Failure> {
    let context = Context::job(TaskKind::TagCleanup.as_str(), None);
    for tag in workshop.reads.tags().unused().await? {
        match workshop.commands.execute::<Tag>(tag, TagCommand::Delete, &context).await {
            // Somebody was faster.
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(())
}

fn is_over(session: &SessionRow, now: DateTime<Utc>) -> bool {
    session.expires_at.is_some_and(|expires_at| expires_at <= now) || session.updated_at < now - SESSION_IDLE
}

/// So many days ago; nothing of ours is older than the epoch, and not every calendar goes back as far
/// as a person may set.
pub(super) fn days_before(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    let before = TimeDelta::try_days(days).and_then(|days| now.checked_sub_signed(days));
    before.unwrap_or(DateTime::UNIX_EPOCH).max(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_back_to_the_epoch_at_most() {
        let now = Utc::now();
        assert_eq!(days_before(now, 7), now - TimeDelta::days(7));
        assert_eq!(days_before(now, 0), now);
        for days in [1_000_000, i64::MAX] {
            assert_eq!(days_before(now, days), DateTime::UNIX_EPOCH);
        }
    }
}

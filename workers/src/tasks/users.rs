//! Users who are to go: first those who were deleted long ago are given up, then all that is theirs is
//! removed, then they are.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::Context;
use albumen_domain::{
    task::TaskKind,
    user::{User, UserCommand},
};
use albumen_projections::identity::AccountRow;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    clean::{days_before, request_deletion},
    until_news,
};
use crate::{
    jobs::{Failure, Workshop},
    media::store::MediaPath,
};

/// The longest between two times that it is asked for what is in the way of somebody's going.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// Between two looks: who is removed at once goes at once, but what happens is not looked at event by event.
const BREATH: Duration = Duration::from_millis(500);
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

/// When it is a user's turn: soon at first, as few assets are gone in a moment, then less and less often, as asking for
/// all of many is work.
struct Turn {
    at: Instant,
    pause: Duration,
}

impl Turn {
    const fn first(now: Instant) -> Self {
        Self { at: now, pause: BREATH }
    }

    /// Whether it has come; then the next one is set.
    fn has_come(&mut self, now: Instant) -> bool {
        if now < self.at {
            return false;
        }
        self.at = now + self.pause;
        self.pause = MAX_PAUSE.min(self.pause * 2);
        true
    }
}

/// Removes users who are to be removed, for ever.
pub(super) async fn run(workshop: Arc<Workshop>) {
    let mut wake = workshop.reads.progress_of("identity");
    let mut turns = HashMap::new();
    loop {
        if let Err(failure) = remove_all(&workshop, &mut turns).await {
            tracing::debug!(%failure, "users could not be removed; the next round goes on");
        }
        if turns.is_empty() {
            until_news(&mut wake).await;
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Does what can be done for those whose turn it is; `turns` are of those who are still to go.
async fn remove_all(workshop: &Workshop, turns: &mut HashMap<Uuid, Turn>) -> Result<(), Failure> {
    let accounts = workshop.reads.identity().being_removed().await?;
    turns.retain(|id, _| accounts.iter().any(|account| account.id == *id));
    let now = Instant::now();
    for account in &accounts {
        if turns.entry(account.id).or_insert_with(|| Turn::first(now)).has_come(now) {
            remove(workshop, account).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_soon_at_first_and_then_less_and_less_often() {
        let start = Instant::now();
        let mut turn = Turn::first(start);
        assert!(turn.has_come(start), "at once");
        assert!(!turn.has_come(start), "but once");
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let before = now;
            while !turn.has_come(now) {
                now += BREATH;
            }
            pauses.push((now - before).as_millis());
        }
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    }
}

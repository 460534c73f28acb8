//! What has to be done now and then: what was long in the trash goes, and who was deleted long ago.

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::{
    asset::{Asset, AssetCommand},
    session::{Session, SessionCommand},
    user::{User, UserCommand},
};
use albumen_projections::identity::AccountRow;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Failure, Workshop};
use crate::media::store::MediaPath;

/// How often it looks. Its rules count in days, but a user who is to be removed at once should
/// not have to wait for the night.
const INTERVAL: Duration = Duration::from_secs(60);
/// What lies in the trash for longer is removed for good.
const TRASH_DAYS: TimeDelta = TimeDelta::days(30);
/// Who was deleted longer ago is removed for good.
const USER_DELETE_DELAY: TimeDelta = TimeDelta::days(7);
/// A session that was not used for longer ends.
const SESSION_IDLE: TimeDelta = TimeDelta::days(90);
/// Assets asked to go in one command.
const BATCH_ASSETS: i64 = 1_000;

/// See the module's words.
pub struct Janitor {
    workshop: Arc<Workshop>,
}

impl Janitor {
    /// A janitor of this workshop.
    #[must_use]
    pub const fn new(workshop: Arc<Workshop>) -> Self {
        Self { workshop }
    }

    pub(super) async fn run(self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(failure) = self.round(Utc::now()).await {
                tracing::debug!(%failure, "a round of tidying up was broken off");
            }
        }
    }

    /// Does everything that is due at `now`.
    ///
    /// # Errors
    /// The database is away; the next round goes on.
    pub async fn round(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        self.empty_old_trash(now).await?;
        for account in self.workshop.reads.identity().accounts(true).await? {
            if is_due(&account, now) {
                self.remove_user(&account).await?;
            } else if account.deleted_at.is_none() {
                self.end_old_sessions(account.id, now).await?;
            }
        }
        Ok(())
    }

    async fn empty_old_trash(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        let ids = self.workshop.reads.library().trashed_before(now - TRASH_DAYS, BATCH_ASSETS).await?;
        self.request_deletion(ids).await
    }

    async fn request_deletion(&self, ids: Vec<Uuid>) -> Result<(), Failure> {
        if ids.is_empty() {
            return Ok(());
        }
        let commands = ids.into_iter().map(|id| (id, AssetCommand::RequestDeletion)).collect();
        let context = Context::job("janitor", None);
        let executed =
            self.workshop.commands.execute_many::<Asset>(commands, &context).await.map_err(Failure::for_now)?;
        if let Some(position) = executed.position {
            self.workshop.reads.wait_for(position).await;
        }
        Ok(())
    }

    /// First the assets, round by round; when none is left, the account.
    async fn remove_user(&self, account: &AccountRow) -> Result<(), Failure> {
        let assets = self.workshop.reads.library().owned(account.id).await?;
        if !assets.is_empty() {
            return self.request_deletion(assets).await;
        }
        if let Some(path) = &account.profile_image_path {
            self.workshop.media.delete(&MediaPath::parse(path)?).await?;
        }
        let context = Context::job("janitor", None);
        self.workshop
            .commands
            .execute::<User>(account.id, UserCommand::ConfirmRemoval, &context)
            .await
            .map_err(Failure::for_now)?;
        tracing::info!(user = %account.id, "a deleted user was removed for good");
        Ok(())
    }

    async fn end_old_sessions(&self, user: Uuid, now: DateTime<Utc>) -> Result<(), Failure> {
        for session in self.workshop.reads.identity().sessions(user).await? {
            let expired = session.expires_at.is_some_and(|expires_at| expires_at <= now);
            if expired || session.updated_at < now - SESSION_IDLE {
                let context = Context::job("janitor", None);
                self.workshop
                    .commands
                    .execute::<Session>(session.id, SessionCommand::End, &context)
                    .await
                    .map_err(Failure::for_now)?;
            }
        }
        Ok(())
    }
}

fn is_due(account: &AccountRow, now: DateTime<Utc>) -> bool {
    account.status == "removing" || account.deleted_at.is_some_and(|deleted_at| deleted_at < now - USER_DELETE_DELAY)
}

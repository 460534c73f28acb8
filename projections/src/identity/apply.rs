//! How events change this read model.

use std::sync::Arc;

use albumen_domain::{
    AnyEvent, Recorded,
    api_key::ApiKeyEvent,
    erasure::{ErasureEvent, ErasureScope},
    session::SessionEvent,
    system::{SYSTEM_ID, SystemEvent},
    user::UserEvent,
};
use uuid::Uuid;

use super::rows::{AccountRow, ApiKeyRow, InstallationRow, SessionRow, VersionRow};
use crate::runtime::{ApplyError, Batch, Projection, Writer};

/// See the module's words.
pub struct Identity;

#[async_trait::async_trait]
impl Projection for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["person_account", "session", "api_key", "installed_version", "installation"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        matches!(
            recorded.event,
            AnyEvent::User(_) | AnyEvent::Session(_) | AnyEvent::ApiKey(_) | AnyEvent::System(_) | AnyEvent::Erasure(_)
        )
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut tables = Tables::load(writer, events).await?;
        for recorded in events {
            tables.apply(recorded);
        }
        tables.save(writer).await?;
        Ok(())
    }
}

struct Tables {
    accounts: Batch<AccountRow>,
    sessions: Batch<SessionRow>,
    keys: Batch<ApiKeyRow>,
    versions: Batch<VersionRow>,
    installation: Batch<InstallationRow>,
    gone_users: Vec<Uuid>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let ids = || events.iter().map(|recorded| recorded.stream.id);
        Ok(Self {
            accounts: Batch::load(writer, ids(), |row: &AccountRow| row.id).await?,
            sessions: Batch::load(writer, ids(), |row: &SessionRow| row.id).await?,
            keys: Batch::load(writer, ids(), |row: &ApiKeyRow| row.id).await?,
            versions: Batch::load(writer, [], |row: &VersionRow| row.id).await?,
            installation: Batch::load(writer, ids(), |row: &InstallationRow| row.id).await?,
            gone_users: Vec::new(),
        })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match &recorded.event {
            AnyEvent::User(UserEvent::Registered(registered)) => {
                self.accounts.insert(id, AccountRow::registered(id, at, registered));
            }
            AnyEvent::User(UserEvent::Removed(_)) => self.remove_user(id),
            AnyEvent::User(event) => {
                if let Some(account) = self.accounts.change(id) {
                    account.evolve(at, event);
                }
            }
            AnyEvent::Session(SessionEvent::Started(started)) => {
                self.sessions.insert(id, SessionRow::started(id, at, started));
            }
            AnyEvent::Session(SessionEvent::Ended(_)) => self.sessions.remove(id),
            AnyEvent::Session(event) => {
                if let Some(session) = self.sessions.change(id) {
                    session.evolve(at, event);
                }
            }
            AnyEvent::ApiKey(ApiKeyEvent::Created(created)) => {
                self.keys.insert(id, ApiKeyRow::created(id, at, created));
            }
            AnyEvent::ApiKey(ApiKeyEvent::Deleted(_)) => self.keys.remove(id),
            AnyEvent::ApiKey(ApiKeyEvent::Changed(changed)) => {
                if let Some(key) = self.keys.change(id) {
                    key.change(at, changed);
                }
            }
            AnyEvent::ApiKey(ApiKeyEvent::Rotated(rotated)) => {
                if let Some(key) = self.keys.change(id) {
                    key.rotate(at, rotated);
                }
            }
            AnyEvent::System(event) => self.apply_system(recorded, event),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) if erased.scope == ErasureScope::Owner => {
                self.remove_user(id);
            }
            _ => {}
        }
    }

    fn apply_system(&mut self, recorded: &Recorded, event: &SystemEvent) {
        if let SystemEvent::VersionInstalled(installed) = event {
            let row =
                VersionRow { id: installed.id, version: installed.version.clone(), created_at: recorded.recorded_at };
            self.versions.insert(row.id, row);
            return;
        }
        if matches!(
            event,
            SystemEvent::ConfigChanged(_)
                | SystemEvent::ModelsChosen(_)
                | SystemEvent::SearchModelSwitched(_)
                | SystemEvent::ReleaseFound(_)
        ) {
            // Kept by `system`.
            return;
        }
        if self.installation.get(SYSTEM_ID).is_none() {
            let row = InstallationRow { id: SYSTEM_ID, admin_onboarded: false, license: None };
            self.installation.insert(SYSTEM_ID, row);
        }
        let Some(installation) = self.installation.change(SYSTEM_ID) else { return };
        match event {
            SystemEvent::VersionInstalled(_)
            | SystemEvent::ConfigChanged(_)
            | SystemEvent::ModelsChosen(_)
            | SystemEvent::SearchModelSwitched(_)
            | SystemEvent::ReleaseFound(_) => {}
            SystemEvent::AdminOnboardingChanged(changed) => installation.admin_onboarded = changed.onboarded,
            SystemEvent::ServerLicensed(license) => installation.license = serde_json::to_value(license).ok(),
            SystemEvent::ServerLicenseRemoved(_) => installation.license = None,
        }
    }

    /// Their sessions and keys go too, those of this batch and those in the database.
    fn remove_user(&mut self, id: Uuid) {
        self.accounts.remove(id);
        self.sessions.remove_where(|session| session.user_id == id);
        self.keys.remove_where(|key| key.user_id == id);
        self.gone_users.push(id);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.accounts.save(writer).await?;
        if !self.gone_users.is_empty() {
            writer.execute("DELETE FROM session WHERE user_id = ANY($1)", &[&self.gone_users]).await?;
            writer.execute("DELETE FROM api_key WHERE user_id = ANY($1)", &[&self.gone_users]).await?;
        }
        self.sessions.save(writer).await?;
        self.keys.save(writer).await?;
        self.versions.save(writer).await?;
        self.installation.save(writer).await
    }
}

//! How events change this read model.

use std::sync::Arc;

use albumen_domain::{
    AnyEvent, Recorded,
    erasure::{ErasureEvent, ErasureScope},
    external_library::ExternalLibraryEvent,
    system::SystemEvent,
    user::UserEvent,
};
use uuid::Uuid;

use super::rows::{ConfigRow, ExternalLibraryRow, NewestReleaseRow};
use crate::runtime::{ApplyError, Batch, Projection, Writer};

/// See the module's words.
pub struct SystemModel;

#[async_trait::async_trait]
impl Projection for SystemModel {
    fn name(&self) -> &'static str {
        "system"
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["config", "external_library", "newest_release"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        matches!(
            recorded.event,
            AnyEvent::System(SystemEvent::ConfigChanged(_) | SystemEvent::ReleaseFound(_))
                | AnyEvent::ExternalLibrary(_)
                | AnyEvent::Erasure(_)
                | AnyEvent::User(UserEvent::Removed(_))
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
    configs: Batch<ConfigRow>,
    libraries: Batch<ExternalLibraryRow>,
    releases: Batch<NewestReleaseRow>,
    gone_users: Vec<Uuid>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let ids = || events.iter().map(|recorded| recorded.stream.id);
        Ok(Self {
            configs: Batch::load(writer, ids(), |row: &ConfigRow| row.id).await?,
            libraries: Batch::load(writer, ids(), |row: &ExternalLibraryRow| row.id).await?,
            releases: Batch::load(writer, ids(), |row: &NewestReleaseRow| row.id).await?,
            gone_users: Vec::new(),
        })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match &recorded.event {
            AnyEvent::System(SystemEvent::ConfigChanged(changed)) => {
                self.configs.insert(id, ConfigRow::of(id, at, changed));
            }
            AnyEvent::System(SystemEvent::ReleaseFound(found)) => {
                self.releases.insert(id, NewestReleaseRow::of(id, found));
            }
            AnyEvent::ExternalLibrary(ExternalLibraryEvent::Created(created)) => {
                self.libraries.insert(id, ExternalLibraryRow::created(id, at, created));
            }
            AnyEvent::ExternalLibrary(ExternalLibraryEvent::Changed(changed)) => {
                if let Some(library) = self.libraries.change(id) {
                    library.change(at, changed);
                }
            }
            AnyEvent::ExternalLibrary(ExternalLibraryEvent::Deleted(_)) => self.libraries.remove(id),
            AnyEvent::User(UserEvent::Removed(_)) => self.remove_user(id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => {
                if erased.scope == ErasureScope::Owner {
                    self.remove_user(id);
                }
                self.libraries.remove(id);
                if let Some(config) = self.configs.change(id) {
                    config.secrets = None;
                }
            }
            _ => {}
        }
    }

    /// Their libraries go too, those of this batch and those in the database.
    fn remove_user(&mut self, user: Uuid) {
        self.libraries.remove_where(|library| library.owner_id == user);
        self.gone_users.push(user);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        if !self.gone_users.is_empty() {
            // Before those of this batch are written: a library may be made for a user who is gone.
            let sql = "DELETE FROM external_library WHERE owner_id = ANY($1)";
            writer.execute(sql, &[&self.gone_users]).await?;
        }
        self.configs.save(writer).await?;
        self.releases.save(writer).await?;
        self.libraries.save(writer).await
    }
}

//! The configuration in force, kept at hand in every process and changed without a restart.

use std::{sync::Arc, time::Duration};

use albumen_domain::{
    AnyEvent, Recorded,
    system::{Settings, SystemEvent, config},
};
use serde_json::{Map, Value};
use tokio::sync::{Notify, watch};

use super::SystemQueries;
use crate::runtime::ReadError;

/// A process that does not follow the log itself looks this often.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Between attempts when the database is away.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// A configuration that is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    /// All of it.
    pub whole: Value,
    /// What of it has an effect.
    pub settings: Settings,
}

/// Keeps the configuration in force at hand.
pub struct Configuration {
    source: Source,
    current: watch::Sender<Arc<InForce>>,
    changed: Notify,
}

/// Where the configuration comes from.
enum Source {
    /// From the log.
    Log(SystemQueries),
    /// From a file, which nobody can change from within.
    File,
}

impl Configuration {
    /// The configuration of the log. It is that of nobody's choice until the first look.
    #[must_use]
    pub fn of_log(queries: SystemQueries) -> Option<Arc<Self>> {
        let start = in_force(&Map::new())?;
        Some(Self::starting_with(Source::Log(queries), start))
    }

    /// The configuration of a file: what in it differs from the defaults. None when it does not
    /// have the shape of this release.
    #[must_use]
    pub fn of_file(differences: &Map<String, Value>) -> Option<Arc<Self>> {
        Some(Self::starting_with(Source::File, in_force(differences)?))
    }

    fn starting_with(source: Source, start: InForce) -> Arc<Self> {
        Arc::new(Self { source, current: watch::Sender::new(Arc::new(start)), changed: Notify::new() })
    }

    /// Whether it comes from a file.
    #[must_use]
    pub const fn is_from_file(&self) -> bool {
        matches!(self.source, Source::File)
    }

    /// The configuration in force.
    #[must_use]
    pub fn current(&self) -> Arc<InForce> {
        self.current.borrow().clone()
    }

    /// To wait for the next change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<InForce>> {
        self.current.subscribe()
    }

    /// Looks what the read model says now.
    ///
    /// # Errors
    /// The database is away; what was in force stays so.
    pub async fn reload(&self) -> Result<(), ReadError> {
        let Source::Log(queries) = &self.source else { return Ok(()) };
        let differences = queries.config_differences().await?;
        let Some(found) = in_force(&differences) else {
            tracing::error!("the stored configuration does not have the shape of this release; the last one stays");
            return Ok(());
        };
        self.current.send_if_modified(|current| {
            let is_new = **current != found;
            if is_new {
                *current = Arc::new(found);
            }
            is_new
        });
        Ok(())
    }

    /// Hears of what a read model took in.
    pub fn heard(&self, projection: &str, events: &[Arc<Recorded>]) {
        let is_change = |recorded: &Arc<Recorded>| {
            matches!(recorded.event, AnyEvent::System(SystemEvent::ConfigChanged(_)) | AnyEvent::Erasure(_))
        };
        if projection == "system" && events.iter().any(is_change) {
            self.changed.notify_one();
        }
    }

    /// Follows changes for ever: told of them by [`Self::heard`] where this process follows the log,
    /// and else by looking.
    pub async fn follow(self: Arc<Self>, is_told: bool) {
        loop {
            if let Err(error) = self.reload().await {
                tracing::debug!(%error, "the configuration cannot be read");
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
            if is_told {
                self.changed.notified().await;
            } else {
                tokio::time::sleep(LOOK_INTERVAL).await;
            }
        }
    }
}

fn in_force(differences: &Map<String, Value>) -> Option<InForce> {
    let whole = config::whole(differences);
    Settings::of(&whole).map(|settings| InForce { whole, settings })
}

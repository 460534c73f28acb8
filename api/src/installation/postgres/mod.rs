//! The PostgreSQL that Albumen starts itself, so that one machine needs nothing else.
//!
//! Contract:
//! - it listens on a socket in a private folder only, and accepts the service user (and root) only;
//! - what it acknowledged is on the disk: `fsync`, `full_page_writes` and `synchronous_commit` are on;
//! - it ends with the process that started it, also when that one is killed: the kernel then asks for a fast shutdown;
//! - what an earlier run left behind (a pid file, a server, or single backends) is stopped before a new one starts;
//! - messages are in the data folder's `log/`, one file per weekday.

mod cluster;
mod leftovers;
mod process;
mod programs;
mod settings;
mod socket;
mod temporary;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use super::{Config, InstallationError};
use process::{Postmaster, StopMode};

pub use programs::Programs;
pub use temporary::TemporaryPostgres;

/// The role and the database of the embedded PostgreSQL.
pub const DATABASE: &str = "albumen";

/// PostgreSQL is ready in tens of milliseconds; asking more often than this gains nothing.
const POLL: Duration = Duration::from_millis(5);
/// Replaying the log after a crash takes minutes on a slow disk, never this long with the bound on its size.
const START_TIMEOUT: Duration = Duration::from_secs(900);
/// A person who waits should hear why.
const START_NOTICE_EVERY: Duration = Duration::from_secs(10);
/// A fast shutdown writes one checkpoint: at most shared_buffers, seconds on a slow disk.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);
/// After this an immediate shutdown has either worked or never will.
const QUIT_TIMEOUT: Duration = Duration::from_secs(5);

/// A running PostgreSQL that belongs to this process.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    postmaster: Postmaster,
    cluster_folder: PathBuf,
    socket_folder: PathBuf,
}

impl EmbeddedPostgres {
    /// Starts it on the data folder, which is made if it is new, and waits until it accepts connections.
    ///
    /// The caller holds the [`super::DataLock`].
    pub async fn start(config: &Config) -> Result<Self, InstallationError> {
        let data = &config.data;
        let cluster_folder = data.postgres();
        let programs = Programs::find(config)?;
        let socket_folder = socket::prepare(data)?;
        cluster::ensure(&programs, &cluster_folder, None).await?;
        leftovers::clear(&cluster_folder, &socket_folder).await?;
        settings::write(&cluster_folder, &socket_folder, &data.log())?;
        programs.record(data)?;

        let start_log = data.log().join("postgres-start.log");
        let started = Self::launch(&programs, cluster_folder, socket_folder, start_log, None).await?;
        started.ensure_database(&programs).await?;
        Ok(started)
    }

    async fn launch(
        programs: &Programs,
        cluster_folder: PathBuf,
        socket_folder: PathBuf,
        start_log: PathBuf,
        user: Option<process::ChildUser>,
    ) -> Result<Self, InstallationError> {
        let postmaster = Postmaster::spawn(programs, &cluster_folder, &start_log, user)?;
        let mut started = Self { postmaster, cluster_folder, socket_folder };
        match started.wait_until_ready(start_log).await {
            Ok(()) => Ok(started),
            Err(error) => {
                started.postmaster.stop(StopMode::Immediate, QUIT_TIMEOUT).await;
                Err(error)
            }
        }
    }

    async fn wait_until_ready(&self, log: PathBuf) -> Result<(), InstallationError> {
        let began = Instant::now();
        let mut notice = START_NOTICE_EVERY;
        loop {
            if let Some(status) = self.postmaster.ended() {
                return Err(InstallationError::PostgresStart { reason: last_words(&log, &status), log });
            }
            if cluster::is_ready(&self.cluster_folder, self.postmaster.pid()) {
                return Ok(());
            }
            if began.elapsed() > START_TIMEOUT {
                let reason = format!("it was not ready after {} s", START_TIMEOUT.as_secs());
                return Err(InstallationError::PostgresStart { reason, log });
            }
            if began.elapsed() > notice {
                notice += START_NOTICE_EVERY;
                tracing::info!("PostgreSQL is still starting (after a crash it replays its log first)");
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// How to connect to Albumen's own database.
    #[must_use]
    pub fn connect_config(&self) -> tokio_postgres::Config {
        socket::connect_config(&self.socket_folder, DATABASE)
    }

    /// Completes when PostgreSQL has ended, for whatever reason, with how it ended.
    pub async fn ended(&mut self) -> String {
        self.postmaster.wait().await
    }

    /// Stops it: clients are cut off, everything is on the disk when this returns.
    pub async fn stop(mut self) {
        if !self.postmaster.stop(StopMode::Fast, STOP_TIMEOUT).await {
            tracing::warn!(
                "PostgreSQL did not stop in {} s; it is stopped at once and recovers at the next start",
                STOP_TIMEOUT.as_secs()
            );
            self.postmaster.stop(StopMode::Immediate, QUIT_TIMEOUT).await;
        }
        // The process that writes the messages ends a moment after the last who had any.
        leftovers::wait_until_gone(&self.cluster_folder, QUIT_TIMEOUT).await;
    }

    /// Makes our database where a connection to it says that there is none.
    async fn ensure_database(&self, programs: &Programs) -> Result<(), InstallationError> {
        match self.connect_config().connect(NoTls).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(&SqlState::INVALID_CATALOG_NAME) => {
                cluster::create_database(programs, &self.socket_folder).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where a command finds the socket of the installation's PostgreSQL, running or not.
pub(super) fn recorded_connect_config(data: &super::DataFolder) -> Result<tokio_postgres::Config, InstallationError> {
    Ok(socket::connect_config(&socket::recorded(data)?, DATABASE))
}

/// The end of what PostgreSQL wrote before it gave up: to its output, or after that to the newest file of messages.
fn last_words(log: &Path, status: &str) -> String {
    const LINES: usize = 6;
    let mut text = std::fs::read_to_string(log).unwrap_or_default();
    if text.contains("redirecting log output") {
        text = newest_messages(log).and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(LINES)..].join(" | ");
    if tail.is_empty() { status.to_owned() } else { format!("{status}: {tail}") }
}

fn newest_messages(start_log: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(start_log.parent()?).ok()?.flatten().filter(|entry| entry.path() != start_log);
    entries.max_by_key(|entry| entry.metadata().and_then(|found| found.modified()).ok()).map(|entry| entry.path())
}

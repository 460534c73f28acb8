//! One holder of a task among many processes.
//!
//! Who may publish the log, or apply it to a read model, holds an advisory lock of PostgreSQL on
//! the very connection that it works with: who loses the connection has lost the lock and cannot
//! work on. Keepalives on both sides end a connection whose other side has vanished, so another
//! process takes over within [`TAKE_OVER`] also when a host is gone without a word.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};

use crate::database;

/// First key of the advisory locks of this module; the second is a hash of the task's name.
pub const LOCK_CLASS: i32 = 0x616c_6275;
/// How often those who wait try to get the lock.
pub const STANDBY_INTERVAL: Duration = Duration::from_millis(500);
/// What a task is without a holder at most: the keepalives of the database's side, and a look.
pub const TAKE_OVER: Duration = Duration::from_secs(8);

/// Idle time before this side asks whether the other is there; the holder must notice first.
const CLIENT_IDLE: Duration = Duration::from_secs(2);
const CLIENT_INTERVAL: Duration = Duration::from_secs(1);
const CLIENT_RETRIES: u32 = 2;
/// What was sent and not acknowledged by then ends the connection.
const CLIENT_USER_TIMEOUT: Duration = Duration::from_secs(5);

/// The same for the database's side, somewhat longer: the lock is free when its holder knows
/// that it has lost it.
const SESSION_SQL: &str = "SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1;
    SET tcp_keepalives_count = 4; SET tcp_user_timeout = 7000";

/// `config` with keepalives of this side.
#[must_use]
pub fn with_keepalives(config: &Config) -> Config {
    let mut config = config.clone();
    config
        .keepalives(true)
        .keepalives_idle(CLIENT_IDLE)
        .keepalives_interval(CLIENT_INTERVAL)
        .keepalives_retries(CLIENT_RETRIES)
        .tcp_user_timeout(CLIENT_USER_TIMEOUT);
    config
}

/// A connection to hold a task with, of which both sides notice soon when the other has vanished, and what carries it,
/// which ends with it.
///
/// # Errors
/// The database is away.
pub async fn connect(config: &Config) -> Result<(Client, JoinHandle<()>), Error> {
    let (client, connection) = database::connect(&with_keepalives(config)).await?;
    let connection = tokio::spawn(async move {
        // Its end shows in the client's own errors, too.
        let _ = connection.await;
    });
    client.batch_execute(SESSION_SQL).await?;
    Ok((client, connection))
}

/// Tries to become the holder of `task`, for as long as the connection lives.
///
/// # Errors
/// The database is away.
pub async fn try_hold(client: &Client, task: &str) -> Result<bool, Error> {
    let row = client.query_one("SELECT pg_try_advisory_lock($1, hashtext($2))", &[&LOCK_CLASS, &task]).await?;
    Ok(row.get(0))
}

/// Whether some process is the holder of `task`.
///
/// # Errors
/// The database is away.
pub async fn is_held(client: &Client, task: &str) -> Result<bool, Error> {
    let row = client
        .query_one(
            "SELECT EXISTS (
                 SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND classid = $1::int4::oid AND objid::bigint = hashtext($2)::bigint & 4294967295)",
            &[&LOCK_CLASS, &task],
        )
        .await?;
    Ok(row.get(0))
}

/// A process that would hold a task with which no work in the database goes along.
pub struct Candidate {
    database: Config,
    task: &'static str,
}

impl Candidate {
    /// A candidate for `task` among the processes on `database`.
    #[must_use]
    pub fn new(database: &Config, task: &'static str) -> Self {
        let mut database = database.clone();
        database.application_name(format!("albumen {task} {}", process_name()));
        Self { database, task }
    }

    /// Becomes the holder, unless another process is.
    ///
    /// # Errors
    /// The database is away.
    pub async fn stand(&self) -> Result<Option<Holder>, Error> {
        let (client, connection) = connect(&self.database).await?;
        let holder = Holder { client, connection };
        Ok(try_hold(&holder.client, self.task).await?.then_some(holder))
    }
}

/// Being the holder of a task, until this is dropped or its connection ends.
pub struct Holder {
    client: Client,
    connection: JoinHandle<()>,
}

impl Holder {
    /// Whether it still is one, as far as is known here.
    #[must_use]
    pub fn is_holder(&self) -> bool {
        !self.client.is_closed()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// The task of keeping a read model up to date, as [`try_hold`] knows it.
#[must_use]
pub fn projection_task(projection: &str) -> String {
    format!("project {projection}")
}

/// The task of publishing the log.
pub const RELAY_TASK: &str = "relay";

/// The task of looking for newer versions of the API.
pub const RELEASES_TASK: &str = "releases";

/// The task of copying the log to EventStoreDB.
pub const MIRROR_TASK: &str = "mirror";

/// This process as others see it: host and process id.
#[must_use]
pub fn process_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{}:{}", if host.is_empty() { "localhost" } else { host }, std::process::id())
}

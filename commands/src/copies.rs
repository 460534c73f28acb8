//! Copies of the log elsewhere: Kafka's topics, EventStoreDB.
//!
//! A copy is kept by one process of all, the one that holds the lock of its [`Destination`], and
//! how far it has come stands in PostgreSQL, not in the copy: it is moved on the very connection
//! that holds the lock, so that who lost its place cannot move it; whoever asks how far the copy
//! is gets an answer while the copy is away; and the copy holds nothing but the log.

use std::time::Duration;

use albumen_schemas::leadership::{self, MIRROR_TASK, RELAY_TASK, STANDBY_INTERVAL};
use tokio::{sync::watch, task::JoinHandle};
use tokio_postgres::Client;

use crate::{
    error::StoreError,
    log::{GENESIS, Hash, LogReader},
};

/// How often a leader that has nothing to do makes sure that it still is one.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// A heartbeat that is not answered by then ends the leadership; see `leadership`.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(4);

/// Where the log is copied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The topics of Kafka.
    Kafka,
    /// The streams of EventStoreDB.
    EventStoreDb,
}

impl Destination {
    /// The table that holds how far it is.
    const fn table(self) -> &'static str {
        match self {
            Self::Kafka => "relay",
            Self::EventStoreDb => "mirror",
        }
    }

    /// Whether the first leader leaves out what is in the log already. Readers of Kafka take that
    /// from the log itself.
    const fn begins_at_the_end(self) -> bool {
        matches!(self, Self::Kafka)
    }

    const fn task(self) -> &'static str {
        match self {
            Self::Kafka => RELAY_TASK,
            Self::EventStoreDb => MIRROR_TASK,
        }
    }
}

/// What a process that may keep a copy is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// The database cannot be reached.
    Disconnected,
    /// Another process copies; this one would take over.
    Standby,
    /// It copies, and the copy has all up to this position.
    Leading {
        /// Position of the newest event that surely is in the copy.
        position: i64,
        /// What keeps it from going on, if anything does.
        problem: Option<String>,
    },
}

/// What the database says about a copy, whichever process keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyReport {
    /// Position of the newest event that surely is in the copy; none before the first.
    pub position: Option<i64>,
    /// Who copied last.
    pub leader: Option<String>,
    /// Whether somebody is the leader at the moment.
    pub is_led: bool,
    /// What keeps the leader from going on.
    pub problem: Option<String>,
}

/// See [`CopyReport`].
///
/// # Errors
/// The database is away.
pub async fn copy_report(client: &Client, destination: Destination) -> Result<CopyReport, StoreError> {
    let query = format!("SELECT position, leader, problem FROM {}", destination.table());
    let row = client.query_one(&query, &[]).await?;
    let is_led = leadership::is_held(client, destination.task()).await?;
    Ok(CopyReport { position: row.get(0), leader: row.get(1), problem: row.get(2), is_led })
}

impl LogReader {
    /// How far a copy of this log is.
    ///
    /// # Errors
    /// The database is away.
    pub async fn copy_report(&self, destination: Destination) -> Result<CopyReport, StoreError> {
        copy_report(&*self.pool.get().await?, destination).await
    }
}

/// Has the whole log copied again, by whichever process does that.
///
/// # Errors
/// The database is away.
pub async fn copy_again(client: &Client, destination: Destination) -> Result<(), StoreError> {
    let statement = format!("UPDATE {} SET position = 0, updated_at = now()", destination.table());
    client.execute(&statement, &[]).await?;
    Ok(())
}

/// The leadership over a copy: the connection that holds the lock, and how far it has come.
pub struct Office {
    client: Client,
    destination: Destination,
    position: i64,
    /// Hash of the chain at `position`.
    hash: Hash,
    // Ends with this, and the lock with it.
    _connection: AbortOnDrop,
}

impl Office {
    /// Waits until this process is the one that copies.
    ///
    /// # Errors
    /// The database is away.
    pub async fn wait_for(
        destination: Destination,
        config: &tokio_postgres::Config,
        state: &watch::Sender<CopyState>,
    ) -> Result<Self, StoreError> {
        let (client, connection) = leadership::connect(config).await?;
        let connection = AbortOnDrop(connection);
        while !leadership::try_hold(&client, destination.task()).await? {
            state.send_replace(CopyState::Standby);
            tokio::time::sleep(STANDBY_INTERVAL).await;
        }
        let table = destination.table();
        // A position beyond the log's end is that of a log which was set back.
        let row = client
            .query_one(
                &format!(
                    "UPDATE {table} SET leader = $1, problem = NULL, updated_at = now(), position =
                         least(coalesce({table}.position, CASE WHEN $2 THEN log_head.position ELSE 0 END), log_head.position)
                     FROM log_head RETURNING {table}.position,
                         coalesce((SELECT hash FROM events WHERE events.position = {table}.position), $3)"
                ),
                &[&leadership::process_name(), &destination.begins_at_the_end(), &GENESIS.as_slice()],
            )
            .await?;
        let hash: Vec<u8> = row.get(1);
        let position = row.get(0);
        state.send_replace(CopyState::Leading { position, problem: None });
        // The table's check holds the length.
        Ok(Self { client, destination, position, hash: hash.try_into().unwrap_or(GENESIS), _connection: connection })
    }

    /// How far the copy is.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.position
    }

    /// The hash of the chain there.
    #[must_use]
    pub const fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Notes what keeps it from going on.
    ///
    /// # Errors
    /// The database is away, and the leadership over.
    pub async fn note_problem(&self, problem: String, state: &watch::Sender<CopyState>) -> Result<(), StoreError> {
        let statement = format!("UPDATE {} SET problem = $1, updated_at = now()", self.destination.table());
        self.client.execute(&statement, &[&problem]).await?;
        state.send_replace(CopyState::Leading { position: self.position, problem: Some(problem) });
        Ok(())
    }

    /// Notes that the copy has all up to `position`, or only that. False when somebody has set it
    /// meanwhile, as who wants everything copied again does.
    ///
    /// # Errors
    /// The database is away, and the leadership over.
    pub async fn move_to(
        &mut self,
        position: i64,
        hash: Hash,
        state: &watch::Sender<CopyState>,
    ) -> Result<bool, StoreError> {
        let statement = format!(
            "UPDATE {} SET position = $2, problem = NULL, updated_at = now() WHERE position = $1",
            self.destination.table()
        );
        let moved = self.client.execute(&statement, &[&self.position, &position]).await?;
        if moved == 0 {
            return Ok(false);
        }
        (self.position, self.hash) = (position, hash);
        state.send_replace(CopyState::Leading { position, problem: None });
        Ok(true)
    }

    /// Makes sure of the leadership; true when somebody set the position.
    ///
    /// # Errors
    /// The database does not answer, so the leadership is over.
    pub async fn was_set_back(&self) -> Result<bool, StoreError> {
        let query = format!("SELECT position FROM {}", self.destination.table());
        let row = tokio::time::timeout(HEARTBEAT_TIMEOUT, self.client.query_one(&query, &[]))
            .await
            .map_err(|_| StoreError::Unavailable("the database does not answer the leader".to_owned()))??;
        Ok(row.get::<_, Option<i64>>(0) != Some(self.position))
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

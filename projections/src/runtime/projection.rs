//! What a read model has to say about itself.

use std::sync::Arc;

use albumen_domain::Recorded;
use tokio_postgres::Client;

use super::Writer;

/// Why a batch of events could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database failed; whether trying again helps depends on its error.
    #[error("{}", super::describe(.0))]
    Database(#[from] tokio_postgres::Error),
    /// An event does not fit what was there before. Skipping it would make the read model wrong.
    #[error("event {position} cannot be applied: {reason}")]
    Poison {
        /// Its place in the log.
        position: i64,
        /// What is wrong.
        reason: String,
    },
}

impl ApplyError {
    /// Whether the events are at fault, so that trying again cannot help.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Poison { .. } => true,
            Self::Database(error) => {
                error.code().is_some_and(|code| !PASSING_CLASSES.iter().any(|class| code.code().starts_with(class)))
            }
        }
    }
}

/// Classes of errors that can go away by themselves: of the connection (08), of a database that
/// is read-only at the moment (25), rollbacks and deadlocks (40), resources (53), locks (55),
/// operators (57), the system (58) and the server's own (XX). All others are about what was sent,
/// and sending it again cannot help.
const PASSING_CLASSES: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "XX"];

/// A read model: tables that are a fold of the log.
#[async_trait::async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Its name, which is also that of its schema in the database.
    fn name(&self) -> &'static str;

    /// Counts up when its tables or its fold change; a start then rebuilds it.
    fn version(&self) -> i32;

    /// Makes its tables, in whatever schema comes first in the search path.
    fn tables_sql(&self) -> &'static str;

    /// Makes the indexes that only questions need, unless they are there: a rebuild does without until its tables are
    /// full. What [`Self::apply`] looks up has its index among the tables.
    fn indexes_sql(&self) -> &'static str {
        ""
    }

    /// The same of tables that are full. Where an index needs more than SQL to be made, it is made here, and
    /// [`Self::indexes_sql`] leaves it out: new tables are too small for it.
    ///
    /// # Errors
    /// The database is away, or has no room.
    async fn make_indexes(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        client.batch_execute(self.indexes_sql()).await
    }

    /// Its tables, all of which have to be equal after a rebuild.
    fn tables(&self) -> &'static [&'static str];

    /// Whether the tables can depend on this event. Where none of a batch matters, the read model
    /// moves on without a transaction, so that it costs nothing how many read models there are.
    fn concerns(&self, _event: &Recorded) -> bool {
        true
    }

    /// Applies those events that concern it, in order, through a writer whose transaction also moves the checkpoint.
    ///
    /// # Errors
    /// See [`ApplyError`].
    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError>;
}

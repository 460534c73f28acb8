//! Why a command came to nothing.

use albumen_domain::StreamId;

/// Why the store could not do what was asked. None of these is the fault of the command.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, restarting, or out of connections or space.
    #[error("the database cannot be reached or cannot write; try again ({0})")]
    Unavailable(String),
    /// Something in the log cannot be understood.
    #[error("stream {stream} cannot be read: {reason}")]
    Corrupt {
        /// Which one.
        stream: StreamId,
        /// What is wrong with it.
        reason: String,
    },
    /// The subject's keys were erased: nothing personal can be written about it any more.
    #[error("the personal values of {0} were erased; nothing more can be stored about it")]
    Erased(uuid::Uuid),
    /// This process was opened to read alone.
    #[error("this process only reads; nothing can be changed by it")]
    ReadOnly,
    /// The master key does not open the keys of this database.
    #[error("{0}")]
    Keys(String),
    /// A defect of ours.
    #[error("internal fault: {0}")]
    Fault(String),
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Unavailable(describe(&error))
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// PostgreSQL's own words where it answered, otherwise what happened to the connection.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{}: {}", db.code().code(), db.message()),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError<R: std::error::Error + 'static> {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(R),
    /// A natural key is taken.
    #[error("the {name} is taken by {holder}")]
    Claimed {
        /// The claim's name.
        name: &'static str,
        /// Who holds it, where that is known.
        holder: StreamId,
    },
    /// Others kept changing the same thing.
    #[error("others are changing the same thing; try again")]
    Conflict,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R: std::error::Error + 'static> CommandError<R> {
    /// Whether surely nothing was written. A store that went away in the middle does not know.
    #[must_use]
    pub const fn has_written_nothing(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Claimed { .. } | Self::Conflict => true,
            Self::Store(_) => false,
        }
    }
}

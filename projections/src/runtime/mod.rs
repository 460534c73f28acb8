//! What keeps the read models up to date: tables, subscriptions, waits and rebuilds.

mod delivery;
mod fold;
mod give_way;
mod heard;
mod instance;
mod projection;
mod query;
mod rebuild;
mod rebuilds;
mod replay;
mod standing;
mod subscription;
mod table;
mod writer;

pub use fold::Batch;
pub(crate) use heard::{All, Tasks, share};
pub(crate) use instance::clear_failure;
pub use instance::{Checkpoint, checkpoints};
pub use projection::{ApplyError, Projection};
pub(crate) use query::{query, query_planned_anew};
pub use rebuild::{
    Difference, RebuildError, RebuildOptions, RebuildProgress, Rebuilt, drop_kept, rebuild, rebuild_with, swap_back,
};
pub use rebuilds::{FeedOver, RebuildState, RebuildStatus, Rebuilds};
pub use replay::replay;
pub use standing::Standing;
pub(crate) use subscription::Reported;
pub use subscription::{Progress, Subscription, follow};
pub use table::{CopyError, Storable, TableRow};
pub(crate) use table::{copy_value, table};
pub use writer::Writer;

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
#[error("the read models cannot be reached; try again ({0})")]
pub struct ReadError(String);

impl From<tokio_postgres::Error> for ReadError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(describe(&error))
    }
}

impl From<deadpool_postgres::PoolError> for ReadError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Self(error.to_string())
    }
}

/// PostgreSQL's own words where it answered, otherwise what happened to the connection.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{}: {}", db.code().code(), db.message()),
        None => error.to_string(),
    }
}

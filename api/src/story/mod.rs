//! What happened, told: for the API and for the command line.
//!
//! Which events somebody may see is chosen by the read model `history`; their words are made from the
//! log, and taking one back is a command like any other ([`undo`]).

pub mod export;
pub mod undo;

use std::{collections::HashMap, sync::Arc};

use albumen_commands::log::LogReader;
use albumen_domain::{Recorded, StreamId, undo::is_reversible};
use albumen_projections::{
    ReadError, ReadModels,
    history::{EntryRow, HistoryFilter, Names, Told, actor_name, tell},
};
use albumen_schemas::feed::FeedError;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Entries of a page unless more are asked for.
pub const DEFAULT_PAGE: i64 = 50;
/// Entries that an export tells at a time.
pub const EXPORT_PAGE: i64 = 500;

/// Why something could not be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The read models are away.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log is away, or an event cannot be read.
    #[error(transparent)]
    Log(#[from] FeedError),
    /// The log is away.
    #[error(transparent)]
    Store(#[from] albumen_commands::StoreError),
}

/// An event, told.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The event.
    pub recorded: Arc<Recorded>,
    /// Whose the thing is; none for the installation's.
    pub owner: Option<Uuid>,
    /// Who did it, in words.
    pub actor: String,
    /// What was done.
    pub told: Told,
    /// Whether events of this kind can be taken back.
    pub reversible: bool,
}

/// Tells what happened.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    /// Who may see what, and who is called what.
    pub reads: &'a ReadModels,
    /// The log.
    pub reader: &'a LogReader,
}

impl Teller<'_> {
    /// The events that are meant, the newest first, whatever end was counted from.
    ///
    /// # Errors
    /// See [`StoryError`].
    pub async fn entries(&self, filter: &HistoryFilter) -> Result<Vec<Entry>, StoryError> {
        let mut rows = self.reads.history().entries(filter).await?;
        if !filter.newest_first {
            rows.reverse();
        }
        self.tell(rows).await
    }

    async fn tell(&self, rows: Vec<EntryRow>) -> Result<Vec<Entry>, StoryError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
        let owners: HashMap<i64, Option<Uuid>> = rows.iter().map(|row| (row.position, row.owner_id)).collect();
        let mut events = self.reader.at(&positions).await?;
        events.reverse();
        let before = self.reader.before(&places(&events)).await?;
        let names = self.names().await?;
        let tell_one = |recorded: Arc<Recorded>| {
            let stream = before.get(&recorded.stream).map_or(&[][..], Vec::as_slice);
            let earlier = stream.iter().map(Arc::as_ref).filter(|other| other.sequence < recorded.sequence);
            Entry {
                told: tell(&recorded, earlier, &names),
                owner: owners.get(&recorded.position).copied().flatten(),
                actor: actor_name(&recorded.metadata.actor, &names),
                reversible: is_reversible(&recorded.event),
                recorded,
            }
        };
        Ok(events.into_iter().map(tell_one).collect())
    }

    /// Of all users, of whom an installation has few.
    async fn names(&self) -> Result<Names, ReadError> {
        let accounts = self.reads.identity().accounts(true).await?;
        Ok(accounts.into_iter().map(|account| (account.id, account.name)).collect())
    }

    /// Narrows a filter to what was recorded from one time on and until another, both included.
    ///
    /// # Errors
    /// See [`StoryError`].
    pub async fn within(
        &self,
        filter: &mut HistoryFilter,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoryError> {
        if let Some(from) = from {
            // PostgreSQL keeps microseconds.
            let last_before = self.reader.position_at(from - TimeDelta::microseconds(1)).await?;
            filter.after = filter.after.max(Some(last_before));
        }
        if let Some(until) = until {
            let first_after = self.reader.position_at(until).await? + 1;
            filter.before = Some(filter.before.map_or(first_after, |before| before.min(first_after)));
        }
        Ok(())
    }
}

/// Of each stream the last place that is asked about: what is before it is before all others.
fn places(events: &[Arc<Recorded>]) -> Vec<(StreamId, i64)> {
    let mut places: HashMap<StreamId, i64> = HashMap::new();
    for event in events {
        let place = places.entry(event.stream).or_default();
        *place = event.sequence.max(*place);
    }
    places.into_iter().collect()
}

//! What happened, to read: who may see which event, and what to call it.
//!
//! A row here says of an event where it stands, what it is about, whose that is and who caused it:
//! all that is needed to choose events. The words, and what something was and became, are made from the
//! log itself when somebody asks ([`tell`]). So nothing personal is kept here: what was erased reads as
//! erased at once and everywhere, a better wording needs no rebuild, and a row stays small (about 120
//! bytes), although there is one for each event.
//!
//! A thing belongs to whoever the first event of its stream names; the streams of work on it have its
//! id, and with that its owner. What belongs to nobody is the installation's, for administrators to see.
//! Assets in the locked folder are remembered, also after their end: without the PIN nothing is told of them.

mod apply;
mod owner;
mod queries;
mod rows;
mod tell;
mod words;

pub use apply::History;
pub use queries::{HistoryFilter, HistoryQueries, Scope};
pub use rows::{EntryRow, LockedAssetRow};
pub use tell::{Names, Told, actor_name, tell};

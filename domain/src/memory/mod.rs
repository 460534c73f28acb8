//! A few photos of a day long past, shown again.
//!
//! A memory belongs to one user. Most are made at night by a worker, one for each year that has photos
//! of the day; a user can make them too. It remembers which assets it is made of; whether these are
//! still in sight is looked up when it is shown.

mod command;
mod decide;
mod event;

pub use command::{MemoryCommand, MemoryEdit, NewMemory};
pub use decide::{Memory, MemoryRefusal};
pub use event::{MemoryAssetsAdded, MemoryAssetsRemoved, MemoryChanged, MemoryCreated, MemoryDeleted, MemoryEvent};

use serde::{Deserialize, Serialize};

/// What a memory is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum MemoryTopic {
    /// The same day in an earlier year.
    OnThisDay {
        /// Which year.
        year: i32,
    },
}

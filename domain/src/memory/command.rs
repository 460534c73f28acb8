//! What can be asked of a memory.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::MemoryTopic;

/// A request to a memory.
#[derive(Clone, Debug, PartialEq)]
pub enum MemoryCommand {
    /// Exist.
    Create(Box<NewMemory>),
    /// Change what a user can change.
    Edit(MemoryEdit),
    /// Take these assets in; those that are in it already are passed over.
    AddAssets(Vec<Uuid>),
    /// Let these assets go; those that are not in it are passed over.
    RemoveAssets(Vec<Uuid>),
    /// Be gone; the assets stay.
    Delete,
}

/// See [`MemoryCommand::Create`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewMemory {
    /// Whose it is.
    pub owner: Uuid,
    /// What it is about.
    pub topic: MemoryTopic,
    /// The time that it recalls.
    pub memory_at: DateTime<Utc>,
    /// Not shown before.
    pub show_at: Option<DateTime<Utc>>,
    /// Not shown after.
    pub hide_at: Option<DateTime<Utc>>,
    /// Kept.
    pub saved: bool,
    /// When it was looked at.
    pub seen_at: Option<DateTime<Utc>>,
    /// What it is made of.
    pub assets: Vec<Uuid>,
}

/// See [`MemoryCommand::Edit`]. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryEdit {
    /// Kept or not.
    pub saved: Option<bool>,
    /// When it was looked at.
    pub seen_at: Option<DateTime<Utc>>,
    /// The time that it recalls.
    pub memory_at: Option<DateTime<Utc>>,
}

//! What can have happened to a memory.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::MemoryTopic;
use crate::event::events;

events! {
    /// Everything that can have happened to a memory.
    pub enum MemoryEvent {
        /// It was made.
        Created(MemoryCreated) = "memory-created" v 1,
        /// It was kept or looked at, or recalls another time.
        Changed(MemoryChanged) = "memory-changed" v 1,
        /// Assets came into it.
        AssetsAdded(MemoryAssetsAdded) = "memory-assets-added" v 1,
        /// Assets went out of it.
        AssetsRemoved(MemoryAssetsRemoved) = "memory-assets-removed" v 1,
        /// It is gone; its assets stay.
        Deleted(MemoryDeleted) = "memory-deleted" v 1,
    }
}

/// See [`MemoryEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryCreated {
    /// Whose it is.
    pub owner: Uuid,
    /// What it is about.
    pub topic: MemoryTopic,
    /// The time that it recalls.
    pub memory_at: DateTime<Utc>,
    /// Not shown before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_at: Option<DateTime<Utc>>,
    /// Not shown after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide_at: Option<DateTime<Utc>>,
    /// Kept.
    #[serde(default)]
    pub saved: bool,
    /// When it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<DateTime<Utc>>,
    /// What it is made of, each once.
    pub assets: Vec<Uuid>,
}

/// See [`MemoryEvent::Changed`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryChanged {
    /// Kept now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<bool>,
    /// When it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<DateTime<Utc>>,
    /// The time that it recalls now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_at: Option<DateTime<Utc>>,
}

/// See [`MemoryEvent::AssetsAdded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryAssetsAdded {
    /// Each once, none of which was in it before.
    pub assets: Vec<Uuid>,
}

/// See [`MemoryEvent::AssetsRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryAssetsRemoved {
    /// Each once, all of which were in it before.
    pub assets: Vec<Uuid>,
}

/// See [`MemoryEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MemoryDeleted {}

//! The rows of this read model.

use albumen_domain::memory::{MemoryChanged, MemoryCreated, MemoryTopic};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// A memory.
    pub struct MemoryRow = "memory" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose it is.
        owner_id: Uuid = "uuid",
        /// `on-this-day`.
        kind: String = "text",
        /// The year that it recalls.
        year: i32 = "integer",
        /// The time that it recalls.
        memory_at: DateTime<Utc> = "timestamptz",
        /// Not shown before.
        show_at: Option<DateTime<Utc>> = "timestamptz",
        /// Not shown after.
        hide_at: Option<DateTime<Utc>> = "timestamptz",
        /// Kept.
        saved: bool = "boolean",
        /// When it was looked at.
        seen_at: Option<DateTime<Utc>> = "timestamptz",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When anything of it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// An asset in a memory.
    pub struct MemoryAssetRow = "memory_asset" [memory_id, asset_id] {
        /// In which memory.
        memory_id: Uuid = "uuid",
        /// Which asset.
        asset_id: Uuid = "uuid",
    }
}

impl MemoryRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &MemoryCreated) -> Self {
        let MemoryTopic::OnThisDay { year } = created.topic;
        Self {
            id,
            owner_id: created.owner,
            kind: "on-this-day".to_owned(),
            year,
            memory_at: created.memory_at,
            show_at: created.show_at,
            hide_at: created.hide_at,
            saved: created.saved,
            seen_at: created.seen_at,
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn change(&mut self, changed: &MemoryChanged) {
        self.saved = changed.saved.unwrap_or(self.saved);
        self.seen_at = changed.seen_at.or(self.seen_at);
        self.memory_at = changed.memory_at.unwrap_or(self.memory_at);
    }
}

//! The rows of this read model.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// When an asset last changed.
    pub struct AssetChangeRow = "asset" [id] {
        /// The asset.
        id: Uuid = "uuid",
        /// Whose.
        owner_id: Uuid = "uuid",
        /// Whether it is in the locked folder.
        locked: bool = "boolean",
        /// When it changed.
        change: i64 = "bigint",
        /// When what is known of its making changed.
        exif_change: i64 = "bigint",
    }
}

table! {
    /// When another thing last changed.
    pub struct EntryRow = "entry" [kind, a, scope, b, key] {
        /// What it is.
        kind: String = "text",
        /// Its first id.
        a: Uuid = "uuid",
        /// Who may know of it.
        scope: Uuid = "uuid",
        /// Its second id.
        b: Uuid = "uuid",
        /// Its name.
        key: String = "text",
        /// When it came to be.
        created: i64 = "bigint",
        /// When it changed.
        change: i64 = "bigint",
    }
}

table! {
    /// Something that is not there any more.
    pub struct GoneRow = "gone" [kind, a, scope, b, key] {
        /// What it was.
        kind: String = "text",
        /// Its first id.
        a: Uuid = "uuid",
        /// Who may know of it.
        scope: Uuid = "uuid",
        /// Its second id.
        b: Uuid = "uuid",
        /// Its name.
        key: String = "text",
        /// When it went.
        change: i64 = "bigint",
        /// The same by the clock.
        at: DateTime<Utc> = "timestamptz",
    }
}

//! The rows of this read model.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// A stack.
    pub struct StackRow = "stack" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose.
        owner_id: Uuid = "uuid",
        /// The asset that lies on top.
        primary_asset_id: Uuid = "uuid",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// An asset in a stack.
    pub struct StackAssetRow = "stack_asset" [stack_id, asset_id] {
        /// In which stack.
        stack_id: Uuid = "uuid",
        /// Which asset.
        asset_id: Uuid = "uuid",
        /// The stack's owner.
        owner_id: Uuid = "uuid",
        /// Counts up in the order in which they came.
        place: i32 = "integer",
        /// Whether it lies on top.
        is_primary: bool = "boolean",
    }
}

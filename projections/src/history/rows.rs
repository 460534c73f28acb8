//! The rows of this read model.

use uuid::Uuid;

use crate::runtime::table;

table! {
    /// An event.
    pub struct EntryRow = "entry" [position] {
        /// Its place in the log.
        position: i64 = "bigint",
        /// The kind of thing it happened to.
        stream_kind: String = "text",
        /// Which one.
        stream_id: Uuid = "uuid",
        /// Whose that is; none for the installation's.
        owner_id: Option<Uuid> = "uuid",
        /// Name of the event.
        event: String = "text",
        /// The person who caused it.
        actor_id: Option<Uuid> = "uuid",
        /// The session it came through.
        session_id: Option<Uuid> = "uuid",
    }
}

table! {
    /// An asset in a locked folder, or one that ended there.
    pub struct LockedAssetRow = "locked_asset" [asset_id] {
        /// Which one.
        asset_id: Uuid = "uuid",
    }
}

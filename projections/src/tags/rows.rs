//! The rows of this read model.

use albumen_domain::tag::TagCreated;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// A tag.
    pub struct TagRow = "tag" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose.
        owner_id: Uuid = "uuid",
        /// The tag above it.
        parent_id: Option<Uuid> = "uuid",
        /// Its path, with `/` between the levels.
        value: String = "text",
        /// `#` and hexadecimal digits.
        color: Option<String> = "text",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// A tag on an asset.
    pub struct AssetTagRow = "asset_tag" [asset_id, tag_id] {
        /// On which asset.
        asset_id: Uuid = "uuid",
        /// Which tag.
        tag_id: Uuid = "uuid",
    }
}

impl TagRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &TagCreated) -> Self {
        Self {
            id,
            owner_id: created.owner,
            parent_id: created.parent,
            // Of an erased value there is nothing to show.
            value: created.value.known().cloned().unwrap_or_default(),
            color: created.color.clone(),
            created_at: at,
            updated_at: at,
        }
    }
}

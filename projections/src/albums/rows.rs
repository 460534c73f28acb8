//! The rows of this read model.

use albumen_domain::{
    Personal,
    album::{AlbumCreated, AlbumDetailsChanged, AlbumRestored, AlbumSettingsChanged},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// An album.
    pub struct AlbumRow = "album" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Who made it.
        owner_id: Uuid = "uuid",
        /// As shown.
        name: String = "text",
        /// Empty when there is none.
        description: String = "text",
        /// `ascending` or `descending`, by the time of capture.
        asset_order: String = "text",
        /// Whether members can comment and like.
        activity_enabled: bool = "boolean",
        /// Chosen by a member, or the first that came in; it may be out of sight by now.
        thumbnail_asset_id: Option<Uuid> = "uuid",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it or what is in it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// A member of an album.
    pub struct AlbumUserRow = "album_user" [album_id, user_id] {
        /// Of which album.
        album_id: Uuid = "uuid",
        /// Who.
        user_id: Uuid = "uuid",
        /// `owner`, `editor` or `viewer`.
        role: String = "text",
    }
}

table! {
    /// An asset in an album.
    pub struct AlbumAssetRow = "album_asset" [album_id, asset_id] {
        /// In which album.
        album_id: Uuid = "uuid",
        /// Which asset.
        asset_id: Uuid = "uuid",
        /// Since when.
        added_at: DateTime<Utc> = "timestamptz",
    }
}

/// Text for an erased value: there is nothing to show.
fn shown(value: &Personal<String>) -> String {
    value.known().cloned().unwrap_or_default()
}

impl AlbumRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &AlbumCreated) -> Self {
        Self {
            id,
            owner_id: created.owner,
            name: shown(&created.name),
            description: shown(&created.description),
            asset_order: created.order.as_str().to_owned(),
            activity_enabled: true,
            thumbnail_asset_id: None,
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn restored(id: Uuid, at: DateTime<Utc>, restored: &AlbumRestored) -> Self {
        Self {
            id,
            owner_id: restored.owner,
            name: shown(&restored.name),
            description: shown(&restored.description),
            asset_order: restored.order.as_str().to_owned(),
            activity_enabled: restored.activity_enabled,
            thumbnail_asset_id: restored.thumbnail,
            created_at: restored.made_at,
            updated_at: at,
        }
    }

    pub(super) fn describe(&mut self, changed: &AlbumDetailsChanged) {
        if let Some(name) = &changed.name {
            self.name = shown(name);
        }
        if let Some(description) = &changed.description {
            self.description = shown(description);
        }
    }

    pub(super) fn set(&mut self, changed: &AlbumSettingsChanged) {
        if let Some(order) = changed.order {
            order.as_str().clone_into(&mut self.asset_order);
        }
        self.activity_enabled = changed.activity_enabled.unwrap_or(self.activity_enabled);
    }
}

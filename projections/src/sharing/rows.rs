//! The rows of this read model.

use albumen_domain::{
    Personal,
    activity::ActivityCreated,
    partnership::PartnershipBegun,
    shared_link::{SharedLinkChanged, SharedLinkCreated},
    user::Set,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// One user shares with another.
    pub struct PartnershipRow = "partnership" [id] {
        /// Its id, which no client knows.
        id: Uuid = "uuid",
        /// Who shares.
        shared_by_id: Uuid = "uuid",
        /// With whom.
        shared_with_id: Uuid = "uuid",
        /// Whether it is shown in the other's timeline.
        in_timeline: bool = "boolean",
        /// When it began.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// A link that opens something for anybody who has it.
    pub struct SharedLinkRow = "shared_link" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Who made it.
        owner_id: Uuid = "uuid",
        /// The album that it shows; none for a link to single assets.
        album_id: Option<Uuid> = "uuid",
        /// What opens it, base64url.
        key: String = "text",
        /// SHA-256 of the key's bytes.
        key_hash: Vec<u8> = "bytea",
        /// Its name in addresses.
        slug: Option<String> = "text",
        /// What has to be known besides.
        password: Option<String> = "text",
        /// What its owner says about it.
        description: Option<String> = "text",
        /// Until when it leads anywhere.
        expires_at: Option<DateTime<Utc>> = "timestamptz",
        /// Whether visitors may add to what it shows.
        allow_upload: bool = "boolean",
        /// Whether visitors may have originals.
        allow_download: bool = "boolean",
        /// Whether visitors see what is known of the making of assets.
        show_metadata: bool = "boolean",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// An asset that a link shows by itself.
    pub struct SharedLinkAssetRow = "shared_link_asset" [link_id, asset_id] {
        /// Which link.
        link_id: Uuid = "uuid",
        /// Which asset.
        asset_id: Uuid = "uuid",
    }
}

table! {
    /// What a member says about an album, or an asset in it.
    pub struct ActivityRow = "activity" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// In which album.
        album_id: Uuid = "uuid",
        /// About which asset; none for the album as a whole.
        asset_id: Option<Uuid> = "uuid",
        /// Who.
        user_id: Uuid = "uuid",
        /// What was written; none for a like.
        comment: Option<String> = "text",
        /// When.
        created_at: DateTime<Utc> = "timestamptz",
    }
}

impl PartnershipRow {
    pub(super) const fn begun(id: Uuid, at: DateTime<Utc>, begun: &PartnershipBegun) -> Self {
        Self {
            id,
            shared_by_id: begun.shared_by,
            shared_with_id: begun.shared_with,
            in_timeline: false,
            created_at: at,
            updated_at: at,
        }
    }
}

/// Text for an erased value: there is nothing to show.
fn shown(value: &Personal<String>) -> String {
    value.known().cloned().unwrap_or_default()
}

fn set(field: &mut Option<String>, change: Option<&Set<Personal<String>>>) {
    if let Some(change) = change {
        *field = change.value.as_ref().map(shown);
    }
}

impl SharedLinkRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &SharedLinkCreated) -> Self {
        Self {
            id,
            owner_id: created.owner,
            album_id: created.album,
            key: shown(&created.key),
            // We write hashes ourselves; what is none opens nothing.
            key_hash: STANDARD.decode(&created.key_hash).unwrap_or_default(),
            slug: created.slug.as_ref().map(shown),
            password: created.password.as_ref().map(shown),
            description: created.description.as_ref().map(shown),
            expires_at: created.expires_at,
            allow_upload: created.allow_upload,
            allow_download: created.allow_download,
            show_metadata: created.show_metadata,
            created_at: at,
        }
    }

    pub(super) fn hear(&mut self, changed: &SharedLinkChanged) {
        set(&mut self.slug, changed.slug.as_ref());
        set(&mut self.password, changed.password.as_ref());
        set(&mut self.description, changed.description.as_ref());
        if let Some(expires_at) = &changed.expires_at {
            self.expires_at = expires_at.value;
        }
        self.allow_upload = changed.allow_upload.unwrap_or(self.allow_upload);
        self.allow_download = changed.allow_download.unwrap_or(self.allow_download);
        self.show_metadata = changed.show_metadata.unwrap_or(self.show_metadata);
    }
}

impl ActivityRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &ActivityCreated) -> Self {
        Self {
            id,
            album_id: created.album,
            asset_id: created.asset,
            user_id: created.user,
            comment: created.comment.as_ref().map(shown),
            created_at: at,
        }
    }
}

//! What a batch does to the tags of assets. A tag can be on very many, so they are not loaded.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::rows::AssetTagRow;
use crate::runtime::Writer;

/// Whole tags and whole assets go first; then single links come and go, the last word counting.
#[derive(Default)]
pub(super) struct Links {
    cleared_tags: HashSet<Uuid>,
    cleared_assets: HashSet<Uuid>,
    /// By asset and tag: whether it is there.
    changed: HashMap<(Uuid, Uuid), bool>,
}

impl Links {
    pub(super) fn set(&mut self, asset: Uuid, tag: Uuid, is_there: bool) {
        self.changed.insert((asset, tag), is_there);
    }

    /// The tag is gone.
    pub(super) fn clear_tag(&mut self, tag: Uuid) {
        self.cleared_tags.insert(tag);
        self.changed.retain(|(_, id), _| *id != tag);
    }

    /// The asset is gone, or has other tags.
    pub(super) fn clear_asset(&mut self, asset: Uuid) {
        self.cleared_assets.insert(asset);
        self.changed.retain(|(id, _), _| *id != asset);
    }

    pub(super) async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        for (cleared, sql) in [
            (&self.cleared_tags, "DELETE FROM asset_tag WHERE tag_id = ANY($1)"),
            (&self.cleared_assets, "DELETE FROM asset_tag WHERE asset_id = ANY($1)"),
        ] {
            if !cleared.is_empty() {
                let ids: Vec<Uuid> = cleared.iter().copied().collect();
                writer.execute(sql, &[&ids]).await?;
            }
        }
        let (saved, deleted): (Vec<_>, Vec<_>) = self.changed.iter().partition(|(_, is_there)| **is_there);
        let rows = |changed: Vec<(&(Uuid, Uuid), &bool)>| -> Vec<AssetTagRow> {
            changed
                .into_iter()
                .map(|((asset_id, tag_id), _)| AssetTagRow { asset_id: *asset_id, tag_id: *tag_id })
                .collect()
        };
        let (saved, deleted) = (rows(saved), rows(deleted));
        writer.delete(&deleted.iter().collect::<Vec<_>>()).await?;
        writer.save(&saved.iter().collect::<Vec<_>>()).await
    }
}

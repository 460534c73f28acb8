//! What a batch does to the assets of links. A link can show very many, so they are not loaded.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::rows::SharedLinkAssetRow;
use crate::runtime::Writer;

/// Whole links and whole assets go first; then single assets come and go, the last word counting.
#[derive(Default)]
pub(super) struct LinkAssets {
    cleared_links: HashSet<Uuid>,
    cleared_assets: HashSet<Uuid>,
    changed: HashMap<(Uuid, Uuid), bool>,
}

impl LinkAssets {
    pub(super) fn set(&mut self, link: Uuid, assets: &[Uuid], shown: bool) {
        self.changed.extend(assets.iter().map(|asset| ((link, *asset), shown)));
    }

    /// The link is gone.
    pub(super) fn clear_link(&mut self, link: Uuid) {
        self.cleared_links.insert(link);
        self.changed.retain(|(id, _), _| *id != link);
    }

    /// The asset is gone.
    pub(super) fn clear_asset(&mut self, asset: Uuid) {
        self.cleared_assets.insert(asset);
        self.changed.retain(|(_, id), _| *id != asset);
    }

    pub(super) async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        for (cleared, sql) in [
            (&self.cleared_links, "DELETE FROM shared_link_asset WHERE link_id = ANY($1)"),
            (&self.cleared_assets, "DELETE FROM shared_link_asset WHERE asset_id = ANY($1)"),
        ] {
            if !cleared.is_empty() {
                let ids: Vec<Uuid> = cleared.iter().copied().collect();
                writer.execute(sql, &[&ids]).await?;
            }
        }
        let row = |(link_id, asset_id): &(Uuid, Uuid)| SharedLinkAssetRow { link_id: *link_id, asset_id: *asset_id };
        let rows = |shown: bool| -> Vec<SharedLinkAssetRow> {
            self.changed.iter().filter(|(_, is_shown)| **is_shown == shown).map(|(key, _)| row(key)).collect()
        };
        writer.delete(&rows(false).iter().collect::<Vec<_>>()).await?;
        writer.save(&rows(true).iter().collect::<Vec<_>>()).await
    }
}

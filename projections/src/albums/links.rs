//! What a batch does to the assets of albums. An album can hold very many, so they are not loaded.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::AlbumAssetRow;
use crate::runtime::Writer;

/// Whole albums and whole assets go first; then single links come and go, the last word counting.
#[derive(Default)]
pub(super) struct Links {
    cleared_albums: HashSet<Uuid>,
    cleared_assets: HashSet<Uuid>,
    changed: HashMap<(Uuid, Uuid), Option<AlbumAssetRow>>,
}

impl Links {
    pub(super) fn add(&mut self, album_id: Uuid, assets: &[Uuid], added_at: DateTime<Utc>) {
        let row = |asset_id: Uuid| ((album_id, asset_id), Some(AlbumAssetRow { album_id, asset_id, added_at }));
        self.changed.extend(assets.iter().copied().map(row));
    }

    pub(super) fn remove(&mut self, album_id: Uuid, assets: &[Uuid]) {
        self.changed.extend(assets.iter().map(|asset_id| ((album_id, *asset_id), None)));
    }

    /// The album is gone.
    pub(super) fn clear_album(&mut self, album: Uuid) {
        self.cleared_albums.insert(album);
        self.changed.retain(|(id, _), _| *id != album);
    }

    /// The asset is gone.
    pub(super) fn clear_asset(&mut self, asset: Uuid) {
        self.cleared_assets.insert(asset);
        self.changed.retain(|(_, id), _| *id != asset);
    }

    pub(super) async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        for (cleared, sql) in [
            (&self.cleared_albums, "DELETE FROM album_asset WHERE album_id = ANY($1)"),
            (&self.cleared_assets, "DELETE FROM album_asset WHERE asset_id = ANY($1)"),
        ] {
            if !cleared.is_empty() {
                let ids: Vec<Uuid> = cleared.iter().copied().collect();
                writer.execute(sql, &[&ids]).await?;
            }
        }
        let removed: Vec<&(Uuid, Uuid)> =
            self.changed.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| key).collect();
        if !removed.is_empty() {
            let (albums, assets): (Vec<Uuid>, Vec<Uuid>) = removed.into_iter().copied().unzip();
            writer.execute(include_str!("sql/remove_assets.sql"), &[&albums, &assets]).await?;
        }
        let saved: Vec<&AlbumAssetRow> = self.changed.values().flatten().collect();
        writer.save(&saved).await
    }
}

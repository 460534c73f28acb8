//! How events change this read model.

use std::{collections::HashMap, sync::Arc};

use albumen_domain::{
    AnyEvent, Recorded,
    album::AlbumEvent,
    asset::{AssetEvent, KeyValueSet},
    erasure::{ErasureEvent, ErasureScope},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    counts, days, folders, grams,
    in_albums::Contents,
    markers,
    rows::{AssetRow, KeyValueRow},
    tile, values,
};
use crate::runtime::{ApplyError, Batch, Projection, Storable, Writer};

/// See the module's words.
pub struct Library;

#[async_trait::async_trait]
impl Projection for Library {
    fn name(&self) -> &'static str {
        "library"
    }

    fn version(&self) -> i32 {
        5
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes_sql(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &[
            "asset",
            "asset_key_value",
            "asset_count",
            "place_count",
            "camera_count",
            "day_count",
            "asset_gram",
            "album_link",
            "album_sum",
            "marker_sum",
            "folder",
            "folder_sum",
        ]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Asset(_) | AnyEvent::Processing(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Album(event) => {
                matches!(event, AlbumEvent::AssetsAdded(_) | AlbumEvent::AssetsRemoved(_) | AlbumEvent::Deleted(_))
            }
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let ids = events.iter().map(|recorded| recorded.stream.id);
        // An erased owner takes along assets that no event names, so their rows have to be there.
        let erased = erased_owners(events);
        let theirs = owned_by(writer, &erased).await?;
        let mut assets = Batch::load(writer, ids.chain(theirs), |row: &AssetRow| row.id).await?;
        let (mut values, mut contents) = (KeyValues::default(), Contents::default());
        for recorded in events {
            apply_one(&mut assets, &mut values, recorded);
            contents.hear(recorded);
        }
        assets.change_touched(|asset| {
            asset.tile = tile::packed(asset);
            asset.marker = markers::marker_of(asset);
        });
        values.save(writer).await?;
        assets.save(writer).await?;
        counts::save(writer, &assets).await?;
        values::save(writer, &assets).await?;
        days::save(writer, &assets).await?;
        grams::save(writer, &assets).await?;
        markers::save(writer, &assets).await?;
        folders::save(writer, &assets).await?;
        contents.save(writer, &assets).await?;
        Ok(())
    }
}

fn erased_owners(events: &[Arc<Recorded>]) -> Vec<Uuid> {
    events
        .iter()
        .filter(|recorded| match &recorded.event {
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => erased.scope == ErasureScope::Owner,
            _ => false,
        })
        .map(|recorded| recorded.stream.id)
        .collect()
}

async fn owned_by(writer: &mut Writer<'_>, owners: &[Uuid]) -> Result<Vec<Uuid>, tokio_postgres::Error> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rows = writer.query("SELECT id FROM asset WHERE owner_id = ANY($1)", &[&owners]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn apply_one(assets: &mut Batch<AssetRow>, values: &mut KeyValues, recorded: &Recorded) {
    let (id, at) = (recorded.stream.id, recorded.recorded_at);
    match &recorded.event {
        AnyEvent::Asset(AssetEvent::Uploaded(uploaded)) => {
            assets.insert(id, AssetRow::uploaded(id, at, uploaded));
        }
        AnyEvent::Asset(AssetEvent::Deleted(_)) => {
            assets.remove(id);
            values.remove_all(id);
        }
        AnyEvent::Asset(event) => {
            // An erased asset has no row any more, and what happens to it is not shown.
            let Some(asset) = assets.change(id) else { return };
            asset.evolve(recorded, event);
            match event {
                AssetEvent::KeyValueSet(set) => values.set(id, recorded, set),
                AssetEvent::KeyValueRemoved(removed) => values.remove(id, &removed.key),
                _ => {}
            }
        }
        AnyEvent::Processing(event) => {
            if let Some(asset) = assets.change(id) {
                asset.work_done(recorded, event);
            }
        }
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
            ErasureScope::Subject => {
                assets.remove(id);
                values.remove_all(id);
            }
            ErasureScope::Owner => {
                for asset in assets.ids_where(|asset| asset.owner_id == id) {
                    assets.remove(asset);
                    values.remove_all(asset);
                }
            }
        },
        _ => {}
    }
}

/// What a batch does to clients' values: whole assets first, then single keys.
#[derive(Default)]
struct KeyValues {
    cleared: Vec<Uuid>,
    changed: HashMap<(Uuid, String), Option<KeyValueRow>>,
}

impl KeyValues {
    fn set(&mut self, asset_id: Uuid, recorded: &Recorded, set: &KeyValueSet) {
        let value = Value::Object(set.value.known().cloned().unwrap_or_default());
        let key = set.key.clone().storable();
        let row = KeyValueRow { asset_id, key: key.clone(), value, updated_at: recorded.recorded_at };
        self.changed.insert((asset_id, key), Some(row));
    }

    fn remove(&mut self, asset_id: Uuid, key: &str) {
        self.changed.insert((asset_id, key.to_owned().storable()), None);
    }

    fn remove_all(&mut self, asset_id: Uuid) {
        self.cleared.push(asset_id);
        self.changed.retain(|(id, _), _| *id != asset_id);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        if !self.cleared.is_empty() {
            writer.execute("DELETE FROM asset_key_value WHERE asset_id = ANY($1)", &[&self.cleared]).await?;
        }
        let removed: Vec<_> = self.changed.iter().filter(|(_, row)| row.is_none()).map(|(key, _)| key).collect();
        if !removed.is_empty() {
            let ids: Vec<Uuid> = removed.iter().map(|(id, _)| *id).collect();
            let keys: Vec<&str> = removed.iter().map(|(_, key)| key.as_str()).collect();
            writer.execute(include_str!("sql/remove_key_values.sql"), &[&ids, &keys]).await?;
        }
        let saved: Vec<&KeyValueRow> = self.changed.values().flatten().collect();
        writer.save(&saved).await
    }
}

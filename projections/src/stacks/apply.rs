//! How events change this read model.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{AnyEvent, Recorded, asset::AssetEvent, stack::StackEvent, user::UserEvent};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::{StackAssetRow, StackRow};
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// Fewer are no stack.
const MIN_ASSETS: usize = 2;

/// See the module's words.
pub struct Stacks;

#[async_trait::async_trait]
impl Projection for Stacks {
    fn name(&self) -> &'static str {
        "stacks"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["stack", "stack_asset"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Stack(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Asset(event) => matches!(event, AssetEvent::Deleted(_)),
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut tables = Tables::load(writer, events).await?;
        for recorded in events {
            tables.apply(recorded);
        }
        tables.save(writer).await?;
        Ok(())
    }
}

/// The assets of a stack, by their places.
type Layers = BTreeMap<i32, Uuid>;

/// A stack has few assets, so those of every stack that a batch touches are at hand.
struct Tables {
    stacks: Batch<StackRow>,
    layers: HashMap<Uuid, Layers>,
    stored: Vec<StackAssetRow>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let of_stacks = events.iter().filter(|recorded| matches!(recorded.event, AnyEvent::Stack(_)));
        let mut ids: HashSet<Uuid> = of_stacks.map(|recorded| recorded.stream.id).collect();
        let others = events.iter().filter(|recorded| !matches!(recorded.event, AnyEvent::Stack(_)));
        let others: Vec<Uuid> = others.map(|recorded| recorded.stream.id).collect();
        if !others.is_empty() {
            // The stream of an erasure has the subject's id: an asset's, a stack's or a user's.
            let sql = "SELECT stack_id FROM stack_asset WHERE asset_id = ANY($1)
                       UNION SELECT id FROM stack WHERE id = ANY($1) OR owner_id = ANY($1)";
            ids.extend(writer.query(sql, &[&others]).await?.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let stacks = Batch::load(writer, ids.iter().copied(), |row: &StackRow| row.id).await?;
        let stored = writer.load::<StackAssetRow>(&ids.into_iter().collect::<Vec<_>>()).await?;
        let mut layers: HashMap<Uuid, Layers> = HashMap::new();
        for row in &stored {
            layers.entry(row.stack_id).or_default().insert(row.place, row.asset_id);
        }
        Ok(Self { stacks, layers, stored })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match &recorded.event {
            AnyEvent::Stack(event) => self.apply_stack(id, at, event),
            AnyEvent::Asset(_) => self.lose_everywhere(id),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(user) => {
                    self.stacks.ids_where(|stack| stack.owner_id == user).into_iter().for_each(|id| self.remove(id));
                }
                None => {
                    self.remove(id);
                    self.lose_everywhere(id);
                }
            },
            _ => {}
        }
    }

    fn apply_stack(&mut self, id: Uuid, at: DateTime<Utc>, event: &StackEvent) {
        if let StackEvent::Created(created) = event {
            let Some(primary) = created.assets.first() else { return };
            let row =
                StackRow { id, owner_id: created.owner, primary_asset_id: *primary, created_at: at, updated_at: at };
            self.stacks.insert(id, row);
            self.layers.insert(id, (0..).zip(created.assets.iter().copied()).collect());
            return;
        }
        // A stack that fell apart has no row any more, and what happens to it is not shown.
        let Some(stack) = self.stacks.change(id) else { return };
        stack.updated_at = at;
        let layers = self.layers.entry(id).or_default();
        match event {
            StackEvent::Created(_) => {}
            StackEvent::AssetsAdded(added) => {
                let next = layers.keys().next_back().map_or(0, |last| last + 1);
                layers.extend((next..).zip(added.assets.iter().copied()));
            }
            StackEvent::PrimaryChosen(chosen) if layers.values().any(|asset| *asset == chosen.asset) => {
                stack.primary_asset_id = chosen.asset;
            }
            StackEvent::PrimaryChosen(_) => {}
            StackEvent::AssetsRemoved(removed) => self.lose(id, &removed.assets),
            StackEvent::Deleted(_) => self.remove(id),
        }
    }

    fn lose_everywhere(&mut self, asset: Uuid) {
        let holds = |layers: &Layers| layers.values().any(|id| *id == asset);
        let stacks: Vec<Uuid> = self.layers.iter().filter(|(_, layers)| holds(layers)).map(|(id, _)| *id).collect();
        stacks.into_iter().for_each(|stack| self.lose(stack, &[asset]));
    }

    fn lose(&mut self, id: Uuid, assets: &[Uuid]) {
        let Some(layers) = self.layers.get_mut(&id) else { return };
        layers.retain(|_, asset| !assets.contains(asset));
        if layers.len() < MIN_ASSETS {
            self.remove(id);
            return;
        }
        let first = layers.values().next().copied();
        if let Some((stack, first)) = self.stacks.change(id).zip(first)
            && assets.contains(&stack.primary_asset_id)
        {
            stack.primary_asset_id = first;
        }
    }

    fn remove(&mut self, id: Uuid) {
        self.stacks.remove(id);
        self.layers.remove(&id);
    }

    fn rows(&self) -> Vec<StackAssetRow> {
        let mut rows = Vec::new();
        for (stack_id, layers) in &self.layers {
            let Some(stack) = self.stacks.get(*stack_id) else { continue };
            rows.extend(layers.iter().map(|(place, asset_id)| StackAssetRow {
                stack_id: *stack_id,
                asset_id: *asset_id,
                owner_id: stack.owner_id,
                place: *place,
                is_primary: stack.primary_asset_id == *asset_id,
            }));
        }
        rows
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.stacks.save(writer).await?;
        let key = |row: &StackAssetRow| (row.stack_id, row.asset_id);
        let rows = self.rows();
        let now: HashMap<_, _> = rows.iter().map(|row| (key(row), row)).collect();
        let before: HashMap<_, _> = self.stored.iter().map(|row| (key(row), row)).collect();
        let gone: Vec<&StackAssetRow> = self.stored.iter().filter(|row| !now.contains_key(&key(row))).collect();
        let saved: Vec<&StackAssetRow> =
            rows.iter().filter(|row| before.get(&key(row)).is_none_or(|before| before != row)).collect();
        writer.delete(&gone).await?;
        writer.save(&saved).await
    }
}

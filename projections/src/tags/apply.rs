//! How events change this read model.

use std::{collections::HashSet, sync::Arc};

use albumen_domain::{AnyEvent, Recorded, asset::AssetEvent, tag::TagEvent, user::UserEvent};
use uuid::Uuid;

use super::rows::{AssetTagRow, TagRow};
use crate::{
    gone::gone_user,
    links::Links,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// See the module's words.
pub struct Tags;

#[async_trait::async_trait]
impl Projection for Tags {
    fn name(&self) -> &'static str {
        "tags"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["tag", "asset_tag"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Tag(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Asset(event) => {
                matches!(event, AssetEvent::Deleted(_)) || !named_tags(event).is_empty() || is_reading(event)
            }
            AnyEvent::User(event) => matches!(event, UserEvent::Removed(_)),
            _ => false,
        }
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mut tables = Tables::load(writer, events).await?;
        for recorded in events {
            tables.apply(recorded);
        }
        tables.tags.save(writer).await?;
        tables.links.save(writer).await?;
        Ok(())
    }
}

/// A reading can also say that there are no tags any more.
const fn is_reading(event: &AssetEvent) -> bool {
    matches!(event, AssetEvent::TagsRead(_))
}

/// The tags of which an asset's event tells.
fn named_tags(event: &AssetEvent) -> &[Uuid] {
    match event {
        AssetEvent::Tagged(tagged) => &tagged.tags,
        AssetEvent::Untagged(untagged) => &untagged.tags,
        AssetEvent::TagsRead(read) => &read.tags,
        _ => &[],
    }
}

struct Tables {
    tags: Batch<TagRow>,
    links: Links<AssetTagRow>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let mut ids: HashSet<Uuid> = HashSet::new();
        for recorded in events {
            match &recorded.event {
                AnyEvent::Asset(event) => ids.extend(named_tags(event)),
                // The stream of an erasure has the subject's id, which can be a tag's.
                _ => drop(ids.insert(recorded.stream.id)),
            }
        }
        let gone: Vec<Uuid> = events.iter().filter_map(|recorded| gone_user(recorded)).collect();
        if !gone.is_empty() {
            let rows = writer.query("SELECT id FROM tag WHERE owner_id = ANY($1)", &[&gone]).await?;
            ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let tags = Batch::load(writer, ids, |row: &TagRow| row.id).await?;
        Ok(Self { tags, links: Links::default() })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match &recorded.event {
            AnyEvent::Tag(TagEvent::Created(created)) => self.tags.insert(id, TagRow::created(id, at, created)),
            AnyEvent::Tag(TagEvent::Colored(colored)) => {
                if let Some(tag) = self.tags.change(id) {
                    tag.color.clone_from(&colored.color);
                    tag.updated_at = at;
                }
            }
            AnyEvent::Tag(TagEvent::Deleted(_)) => self.remove(id),
            AnyEvent::Asset(event) => self.apply_asset(id, event),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(user) => {
                    self.tags.ids_where(|tag| tag.owner_id == user).into_iter().for_each(|tag| self.remove(tag));
                }
                None => {
                    self.remove(id);
                    self.links.clear_first(id);
                }
            },
            _ => {}
        }
    }

    fn apply_asset(&mut self, asset: Uuid, event: &AssetEvent) {
        if matches!(event, AssetEvent::Deleted(_)) || is_reading(event) {
            self.links.clear_first(asset);
        }
        let is_there = !matches!(event, AssetEvent::Untagged(_));
        for tag in named_tags(event) {
            // An asset may remember a tag that is gone.
            if self.tags.get(*tag).is_none() {
                continue;
            }
            if is_there {
                self.links.put((asset, *tag), AssetTagRow { asset_id: asset, tag_id: *tag });
            } else {
                self.links.remove((asset, *tag));
            }
        }
    }

    fn remove(&mut self, tag: Uuid) {
        self.tags.remove(tag);
        self.links.clear_second(tag);
    }
}

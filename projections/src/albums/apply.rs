//! How events change this read model.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    album::{AlbumEvent, AlbumRole},
    asset::AssetEvent,
    user::UserEvent,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::{AlbumAssetRow, AlbumRow, AlbumUserRow};
use crate::{
    gone::gone_user,
    links::Links,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// See the module's words.
pub struct Albums;

#[async_trait::async_trait]
impl Projection for Albums {
    fn name(&self) -> &'static str {
        "albums"
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["album", "album_user", "album_asset"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Album(_) | AnyEvent::Erasure(_) => true,
            // Assets that come and change are most of the log, and no album hears of them.
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

type MemberKey = (Uuid, Uuid);

struct Tables {
    albums: Batch<AlbumRow>,
    stored: HashMap<MemberKey, AlbumUserRow>,
    members: HashMap<MemberKey, AlbumUserRow>,
    links: Links<AlbumAssetRow>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        // The stream of an erasure has the subject's id, which can be an album's.
        let named = events.iter().filter(|r| matches!(r.event, AnyEvent::Album(_) | AnyEvent::Erasure(_)));
        let mut ids: HashSet<Uuid> = named.map(|recorded| recorded.stream.id).collect();
        let gone: Vec<Uuid> = events.iter().filter_map(|recorded| gone_user(recorded)).collect();
        if !gone.is_empty() {
            // Albums that no event names: whoever owns one is a member of it too.
            let rows = writer.query("SELECT album_id FROM album_user WHERE user_id = ANY($1)", &[&gone]).await?;
            ids.extend(rows.iter().map(|row| row.get::<_, Uuid>(0)));
        }
        let albums = Batch::load(writer, ids.iter().copied(), |row: &AlbumRow| row.id).await?;
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let rows = writer.load::<AlbumUserRow>(&ids).await?;
        let stored: HashMap<MemberKey, AlbumUserRow> =
            rows.into_iter().map(|row| ((row.album_id, row.user_id), row)).collect();
        Ok(Self { albums, members: stored.clone(), stored, links: Links::default() })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Album(event) => self.apply_album(recorded, event),
            AnyEvent::Asset(_) => self.links.clear_second(id),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(user) => self.remove_user(user),
                None => {
                    self.remove_album(id);
                    self.links.clear_second(id);
                }
            },
            _ => {}
        }
    }

    fn apply_album(&mut self, recorded: &Recorded, event: &AlbumEvent) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        if let AlbumEvent::Created(created) = event {
            self.albums.insert(id, AlbumRow::created(id, at, created));
            self.set_member(id, created.owner, AlbumRole::Owner);
            return;
        }
        if let AlbumEvent::Restored(restored) = event {
            self.albums.insert(id, AlbumRow::restored(id, at, restored));
            self.set_member(id, restored.owner, AlbumRole::Owner);
            for member in &restored.users {
                self.set_member(id, member.user, member.role);
            }
            return;
        }
        // An album whose owner was erased has no row any more, and what happens to it is not shown.
        if self.albums.get(id).is_none() {
            return;
        }
        match event {
            AlbumEvent::Deleted(_) => self.remove_album(id),
            AlbumEvent::UsersAdded(_) | AlbumEvent::UserRoleChanged(_) | AlbumEvent::UserRemoved(_) => {
                self.apply_members(id, at, event);
            }
            _ => self.apply_change(id, at, event),
        }
    }

    fn apply_change(&mut self, id: Uuid, at: DateTime<Utc>, event: &AlbumEvent) {
        let Some(album) = self.albums.change(id) else { return };
        album.updated_at = at;
        match event {
            AlbumEvent::DetailsChanged(changed) => album.describe(changed),
            AlbumEvent::SettingsChanged(changed) => album.set(changed),
            AlbumEvent::ThumbnailChosen(chosen) => album.thumbnail_asset_id = Some(chosen.asset),
            AlbumEvent::AssetsAdded(added) => {
                album.thumbnail_asset_id = album.thumbnail_asset_id.or(added.assets.first().copied());
                for asset_id in added.assets.iter().copied() {
                    let row = AlbumAssetRow { album_id: id, asset_id, added_at: at };
                    self.links.put((id, asset_id), row);
                }
            }
            AlbumEvent::AssetsRemoved(removed) => {
                album.thumbnail_asset_id = album.thumbnail_asset_id.filter(|asset| !removed.assets.contains(asset));
                removed.assets.iter().for_each(|asset| self.links.remove((id, *asset)));
            }
            _ => {}
        }
    }

    fn apply_members(&mut self, id: Uuid, at: DateTime<Utc>, event: &AlbumEvent) {
        match event {
            AlbumEvent::UsersAdded(added) => {
                // Who comes is sent the album as one that has just changed.
                if let Some(album) = self.albums.change(id) {
                    album.updated_at = at;
                }
                for member in &added.users {
                    self.set_member(id, member.user, member.role);
                }
            }
            // A user who is gone is no member any more, whatever the album remembers.
            AlbumEvent::UserRoleChanged(changed) if self.members.contains_key(&(id, changed.user)) => {
                self.set_member(id, changed.user, changed.role);
            }
            AlbumEvent::UserRemoved(removed) => {
                self.members.remove(&(id, removed.user));
            }
            _ => {}
        }
    }

    fn set_member(&mut self, album_id: Uuid, user_id: Uuid, role: AlbumRole) {
        let row = AlbumUserRow { album_id, user_id, role: role.as_str().to_owned() };
        self.members.insert((album_id, user_id), row);
    }

    fn remove_album(&mut self, id: Uuid) {
        self.albums.remove(id);
        self.members.retain(|(album, _), _| *album != id);
        self.links.clear_first(id);
    }

    /// Their albums go too, and they leave those of others.
    fn remove_user(&mut self, user: Uuid) {
        for album in self.albums.ids_where(|album| album.owner_id == user) {
            self.remove_album(album);
        }
        self.members.retain(|(_, member), _| *member != user);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.albums.save(writer).await?;
        let saved: Vec<&AlbumUserRow> =
            self.members.iter().filter(|(key, row)| self.stored.get(key) != Some(row)).map(|(_, row)| row).collect();
        let deleted: Vec<&AlbumUserRow> =
            self.stored.iter().filter(|(key, _)| !self.members.contains_key(key)).map(|(_, row)| row).collect();
        writer.save(&saved).await?;
        writer.delete(&deleted).await?;
        self.links.save(writer).await
    }
}

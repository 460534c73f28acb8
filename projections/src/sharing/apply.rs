//! How events change this read model.

use std::{collections::HashSet, sync::Arc};

use albumen_domain::{
    AnyEvent, Recorded,
    activity::ActivityEvent,
    album::AlbumEvent,
    asset::AssetEvent,
    erasure::{ErasureEvent, ErasureScope},
    partnership::PartnershipEvent,
    shared_link::SharedLinkEvent,
    user::UserEvent,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    link_assets::LinkAssets,
    rows::{ActivityRow, PartnershipRow, SharedLinkRow},
};
use crate::runtime::{ApplyError, Batch, Projection, Writer};

/// See the module's words.
pub struct Sharing;

#[async_trait::async_trait]
impl Projection for Sharing {
    fn name(&self) -> &'static str {
        "sharing"
    }

    fn version(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["partnership", "shared_link", "shared_link_asset", "activity"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        Concern::of(recorded).is_some()
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mine: Vec<(&Recorded, Concern<'_>)> =
            events.iter().filter_map(|recorded| Some((recorded.as_ref(), Concern::of(recorded)?))).collect();
        let mut tables = Tables::load(writer, &mine).await?;
        for (recorded, concern) in mine {
            tables.apply(recorded, concern);
        }
        tables.save(writer).await?;
        Ok(())
    }
}

/// What an event is to this read model.
#[derive(Clone, Copy)]
enum Concern<'a> {
    Partnership(&'a PartnershipEvent),
    Link(&'a SharedLinkEvent),
    Activity(&'a ActivityEvent),
    AlbumGone,
    /// These are in the album no longer.
    LeftAlbum(&'a [Uuid]),
    AssetGone,
    /// For good, and with all that is theirs.
    UserGone,
    /// Whatever has this id: an asset, an album, a link, something that was said.
    SubjectErased,
}

impl<'a> Concern<'a> {
    fn of(recorded: &'a Recorded) -> Option<Self> {
        Some(match &recorded.event {
            AnyEvent::Partnership(event) => Self::Partnership(event),
            AnyEvent::SharedLink(event) => Self::Link(event),
            AnyEvent::Activity(event) => Self::Activity(event),
            AnyEvent::Album(AlbumEvent::Deleted(_)) => Self::AlbumGone,
            AnyEvent::Album(AlbumEvent::AssetsRemoved(removed)) => Self::LeftAlbum(&removed.assets),
            AnyEvent::Asset(AssetEvent::Deleted(_)) => Self::AssetGone,
            AnyEvent::User(UserEvent::Removed(_)) => Self::UserGone,
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => Self::UserGone,
                ErasureScope::Subject => Self::SubjectErased,
            },
            _ => return None,
        })
    }
}

/// The ids of the streams of a batch that are of one kind.
fn ids_where(events: &[(&Recorded, Concern<'_>)], is_meant: impl Fn(&Concern<'_>) -> bool) -> Vec<Uuid> {
    events.iter().filter(|(_, concern)| is_meant(concern)).map(|(recorded, _)| recorded.stream.id).collect()
}

struct Tables {
    partnerships: Batch<PartnershipRow>,
    links: Batch<SharedLinkRow>,
    link_assets: LinkAssets,
    activities: Batch<ActivityRow>,
}

impl Tables {
    /// The rows that events name, and those of whatever is gone.
    async fn load(writer: &mut Writer<'_>, events: &[(&Recorded, Concern<'_>)]) -> Result<Self, tokio_postgres::Error> {
        use Concern::{Activity, AlbumGone, AssetGone, LeftAlbum, Link, Partnership, SubjectErased, UserGone};
        let users = ids_where(events, |concern| matches!(concern, UserGone));
        let albums = ids_where(events, |concern| matches!(concern, AlbumGone | SubjectErased));
        let assets = ids_where(events, |concern| matches!(concern, AssetGone | SubjectErased));
        let left_of = ids_where(events, |concern| matches!(concern, LeftAlbum(_)));
        let left: HashSet<Uuid> = events
            .iter()
            .filter_map(|(_, concern)| if let LeftAlbum(assets) = concern { Some(*assets) } else { None })
            .flatten()
            .copied()
            .collect();
        let left: Vec<Uuid> = left.into_iter().collect();

        let mut partnerships = ids_where(events, |concern| matches!(concern, Partnership(_)));
        let mut links = ids_where(events, |concern| matches!(concern, Link(_) | SubjectErased));
        let mut activities = ids_where(events, |concern| matches!(concern, Activity(_) | SubjectErased));
        if !users.is_empty() {
            partnerships.extend(ids(writer.query(include_str!("sql/partnerships_of.sql"), &[&users]).await?));
        }
        if !(users.is_empty() && albums.is_empty()) {
            links.extend(ids(writer.query(include_str!("sql/links_of.sql"), &[&users, &albums]).await?));
        }
        if !(users.is_empty() && albums.is_empty() && assets.is_empty() && left.is_empty()) {
            let sql = include_str!("sql/activities_of.sql");
            activities.extend(ids(writer.query(sql, &[&users, &albums, &assets, &left_of, &left]).await?));
        }
        Ok(Self {
            partnerships: Batch::load(writer, partnerships, |row: &PartnershipRow| row.id).await?,
            links: Batch::load(writer, links, |row: &SharedLinkRow| row.id).await?,
            link_assets: LinkAssets::default(),
            activities: Batch::load(writer, activities, |row: &ActivityRow| row.id).await?,
        })
    }

    fn apply(&mut self, recorded: &Recorded, concern: Concern<'_>) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match concern {
            Concern::Partnership(event) => self.apply_partnership(id, at, event),
            Concern::Link(event) => self.apply_link(id, at, event),
            Concern::Activity(ActivityEvent::Created(created)) => {
                self.activities.insert(id, ActivityRow::created(id, at, created));
            }
            Concern::Activity(ActivityEvent::Deleted(_)) => self.activities.remove(id),
            Concern::AlbumGone => self.remove_album(id),
            Concern::LeftAlbum(assets) => {
                let assets: HashSet<&Uuid> = assets.iter().collect();
                let is_left = |row: &ActivityRow| row.asset_id.is_some_and(|asset| assets.contains(&asset));
                self.activities.remove_where(|row| row.album_id == id && is_left(row));
            }
            Concern::AssetGone => self.remove_asset(id),
            Concern::UserGone => self.remove_user(id),
            Concern::SubjectErased => {
                self.remove_link(id);
                self.activities.remove(id);
                self.remove_album(id);
                self.remove_asset(id);
            }
        }
    }

    fn apply_partnership(&mut self, id: Uuid, at: DateTime<Utc>, event: &PartnershipEvent) {
        match event {
            PartnershipEvent::Begun(begun) => self.partnerships.insert(id, PartnershipRow::begun(id, at, begun)),
            PartnershipEvent::TimelineChanged(changed) => {
                if let Some(row) = self.partnerships.change(id) {
                    row.in_timeline = changed.in_timeline;
                    row.updated_at = at;
                }
            }
            PartnershipEvent::Ended(_) => self.partnerships.remove(id),
        }
    }

    fn apply_link(&mut self, id: Uuid, at: DateTime<Utc>, event: &SharedLinkEvent) {
        if let SharedLinkEvent::Created(created) = event {
            self.links.insert(id, SharedLinkRow::created(id, at, created));
            return;
        }
        // A link whose owner or album is gone has no row any more, and what happens to it is not shown.
        let Some(link) = self.links.change(id) else { return };
        match event {
            SharedLinkEvent::Created(_) => {}
            SharedLinkEvent::Changed(changed) => link.hear(changed),
            SharedLinkEvent::AssetsAdded(added) => self.link_assets.set(id, &added.assets, true),
            SharedLinkEvent::AssetsRemoved(removed) => self.link_assets.set(id, &removed.assets, false),
            SharedLinkEvent::Deleted(_) => self.remove_link(id),
        }
    }

    fn remove_link(&mut self, id: Uuid) {
        self.links.remove(id);
        self.link_assets.clear_link(id);
    }

    fn remove_album(&mut self, album: Uuid) {
        for link in self.links.ids_where(|link| link.album_id == Some(album)) {
            self.remove_link(link);
        }
        self.activities.remove_where(|row| row.album_id == album);
    }

    fn remove_asset(&mut self, asset: Uuid) {
        self.link_assets.clear_asset(asset);
        self.activities.remove_where(|row| row.asset_id == Some(asset));
    }

    fn remove_user(&mut self, user: Uuid) {
        self.partnerships.remove_where(|row| row.shared_by_id == user || row.shared_with_id == user);
        for link in self.links.ids_where(|link| link.owner_id == user) {
            self.remove_link(link);
        }
        self.activities.remove_where(|row| row.user_id == user);
    }

    async fn save(&self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.partnerships.save(writer).await?;
        self.links.save(writer).await?;
        self.link_assets.save(writer).await?;
        self.activities.save(writer).await
    }
}

fn ids(rows: Vec<tokio_postgres::Row>) -> Vec<Uuid> {
    rows.iter().map(|row| row.get(0)).collect()
}

//! Albums, compared with a naive model, which computes them from the whole history each time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    album::{AlbumCreated, AlbumEvent, AlbumOrder, AlbumRestored, AlbumRole},
    asset::{AssetEvent, Visibility},
    erasure::{ErasureEvent, ErasureScope},
    user::UserEvent,
};
use albumen_projections::{
    ReadModels,
    albums::{AlbumFilter, AlbumStatistics, AlbumSummary},
    library::{BucketFilter, MetadataFilter},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::{
    naive::{Photo, month, shown},
    sharing,
};

/// An album that is left.
#[derive(Clone, Debug)]
struct NaiveAlbum {
    id: Uuid,
    owner: Uuid,
    name: String,
    description: String,
    order: AlbumOrder,
    activity_enabled: bool,
    thumbnail: Option<Uuid>,
    made_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    members: BTreeMap<Uuid, AlbumRole>,
    assets: BTreeSet<Uuid>,
    has_link: bool,
}

fn text(value: &Personal<String>) -> String {
    shown(value.known().map_or("", String::as_str))
}

impl NaiveAlbum {
    fn created(creation: &Recorded, created: &AlbumCreated) -> Self {
        Self {
            id: creation.stream.id,
            owner: created.owner,
            name: text(&created.name),
            description: text(&created.description),
            order: created.order,
            activity_enabled: true,
            thumbnail: None,
            made_at: creation.recorded_at,
            updated_at: creation.recorded_at,
            members: BTreeMap::from([(created.owner, AlbumRole::Owner)]),
            assets: BTreeSet::new(),
            has_link: false,
        }
    }

    fn restored(restoration: &Recorded, restored: &AlbumRestored) -> Self {
        let mut members: BTreeMap<Uuid, AlbumRole> =
            restored.users.iter().map(|member| (member.user, member.role)).collect();
        members.insert(restored.owner, AlbumRole::Owner);
        Self {
            id: restoration.stream.id,
            owner: restored.owner,
            name: text(&restored.name),
            description: text(&restored.description),
            order: restored.order,
            activity_enabled: restored.activity_enabled,
            thumbnail: restored.thumbnail,
            made_at: restored.made_at,
            updated_at: restoration.recorded_at,
            members,
            assets: BTreeSet::new(),
            has_link: false,
        }
    }

    /// With all that followed; none when it is gone.
    fn after(mut self, after: &[&Recorded]) -> Option<Self> {
        if after.iter().any(|recorded| is_end(recorded, self.id, self.owner)) {
            return None;
        }
        for recorded in after {
            match &recorded.event {
                AnyEvent::Album(event) if recorded.stream.id == self.id => self.hear(recorded.recorded_at, event),
                _ => self.lose(recorded),
            }
        }
        Some(self)
    }

    fn hear(&mut self, at: DateTime<Utc>, event: &AlbumEvent) {
        // Who comes is sent the album as one that has just changed.
        let stays_as_it_was = matches!(event, AlbumEvent::UserRoleChanged(_) | AlbumEvent::UserRemoved(_));
        if !stays_as_it_was {
            self.updated_at = at;
        }
        match event {
            AlbumEvent::Created(_) | AlbumEvent::Restored(_) | AlbumEvent::Deleted(_) => {}
            AlbumEvent::DetailsChanged(changed) => {
                self.name = changed.name.as_ref().map_or_else(|| self.name.clone(), text);
                self.description = changed.description.as_ref().map_or_else(|| self.description.clone(), text);
            }
            AlbumEvent::SettingsChanged(changed) => {
                self.order = changed.order.unwrap_or(self.order);
                self.activity_enabled = changed.activity_enabled.unwrap_or(self.activity_enabled);
            }
            AlbumEvent::ThumbnailChosen(chosen) => self.thumbnail = Some(chosen.asset),
            AlbumEvent::AssetsAdded(added) => {
                self.thumbnail = self.thumbnail.or(Some(added.assets[0]));
                self.assets.extend(added.assets.iter().copied());
            }
            AlbumEvent::AssetsRemoved(removed) => {
                self.thumbnail = self.thumbnail.filter(|asset| !removed.assets.contains(asset));
                self.assets.retain(|asset| !removed.assets.contains(asset));
            }
            AlbumEvent::UsersAdded(added) => {
                self.members.extend(added.users.iter().map(|member| (member.user, member.role)));
            }
            AlbumEvent::UserRoleChanged(changed) => {
                self.members.entry(changed.user).and_modify(|role| *role = changed.role);
            }
            AlbumEvent::UserRemoved(removed) => {
                self.members.remove(&removed.user);
            }
        }
    }

    /// Users and assets that are gone are in no album any more.
    fn lose(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::User(UserEvent::Removed(_)) => {
                self.members.remove(&id);
            }
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => {
                    self.members.remove(&id);
                }
                ErasureScope::Subject => {
                    self.assets.remove(&id);
                }
            },
            AnyEvent::Asset(AssetEvent::Deleted(_)) => {
                self.assets.remove(&id);
            }
            _ => {}
        }
    }

    /// Its assets in sight, the newest first.
    fn photos<'a>(&self, photos: &'a [Photo]) -> Vec<&'a Photo> {
        let is_shown = |photo: &&Photo| {
            self.assets.contains(&photo.id)
                && photo.is_active()
                && matches!(photo.visibility, Visibility::Timeline | Visibility::Archive)
        };
        let mut shown: Vec<&Photo> = photos.iter().filter(is_shown).collect();
        shown.sort_by_key(|photo| (Reverse(photo.taken_at), photo.id));
        shown
    }
}

fn is_end(recorded: &Recorded, album: Uuid, owner: Uuid) -> bool {
    match &recorded.event {
        AnyEvent::Album(AlbumEvent::Deleted(_)) => recorded.stream.id == album,
        AnyEvent::User(UserEvent::Removed(_)) => recorded.stream.id == owner,
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
            ErasureScope::Owner => recorded.stream.id == owner,
            ErasureScope::Subject => recorded.stream.id == album,
        },
        _ => false,
    }
}

/// All albums that are left, and the users who are not deleted.
fn albums(events: &[Arc<Recorded>]) -> (Vec<NaiveAlbum>, BTreeSet<Uuid>) {
    let events: Vec<&Recorded> = events.iter().map(Arc::as_ref).collect();
    let mut albums = Vec::new();
    let mut users = BTreeSet::new();
    for (index, recorded) in events.iter().enumerate() {
        match &recorded.event {
            AnyEvent::Album(AlbumEvent::Created(created)) => {
                albums.extend(NaiveAlbum::created(recorded, created).after(&events[index + 1..]));
            }
            AnyEvent::Album(AlbumEvent::Restored(restored)) => {
                albums.extend(NaiveAlbum::restored(recorded, restored).after(&events[index + 1..]));
            }
            AnyEvent::User(UserEvent::Registered(_)) => {
                users.insert(recorded.stream.id);
            }
            _ => {}
        }
    }
    users.retain(|user| is_active(*user, &events));
    (albums, users)
}

/// The users who are not deleted.
pub fn active_users(events: &[Arc<Recorded>]) -> BTreeSet<Uuid> {
    albums(events).1
}

/// The albums of users who are not deleted, with what is in them.
pub fn active_albums(events: &[Arc<Recorded>]) -> BTreeMap<Uuid, BTreeSet<Uuid>> {
    let (albums, users) = albums(events);
    albums.into_iter().filter(|album| users.contains(&album.owner)).map(|album| (album.id, album.assets)).collect()
}

fn is_active(user: Uuid, events: &[&Recorded]) -> bool {
    let is_erased = events.iter().any(|recorded| is_end(recorded, Uuid::nil(), user));
    let mut changes = events.iter().filter(|r| r.stream.id == user).filter_map(|recorded| match &recorded.event {
        AnyEvent::User(UserEvent::Deleted(_)) => Some(false),
        AnyEvent::User(UserEvent::Restored(_)) => Some(true),
        _ => None,
    });
    !is_erased && changes.next_back().unwrap_or(true)
}

/// Every answer about albums is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], photos: &[Photo]) {
    let (mut albums, users) = albums(events);
    let linked = sharing::linked_albums(events);
    albums.iter_mut().for_each(|album| album.has_link = linked.contains(&album.id));
    assert_search(models, &albums, photos).await;
    albums.retain(|album| users.contains(&album.owner));
    albums.sort_by_key(|album| (Reverse(album.made_at), album.id));
    for user in &users {
        let mine: Vec<&NaiveAlbum> = albums.iter().filter(|album| album.members.contains_key(user)).collect();
        assert_list(models, *user, &mine, &users, photos).await;
        assert_access(models, *user, &mine, photos).await;
    }
    for album in &albums {
        assert_album(models, album, &users, photos).await;
        assert_timeline_of(models, album, photos).await;
    }
}

fn is_shared(album: &NaiveAlbum, users: &BTreeSet<Uuid>) -> bool {
    album.has_link || album.members.keys().any(|member| *member != album.owner && users.contains(member))
}

fn assert_summary(found: &AlbumSummary, album: &NaiveAlbum, photos: &[Photo]) {
    let row = &found.album;
    assert_eq!((row.id, row.owner_id), (album.id, album.owner));
    assert_eq!((&row.name, &row.description), (&album.name, &album.description));
    assert_eq!((row.asset_order.as_str(), row.activity_enabled), (album.order.as_str(), album.activity_enabled));
    assert_eq!((row.created_at, row.updated_at), (album.made_at, album.updated_at), "{}", album.id);
    let shown = album.photos(photos);
    let days: Vec<NaiveDate> = shown.iter().map(|photo| photo.local.date()).collect();
    assert_eq!(found.asset_count, shown.len() as i64, "{}", album.id);
    assert_eq!((found.first_day, found.last_day), (days.iter().min().copied(), days.iter().max().copied()));
    assert_eq!(found.last_modified_at.is_some(), !shown.is_empty());
    assert_eq!(found.has_link, album.has_link, "{}", album.id);
    let chosen = album.thumbnail.filter(|asset| shown.iter().any(|photo| photo.id == *asset));
    assert_eq!(found.thumbnail_asset_id, chosen.or(shown.first().map(|photo| photo.id)), "{}", album.id);
}

async fn assert_list(models: &ReadModels, user: Uuid, mine: &[&NaiveAlbum], users: &BTreeSet<Uuid>, photos: &[Photo]) {
    for (owned, shared) in [(None, None), (Some(true), None), (Some(false), Some(true)), (None, Some(false))] {
        let is_meant = |album: &&&NaiveAlbum| {
            owned.is_none_or(|owned| owned == (album.owner == user))
                && shared.is_none_or(|shared| shared == is_shared(album, users))
        };
        let expected: Vec<&&NaiveAlbum> = mine.iter().filter(is_meant).collect();
        let filter = AlbumFilter { owned, shared, ..AlbumFilter::default() };
        let found = models.albums().of_member(user, &filter).await.unwrap();
        assert_eq!(found.len(), expected.len(), "{filter:?} of {user}");
        for (found, album) in found.iter().zip(expected) {
            assert_summary(found, album, photos);
        }
    }
    let others: BTreeSet<Uuid> = models.albums().of_others(user).await.unwrap().into_iter().collect();
    let expected = mine.iter().filter(|album| album.owner != user).map(|album| album.id);
    assert_eq!(others, expected.collect::<BTreeSet<_>>(), "of {user}");
    for album in mine {
        let filter = AlbumFilter { id: Some(album.id), ..AlbumFilter::default() };
        let found = models.albums().of_member(user, &filter).await.unwrap();
        assert_eq!(found, models.albums().as_owned(&[album.id]).await.unwrap());
        assert_eq!(found.len(), 1);
        assert_summary(&found[0], album, photos);
    }
    let statistics = models.albums().statistics(user).await.unwrap();
    let count = |is_counted: &dyn Fn(&NaiveAlbum) -> bool| mine.iter().filter(|album| is_counted(album)).count() as i64;
    let expected = AlbumStatistics {
        owned: count(&|album| album.owner == user),
        shared: count(&|album| is_shared(album, users)),
        not_shared: count(&|album| !is_shared(album, users)),
    };
    assert_eq!(statistics, expected);
}

/// What a member reaches through albums, and what they are in them.
async fn assert_access(models: &ReadModels, user: Uuid, mine: &[&NaiveAlbum], photos: &[Photo]) {
    let ids: Vec<Uuid> = mine.iter().map(|album| album.id).collect();
    let roles: BTreeMap<Uuid, String> = models.albums().roles(user, &ids).await.unwrap().into_iter().collect();
    let expected = mine.iter().map(|album| (album.id, album.members[&user].as_str().to_owned()));
    assert_eq!(roles, expected.collect::<BTreeMap<_, _>>());
    let all: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    let reachable: BTreeSet<Uuid> = models.albums().reachable(user, &all).await.unwrap().into_iter().collect();
    let in_albums = photos.iter().filter(|photo| {
        let is_there = mine.iter().any(|album| album.assets.contains(&photo.id));
        is_there && photo.is_active() && photo.visibility != Visibility::Locked
    });
    let halves = |photo: &Photo| photo.moving_half.filter(|half| all.contains(half));
    let expected = in_albums.flat_map(|photo| [Some(photo.id), halves(photo)]).flatten();
    assert_eq!(reachable, expected.collect::<BTreeSet<_>>(), "of {user}");
}

async fn assert_album(models: &ReadModels, album: &NaiveAlbum, users: &BTreeSet<Uuid>, photos: &[Photo]) {
    let people = models.albums().people(&[album.id]).await.unwrap();
    let people: BTreeMap<Uuid, String> = people.into_iter().map(|one| (one.account.id, one.role)).collect();
    let expected = album.members.iter().filter(|(user, _)| users.contains(user));
    let expected = expected.map(|(user, role)| (*user, role.as_str().to_owned()));
    assert_eq!(people, expected.collect::<BTreeMap<_, _>>());
    let all: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    let among: BTreeSet<Uuid> = models.albums().among(album.id, &all).await.unwrap().into_iter().collect();
    let expected = all.iter().filter(|id| album.assets.contains(id)).copied();
    assert_eq!(among, expected.collect::<BTreeSet<_>>());
    let shown = album.photos(photos);
    let mut contributors: BTreeMap<Uuid, i64> = BTreeMap::new();
    for photo in &shown {
        *contributors.entry(photo.owner).or_default() += 1;
    }
    let found = models.albums().contributors(album.id).await.unwrap();
    assert!(found.is_sorted_by_key(|(_, count)| Reverse(*count)));
    assert_eq!(found.into_iter().collect::<BTreeMap<_, _>>(), contributors);
    let markers = models.albums().markers(album.id).await.unwrap();
    let markers: Vec<_> = markers.into_iter().map(|marker| (marker.id, (marker.latitude, marker.longitude))).collect();
    let located = shown.iter().filter_map(|photo| photo.position.map(|position| (photo.id, position)));
    assert_eq!(markers, located.collect::<Vec<_>>());
}

async fn assert_timeline_of(models: &ReadModels, album: &NaiveAlbum, photos: &[Photo]) {
    let filter = BucketFilter { album: Some(album.id), ..BucketFilter::default() };
    let mut months: BTreeMap<NaiveDate, BTreeSet<Uuid>> = BTreeMap::new();
    for photo in album.photos(photos) {
        months.entry(month(photo.local.date())).or_default().insert(photo.id);
    }
    let expected: Vec<(NaiveDate, i64)> = months.iter().rev().map(|(month, ids)| (*month, ids.len() as i64)).collect();
    assert_eq!(models.library().buckets(&filter).await.unwrap(), expected, "{}", album.id);
    for (month, ids) in months {
        let bucket = models.library().bucket(month, &filter).await.unwrap();
        assert_eq!(bucket.tiles().map(|tile| tile.id).collect::<BTreeSet<_>>(), ids, "{month} of {}", album.id);
    }
}

/// In each of some albums, and in none at all.
async fn assert_search(models: &ReadModels, albums: &[NaiveAlbum], photos: &[Photo]) {
    let found = async |filter: MetadataFilter| -> BTreeSet<Uuid> {
        let filter = MetadataFilter { limit: i64::MAX, ..filter };
        models.library().search(&filter).await.unwrap().into_iter().map(|row| row.id).collect()
    };
    let is_found = |photo: &&Photo| photo.is_active() && photo.visibility != Visibility::Locked;
    for pair in albums.windows(2) {
        let both = MetadataFilter { albums: vec![pair[0].id, pair[1].id], ..MetadataFilter::default() };
        let expected = photos.iter().filter(is_found).map(|photo| photo.id);
        let expected = expected.filter(|id| pair.iter().all(|album| album.assets.contains(id)));
        assert_eq!(found(both).await, expected.collect::<BTreeSet<_>>());
        let twice = MetadataFilter { albums: vec![pair[0].id, pair[0].id], ..MetadataFilter::default() };
        assert!(found(twice).await.is_empty(), "an album that is named twice");
    }
    let owners: BTreeSet<Uuid> = photos.iter().map(|photo| photo.owner).collect();
    let nowhere =
        MetadataFilter { owners: owners.into_iter().collect(), in_no_album: true, ..MetadataFilter::default() };
    // Albums of deleted users count too.
    let is_nowhere = |id: &Uuid| !albums.iter().any(|album| album.assets.contains(id));
    let expected = photos.iter().filter(is_found).map(|photo| photo.id).filter(is_nowhere);
    assert_eq!(found(nowhere).await, expected.collect::<BTreeSet<_>>());
}

//! What is shared, compared with a naive model, which computes it from the whole history each time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Personal, Recorded,
    activity::{ActivityCreated, ActivityEvent},
    album::AlbumEvent,
    asset::AssetEvent,
    asset::Visibility,
    erasure::{ErasureEvent, ErasureScope},
    partnership::{PartnershipBegun, PartnershipEvent},
    shared_link::{SharedLinkCreated, SharedLinkEvent},
    user::UserEvent,
};
use albumen_projections::{
    ReadModels,
    sharing::{ActivityFilter, LinkFilter, PartnerDirection},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    albums::{active_albums, active_users},
    naive::{Photo, shown},
};

/// Whether a user is gone with this event.
fn is_gone(recorded: &Recorded, user: Uuid) -> bool {
    let is_end = match &recorded.event {
        AnyEvent::User(UserEvent::Removed(_)) => true,
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => erased.scope == ErasureScope::Owner,
        _ => false,
    };
    is_end && recorded.stream.id == user
}

/// A partnership that is left.
#[derive(Clone, Copy, Debug)]
struct NaivePartnership {
    by: Uuid,
    with: Uuid,
    in_timeline: bool,
}

fn partnership(begun: &PartnershipBegun, id: Uuid, after: &[Arc<Recorded>]) -> Option<NaivePartnership> {
    let (by, with) = (begun.shared_by, begun.shared_with);
    let mut in_timeline = false;
    for recorded in after {
        if is_gone(recorded, by) || is_gone(recorded, with) {
            return None;
        }
        match &recorded.event {
            AnyEvent::Partnership(PartnershipEvent::Ended(_)) if recorded.stream.id == id => return None,
            AnyEvent::Partnership(PartnershipEvent::TimelineChanged(changed)) if recorded.stream.id == id => {
                in_timeline = changed.in_timeline;
            }
            _ => {}
        }
    }
    Some(NaivePartnership { by, with, in_timeline })
}

/// Those that are left between users who are not deleted.
fn partnerships(events: &[Arc<Recorded>], users: &BTreeSet<Uuid>) -> Vec<NaivePartnership> {
    let begun = events.iter().enumerate().filter_map(|(index, recorded)| match &recorded.event {
        AnyEvent::Partnership(PartnershipEvent::Begun(begun)) => Some((index, recorded.stream.id, begun)),
        _ => None,
    });
    let left = begun.filter_map(|(index, id, begun)| partnership(begun, id, &events[index + 1..]));
    left.filter(|one| users.contains(&one.by) && users.contains(&one.with)).collect()
}

/// Every answer about what is shared is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], photos: &[Photo]) {
    let users = active_users(events);
    let partnerships = partnerships(events, &users);
    for user in &users {
        assert_partners(models, *user, &partnerships).await;
        assert_shown(models, *user, &partnerships, photos).await;
    }
    let albums = active_albums(events);
    let links: Vec<NaiveLink> = links(events)
        .into_iter()
        .filter(|link| users.contains(&link.owner) && link.album.is_none_or(|album| albums.contains_key(&album)))
        .collect();
    for user in &users {
        assert_links(models, *user, &links).await;
    }
    for link in &links {
        assert_link(models, link, &albums, photos).await;
    }
    assert_activities(models, events, &users, &albums, photos).await;
}

async fn assert_partners(models: &ReadModels, user: Uuid, partnerships: &[NaivePartnership]) {
    let found = async |direction| -> BTreeMap<Uuid, bool> {
        let partners = models.sharing().partners(user, direction, None).await.unwrap();
        partners.into_iter().map(|partner| (partner.account.id, partner.partnership.in_timeline)).collect()
    };
    let by = partnerships.iter().filter(|one| one.by == user).map(|one| (one.with, one.in_timeline));
    assert_eq!(found(PartnerDirection::SharedBy).await, by.collect::<BTreeMap<_, _>>());
    let with = partnerships.iter().filter(|one| one.with == user);
    let expected: BTreeMap<Uuid, bool> = with.map(|one| (one.by, one.in_timeline)).collect();
    assert_eq!(found(PartnerDirection::SharedWith).await, expected);
    for (partner, in_timeline) in expected {
        let one = models.sharing().partners(user, PartnerDirection::SharedWith, Some(partner)).await.unwrap();
        assert_eq!(one.len(), 1);
        let in_mine = models.sharing().sharing_with(user, true).await.unwrap();
        assert_eq!(in_mine.contains(&partner), in_timeline);
        assert!(models.sharing().sharing_with(user, false).await.unwrap().contains(&partner));
    }
}

async fn assert_shown(models: &ReadModels, user: Uuid, partnerships: &[NaivePartnership], photos: &[Photo]) {
    let all: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    let found = models.sharing().shown_by_partners(user, &all).await.unwrap();
    let is_shown = |photo: &&Photo| {
        partnerships.iter().any(|one| one.with == user && one.by == photo.owner)
            && photo.is_active()
            && matches!(photo.visibility, Visibility::Timeline | Visibility::Hidden)
    };
    let expected: BTreeSet<Uuid> = photos.iter().filter(is_shown).map(|photo| photo.id).collect();
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "of {user}");
}

/// A link that is left.
#[derive(Clone, Debug)]
struct NaiveLink {
    id: Uuid,
    owner: Uuid,
    album: Option<Uuid>,
    slug: Option<String>,
    password: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    flags: (bool, bool, bool),
    assets: BTreeSet<Uuid>,
}

fn text(value: &Personal<String>) -> String {
    shown(value.known().map_or("", String::as_str))
}

/// Whether an event erases this very thing.
fn is_erased(recorded: &Recorded, id: Uuid) -> bool {
    let AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) = &recorded.event else { return false };
    erased.scope == ErasureScope::Subject && recorded.stream.id == id
}

fn is_album_gone(recorded: &Recorded, album: Uuid) -> bool {
    let is_deleted = matches!(recorded.event, AnyEvent::Album(AlbumEvent::Deleted(_)));
    (is_deleted && recorded.stream.id == album) || is_erased(recorded, album)
}

fn is_asset_gone(recorded: &Recorded, asset: Uuid) -> bool {
    let is_deleted = matches!(recorded.event, AnyEvent::Asset(AssetEvent::Deleted(_)));
    (is_deleted && recorded.stream.id == asset) || is_erased(recorded, asset)
}

fn link(created: &SharedLinkCreated, id: Uuid, after: &[Arc<Recorded>]) -> Option<NaiveLink> {
    let mut link = NaiveLink {
        id,
        owner: created.owner,
        album: created.album,
        slug: created.slug.as_ref().map(text),
        password: created.password.as_ref().map(text),
        expires_at: created.expires_at,
        flags: (created.allow_upload, created.allow_download, created.show_metadata),
        assets: BTreeSet::new(),
    };
    for recorded in after {
        let is_over = is_gone(recorded, link.owner)
            || is_erased(recorded, id)
            || link.album.is_some_and(|album| is_album_gone(recorded, album));
        if is_over {
            return None;
        }
        link.assets.retain(|asset| !is_asset_gone(recorded, *asset));
        let AnyEvent::SharedLink(event) = &recorded.event else { continue };
        if recorded.stream.id != id {
            continue;
        }
        match event {
            SharedLinkEvent::Created(_) => {}
            SharedLinkEvent::Deleted(_) => return None,
            SharedLinkEvent::AssetsAdded(added) => link.assets.extend(&added.assets),
            SharedLinkEvent::AssetsRemoved(removed) => link.assets.retain(|asset| !removed.assets.contains(asset)),
            SharedLinkEvent::Changed(changed) => {
                let (upload, download, metadata) = link.flags;
                link.flags = (
                    changed.allow_upload.unwrap_or(upload),
                    changed.allow_download.unwrap_or(download),
                    changed.show_metadata.unwrap_or(metadata),
                );
                let set = |old: &Option<String>, new: &Option<albumen_domain::user::Set<Personal<String>>>| match new {
                    Some(new) => new.value.as_ref().map(text),
                    None => old.clone(),
                };
                link.slug = set(&link.slug, &changed.slug);
                link.password = set(&link.password, &changed.password);
                link.expires_at = changed.expires_at.as_ref().map_or(link.expires_at, |new| new.value);
            }
        }
    }
    Some(link)
}

fn links(events: &[Arc<Recorded>]) -> Vec<NaiveLink> {
    let created = events.iter().enumerate().filter_map(|(index, recorded)| match &recorded.event {
        AnyEvent::SharedLink(SharedLinkEvent::Created(created)) => Some((index, recorded.stream.id, created)),
        _ => None,
    });
    created.filter_map(|(index, id, created)| link(created, id, &events[index + 1..])).collect()
}

/// The albums to which a link is left.
pub fn linked_albums(events: &[Arc<Recorded>]) -> BTreeSet<Uuid> {
    links(events).into_iter().filter_map(|link| link.album).collect()
}

async fn assert_links(models: &ReadModels, user: Uuid, links: &[NaiveLink]) {
    let found = models.sharing().links_of(user, &LinkFilter::default()).await.unwrap();
    let found: BTreeSet<Uuid> = found.into_iter().map(|link| link.id).collect();
    let expected = links.iter().filter(|link| link.owner == user).map(|link| link.id);
    assert_eq!(found, expected.collect::<BTreeSet<_>>(), "of {user}");
}

async fn assert_link(models: &ReadModels, link: &NaiveLink, albums: &BTreeMap<Uuid, BTreeSet<Uuid>>, photos: &[Photo]) {
    let found = models.sharing().link_by_key(link.id.as_bytes()).await.unwrap().expect("the link opens").link;
    assert_eq!((found.id, found.owner_id, found.album_id), (link.id, link.owner, link.album));
    assert_eq!((&found.slug, &found.password), (&link.slug, &link.password));
    assert_eq!(found.expires_at, link.expires_at);
    assert_eq!((found.allow_upload, found.allow_download, found.show_metadata), link.flags);
    if let Some(slug) = &link.slug {
        assert_eq!(models.sharing().link_by_slug(slug).await.unwrap().map(|found| found.link.id), Some(link.id));
    }
    let is_shown = |photo: &&Photo| photo.is_active() && photo.visibility != Visibility::Locked;
    let by_itself: BTreeSet<Uuid> =
        photos.iter().filter(is_shown).map(|photo| photo.id).filter(|id| link.assets.contains(id)).collect();
    let assets = models.sharing().assets_of_links(&[link.id], false).await.unwrap();
    assert_eq!(assets.iter().map(|(_, row)| row.id).collect::<BTreeSet<_>>(), by_itself);
    let first = models.sharing().assets_of_links(&[link.id], true).await.unwrap();
    assert_eq!(first.first().map(|(_, row)| row.id), assets.first().map(|(_, row)| row.id));
    assert_eq!(models.sharing().count_assets_of_link(link.id).await.unwrap(), by_itself.len() as i64);
    let in_album = link.album.map(|album| albums[&album].clone()).unwrap_or_default();
    let all: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    let reached = models.sharing().reachable_by_link(link.id, &all).await.unwrap();
    let open = photos.iter().filter(is_shown);
    let open = open.filter(|photo| link.assets.contains(&photo.id) || in_album.contains(&photo.id));
    let halves = |photo: &Photo| photo.moving_half.filter(|half| all.contains(half));
    let expected: BTreeSet<Uuid> = open.flat_map(|photo| [Some(photo.id), halves(photo)]).flatten().collect();
    assert_eq!(reached.into_iter().collect::<BTreeSet<_>>(), expected, "by {}", link.id);
}

/// Something that was said and is still there.
fn is_left(created: &ActivityCreated, id: Uuid, after: &[Arc<Recorded>]) -> bool {
    !after.iter().any(|recorded| {
        let has_left = match (&recorded.event, created.asset) {
            (AnyEvent::Album(AlbumEvent::AssetsRemoved(removed)), Some(asset)) => {
                recorded.stream.id == created.album && removed.assets.contains(&asset)
            }
            (AnyEvent::Activity(ActivityEvent::Deleted(_)), _) => recorded.stream.id == id,
            _ => false,
        };
        has_left
            || is_gone(recorded, created.user)
            || is_erased(recorded, id)
            || is_album_gone(recorded, created.album)
            || created.asset.is_some_and(|asset| is_asset_gone(recorded, asset))
    })
}

async fn assert_activities(
    models: &ReadModels,
    events: &[Arc<Recorded>],
    users: &BTreeSet<Uuid>,
    albums: &BTreeMap<Uuid, BTreeSet<Uuid>>,
    photos: &[Photo],
) {
    let said = events.iter().enumerate().filter_map(|(index, recorded)| match &recorded.event {
        AnyEvent::Activity(ActivityEvent::Created(created)) => Some((index, recorded.stream.id, created)),
        _ => None,
    });
    let is_shown = |asset: Uuid| photos.iter().any(|photo| photo.id == asset && photo.is_active());
    let left: Vec<(Uuid, &ActivityCreated)> = said
        .filter(|(index, id, created)| is_left(created, *id, &events[index + 1..]))
        .filter(|(_, _, created)| users.contains(&created.user) && created.asset.is_none_or(is_shown))
        .map(|(_, id, created)| (id, created))
        .collect();
    for album in albums.keys() {
        let mine = left.iter().filter(|(_, created)| created.album == *album);
        for filter in [
            ActivityFilter::default(),
            ActivityFilter { of_album_alone: true, ..ActivityFilter::default() },
            ActivityFilter { likes: Some(true), ..ActivityFilter::default() },
            ActivityFilter { likes: Some(false), ..ActivityFilter::default() },
        ] {
            let is_meant = |created: &ActivityCreated| {
                !(filter.of_album_alone && created.asset.is_some())
                    && filter.likes.is_none_or(|likes| likes == created.comment.is_none())
            };
            let expected: Vec<(Uuid, Uuid, Option<String>)> = mine
                .clone()
                .filter(|(_, created)| is_meant(created))
                .map(|(id, created)| (*id, created.user, created.comment.as_ref().map(text)))
                .collect();
            let found = models.sharing().activities(*album, &filter).await.unwrap();
            let mut found: Vec<(Uuid, Uuid, Option<String>)> =
                found.into_iter().map(|one| (one.activity.id, one.account.id, one.activity.comment)).collect();
            let mut expected = expected;
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{filter:?} of {album}");
        }
        let likes = mine.clone().filter(|(_, created)| created.comment.is_none()).count() as i64;
        let counts = models.sharing().count_activities(*album, None).await.unwrap();
        assert_eq!(counts, (mine.count() as i64 - likes, likes), "{album}");
    }
}

//! Timeline, trash and counts, compared with the naive model.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    Recorded,
    asset::{AssetKind, Visibility},
};
use albumen_projections::{
    ReadModels,
    library::{AssetFilter, BucketFilter, Tile, TimeBy, Usage},
};
use chrono::{Days, NaiveDate};
use proptest::{collection::vec, option, prelude::*};
use uuid::Uuid;

use crate::{
    albums, explore, happened, memories,
    naive::{self, Photo, Status, month},
    people, sharing, tags, texts,
};

/// What is asked of the timeline; the owners are chosen among those that there are.
#[derive(Clone, Debug)]
pub struct Question {
    /// One bit for each owner.
    owners: u8,
    filter: BucketFilter,
}

/// A handful of them.
pub fn questions() -> impl Strategy<Value = Vec<Question>> {
    vec(question(), 10..20)
}

fn question() -> impl Strategy<Value = Question> {
    let visibility = option::of(prop_oneof![
        3 => Just("timeline"),
        1 => Just("archive"),
        1 => Just("hidden"),
        1 => Just("locked"),
    ]);
    let bounds = (-180..=180i32, -90..=90i32, -180..=180i32, -90..=90i32)
        .prop_map(|(west, a, east, b)| [west, a.min(b), east, a.max(b)].map(f64::from));
    let by = prop_oneof![3 => Just(TimeBy::Taken), 1 => Just(TimeBy::Created)];
    let marks = (prop::bool::weighted(0.2), option::weighted(0.3, any::<bool>()), any::<bool>());
    (prop_oneof![Just(u8::MAX), any::<u8>()], visibility, option::weighted(0.4, bounds), by, marks).prop_map(
        |(owners, visibility, bounds, by, (trashed, favorite, ascending))| {
            let visibility = visibility.map(str::to_owned);
            let owners_of_all = Vec::new();
            Question {
                owners,
                filter: BucketFilter {
                    owners: owners_of_all,
                    trashed,
                    visibility,
                    favorite,
                    by,
                    ascending,
                    bounds,
                    ..BucketFilter::default()
                },
            }
        },
    )
}

/// Every answer of the read models is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], questions: &[Question]) {
    let photos = naive::library(events);
    let owners: BTreeSet<Uuid> = photos.iter().map(|photo| photo.owner).collect();
    let owners: Vec<Uuid> = owners.into_iter().collect();
    for question in questions {
        let chosen = owners.iter().enumerate().filter(|(index, _)| question.owners >> (index % 8) & 1 == 1);
        let owners = chosen.map(|(_, owner)| *owner).collect();
        assert_timeline(models, &photos, &BucketFilter { owners, ..question.filter.clone() }).await;
    }
    let everything = BucketFilter { owners: owners.clone(), ..BucketFilter::default() };
    assert_timeline(models, &photos, &everything).await;
    for owner in &owners {
        assert_trash(models, &photos, *owner).await;
        assert_counts(models, &photos, *owner).await;
        assert_days(models, &photos, *owner).await;
    }
    assert_usage(models, &photos, &owners).await;
    assert_details(models, &photos).await;
    albums::assert_agrees(models, events, &photos).await;
    tags::assert_agrees(models, events, &photos).await;
    sharing::assert_agrees(models, events, &photos).await;
    people::assert_agrees(models, events, &photos).await;
    texts::assert_agrees(models, events).await;
    memories::assert_agrees(models, events, &photos).await;
    explore::assert_agrees(models, &photos).await;
    happened::assert_agrees(models, events).await;
}

fn is_meant(photo: &Photo, filter: &BucketFilter) -> bool {
    let state_fits = if filter.trashed { photo.is_trashed() } else { photo.is_active() };
    let is_visible = match filter.visibility.as_deref() {
        None => matches!(photo.visibility, Visibility::Timeline | Visibility::Archive),
        Some(one) => photo.visibility.as_str() == one,
    };
    let is_within = filter.bounds.is_none_or(|bounds| photo.position.is_some_and(|at| is_inside(bounds, at)));
    let is_marked = filter.favorite.is_none_or(|favorite| photo.favorite == favorite);
    filter.owners.contains(&photo.owner) && state_fits && is_visible && is_within && is_marked
}

/// Whether one comes to a place by going east from the west of a box.
fn is_inside([west, south, east, north]: [f64; 4], (latitude, longitude): (f64, f64)) -> bool {
    let is_between =
        if west <= east { west <= longitude && longitude <= east } else { longitude >= west || longitude <= east };
    south <= latitude && latitude <= north && is_between
}

fn month_of(photo: &Photo, by: TimeBy) -> NaiveDate {
    month(match by {
        TimeBy::Taken => photo.local.date(),
        TimeBy::Created => photo.uploaded_at.date_naive(),
    })
}

fn in_order(a: &Photo, b: &Photo, filter: &BucketFilter) -> Ordering {
    let by_time = match filter.by {
        TimeBy::Taken => (a.local.date(), a.taken_at).cmp(&(b.local.date(), b.taken_at)),
        TimeBy::Created => a.uploaded_at.cmp(&b.uploaded_at),
    };
    let by_time = if filter.ascending { by_time } else { by_time.reverse() };
    by_time.then(a.id.cmp(&b.id))
}

async fn assert_timeline(models: &ReadModels, photos: &[Photo], filter: &BucketFilter) {
    let mut meant: BTreeMap<NaiveDate, Vec<&Photo>> = BTreeMap::new();
    for photo in photos.iter().filter(|photo| is_meant(photo, filter)) {
        meant.entry(month_of(photo, filter.by)).or_default().push(photo);
    }
    let mut months: Vec<(NaiveDate, i64)> = meant.iter().map(|(month, photos)| (*month, photos.len() as i64)).collect();
    if !filter.ascending {
        months.reverse();
    }
    assert_eq!(models.library().buckets(filter).await.unwrap(), months, "{filter:?}");
    for (month, mut photos) in meant {
        photos.sort_by(|a, b| in_order(a, b, filter));
        let bucket = models.library().bucket(month, filter).await.unwrap();
        let tiles: Vec<Tile<'_>> = photos.into_iter().map(tile_of).collect();
        assert_eq!(bucket.tiles().collect::<Vec<_>>(), tiles, "{month} of {filter:?}");
    }
}

fn tile_of(photo: &Photo) -> Tile<'_> {
    Tile {
        id: photo.id,
        owner_id: photo.owner,
        taken_at: photo.taken_at,
        local_taken_at: photo.local,
        created_at: photo.uploaded_at,
        favorite: photo.favorite,
        is_image: photo.kind == AssetKind::Image,
        visibility: photo.visibility.as_str(),
        size: photo.size,
        duration_ms: photo.duration_ms,
        live_photo_video_id: photo.moving_half,
        latitude: photo.position.map(|at| at.0),
        longitude: photo.position.map(|at| at.1),
        thumbhash: photo.thumbhash.as_deref(),
        projection_type: photo.projection_type.as_deref(),
        city: photo.place.0.as_deref(),
        country: photo.place.1.as_deref(),
    }
}

async fn assert_trash(models: &ReadModels, photos: &[Photo], owner: Uuid) {
    let mut trash: Vec<_> = photos
        .iter()
        .filter(|photo| photo.owner == owner)
        .filter_map(|photo| match photo.status {
            Status::Trashed(at) => Some((at, photo.id)),
            _ => None,
        })
        .collect();
    trash.sort();
    let ids: Vec<Uuid> = trash.iter().map(|(_, id)| *id).collect();
    assert_eq!(models.library().trashed(owner).await.unwrap(), ids);
    if let Some((last, _)) = trash.last() {
        let expired = models.library().trashed_before(*last, i64::MAX).await.unwrap();
        let earlier = trash.iter().filter(|(at, _)| at < last);
        assert!(earlier.clone().all(|(_, id)| expired.contains(id)));
        assert!(trash.iter().filter(|(at, _)| at == last).all(|(_, id)| !expired.contains(id)));
    }
}

async fn assert_counts(models: &ReadModels, photos: &[Photo], owner: Uuid) {
    for trashed in [false, true] {
        for favorite in [None, Some(true), Some(false)] {
            for visibility in [None, Some("timeline"), Some("archive"), Some("hidden"), Some("locked")] {
                let filter = BucketFilter {
                    owners: vec![owner],
                    trashed,
                    favorite,
                    visibility: visibility.map(str::to_owned),
                    ..BucketFilter::default()
                };
                let of_kind = |kind| {
                    let meant = photos.iter().filter(|photo| photo.kind == kind && is_meant(photo, &filter));
                    meant.count() as i64
                };
                let counted =
                    models.library().count(owner, AssetFilter { favorite, trashed, visibility }).await.unwrap();
                assert_eq!(counted, (of_kind(AssetKind::Image), of_kind(AssetKind::Video)), "{filter:?}");
            }
        }
    }
}

async fn assert_usage(models: &ReadModels, photos: &[Photo], owners: &[Uuid]) {
    let mut usage: BTreeMap<Uuid, Usage> = BTreeMap::new();
    for photo in photos {
        let user = usage.entry(photo.owner).or_default();
        let is_counted = i64::from(photo.is_active() && photo.visibility != Visibility::Hidden);
        user.bytes += photo.bytes;
        match photo.kind {
            AssetKind::Image => {
                (user.images, user.image_bytes) = (user.images + is_counted, user.image_bytes + photo.bytes)
            }
            AssetKind::Video => {
                (user.videos, user.video_bytes) = (user.videos + is_counted, user.video_bytes + photo.bytes)
            }
            AssetKind::Audio | AssetKind::Other => {}
        }
    }
    let found: BTreeMap<Uuid, Usage> = models.library().usage(owners).await.unwrap().into_iter().collect();
    assert_eq!(found, usage);
}

async fn assert_days(models: &ReadModels, photos: &[Photo], owner: Uuid) {
    let filter = BucketFilter { owners: vec![owner], ..BucketFilter::default() };
    for by_upload in [false, true] {
        let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        for photo in photos.iter().filter(|photo| is_meant(photo, &filter)) {
            let day = if by_upload { photo.uploaded_at.date_naive() } else { photo.local.date() };
            *days.entry(day).or_default() += 1;
        }
        let Some((first, last)) = days.keys().next().zip(days.keys().last()).map(|(a, b)| (*a, *b)) else { continue };
        for (from, until) in [(first, last), (first + Days::new(1), last), (first, last - Days::new(1))] {
            let expected: Vec<(NaiveDate, i64)> =
                days.iter().filter(|(day, _)| from <= **day && **day <= until).map(|(day, n)| (*day, *n)).collect();
            let found = models.library().per_day(owner, from, until, by_upload).await.unwrap();
            assert_eq!(found, expected, "{from} to {until}, by upload: {by_upload}");
        }
    }
}

async fn assert_details(models: &ReadModels, photos: &[Photo]) {
    let ids: Vec<Uuid> = photos.iter().map(|photo| photo.id).collect();
    let rows: BTreeMap<Uuid, _> =
        models.library().assets(&ids).await.unwrap().into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(rows.len(), photos.len());
    for photo in photos {
        let row = &rows[&photo.id];
        assert_eq!(row.description, photo.description, "{}", photo.id);
        assert_eq!(row.rating, photo.rating, "{}", photo.id);
        assert_eq!(row.file_name, photo.file_name, "{}", photo.id);
        assert_eq!(row.taken_at, photo.taken_at, "{}", photo.id);
        let values = models.library().key_values(photo.id, None).await.unwrap();
        let values: BTreeMap<String, _> = values.into_iter().map(|row| (row.key, row.value)).collect();
        assert_eq!(values, photo.values, "{}", photo.id);
    }
}

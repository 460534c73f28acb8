//! What there is to look for, compared with the naive model.

use std::collections::BTreeSet;

use albumen_domain::asset::{AssetKind, Visibility};
use albumen_projections::{
    ReadModels,
    library::{MapFilter, MetadataFilter, Suggested, SuggestionFilter},
};
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use crate::naive::Photo;

fn is_in_timeline(photo: &Photo) -> bool {
    photo.is_active() && photo.visibility == Visibility::Timeline
}

/// Every answer about what there is to look for is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, photos: &[Photo]) {
    let owners: BTreeSet<Uuid> = photos.iter().map(|photo| photo.owner).collect();
    for owner in owners {
        let mine: Vec<&Photo> = photos.iter().filter(|photo| photo.owner == owner).collect();
        assert_places(models, owner, &mine).await;
        assert_found(models, owner, &mine).await;
        assert_map(models, owner, &mine).await;
        assert_days(models, owner, &mine).await;
    }
}

async fn assert_places(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    let shown = || mine.iter().filter(|photo| is_in_timeline(photo));
    let said = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let cities: BTreeSet<String> = shown().filter_map(|photo| said(&photo.place.0)).collect();
    let countries: BTreeSet<String> = shown().filter_map(|photo| said(&photo.place.1)).collect();
    let any = SuggestionFilter::default();
    for (what, expected) in [(Suggested::City, &cities), (Suggested::Country, &countries)] {
        let found = models.library().suggestions(&[owner], what, &any).await.unwrap();
        assert_eq!(found.len(), expected.len(), "each once");
        assert_eq!(&found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
    for country in countries {
        let filter = SuggestionFilter { country: Some(country.clone()), ..SuggestionFilter::default() };
        let found = models.library().suggestions(&[owner], Suggested::City, &filter).await.unwrap();
        let expected = shown().filter(|photo| photo.place.1.as_ref() == Some(&country));
        let expected: BTreeSet<String> = expected.filter_map(|photo| said(&photo.place.0)).collect();
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "in {country}");
    }
    let found = models.library().photo_per_city(&[owner], 1, None).await.unwrap();
    let pictured = shown().filter(|photo| photo.kind == AssetKind::Image);
    let expected: BTreeSet<String> = pictured.filter_map(|photo| said(&photo.place.0)).collect();
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.into_iter().filter_map(|row| row.city).collect::<BTreeSet<_>>(), expected);
}

async fn assert_found(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    let everything = MetadataFilter { owners: vec![owner], limit: 1_000, ..MetadataFilter::default() };
    let is_found = |photo: &&&Photo| photo.is_active() && photo.visibility != Visibility::Locked;
    let expected: BTreeSet<Uuid> = mine.iter().filter(is_found).map(|photo| photo.id).collect();
    let random = models.library().search_random(&everything, Uuid::from_u128(u128::MAX / 3)).await.unwrap();
    assert_eq!(random.len(), expected.len(), "each once");
    assert_eq!(random.into_iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected);
    let few = MetadataFilter { limit: 2, ..everything.clone() };
    let random = models.library().search_random(&few, Uuid::from_u128(u128::MAX)).await.unwrap();
    assert_eq!(random.len(), expected.len().min(2));
    for (visibility, favorite) in [(None, None), (Some(Visibility::Archive), None), (None, Some(true))] {
        let is_counted = |photo: &&&Photo| {
            is_found(photo)
                && visibility.is_none_or(|visibility| photo.visibility == visibility)
                && favorite.is_none_or(|favorite| photo.favorite == favorite)
        };
        let expected = mine.iter().filter(is_counted).count() as i64;
        let visibility = visibility.map(|visibility| visibility.as_str().to_owned());
        let filter = MetadataFilter { visibility, favorite, ..everything.clone() };
        assert_eq!(models.library().count_found(&filter).await.unwrap(), expected, "of what is counted");
        // The same, asked in a way that has to be counted.
        let filter = MetadataFilter { larger_than: Some(-1), ..filter };
        assert_eq!(models.library().count_found(&filter).await.unwrap(), expected, "counted");
    }
    let large = MetadataFilter { larger_than: Some(1 << 32), ..everything };
    let expected = mine.iter().filter(is_found).filter(|photo| photo.bytes > 1 << 32).map(|photo| photo.id);
    let found = models.library().search(&large).await.unwrap();
    assert_eq!(found.into_iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected.collect());
}

async fn assert_map(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    for with_archive in [false, true] {
        let filter = MapFilter { user: owner, with_archive, ..MapFilter::default() };
        let found = models.library().markers(&filter).await.unwrap();
        let is_shown = |photo: &&&Photo| {
            let is_archived = photo.is_active() && photo.visibility == Visibility::Archive;
            (is_in_timeline(photo) || (with_archive && is_archived)) && photo.position.is_some()
        };
        let mut expected: Vec<&&Photo> = mine.iter().filter(is_shown).collect();
        expected.sort_by_key(|photo| (std::cmp::Reverse(photo.taken_at), photo.id));
        let expected: Vec<Uuid> = expected.into_iter().map(|photo| photo.id).collect();
        assert_eq!(found.into_iter().map(|marker| marker.id).collect::<Vec<_>>(), expected);
    }
    // With albums there can only be more, each once.
    let filter = MapFilter { user: owner, with_albums: true, ..MapFilter::default() };
    let found: Vec<Uuid> = models.library().markers(&filter).await.unwrap().iter().map(|marker| marker.id).collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
}

async fn assert_days(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    const YEAR: i32 = 2030;
    let days: BTreeSet<NaiveDate> = mine.iter().map(|photo| photo.local.date()).collect();
    for day in days.into_iter().take(3) {
        let found = models.library().on_this_day(owner, day.month(), day.day(), YEAR).await.unwrap();
        for (year, id) in found {
            let photo = mine.iter().find(|photo| photo.id == id).expect("it is theirs");
            let local = photo.local.date();
            assert_eq!((local.year(), local.month(), local.day()), (year, day.month(), day.day()));
            assert!(is_in_timeline(photo));
        }
        assert!(models.library().on_this_day(owner, day.month(), day.day(), 1_900).await.unwrap().is_empty());
    }
}

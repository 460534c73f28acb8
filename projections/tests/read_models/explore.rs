//! What there is to look for, compared with the naive model.

use std::collections::{BTreeMap, BTreeSet};

use albumen_domain::asset::{AssetKind, Visibility};
use albumen_projections::{
    ReadModels,
    library::{
        AssetRow, Condition, Conditions, Field, MapFilter, MetadataFilter, SortField, Suggested, SuggestionFilter,
        Test, Value, Values, folding::folded,
    },
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
    assert_searched_together(models, owners.iter().copied().collect(), photos).await;
    assert_texts(models, owners.iter().copied().collect(), photos).await;
    for owner in owners {
        let mine: Vec<&Photo> = photos.iter().filter(|photo| photo.owner == owner).collect();
        assert_places(models, owner, &mine).await;
        assert_found(models, owner, &mine).await;
        assert_map(models, owner, &mine).await;
        assert_days(models, owner, &mine).await;
        assert_folders(models, owner, &mine).await;
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

/// Several owners' are sorted as if they were one's.
async fn assert_searched_together(models: &ReadModels, owners: Vec<Uuid>, photos: &[Photo]) {
    let is_found = |photo: &&Photo| photo.is_active() && photo.visibility != Visibility::Locked;
    let mut expected: Vec<&Photo> = photos.iter().filter(is_found).collect();
    for (field, ascending) in [
        (SortField::TakenAt, false),
        (SortField::TakenAt, true),
        (SortField::FileSize, false),
        (SortField::FileName, false),
        (SortField::FileName, true),
    ] {
        expected.sort_by_key(|photo| photo.id);
        expected.sort_by(|one, other| {
            let order = match field {
                SortField::FileSize => one.bytes.cmp(&other.bytes),
                SortField::FileName => one.file_name.cmp(&other.file_name),
                _ => one.taken_at.cmp(&other.taken_at),
            };
            if ascending { order } else { order.reverse() }
        });
        let expected: Vec<Uuid> = expected.iter().skip(1).take(3).map(|photo| photo.id).collect();
        let sort = vec![(field, ascending)];
        let filter = MetadataFilter { owners: owners.clone(), sort, offset: 1, limit: 3, ..MetadataFilter::default() };
        let found = models.library().search(&filter).await.unwrap();
        assert_eq!(found.into_iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{field:?} {ascending}");
    }
}

/// What texts contain is found by whichever way it is looked for: a page that is full, and one that has to hold all.
async fn assert_texts(models: &ReadModels, owners: Vec<Uuid>, photos: &[Photo]) {
    /// Each way is taken, and each has its groups of letters.
    const LETTERS: [usize; 3] = [1, 2, 4];
    /// Photos whose texts are looked for: each takes many questions.
    const SOUGHT: usize = 2;
    type Contains = fn(&Photo, &str) -> bool;
    let in_name: Contains = |photo, part| folded(&photo.file_name).contains(part);
    let in_description: Contains = |photo, part| folded(&photo.description).contains(part);
    let is_found = |photo: &&Photo| photo.is_active() && photo.visibility != Visibility::Locked;
    let mut all: Vec<&Photo> = photos.iter().filter(is_found).collect();
    all.sort_by_key(|photo| (std::cmp::Reverse(photo.taken_at), photo.id));
    for (photo, letters) in all.iter().take(SOUGHT).flat_map(|photo| LETTERS.map(|letters| (photo, letters))) {
        let everything = MetadataFilter { owners: owners.clone(), limit: 1_000, ..MetadataFilter::default() };
        if let Some(part) = part_of(&photo.file_name, letters) {
            let filter = MetadataFilter { file_name: Some(part.clone()), ..everything.clone() };
            assert_text(models, filter, &all, &|photo| in_name(photo, &folded(&part))).await;
            let conditions = Conditions {
                all: vec![Condition { field: Field::FileName, test: Test::Like(part.clone()) }],
                groups: Vec::new(),
            };
            let filter = MetadataFilter { conditions, ..everything.clone() };
            assert_text(models, filter, &all, &|photo| in_name(photo, &folded(&part))).await;
        }
        if let Some(part) = part_of(&photo.description, letters) {
            let filter = MetadataFilter { description: Some(part.clone()), ..everything };
            assert_text(models, filter, &all, &|photo| in_description(photo, &folded(&part))).await;
        }
    }
}

/// The last letters of a text, where none of them is a wildcard.
fn part_of(text: &str, letters: usize) -> Option<String> {
    let all: Vec<char> = text.chars().collect();
    let part: String = all.get(all.len().checked_sub(letters)?..)?.iter().collect();
    (!folded(&part).contains(['%', '_', '\\', '\0'])).then_some(part)
}

async fn assert_text(models: &ReadModels, filter: MetadataFilter, all: &[&Photo], fits: &dyn Fn(&Photo) -> bool) {
    let expected: Vec<Uuid> = all.iter().filter(|photo| fits(photo)).map(|photo| photo.id).collect();
    let few = MetadataFilter { offset: 1, limit: 1, ..filter.clone() };
    let by_size = MetadataFilter { sort: vec![(SortField::FileSize, true)], ..filter.clone() };
    let found = async |filter: &MetadataFilter| -> Vec<Uuid> {
        models.library().search(filter).await.unwrap().into_iter().map(|row| row.id).collect()
    };
    assert_eq!(found(&filter).await, expected, "{filter:?}");
    assert_eq!(found(&few).await, expected.iter().skip(1).take(1).copied().collect::<Vec<_>>(), "{filter:?}");
    assert_eq!(
        found(&by_size).await.into_iter().collect::<BTreeSet<_>>(),
        expected.into_iter().collect::<BTreeSet<_>>(),
        "{filter:?}"
    );
}

/// What stands before all paths can be looked for together with their beginnings.
async fn assert_paths(models: &ReadModels, everything: &MetadataFilter) {
    const LETTERS: usize = 6;
    let rows = models.library().search(everything).await.unwrap();
    let Some(head) = rows.iter().find_map(|row| row.path.get(..LETTERS)).map(str::to_ascii_lowercase) else { return };
    if !head.is_ascii() || head.contains(['%', '_', '\\']) {
        return;
    }
    let part = format!("media/{head}");
    let fits = |row: &&AssetRow| format!("/media/{}", row.path).to_ascii_lowercase().contains(&part);
    let expected: BTreeSet<Uuid> = rows.iter().filter(fits).map(|row| row.id).collect();
    assert!(!expected.is_empty(), "{part}");
    let path_beginnings = vec![format!("{head}%")];
    let filter = MetadataFilter { path: Some(part.clone()), path_beginnings, ..everything.clone() };
    let found = models.library().search(&filter).await.unwrap();
    assert_eq!(found.into_iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected, "{part}");
}

/// How many there are of a place or of a camera is what there is when they are counted; and what a camera took is found.
async fn assert_counted_values(models: &ReadModels, everything: &MetadataFilter) {
    /// Photos whose places and cameras are counted.
    const COUNTED: usize = 4;
    let rows = models.library().search(everything).await.unwrap();
    let none = || MetadataFilter { owners: everything.owners.clone(), ..MetadataFilter::default() };
    let mut filters: Vec<MetadataFilter> = Vec::new();
    for row in rows.iter().take(COUNTED).cloned() {
        let camera =
            MetadataFilter { make: Some(row.make.clone()), model: Some(row.model.clone()), ..everything.clone() };
        let found = models.library().search(&camera).await.unwrap();
        let is_its = |other: &&AssetRow| (&other.make, &other.model) == (&row.make, &row.model);
        assert!(found.iter().eq(rows.iter().filter(is_its)), "{camera:?}");
        filters.push(MetadataFilter { city: Some(row.city.clone()), ..none() });
        filters.push(MetadataFilter { country: Some(row.country), city: Some(row.city), ..none() });
        filters.push(MetadataFilter { lens_model: Some(row.lens_model.clone()), ..none() });
        filters.push(MetadataFilter { make: Some(row.make), model: Some(row.model), ..none() });
        filters.push(MetadataFilter { lens_model: Some(row.lens_model), visibility: Some(row.visibility), ..none() });
    }
    for filter in filters {
        let kept = models.library().count_found(&filter).await.unwrap();
        let counted = MetadataFilter { larger_than: Some(-1), ..filter.clone() };
        assert_eq!(kept, models.library().count_found(&counted).await.unwrap(), "{filter:?}");
    }
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
    assert_conditions(models, &everything, mine).await;
    assert_paths(models, &everything).await;
    assert_counted_values(models, &everything).await;
    let large = MetadataFilter { larger_than: Some(1 << 32), ..everything };
    let expected = mine.iter().filter(is_found).filter(|photo| photo.bytes > 1 << 32).map(|photo| photo.id);
    let found = models.library().search(&large).await.unwrap();
    assert_eq!(found.into_iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected.collect());
}

async fn markers(models: &ReadModels, filter: MapFilter) -> Vec<Uuid> {
    let mut pages = models.library().markers(filter).await.unwrap();
    let mut found = Vec::new();
    loop {
        let page = pages.next_page().await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page.markers().map(|marker| marker.id));
    }
}

async fn assert_map(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    for with_archive in [false, true] {
        let filter = MapFilter { user: owner, with_archive, ..MapFilter::default() };
        let found = markers(models, filter).await;
        let is_shown = |photo: &&&Photo| {
            let is_archived = photo.is_active() && photo.visibility == Visibility::Archive;
            (is_in_timeline(photo) || (with_archive && is_archived)) && photo.position.is_some()
        };
        let mut expected: Vec<&&Photo> = mine.iter().filter(is_shown).collect();
        expected.sort_by_key(|photo| (std::cmp::Reverse(photo.taken_at), photo.id));
        let expected: Vec<Uuid> = expected.into_iter().map(|photo| photo.id).collect();
        assert_eq!(found, expected);
    }
    // With albums there can only be more, each once.
    let filter = MapFilter { user: owner, with_albums: true, ..MapFilter::default() };
    let found = markers(models, filter).await;
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
}

async fn assert_days(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    const YEAR: i32 = 2030;
    let days: BTreeSet<NaiveDate> = mine.iter().map(|photo| photo.local.date()).collect();
    assert_calendar(models, owner, mine, &days).await;
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

async fn assert_calendar(models: &ReadModels, owner: Uuid, mine: &[&Photo], days: &BTreeSet<NaiveDate>) {
    let counted =
        |photo: &&&Photo| photo.is_active() && matches!(photo.visibility, Visibility::Timeline | Visibility::Archive);
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else { return };
    for by_upload in [false, true] {
        let day_of = |photo: &&&Photo| {
            if by_upload { photo.uploaded_at.date_naive() } else { photo.local.date() }
        };
        let mut expected: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        for photo in mine.iter().filter(counted).filter(|photo| (first..=last).contains(&day_of(photo))) {
            *expected.entry(day_of(&photo)).or_default() += 1;
        }
        let found = models.library().per_day(owner, first, last, by_upload).await.unwrap();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "by upload: {by_upload}");
    }
}

/// What lies in the folders that are told, each once and in order, is the timeline.
async fn assert_folders(models: &ReadModels, owner: Uuid, mine: &[&Photo]) {
    // Asked twice: the second answer is the one that was kept.
    let mut all = Vec::new();
    for _ in 0..2 {
        let mut walk = models.library().folders(owner, |folder| folder.as_bytes().to_vec()).await.unwrap();
        let mut told: Vec<String> = Vec::new();
        while let Some(folder) = walk.next_folder() {
            told.push(String::from_utf8(folder.to_vec()).unwrap());
        }
        assert!(told.is_sorted_by(|one, next| one < next), "{told:?}");
        assert!(all.is_empty() || all == told);
        all = told;
    }
    let mut found = Vec::new();
    for folder in all {
        let rows = models.library().in_folder(owner, &folder).await.unwrap();
        assert!(!rows.is_empty(), "nothing lies in {folder}");
        found.extend(rows.into_iter().map(|row| row.id));
    }
    let expected: BTreeSet<Uuid> = mine.iter().filter(|photo| is_in_timeline(photo)).map(|photo| photo.id).collect();
    assert_eq!(found.len(), expected.len(), "each once");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// What clients put together themselves finds what fits, and what is not there is not this.
async fn assert_conditions(models: &ReadModels, everything: &MetadataFilter, mine: &[&Photo]) {
    let city = mine.iter().find_map(|photo| photo.place.0.clone()).unwrap_or_else(|| "Atlantis".to_owned());
    let one = |field, test| Condition { field, test };
    let in_city = |photo: &Photo| photo.place.0.as_ref() == Some(&city);
    let is_city = || one(Field::City, Test::Is(Some(Value::Text(city.clone()))));
    let marked = || one(Field::Favorite, Test::Holds(true));
    let archived = || one(Field::Visibility, Test::In(Values::Texts(vec!["archive".to_owned()])));
    let all = |conditions| Conditions { all: conditions, groups: Vec::new() };
    type Fits<'a> = Box<dyn Fn(&Photo) -> bool + 'a>;
    let cases: Vec<(Conditions, Fits<'_>)> = vec![
        (all(vec![is_city()]), Box::new(in_city)),
        (all(vec![one(Field::City, Test::IsNot(Some(Value::Text(city.clone()))))]), Box::new(|photo| !in_city(photo))),
        (all(vec![one(Field::City, Test::Is(None))]), Box::new(|photo| photo.place.0.is_none())),
        (all(vec![one(Field::Nothing, Test::Holds(true))]), Box::new(|_| false)),
        (all(vec![one(Field::Persons, Test::Any(Vec::new()))]), Box::new(|_| true)),
        (
            Conditions { all: vec![marked()], groups: vec![vec![is_city()], vec![archived()]] },
            Box::new(|photo| photo.favorite && (in_city(photo) || photo.visibility == Visibility::Archive)),
        ),
    ];
    for (conditions, fits) in cases {
        let is_found = |photo: &&&Photo| photo.is_active() && photo.visibility != Visibility::Locked && fits(photo);
        let expected = mine.iter().filter(is_found).count() as i64;
        let filter = MetadataFilter { conditions: conditions.clone(), ..everything.clone() };
        assert_eq!(models.library().count_found(&filter).await.unwrap(), expected, "{conditions:?}");
        assert_eq!(models.library().search(&filter).await.unwrap().len() as i64, expected, "{conditions:?}");
    }
}

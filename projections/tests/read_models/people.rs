//! People and faces, compared with a naive model, which replays the whole history event by event.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    Aggregate, AnyEvent, Personal, Recorded, StreamId, StreamKind,
    asset::{Asset, AssetCommand, AssetDeleted, AssetEvent, Upload, Visibility},
    erasure::{ErasureEvent, ErasureScope},
    face::{DecidedBy, FaceAdded, FaceBox, FaceEvent, FaceSource},
    face_embedding::FaceEmbeddingEvent,
    person::{PersonCreated, PersonEvent},
    processing::ProcessingEvent,
    user::UserEvent,
};
use albumen_projections::{
    ReadModels,
    people::{ClusteringRow, PersonRow},
};
use chrono::{DateTime, NaiveDate, Utc};
use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use uuid::Uuid;

use crate::{
    history::uploads,
    naive::{Photo, shown},
    support::{Database, MemoryFeed, apply_all, block_on, record},
};

#[derive(Clone, Debug, Default, PartialEq)]
struct Somebody {
    owner: Uuid,
    name: String,
    birth_date: Option<NaiveDate>,
    hidden: bool,
    favorite: bool,
    color: Option<String>,
    feature: Option<Uuid>,
    picture: Option<String>,
    updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    asset: Uuid,
    owner: Uuid,
    person: Option<Uuid>,
    by_hand: bool,
    is_removed: bool,
    said: Option<Uuid>,
    x1: i32,
}

#[derive(Default)]
struct Naive {
    persons: BTreeMap<Uuid, Somebody>,
    faces: BTreeMap<Uuid, Seen>,
    /// By face and model: owner and asset, and the position of what brought the vector.
    vectors: BTreeMap<(Uuid, String), (Uuid, Uuid, i64)>,
    clusterings: BTreeMap<Uuid, ClusteringRow>,
}

impl Naive {
    fn of(events: &[Arc<Recorded>]) -> Self {
        let mut naive = Self::default();
        for recorded in events {
            naive.hear(recorded);
        }
        naive
    }

    fn hear(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Person(event) => self.hear_person(id, recorded.recorded_at, event),
            AnyEvent::Face(event) => self.hear_face(id, event),
            AnyEvent::Processing(ProcessingEvent::PersonThumbnailMade(made)) => {
                if let Some(person) = self.persons.get_mut(&id) {
                    person.picture = Some(made.path.clone());
                    person.updated_at = recorded.recorded_at;
                }
            }
            AnyEvent::Processing(event) => self.hear_comparison(recorded.recorded_at, event),
            AnyEvent::FaceEmbedding(FaceEmbeddingEvent::Measured(measured)) if measured.vector.known().is_some() => {
                let place = (measured.owner, measured.asset, recorded.position);
                self.vectors.insert((id, measured.model.clone()), place);
            }
            AnyEvent::Asset(AssetEvent::Deleted(_)) => {
                self.faces.retain(|_, face| face.asset != id);
                self.vectors.retain(|_, (_, asset, _)| *asset != id);
            }
            AnyEvent::User(UserEvent::Removed(_)) => self.lose_owner(id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => match erased.scope {
                ErasureScope::Owner => self.lose_owner(id),
                ErasureScope::Subject => {
                    self.faces.retain(|face_id, face| face.asset != id && *face_id != id);
                    self.vectors.retain(|(face_id, _), (_, asset, _)| *asset != id && *face_id != id);
                    self.lose_person(id, None);
                }
            },
            _ => {}
        }
        for person in self.persons.values_mut() {
            person.feature = person.feature.filter(|face| self.faces.contains_key(face));
        }
    }

    fn hear_person(&mut self, id: Uuid, at: DateTime<Utc>, event: &PersonEvent) {
        let text = |name: &Personal<String>| shown(name.known().map_or("", String::as_str));
        match event {
            PersonEvent::Created(created) => {
                let somebody = Somebody {
                    owner: created.owner,
                    name: text(&created.name),
                    birth_date: created.birth_date.as_ref().and_then(Personal::known).copied(),
                    hidden: created.hidden,
                    favorite: created.favorite,
                    color: created.color.clone(),
                    updated_at: at,
                    ..Somebody::default()
                };
                self.persons.insert(id, somebody);
                return;
            }
            PersonEvent::Merged(merged) => return self.lose_person(id, Some(merged.into)),
            PersonEvent::Deleted(_) => return self.lose_person(id, None),
            _ => {}
        }
        let Some(person) = self.persons.get_mut(&id) else { return };
        person.updated_at = at;
        match event {
            PersonEvent::DetailsChanged(changed) => {
                if let Some(name) = &changed.name {
                    person.name = text(name);
                }
                if let Some(day) = &changed.birth_date {
                    person.birth_date = day.known().copied().flatten();
                }
            }
            PersonEvent::SettingsChanged(changed) => {
                person.hidden = changed.hidden.unwrap_or(person.hidden);
                person.favorite = changed.favorite.unwrap_or(person.favorite);
                person.color = changed.color.as_ref().map_or(person.color.clone(), |color| color.hex.clone());
            }
            PersonEvent::FeatureFaceChosen(chosen) => person.feature = Some(chosen.face),
            _ => {}
        }
    }

    fn hear_comparison(&mut self, at: DateTime<Utc>, event: &ProcessingEvent) {
        match event {
            ProcessingEvent::FacesDetected(detected) => self.comparison(detected.owner).detected_at = Some(at),
            ProcessingEvent::FacesClustered(clustered) => {
                let row = self.comparison(clustered.owner);
                (row.generation, row.horizon) = (clustered.generation, clustered.horizon);
                row.model = Some(clustered.model.clone());
                row.clustered_at = if clustered.is_complete { Some(clustered.began_at) } else { row.clustered_at };
            }
            ProcessingEvent::PeopleRegrouped(regrouped) => {
                let row = self.comparison(regrouped.owner);
                (row.generation, row.horizon) = (regrouped.generation, regrouped.horizon);
                (row.model, row.clustered_at) = (Some(regrouped.model.clone()), Some(regrouped.began_at));
            }
            _ => {}
        }
    }

    fn comparison(&mut self, owner: Uuid) -> &mut ClusteringRow {
        self.clusterings.entry(owner).or_insert_with(|| ClusteringRow::new(owner))
    }

    fn hear_face(&mut self, id: Uuid, event: &FaceEvent) {
        let known = |person: Option<Uuid>| person.filter(|person| self.persons.contains_key(person));
        match event {
            FaceEvent::Added(added) => {
                let person = known(added.person);
                let seen = Seen {
                    asset: added.asset,
                    owner: added.owner,
                    person,
                    by_hand: person.is_some() && added.source == FaceSource::Manual,
                    is_removed: false,
                    said: added.person,
                    x1: added.area.left,
                };
                self.faces.insert(id, seen);
            }
            FaceEvent::Assigned(assigned) => {
                let person = known(Some(assigned.person));
                self.change(id, |face| {
                    (face.person, face.by_hand) = (person, assigned.by == DecidedBy::Hand);
                    face.said = Some(assigned.person);
                });
            }
            FaceEvent::Unassigned(unassigned) => {
                self.change(id, |face| {
                    (face.person, face.by_hand) = (None, unassigned.by == DecidedBy::Hand);
                    face.said = None;
                });
            }
            FaceEvent::Removed(_) => self.change(id, |face| face.is_removed = true),
            FaceEvent::Deleted(_) => {
                self.faces.remove(&id);
                self.vectors.retain(|(face, _), _| *face != id);
            }
        }
    }

    fn change(&mut self, face: Uuid, change: impl FnOnce(&mut Seen)) {
        if let Some(face) = self.faces.get_mut(&face) {
            change(face);
        }
    }

    fn lose_person(&mut self, id: Uuid, heir: Option<Uuid>) {
        self.persons.remove(&id);
        let heir = heir.filter(|heir| self.persons.contains_key(heir));
        for face in self.faces.values_mut().filter(|face| face.person == Some(id)) {
            face.person = heir;
            face.by_hand &= heir.is_some();
        }
    }

    fn lose_owner(&mut self, owner: Uuid) {
        let theirs: Vec<Uuid> =
            self.persons.iter().filter(|(_, person)| person.owner == owner).map(|(id, _)| *id).collect();
        theirs.into_iter().for_each(|person| self.lose_person(person, None));
        self.faces.retain(|_, face| face.owner != owner);
        self.vectors.retain(|_, (of, _, _)| *of != owner);
        self.clusterings.remove(&owner);
    }

    fn faces_in_sight(&self, person: Uuid, photos: &[Photo]) -> Vec<Uuid> {
        let is_shown = |asset: Uuid| {
            let photo = photos.iter().find(|photo| photo.id == asset);
            photo.is_some_and(|photo| photo.is_active() && photo.visibility == Visibility::Timeline)
        };
        let mine = self.faces.values().filter(|face| face.person == Some(person) && !face.is_removed);
        mine.map(|face| face.asset).filter(|asset| is_shown(*asset)).collect()
    }
}

/// Assets that show somebody whom their owner keeps out of sight.
pub fn assets_with_hidden(events: &[Arc<Recorded>]) -> BTreeSet<Uuid> {
    let naive = Naive::of(events);
    let is_hidden = |face: &&Seen| face.person.is_some_and(|person| naive.persons[&person].hidden) && !face.is_removed;
    naive.faces.values().filter(is_hidden).map(|face| face.asset).collect()
}

/// Every answer about people is that of the naive model.
pub async fn assert_agrees(models: &ReadModels, events: &[Arc<Recorded>], photos: &[Photo]) {
    let naive = Naive::of(events);
    let every: BTreeSet<Uuid> = events.iter().map(|recorded| recorded.stream.id).collect();
    let every: Vec<Uuid> = every.into_iter().collect();
    let found = models.people().persons(&every).await.unwrap();
    assert_eq!(found.len(), naive.persons.len());
    for row in &found {
        assert_person(models, row, &naive, photos).await;
    }
    let found = models.people().faces(&every).await.unwrap();
    let found = found.into_iter().map(|row| {
        let is_removed = row.removed_at.is_some();
        let (asset, owner, by_hand) = (row.asset_id, row.owner_id, row.by_hand);
        (
            row.id,
            Seen { asset, owner, person: row.person_id, by_hand, is_removed, said: row.said_person_id, x1: row.x1 },
        )
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), naive.faces);
    assert_vectors(models, &naive, photos).await;
    assert_pictures(models, &naive).await;
    let owners: BTreeSet<Uuid> = naive.persons.values().map(|person| person.owner).collect();
    for owner in owners {
        assert_list(models, owner, &naive, photos).await;
    }
    for photo in photos {
        assert_asset(models, photo, &naive).await;
    }
}

/// Whoever has a face can be shown by it.
async fn assert_pictures(models: &ReadModels, naive: &Naive) {
    for all in [true, false] {
        let has_face = |id: &Uuid| naive.faces.values().any(|face| face.person == Some(*id) && !face.is_removed);
        let is_meant = |id: &Uuid, person: &Somebody| {
            (all || person.picture.is_none()) && (person.feature.is_some() || has_face(id))
        };
        let expected = naive.persons.iter().filter(|(id, person)| is_meant(id, person));
        let expected: Vec<_> = expected.map(|(id, person)| (*id, person.owner, person.feature.is_none())).collect();
        let mut found = models.people().to_show(all, Uuid::nil(), 1_000).await.unwrap();
        found.retain(|person| naive.persons.contains_key(&person.id));
        let is_theirs = |id: Uuid, face: Uuid| naive.faces[&face].person == Some(id) && !naive.faces[&face].is_removed;
        assert!(found.iter().all(|one| one.candidate.is_none_or(|face| is_theirs(one.id, face))));
        let found: Vec<_> = found.iter().map(|one| (one.id, one.owner_id, one.candidate.is_some())).collect();
        assert_eq!(found, expected);
    }
}

/// What is seen is told with whose it is, as far as there is still a photo that shows it.
async fn assert_vectors(models: &ReadModels, naive: &Naive, photos: &[Photo]) {
    let owners: BTreeSet<Uuid> = naive.vectors.values().map(|(owner, ..)| *owner).collect();
    for owner in owners {
        for model in ["small", "large"] {
            let is_shown = |face: &Uuid| {
                naive.faces.get(face).is_some_and(|face| photos.iter().any(|photo| photo.id == face.asset))
            };
            let theirs =
                naive.vectors.iter().filter(|((face, of), place)| of == model && place.0 == owner && is_shown(face));
            let mut expected: Vec<(i64, Uuid, Option<Uuid>, Option<Uuid>)> = theirs
                .map(|((face, _), place)| (place.2, *face, naive.faces[face].person, naive.faces[face].said))
                .collect();
            expected.sort_unstable();
            let found = models.face_vectors().seen(owner, model).await.unwrap();
            let dimension = if model == "small" { 3 } else { 5 };
            assert!(found.iter().all(|face| face.vector.len() == dimension));
            let found = found.into_iter().map(|face| (face.position, face.id, face.person, face.said_person));
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
        let clustering = naive.clusterings.get(&owner).cloned().unwrap_or_else(|| ClusteringRow::new(owner));
        assert_eq!(models.people().clustering(owner).await.unwrap(), clustering);
    }
}

async fn assert_person(models: &ReadModels, row: &PersonRow, naive: &Naive, photos: &[Photo]) {
    let found = Somebody {
        owner: row.owner_id,
        name: row.name.clone(),
        birth_date: row.birth_date,
        hidden: row.hidden,
        favorite: row.favorite,
        color: row.color.clone(),
        feature: row.feature_face_id,
        picture: row.thumbnail_path.clone(),
        updated_at: row.updated_at,
    };
    assert_eq!(found, naive.persons[&row.id], "{}", row.id);
    let seen = naive.faces_in_sight(row.id, photos);
    assert_eq!(row.face_count, seen.len() as i64, "{}", row.id);
    let assets: BTreeSet<Uuid> = seen.into_iter().collect();
    assert_eq!(models.people().count_assets(row.id).await.unwrap(), assets.len() as i64);
}

async fn assert_list(models: &ReadModels, owner: Uuid, naive: &Naive, photos: &[Photo]) {
    let mine = || naive.persons.iter().filter(|(_, person)| person.owner == owner);
    let count = |id: &Uuid| naive.faces_in_sight(*id, photos).len() as i64;
    let seen: Vec<_> = mine().filter(|(id, _)| count(id) > 0).collect();
    let hidden = seen.iter().filter(|(_, person)| person.hidden).count();
    assert_eq!(models.people().totals(owner).await.unwrap(), (seen.len() as i64, hidden as i64));
    for (with_hidden, minimum) in [(true, 1), (false, 1), (true, 2)] {
        let is_listed = |id: &Uuid, person: &Somebody| {
            (with_hidden || !person.hidden) && (!person.name.is_empty() || count(id) >= minimum)
        };
        let expected: BTreeSet<Uuid> = seen.iter().filter(|(id, one)| is_listed(id, one)).map(|(id, _)| **id).collect();
        let list = models.people().list(owner, with_hidden, minimum, 0, 1_000).await.unwrap();
        let key = |row: &PersonRow| (row.hidden, !row.favorite, row.name.is_empty(), -row.face_count);
        assert!(list.is_sorted_by_key(key));
        let ids: Vec<Uuid> = list.iter().map(|row| row.id).collect();
        assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), expected);
        let page = models.people().list(owner, with_hidden, minimum, 1, 2).await.unwrap();
        let page: Vec<Uuid> = page.iter().map(|row| row.id).collect();
        assert_eq!(page, ids.into_iter().skip(1).take(2).collect::<Vec<_>>());
    }
}

async fn assert_asset(models: &ReadModels, photo: &Photo, naive: &Naive) {
    let mut expected: Vec<(i32, Uuid, Option<Uuid>)> = naive
        .faces
        .iter()
        .filter(|(_, face)| face.asset == photo.id && !face.is_removed)
        .map(|(id, face)| (face.x1, *id, face.person))
        .collect();
    expected.sort_unstable();
    let found = models.people().faces_on(photo.id).await.unwrap();
    let found = found.into_iter().map(|one| (one.face.x1, one.face.id, one.person.map(|person| person.id)));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let is_owners = |person: &Uuid| naive.persons[person].owner == photo.owner;
    let people: BTreeSet<Uuid> = expected.iter().filter_map(|(_, _, person)| *person).filter(is_owners).collect();
    let found = models.people().on_assets(photo.owner, &[photo.id]).await.unwrap();
    assert_eq!(found.len(), people.len(), "each person once");
    assert_eq!(found.into_iter().map(|seen| seen.person.id).collect::<BTreeSet<_>>(), people);
}

/// A worker may have looked at a photo while it was deleted.
#[test]
fn a_face_that_is_found_on_a_photo_that_is_gone_counts_for_nobody() {
    block_on(async {
        let [owner, asset, person, face] = [1, 2, 3, 4].map(Uuid::from_u128);
        let upload = uploads().new_tree(&mut TestRunner::deterministic()).expect("generates").current();
        let upload = Upload { owner, path: "upload/photo".to_owned(), ..upload };
        let uploaded = Asset::default().decide(AssetCommand::Upload(Box::new(upload))).expect("is allowed");
        let name = "Ada".to_owned().into();
        let created = PersonCreated { owner, name, birth_date: None, hidden: false, favorite: false, color: None };
        let area = FaceBox { frame_width: 100, frame_height: 100, left: 1, top: 1, right: 9, bottom: 9 };
        let added = FaceAdded { owner, asset, source: FaceSource::MachineLearning, area, person: Some(person) };
        let mut events = Vec::new();
        let mut happens = |kind, id, event| record(&mut events, StreamId { kind, id }, event);
        uploaded.into_iter().for_each(|event| happens(StreamKind::Asset, asset, event.into()));
        happens(StreamKind::Person, person, PersonEvent::Created(created).into());
        happens(StreamKind::Asset, asset, AssetEvent::Deleted(AssetDeleted {}).into());
        happens(StreamKind::Face, face, FaceEvent::Added(added).into());
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&events)).await;
        let found = database.questions().people().persons(&[person]).await.unwrap();
        assert_eq!(found.iter().map(|row| row.face_count).collect::<Vec<_>>(), [0]);
    });
}

//! How events change this read model.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use albumen_domain::{
    AnyEvent, Recorded,
    asset::{AssetEvent, Visibility},
    face::FaceEvent,
    person::PersonEvent,
    processing::ProcessingEvent,
    user::UserEvent,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::{ClusteringRow, FaceRow, OutOfSightRow, PersonRow};
use crate::{
    gone::gone_user,
    runtime::{ApplyError, Batch, Projection, Writer},
};

/// See the module's words.
pub struct People;

#[async_trait::async_trait]
impl Projection for People {
    fn name(&self) -> &'static str {
        "people"
    }

    fn version(&self) -> i32 {
        3
    }

    fn tables_sql(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["person", "face", "out_of_sight", "clustering"]
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        match &recorded.event {
            AnyEvent::Person(_) | AnyEvent::Face(_) | AnyEvent::Erasure(_) => true,
            AnyEvent::Asset(event) => match event {
                AssetEvent::Uploaded(uploaded) => uploaded.visibility != Visibility::Timeline,
                AssetEvent::VisibilityChanged(_)
                | AssetEvent::Trashed(_)
                | AssetEvent::Restored(_)
                | AssetEvent::DeletionRequested(_)
                | AssetEvent::Deleted(_) => true,
                _ => false,
            },
            AnyEvent::Processing(event) => matches!(
                event,
                ProcessingEvent::PersonThumbnailMade(_)
                    | ProcessingEvent::FacesDetected(_)
                    | ProcessingEvent::FacesClustered(_)
                    | ProcessingEvent::PeopleRegrouped(_)
            ),
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

/// What the events of a batch name.
#[derive(Default)]
struct Named {
    /// All of their faces matter.
    assets: HashSet<Uuid>,
    /// Only whether they are in sight.
    shown_assets: HashSet<Uuid>,
    /// All of their faces matter.
    leaving: HashSet<Uuid>,
    persons: HashSet<Uuid>,
    faces: HashSet<Uuid>,
    owners: HashSet<Uuid>,
    /// Only how far their faces are compared.
    comparing: HashSet<Uuid>,
}

impl Named {
    fn by(events: &[Arc<Recorded>]) -> Self {
        let mut named = Self::default();
        for recorded in events {
            named.note(recorded);
        }
        named
    }

    fn note(&mut self, recorded: &Recorded) {
        let id = recorded.stream.id;
        if let Some(owner) = gone_user(recorded) {
            self.owners.insert(owner);
            return;
        }
        match &recorded.event {
            AnyEvent::Asset(_) => {
                self.assets.insert(id);
            }
            AnyEvent::Person(event) => self.note_person(id, event),
            AnyEvent::Face(event) => self.note_face(id, event),
            AnyEvent::Processing(event) => match compared(event) {
                Some(owner) => {
                    self.comparing.insert(owner);
                }
                None => {
                    self.persons.insert(id);
                }
            },
            // The subject can be an asset, a person or a face.
            AnyEvent::Erasure(_) => {
                for set in [&mut self.assets, &mut self.leaving, &mut self.persons, &mut self.faces] {
                    set.insert(id);
                }
            }
            _ => {}
        }
    }

    fn note_person(&mut self, id: Uuid, event: &PersonEvent) {
        self.persons.insert(id);
        match event {
            PersonEvent::FeatureFaceChosen(chosen) => {
                self.faces.insert(chosen.face);
            }
            PersonEvent::Merged(merged) => {
                self.persons.insert(merged.into);
                self.leaving.insert(id);
            }
            PersonEvent::Deleted(_) => {
                self.leaving.insert(id);
            }
            _ => {}
        }
    }

    fn note_face(&mut self, id: Uuid, event: &FaceEvent) {
        self.faces.insert(id);
        match event {
            FaceEvent::Added(added) => {
                self.shown_assets.insert(added.asset);
                self.persons.extend(added.person);
            }
            FaceEvent::Assigned(assigned) => {
                self.persons.insert(assigned.person);
            }
            _ => {}
        }
    }
}

/// Whose faces an event is about as a whole.
const fn compared(event: &ProcessingEvent) -> Option<Uuid> {
    match event {
        ProcessingEvent::FacesDetected(detected) => Some(detected.owner),
        ProcessingEvent::FacesClustered(clustered) => Some(clustered.owner),
        ProcessingEvent::PeopleRegrouped(regrouped) => Some(regrouped.owner),
        _ => None,
    }
}

fn listed(ids: &HashSet<Uuid>) -> Vec<Uuid> {
    ids.iter().copied().collect()
}

struct Tables {
    persons: Batch<PersonRow>,
    faces: Batch<FaceRow>,
    out_of_sight: Batch<OutOfSightRow>,
    clusterings: Batch<ClusteringRow>,
    /// The faces of the batch by their assets.
    faces_of: HashMap<Uuid, Vec<Uuid>>,
}

impl Tables {
    async fn load(writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<Self, tokio_postgres::Error> {
        let mut named = Named::by(events);
        let (assets, leaving, owners) = (listed(&named.assets), listed(&named.leaving), listed(&named.owners));
        let concerned = writer.query(include_str!("sql/faces_concerned.sql"), &[&assets, &leaving, &owners]).await?;
        named.faces.extend(concerned.iter().map(|row| row.get::<_, Uuid>(0)));
        let faces = Batch::load(writer, named.faces.iter().copied(), |row: &FaceRow| row.id).await?;
        let known = faces.ids_where(|_| true);
        let mut faces_of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for face in known.iter().filter_map(|id| faces.get(*id)) {
            named.persons.extend(face.person_id);
            faces_of.entry(face.asset_id).or_default().push(face.id);
        }
        let shown_by = writer.query(include_str!("sql/persons_concerned.sql"), &[&known, &owners]).await?;
        named.persons.extend(shown_by.iter().map(|row| row.get::<_, Uuid>(0)));
        let persons = Batch::load(writer, named.persons.iter().copied(), |row: &PersonRow| row.id).await?;
        let assets = named.assets.union(&named.shown_assets).copied();
        let out_of_sight = Batch::load(writer, assets, |row: &OutOfSightRow| row.asset_id).await?;
        let comparing = named.comparing.union(&named.owners).copied();
        let clusterings = Batch::load(writer, comparing, |row: &ClusteringRow| row.owner_id).await?;
        Ok(Self { persons, faces, out_of_sight, clusterings, faces_of })
    }

    fn apply(&mut self, recorded: &Recorded) {
        let (id, at) = (recorded.stream.id, recorded.recorded_at);
        match &recorded.event {
            AnyEvent::Asset(event) => self.apply_asset(id, event),
            AnyEvent::Person(event) => self.apply_person(id, at, event),
            AnyEvent::Face(event) => self.apply_face(id, at, event),
            AnyEvent::Processing(ProcessingEvent::PersonThumbnailMade(made)) => {
                if let Some(person) = self.persons.change(id) {
                    person.thumbnail_path = Some(made.path.clone());
                    person.updated_at = at;
                }
            }
            AnyEvent::Processing(event) => self.apply_comparison(at, event),
            AnyEvent::Erasure(_) | AnyEvent::User(_) => match gone_user(recorded) {
                Some(owner) => self.remove_owner(owner),
                None => {
                    self.remove_faces_on(id);
                    self.remove_person(id, None);
                    self.remove_faces([id]);
                }
            },
            _ => {}
        }
    }

    fn apply_comparison(&mut self, at: DateTime<Utc>, event: &ProcessingEvent) {
        let Some(owner) = compared(event) else { return };
        let mut row = self.clusterings.get(owner).cloned().unwrap_or_else(|| ClusteringRow::new(owner));
        match event {
            ProcessingEvent::FacesDetected(_) => row.detected_at = Some(at),
            ProcessingEvent::FacesClustered(clustered) => row.compare(clustered),
            ProcessingEvent::PeopleRegrouped(regrouped) => row.regroup(regrouped),
            _ => {}
        }
        self.clusterings.insert(owner, row);
    }

    fn apply_asset(&mut self, id: Uuid, event: &AssetEvent) {
        if let AssetEvent::Deleted(_) = event {
            self.remove_faces_on(id);
            // A worker may be looking at it still, and what it finds there comes later.
            self.out_of_sight.insert(id, OutOfSightRow { asset_id: id, is_elsewhere: true, is_trashed: true });
            return;
        }
        let now = self.out_of_sight.get(id).cloned();
        let mut now = now.unwrap_or(OutOfSightRow { asset_id: id, is_elsewhere: false, is_trashed: false });
        match event {
            AssetEvent::Uploaded(uploaded) => now.is_elsewhere = uploaded.visibility != Visibility::Timeline,
            AssetEvent::VisibilityChanged(changed) => now.is_elsewhere = changed.visibility != Visibility::Timeline,
            AssetEvent::Trashed(_) | AssetEvent::DeletionRequested(_) => now.is_trashed = true,
            AssetEvent::Restored(_) => now.is_trashed = false,
            _ => {}
        }
        let is_in_sight = !now.is_elsewhere && !now.is_trashed;
        if is_in_sight {
            self.out_of_sight.remove(id);
        } else {
            self.out_of_sight.insert(id, now);
        }
        for face in self.faces_of.get(&id).into_iter().flatten() {
            if let Some(face) = self.faces.change(*face) {
                face.in_sight = is_in_sight && face.removed_at.is_none();
            }
        }
    }

    fn apply_person(&mut self, id: Uuid, at: DateTime<Utc>, event: &PersonEvent) {
        match event {
            PersonEvent::Created(created) => {
                self.persons.insert(id, PersonRow::created(id, at, created));
                return;
            }
            PersonEvent::Merged(merged) => {
                self.remove_person(id, Some((merged.into, at)));
                return;
            }
            PersonEvent::Deleted(_) => {
                self.remove_person(id, None);
                return;
            }
            PersonEvent::DetailsChanged(_) | PersonEvent::SettingsChanged(_) | PersonEvent::FeatureFaceChosen(_) => {}
        }
        // An erased person has no row any more, and what happens to them is not shown.
        let Some(person) = self.persons.change(id) else { return };
        person.updated_at = at;
        match event {
            PersonEvent::DetailsChanged(changed) => person.describe(changed),
            PersonEvent::SettingsChanged(changed) => person.set(changed),
            PersonEvent::FeatureFaceChosen(chosen) => {
                person.feature_face_id = self.faces.get(chosen.face).map(|face| face.id);
            }
            _ => {}
        }
    }

    fn apply_face(&mut self, id: Uuid, at: DateTime<Utc>, event: &FaceEvent) {
        match event {
            FaceEvent::Added(added) => {
                let person = self.known(added.person);
                let mut face = FaceRow::added(id, at, added, person);
                face.in_sight = self.out_of_sight.get(added.asset).is_none();
                self.faces.insert(id, face);
                self.faces_of.entry(added.asset).or_default().push(id);
            }
            FaceEvent::Assigned(assigned) => {
                let person = self.known(Some(assigned.person));
                if let Some(face) = self.faces.change(id) {
                    face.give_to(Some(assigned.person), person, assigned.by, at);
                }
            }
            FaceEvent::Unassigned(unassigned) => {
                if let Some(face) = self.faces.change(id) {
                    face.give_to(None, None, unassigned.by, at);
                }
            }
            FaceEvent::Removed(_) => {
                if let Some(face) = self.faces.change(id) {
                    (face.removed_at, face.in_sight, face.updated_at) = (Some(at), false, at);
                }
            }
            FaceEvent::Deleted(_) => self.remove_faces([id]),
        }
    }

    /// The person, while there is one.
    fn known(&self, person: Option<Uuid>) -> Option<Uuid> {
        person.filter(|id| self.persons.get(*id).is_some())
    }

    /// Their faces are the heir's from then on, or nobody's; then machines may say whose again.
    fn remove_person(&mut self, id: Uuid, heir: Option<(Uuid, DateTime<Utc>)>) {
        self.persons.remove(id);
        let heir = heir.filter(|(heir, _)| self.known(Some(*heir)).is_some());
        for face in self.faces.ids_where(|face| face.person_id == Some(id)) {
            let Some(face) = self.faces.change(face) else { continue };
            match heir {
                Some((heir, at)) => (face.person_id, face.updated_at) = (Some(heir), at),
                None => (face.person_id, face.by_hand, face.generation) = (None, false, None),
            }
        }
    }

    fn remove_faces(&mut self, ids: impl IntoIterator<Item = Uuid>) {
        let ids: HashSet<Uuid> = ids.into_iter().collect();
        ids.iter().for_each(|id| self.faces.remove(*id));
        let is_shown_by_one = |person: &PersonRow| person.feature_face_id.is_some_and(|face| ids.contains(&face));
        for person in self.persons.ids_where(is_shown_by_one) {
            if let Some(person) = self.persons.change(person) {
                person.feature_face_id = None;
            }
        }
    }

    fn remove_faces_on(&mut self, asset: Uuid) {
        let faces = self.faces_of.remove(&asset).unwrap_or_default();
        self.remove_faces(faces);
    }

    fn remove_owner(&mut self, owner: Uuid) {
        for person in self.persons.ids_where(|person| person.owner_id == owner) {
            self.remove_person(person, None);
        }
        let faces = self.faces.ids_where(|face| face.owner_id == owner);
        self.remove_faces(faces);
        self.clusterings.remove(owner);
    }

    async fn save(&mut self, writer: &mut Writer<'_>) -> Result<(), tokio_postgres::Error> {
        self.count();
        self.persons.save(writer).await?;
        self.faces.save(writer).await?;
        self.out_of_sight.save(writer).await?;
        self.clusterings.save(writer).await
    }

    /// Adds to each person what the batch made of their faces in sight.
    fn count(&mut self) {
        let mut deltas: HashMap<Uuid, i64> = HashMap::new();
        for (old, new) in self.faces.changes() {
            for (face, sign) in [(old, -1), (new, 1)] {
                let shows = face.filter(|face| face.in_sight).and_then(|face| face.person_id);
                if let Some(person) = shows {
                    *deltas.entry(person).or_default() += sign;
                }
            }
        }
        for (person, delta) in deltas.into_iter().filter(|(_, delta)| *delta != 0) {
            if let Some(person) = self.persons.change(person) {
                person.face_count += delta;
            }
        }
    }
}

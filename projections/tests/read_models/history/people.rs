//! Asking persons and faces, in histories.

use albumen_domain::{
    AnyEvent,
    face::{DecidedBy, Face, FaceBox, FaceCommand, FaceSource, NewFace},
    face_embedding::{FaceEmbedding, FaceEmbeddingCommand, FaceMeasured},
    person::{NewPerson, Person, PersonCommand},
    processing::{FacesClustered, FacesDetected, PeopleRegrouped, ProcessingCommand},
    system::SystemEvent,
    vector,
};
use uuid::Uuid;

use super::{
    PeopleStep,
    historian::{Historian, ask, ask_one},
};
use crate::naive;

impl Historian {
    pub(super) fn people(&mut self, step: PeopleStep) {
        match step {
            PeopleStep::Create(who, new) => self.create_person(NewPerson { owner: self.some_user(who), ..new }),
            PeopleStep::Edit(which, edit) => self.ask_person(which, PersonCommand::Edit(Box::new(edit))),
            PeopleStep::Feature(which, face) => {
                if let Some(face) = some(&self.faces, face) {
                    self.ask_person(which, PersonCommand::ChooseFeatureFace { face });
                }
            }
            PeopleStep::Merge(which, into) => {
                let Some(person) = some(&self.persons, into) else { return };
                if some(&self.persons, which) != Some(person) {
                    self.ask_person(which, PersonCommand::MergeInto { person });
                }
            }
            PeopleStep::DeletePerson(which) => self.ask_person(which, PersonCommand::Delete),
            PeopleStep::AddFace(asset, person, source, corner) => self.add_face(asset, person, source, corner),
            PeopleStep::Assign(which, person, by) => {
                if let Some(person) = some(&self.persons, person) {
                    self.ask_face(which, FaceCommand::Assign { person, by });
                }
            }
            PeopleStep::Unassign(which, by) => self.ask_face(which, FaceCommand::Unassign { by }),
            PeopleStep::RemoveFace(which) => self.ask_face(which, FaceCommand::Remove),
            PeopleStep::DeleteFace(which) => self.ask_face(which, FaceCommand::Delete),
        }
    }

    fn create_person(&mut self, new: NewPerson) {
        let (id, mut person, owner) = (self.new_id(), Person::default(), new.owner);
        let command = PersonCommand::Create(Box::new(new));
        if ask(id, &mut person, command, &mut self.history, &mut self.sequences, self.now) {
            self.persons.push((id, person));
            self.owners.insert(id, owner);
        }
    }

    /// Nobody finds a face on an asset that is gone.
    fn add_face(&mut self, asset: usize, person: Option<usize>, source: FaceSource, corner: (i32, i32)) {
        let photos = naive::library(&self.history.events);
        let Some(photo) = (!photos.is_empty()).then(|| &photos[asset % photos.len()]) else { return };
        let (left, top) = corner;
        let area = FaceBox { frame_width: 1_440, frame_height: 960, left, top, right: left + 90, bottom: top + 100 };
        let person = person.and_then(|person| some(&self.persons, person));
        let new = NewFace { owner: photo.owner, asset: photo.id, source, area, person };
        let (id, mut face) = (self.new_id(), Face::default());
        if ask(id, &mut face, FaceCommand::Add(new), &mut self.history, &mut self.sequences, self.now) {
            self.faces.push((id, face));
        }
    }

    /// The model that is chosen; a late answer can be that of another.
    fn face_model(&self, number: i32) -> String {
        let chosen = self.history.events.iter().rev().find_map(|recorded| match &recorded.event {
            AnyEvent::System(SystemEvent::ModelsChosen(chosen)) => chosen.faces.clone(),
            _ => None,
        });
        if number % 5 == 0 { "large".to_owned() } else { chosen.unwrap_or_else(|| "small".to_owned()) }
    }

    /// Some new faces, and now and then a look at one that is known already.
    pub(super) fn detect_faces(&mut self, asset: Uuid, lease: Uuid, revision: i64, number: i32) {
        let (owner, model, added) = (self.owners[&asset], self.face_model(number), number % 3);
        for index in 0..added {
            let left = 100 * index + number % 90;
            let area = FaceBox { frame_width: 1_440, frame_height: 960, left, top: 5, right: left + 60, bottom: 80 };
            let source = FaceSource::MachineLearning;
            let (id, mut face) = (self.new_id(), Face::default());
            let command = FaceCommand::Add(NewFace { owner, asset, source, area, person: None });
            if ask(id, &mut face, command, &mut self.history, &mut self.sequences, self.now) {
                self.faces.push((id, face));
            }
            self.measure(id, owner, asset, &model, number + index);
        }
        let measured = i32::from(number % 4 == 0);
        if let Some(face) = self.history.events.iter().rev().find_map(|recorded| match &recorded.event {
            AnyEvent::Face(albumen_domain::face::FaceEvent::Added(added)) if added.asset == asset && measured > 0 => {
                Some(recorded.stream.id)
            }
            _ => None,
        }) {
            self.measure(face, owner, asset, &model, number + 7);
        }
        let detected = FacesDetected { owner, lease, revision, model, found: added, added, measured, vanished: 0 };
        self.report(asset, ProcessingCommand::ReportFaces(detected));
    }

    fn measure(&mut self, face: Uuid, owner: Uuid, asset: Uuid, model: &str, number: i32) {
        let dimension = if model == "small" { 3 } else { 5 };
        let values: Vec<f32> = (0..dimension).map(|index| ((number * (index + 3)) % 17) as f32 - 8.5).collect();
        let vector = vector::encode(&values).into();
        let measured = FaceMeasured { owner, asset, model: model.to_owned(), dimension, vector };
        let (mut state, command) = (FaceEmbedding::default(), FaceEmbeddingCommand::Measure(measured));
        ask(face, &mut state, command, &mut self.history, &mut self.sequences, self.now);
    }

    /// Gives some face to some person, as far as rules let it.
    pub(super) fn compare_faces(&mut self, owner: Uuid, lease: Uuid, revision: i64, number: i32) {
        let which = usize::try_from(number).unwrap_or(0);
        let person = some(&self.persons, which);
        let gone = some(&self.persons, which / 2).filter(|_| number % 2 == 0);
        self.ask_face(which, FaceCommand::Group { person, generation: 3, gone });
        let clustered = FacesClustered {
            owner,
            lease,
            revision,
            model: self.face_model(number),
            generation: 3,
            is_complete: number % 4 > 0,
            horizon: self.history.last(),
            began_at: self.now,
            looked_at: 1,
            assigned: 1,
            created: 0,
        };
        self.report(owner, ProcessingCommand::ReportClustering(clustered));
    }

    pub(super) fn regroup_faces(&mut self, owner: Uuid, lease: Uuid, revision: i64, number: i32) {
        let which = usize::try_from(number).unwrap_or(0);
        self.ask_face(which, FaceCommand::Group { person: None, generation: 4, gone: None });
        let regrouped = PeopleRegrouped {
            owner,
            lease,
            revision,
            model: self.face_model(number),
            generation: 4,
            horizon: self.history.last(),
            began_at: self.now,
            kept: 1,
            created: 0,
            split: 0,
            merged: 0,
            dissolved: 0,
            moved: 0,
            released: 1,
        };
        self.report(owner, ProcessingCommand::ReportRegrouping(regrouped));
    }

    fn ask_person(&mut self, which: usize, command: PersonCommand) {
        ask_one(which, &mut self.persons, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn ask_face(&mut self, which: usize, command: FaceCommand) {
        ask_one(which, &mut self.faces, command, &mut self.history, &mut self.sequences, self.now);
    }
}

fn some<A>(all: &[(Uuid, A)], which: usize) -> Option<Uuid> {
    (!all.is_empty()).then(|| all[which % all.len()].0)
}

/// Who decides, and in which run.
pub fn decided_by(which: i64) -> DecidedBy {
    match which {
        0 => DecidedBy::Hand,
        1 => DecidedBy::File,
        generation => DecidedBy::Clustering { generation },
    }
}

//! Asking persons and faces, in histories.

use albumen_domain::{
    face::{DecidedBy, Face, FaceBox, FaceCommand, FaceSource, NewFace},
    person::{NewPerson, Person, PersonCommand},
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

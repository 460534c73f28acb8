//! Who is seen on photos, and where.

use albumen_domain::{face::FaceEvent, person::PersonEvent};
use uuid::Uuid;

use super::{Clock, State};
use crate::sync::{
    kind::Kind,
    ledger::{Entry, Key},
};

/// Of what only its being there matters.
const LINK: Entry = Entry { created: 0, change: 0 };

impl State {
    pub(super) fn person(&mut self, id: Uuid, event: &PersonEvent, clock: &mut Clock) {
        match event {
            PersonEvent::Created(created) => self.ledger.put(Key::new(Kind::Person, created.owner, id), clock.entry()),
            PersonEvent::DetailsChanged(_) | PersonEvent::SettingsChanged(_) => self.touch_person(id, clock),
            PersonEvent::FeatureFaceChosen(chosen) => {
                if self.known_person(id).is_some() {
                    self.stand_for(id, chosen.face);
                    self.touch_person(id, clock);
                }
            }
            PersonEvent::Merged(merged) => self.remove_person(id, Some(merged.into), clock),
            PersonEvent::Deleted(_) => self.remove_person(id, None, clock),
        }
    }

    fn known_person(&self, id: Uuid) -> Option<Key> {
        self.ledger.of(Kind::Person, id).into_iter().next()
    }

    /// Something of a person changed, if they are still there.
    pub(super) fn touch_person(&mut self, id: Uuid, clock: &mut Clock) {
        if let Some(person) = self.known_person(id) {
            self.ledger.put(person, clock.entry());
        }
    }

    /// A face that is gone stands for nobody.
    fn stand_for(&mut self, person: Uuid, face: Uuid) {
        self.ledger.within(Kind::FeatureFace, person).into_iter().for_each(|before| self.ledger.remove(before));
        if self.known_face(face).is_some() {
            self.ledger.put(Key::new(Kind::FeatureFace, person, face), LINK);
        }
    }

    /// Their faces are another person's from then on, or nobody's.
    pub(super) fn remove_person(&mut self, id: Uuid, heir: Option<Uuid>, clock: &mut Clock) {
        let Some(person) = self.known_person(id) else { return };
        let faces = self.ledger.within(Kind::FaceOfPerson, id);
        self.ledger.clear(id);
        self.remove_told(person, clock);
        for face in faces {
            self.give_face(face.a, heir);
            self.touch_face(face.a, clock);
        }
    }

    pub(super) fn face(&mut self, id: Uuid, event: &FaceEvent, clock: &mut Clock) {
        if let FaceEvent::Added(added) = event {
            self.ledger.put(Key::new(Kind::Face, added.owner, id).with(added.asset), clock.entry());
            self.ledger.put(Key::new(Kind::FaceOfAsset, added.owner, added.asset).with(id), LINK);
            return self.give_face(id, added.person);
        }
        // A face on an asset that is gone is not there any more.
        if self.known_face(id).is_none() {
            return;
        }
        match event {
            FaceEvent::Added(_) => {}
            FaceEvent::Assigned(assigned) => {
                self.give_face(id, Some(assigned.person));
                self.touch_face(id, clock);
            }
            FaceEvent::Unassigned(_) => {
                self.give_face(id, None);
                self.touch_face(id, clock);
            }
            FaceEvent::Removed(_) => self.touch_face(id, clock),
            FaceEvent::Deleted(_) => self.remove_face(id, clock),
        }
    }

    fn known_face(&self, id: Uuid) -> Option<Key> {
        self.ledger.of(Kind::Face, id).into_iter().next()
    }

    /// Whoever is not there any more is given nothing.
    fn give_face(&mut self, face: Uuid, person: Option<Uuid>) {
        self.ledger.of(Kind::FaceOfPerson, face).into_iter().for_each(|link| self.ledger.remove(link));
        if let Some(person) = person.filter(|person| self.known_person(*person).is_some()) {
            self.ledger.put(Key::new(Kind::FaceOfPerson, person, face), LINK);
        }
    }

    fn touch_face(&mut self, id: Uuid, clock: &mut Clock) {
        if let Some(face) = self.known_face(id) {
            self.ledger.put(face, clock.entry());
        }
    }

    pub(super) fn remove_face(&mut self, id: Uuid, clock: &mut Clock) {
        let Some(face) = self.known_face(id) else { return };
        self.forget_face(face.clone(), clock);
        self.ledger.tell_gone(face, clock.gone());
    }

    /// A face that is gone is nobody's and stands for nobody.
    fn forget_face(&mut self, face: Key, clock: &mut Clock) {
        self.give_face(face.a, None);
        for feature in self.ledger.of(Kind::FeatureFace, face.a) {
            let person = feature.scope;
            self.ledger.remove(feature);
            self.touch_person(person, clock);
        }
        self.ledger.remove(Key::new(Kind::FaceOfAsset, face.scope, face.b).with(face.a));
        self.ledger.remove(face);
    }

    /// The faces of an asset go with it, untold.
    pub(super) fn remove_faces_of(&mut self, asset: Uuid, clock: &mut Clock) {
        for link in self.ledger.of(Kind::FaceOfAsset, asset) {
            if let Some(face) = self.known_face(link.b) {
                self.forget_face(face, clock);
            }
        }
    }
}

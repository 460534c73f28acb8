//! The rules of a face.

use uuid::Uuid;

use super::{
    DecidedBy, FaceAdded, FaceAssigned, FaceCommand, FaceDeleted, FaceEvent, FaceRemoved, FaceSource, FaceUnassigned,
    NewFace,
};
use crate::{Aggregate, StreamKind, Subject};

/// What the rules have to remember of a face.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    life: Life,
    owner: Option<Uuid>,
    /// By the last word. Since then the person can have become another one, or be gone.
    person: Option<Uuid>,
    /// A user has said whose it is, or that it is nobody's.
    is_decided_by_hand: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Removed,
    Deleted,
}

/// Why a face refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaceRefusal {
    /// It was never there, or is gone.
    #[error("Face not found")]
    Unknown,
    /// An id was used twice.
    #[error("a face with this id exists already")]
    Exists,
}

impl Face {
    fn add(&self, new: NewFace) -> Result<Vec<FaceEvent>, FaceRefusal> {
        if self.life != Life::Unborn {
            return Err(FaceRefusal::Exists);
        }
        let NewFace { owner, asset, source, area, person } = new;
        Ok(vec![FaceAdded { owner, asset, source, area, person }.into()])
    }

    /// Machines say nothing about what a user has decided.
    const fn is_bound(&self, by: DecidedBy) -> bool {
        self.is_decided_by_hand && !matches!(by, DecidedBy::Hand)
    }

    /// The same word said again is said: by then the person can have been another one's, or gone.
    fn assign(&self, person: Uuid, by: DecidedBy) -> Vec<FaceEvent> {
        if self.is_bound(by) { Vec::new() } else { vec![FaceAssigned { person, by }.into()] }
    }

    fn group(&self, person: Option<Uuid>, generation: i64, gone: Option<Uuid>) -> Vec<FaceEvent> {
        let by = DecidedBy::Clustering { generation };
        let is_void = gone.is_some() && gone == self.person;
        match person {
            _ if self.is_bound(by) && !is_void => Vec::new(),
            Some(person) => vec![FaceAssigned { person, by }.into()],
            None => self.unassign(by),
        }
    }

    fn unassign(&self, by: DecidedBy) -> Vec<FaceEvent> {
        if self.is_bound(by) || self.person.is_none() { Vec::new() } else { vec![FaceUnassigned { by }.into()] }
    }
}

impl Aggregate for Face {
    const KIND: StreamKind = StreamKind::Face;
    type Command = FaceCommand;
    type Event = FaceEvent;
    type Refusal = FaceRefusal;

    fn decide(&self, command: FaceCommand) -> Result<Vec<FaceEvent>, FaceRefusal> {
        match (command, self.life) {
            (FaceCommand::Add(new), _) => self.add(new),
            (FaceCommand::Delete, Life::Active | Life::Removed) => Ok(vec![FaceDeleted {}.into()]),
            (FaceCommand::Remove, Life::Removed) => Ok(Vec::new()),
            (_, Life::Unborn | Life::Removed | Life::Deleted) => Err(FaceRefusal::Unknown),
            (FaceCommand::Assign { person, by }, Life::Active) => Ok(self.assign(person, by)),
            (FaceCommand::Group { person, generation, gone }, Life::Active) => Ok(self.group(person, generation, gone)),
            (FaceCommand::Unassign { by }, Life::Active) => Ok(self.unassign(by)),
            (FaceCommand::Remove, Life::Active) => Ok(vec![FaceRemoved {}.into()]),
        }
    }

    fn evolve(&mut self, event: &FaceEvent) {
        match event {
            FaceEvent::Added(added) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(added.owner),
                    person: added.person,
                    is_decided_by_hand: added.source == FaceSource::Manual && added.person.is_some(),
                }
            }
            FaceEvent::Assigned(assigned) => {
                self.person = Some(assigned.person);
                // A machine has no say until what a user said is void.
                self.is_decided_by_hand = assigned.by == DecidedBy::Hand;
            }
            FaceEvent::Unassigned(unassigned) => {
                self.person = None;
                self.is_decided_by_hand |= unassigned.by == DecidedBy::Hand;
            }
            FaceEvent::Removed(_) => self.life = Life::Removed,
            FaceEvent::Deleted(_) => self.life = Life::Deleted,
        }
    }

    fn subject(&self, id: Uuid, event: &FaceEvent) -> Subject {
        let owner = match event {
            FaceEvent::Added(added) => added.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{face::FaceBox, testing::given};

    const PERSON: Uuid = Uuid::from_u128(7);
    const OTHER: Uuid = Uuid::from_u128(8);
    const MACHINE: DecidedBy = DecidedBy::Clustering { generation: 3 };

    fn added(source: FaceSource, person: Option<Uuid>) -> FaceEvent {
        let area = FaceBox { frame_width: 100, frame_height: 50, left: 1, top: 2, right: 30, bottom: 40 };
        let new = NewFace { owner: Uuid::from_u128(1), asset: Uuid::from_u128(2), source, area, person };
        Face::default().decide(FaceCommand::Add(new)).expect("the unborn can be added").remove(0)
    }

    fn assign(person: Uuid, by: DecidedBy) -> FaceCommand {
        FaceCommand::Assign { person, by }
    }

    #[test]
    fn machines_decide_until_a_user_does() {
        let found = || added(FaceSource::MachineLearning, None);
        let by_machine = || FaceEvent::from(FaceAssigned { person: PERSON, by: MACHINE });
        given::<Face>([found()]).when(assign(PERSON, MACHINE)).then([by_machine()]);
        given::<Face>([found(), by_machine()]).when(assign(OTHER, MACHINE)).then([FaceAssigned {
            person: OTHER,
            by: MACHINE,
        }
        .into()]);
        let by_hand = FaceAssigned { person: OTHER, by: DecidedBy::Hand };
        given::<Face>([found(), by_machine(), by_hand.clone().into()]).when(assign(PERSON, MACHINE)).then([]);
        given::<Face>([found(), by_hand.into()]).when(assign(PERSON, DecidedBy::Hand)).then([FaceAssigned {
            person: PERSON,
            by: DecidedBy::Hand,
        }
        .into()]);
    }

    #[test]
    fn not_this_person_is_a_decision() {
        let history = [added(FaceSource::MachineLearning, Some(PERSON)), FaceUnassigned { by: DecidedBy::Hand }.into()];
        given::<Face>(history.clone()).when(assign(PERSON, MACHINE)).then([]);
        given::<Face>(history).when(FaceCommand::Unassign { by: DecidedBy::Hand }).then([]);
    }

    #[test]
    fn what_a_user_said_of_somebody_who_is_gone_is_void() {
        let found = || added(FaceSource::MachineLearning, None);
        let by_hand = || FaceEvent::from(FaceAssigned { person: PERSON, by: DecidedBy::Hand });
        let group = |gone| FaceCommand::Group { person: Some(OTHER), generation: 3, gone };
        let grouped = || FaceEvent::from(FaceAssigned { person: OTHER, by: MACHINE });
        given::<Face>([found(), by_hand()]).when(group(None)).then([]);
        given::<Face>([found(), by_hand()]).when(group(Some(OTHER))).then([]);
        given::<Face>([found(), by_hand()]).when(group(Some(PERSON))).then([grouped()]);
        given::<Face>([found(), by_hand(), grouped()]).when(assign(PERSON, MACHINE)).then([FaceAssigned {
            person: PERSON,
            by: MACHINE,
        }
        .into()]);
        // That it is nobody's was not said of anybody.
        let nobodys = || FaceEvent::from(FaceUnassigned { by: DecidedBy::Hand });
        given::<Face>([found(), by_hand(), nobodys()]).when(group(Some(PERSON))).then([]);
        given::<Face>([found(), grouped()])
            .when(FaceCommand::Group { person: None, generation: 3, gone: None })
            .then([FaceUnassigned { by: MACHINE }.into()]);
    }

    #[test]
    fn what_was_drawn_is_decided() {
        given::<Face>([added(FaceSource::Manual, Some(PERSON))]).when(assign(OTHER, MACHINE)).then([]);
        let clear = FaceCommand::Unassign { by: MACHINE };
        given::<Face>([added(FaceSource::Manual, Some(PERSON))]).when(clear).then([]);
    }

    #[test]
    fn what_was_removed_can_only_be_deleted() {
        let history = || [added(FaceSource::Manual, Some(PERSON)), FaceRemoved {}.into()];
        given::<Face>(history()).when(FaceCommand::Remove).then([]);
        assert_eq!(given::<Face>(history()).when(assign(OTHER, DecidedBy::Hand)).refused(), FaceRefusal::Unknown);
        given::<Face>(history()).when(FaceCommand::Delete).then([FaceDeleted {}.into()]);
        assert_eq!(given::<Face>([]).when(FaceCommand::Delete).refused(), FaceRefusal::Unknown);
    }
}

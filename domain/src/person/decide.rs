//! The rules of a person.

use uuid::Uuid;

use super::{
    NewPerson, PersonColor, PersonCommand, PersonCreated, PersonDeleted, PersonDetailsChanged, PersonEdit, PersonEvent,
    PersonFeatureFaceChosen, PersonMerged, PersonSettingsChanged,
};
use crate::{Aggregate, Personal, StreamKind, Subject};

/// What the rules have to remember of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    life: Life,
    owner: Option<Uuid>,
    hidden: bool,
    favorite: bool,
    color: Option<String>,
    /// A user has said what they are called or when they were born.
    is_described: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Gone,
}

/// Why a person refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    /// Never made, merged into another one, or deleted.
    #[error("Person not found")]
    Unknown,
    /// An id was used twice.
    #[error("a person with this id exists already")]
    Exists,
}

impl Person {
    fn create(&self, new: NewPerson) -> Result<Vec<PersonEvent>, PersonRefusal> {
        if self.life != Life::Unborn {
            return Err(PersonRefusal::Exists);
        }
        let created = PersonCreated {
            owner: new.owner,
            name: new.name.into(),
            birth_date: new.birth_date.map(Personal::Known),
            hidden: new.hidden,
            favorite: new.favorite,
            color: new.color,
        };
        Ok(vec![created.into()])
    }

    fn edit(&self, edit: PersonEdit) -> Vec<PersonEvent> {
        let mut events = Vec::new();
        let details = PersonDetailsChanged {
            name: edit.name.map(Personal::Known),
            birth_date: edit.birth_date.map(Personal::Known),
        };
        if details != PersonDetailsChanged::default() {
            events.push(details.into());
        }
        let settings = PersonSettingsChanged {
            hidden: edit.hidden.filter(|hidden| *hidden != self.hidden),
            favorite: edit.favorite.filter(|favorite| *favorite != self.favorite),
            color: edit.color.filter(|hex| *hex != self.color).map(|hex| PersonColor { hex }),
        };
        if settings != PersonSettingsChanged::default() {
            events.push(settings.into());
        }
        events
    }

    /// Chosen again it is made again: the picture may have got lost.
    fn choose(&self, face: Uuid) -> Vec<PersonEvent> {
        self.owner.map(|owner| PersonFeatureFaceChosen { owner, face }.into()).into_iter().collect()
    }

    fn change_settings(&mut self, changed: &PersonSettingsChanged) {
        self.hidden = changed.hidden.unwrap_or(self.hidden);
        self.favorite = changed.favorite.unwrap_or(self.favorite);
        if let Some(color) = &changed.color {
            self.color.clone_from(&color.hex);
        }
    }
}

impl Aggregate for Person {
    const KIND: StreamKind = StreamKind::Person;
    type Command = PersonCommand;
    type Event = PersonEvent;
    type Refusal = PersonRefusal;

    fn decide(&self, command: PersonCommand) -> Result<Vec<PersonEvent>, PersonRefusal> {
        if let PersonCommand::Create(new) = command {
            return self.create(*new);
        }
        if self.life != Life::Active {
            return Err(PersonRefusal::Unknown);
        }
        match command {
            PersonCommand::Create(_) => Ok(Vec::new()),
            PersonCommand::Edit(edit) => Ok(self.edit(*edit)),
            PersonCommand::ChooseFeatureFace { face } => Ok(self.choose(face)),
            PersonCommand::MergeInto { person } => Ok(vec![PersonMerged { into: person }.into()]),
            PersonCommand::Dissolve if self.is_described || self.hidden || self.favorite || self.color.is_some() => {
                Ok(Vec::new())
            }
            PersonCommand::Dissolve | PersonCommand::Delete => Ok(vec![PersonDeleted {}.into()]),
        }
    }

    fn evolve(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::Created(created) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(created.owner),
                    hidden: created.hidden,
                    favorite: created.favorite,
                    color: created.color.clone(),
                    is_described: false,
                }
            }
            PersonEvent::DetailsChanged(_) => self.is_described = true,
            PersonEvent::FeatureFaceChosen(_) => {}
            PersonEvent::SettingsChanged(changed) => self.change_settings(changed),
            PersonEvent::Merged(_) | PersonEvent::Deleted(_) => self.life = Life::Gone,
        }
    }

    fn subject(&self, id: Uuid, event: &PersonEvent) -> Subject {
        let owner = match event {
            PersonEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::testing::given;

    const OWNER: Uuid = Uuid::from_u128(1);

    fn created() -> PersonEvent {
        let new = NewPerson { owner: OWNER, name: "Ada".into(), favorite: true, ..NewPerson::default() };
        let mut events =
            Person::default().decide(PersonCommand::Create(Box::new(new))).expect("the unborn can be made");
        events.remove(0)
    }

    #[test]
    fn an_id_is_used_once() {
        let again = PersonCommand::Create(Box::default());
        assert_eq!(given::<Person>([created()]).when(again).refused(), PersonRefusal::Exists);
    }

    #[test]
    fn nothing_can_be_asked_of_the_unborn_and_the_gone() {
        assert_eq!(given::<Person>([]).when(PersonCommand::Delete).refused(), PersonRefusal::Unknown);
        for end in [PersonDeleted {}.into(), PersonMerged { into: Uuid::nil() }.into()] {
            let refusal = given::<Person>([created(), end]).when(PersonCommand::Delete).refused();
            assert_eq!(refusal, PersonRefusal::Unknown);
        }
    }

    #[test]
    fn an_edit_says_only_what_changes() {
        let day = NaiveDate::from_ymd_opt(1815, 12, 10);
        let edit = PersonEdit { favorite: Some(true), hidden: Some(true), ..PersonEdit::default() };
        given::<Person>([created()]).when(PersonCommand::Edit(Box::new(edit))).then([PersonSettingsChanged {
            hidden: Some(true),
            ..PersonSettingsChanged::default()
        }
        .into()]);
        let edit = PersonEdit { birth_date: Some(day), color: Some(None), ..PersonEdit::default() };
        given::<Person>([created()]).when(PersonCommand::Edit(Box::new(edit))).then([PersonDetailsChanged {
            name: None,
            birth_date: Some(Personal::Known(day)),
        }
        .into()]);
        given::<Person>([created()]).when(PersonCommand::Edit(Box::default())).then([]);
    }

    #[test]
    fn a_color_is_given_and_taken_away() {
        let paint = |hex: Option<&str>| {
            let color = Some(hex.map(str::to_owned));
            PersonCommand::Edit(Box::new(PersonEdit { color, ..PersonEdit::default() }))
        };
        let painted = |hex: Option<&str>| -> PersonEvent {
            let color = Some(PersonColor { hex: hex.map(str::to_owned) });
            PersonSettingsChanged { color, ..PersonSettingsChanged::default() }.into()
        };
        given::<Person>([created()]).when(paint(Some("#fff"))).then([painted(Some("#fff"))]);
        given::<Person>([created(), painted(Some("#fff"))]).when(paint(None)).then([painted(None)]);
    }

    #[test]
    fn a_machine_dissolves_nobody_whom_a_user_knows() {
        let found = |favorite| -> PersonEvent {
            let new = NewPerson { owner: OWNER, favorite, ..NewPerson::default() };
            Person::default().decide(PersonCommand::Create(Box::new(new))).expect("the unborn can be made").remove(0)
        };
        given::<Person>([found(false)]).when(PersonCommand::Dissolve).then([PersonDeleted {}.into()]);
        given::<Person>([found(true)]).when(PersonCommand::Dissolve).then([]);
        let named = PersonDetailsChanged { name: Some("Ada".to_owned().into()), birth_date: None };
        given::<Person>([found(false), named.into()]).when(PersonCommand::Dissolve).then([]);
    }

    #[test]
    fn a_face_can_be_chosen_again() {
        let face = Uuid::from_u128(7);
        let chosen = || PersonEvent::from(PersonFeatureFaceChosen { owner: OWNER, face });
        given::<Person>([created(), chosen()]).when(PersonCommand::ChooseFeatureFace { face }).then([chosen()]);
    }
}

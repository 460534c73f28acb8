//! What can be asked of a person.

use chrono::NaiveDate;
use uuid::Uuid;

/// A request to a person.
#[derive(Clone, Debug, PartialEq)]
pub enum PersonCommand {
    /// Exist.
    Create(Box<NewPerson>),
    /// Change what a user can change.
    Edit(Box<PersonEdit>),
    /// Be shown by this face.
    ChooseFeatureFace {
        /// One of theirs.
        face: Uuid,
    },
    /// Be one with another person, who keeps their id.
    MergeInto {
        /// The other person.
        person: Uuid,
    },
    /// Be gone; the faces stay.
    Delete,
    /// Be gone by the word of the clusterer, unless a user has said anything of them.
    Dissolve,
}

/// See [`PersonCommand::Create`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewPerson {
    /// Whose photos show them.
    pub owner: Uuid,
    /// Empty for none.
    pub name: String,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Kept out of sight.
    pub hidden: bool,
    /// Shown first.
    pub favorite: bool,
    /// `#` and hexadecimal digits.
    pub color: Option<String>,
}

/// See [`PersonCommand::Edit`]. What is absent stays as it is; an inner none removes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonEdit {
    /// New name; empty to remove it.
    pub name: Option<String>,
    /// New day of birth.
    pub birth_date: Option<Option<NaiveDate>>,
    /// Kept out of sight or not.
    pub hidden: Option<bool>,
    /// Shown first or not.
    pub favorite: Option<bool>,
    /// New colour.
    pub color: Option<Option<String>>,
}

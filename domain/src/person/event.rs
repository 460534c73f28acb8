//! What can have happened to a person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Personal, event::events};

events! {
    /// Everything that can have happened to a person.
    pub enum PersonEvent {
        /// A user or a machine said that there is somebody.
        Created(PersonCreated) = "person-created" v 1,
        /// The name or the day of birth changed.
        DetailsChanged(PersonDetailsChanged) = "person-details-changed" v 1,
        /// Shown otherwise from now on.
        SettingsChanged(PersonSettingsChanged) = "person-settings-changed" v 1,
        /// Another face stands for them.
        FeatureFaceChosen(PersonFeatureFaceChosen) = "person-feature-face-chosen" v 1,
        /// They turned out to be another person, whose faces theirs are now.
        Merged(PersonMerged) = "person-merged" v 1,
        /// Gone; their faces are nobody's.
        Deleted(PersonDeleted) = "person-deleted" v 1,
    }
}

/// See [`PersonEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonCreated {
    /// Whose photos show them.
    pub owner: Uuid,
    /// Empty for none.
    pub name: Personal<String>,
    /// Day of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Personal<NaiveDate>>,
    /// Kept out of sight.
    #[serde(default)]
    pub hidden: bool,
    /// Shown first.
    #[serde(default)]
    pub favorite: bool,
    /// `#` and hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// See [`PersonEvent::DetailsChanged`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonDetailsChanged {
    /// New name; empty when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// New day of birth; null when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Personal<Option<NaiveDate>>>,
}

/// See [`PersonEvent::SettingsChanged`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonSettingsChanged {
    /// Kept out of sight now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// Shown first now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favorite: Option<bool>,
    /// New colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<PersonColor>,
}

/// The colour of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonColor {
    /// `#` and hexadecimal digits; none when it was removed.
    pub hex: Option<String>,
}

/// See [`PersonEvent::FeatureFaceChosen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonFeatureFaceChosen {
    /// Whose photos show the person.
    pub owner: Uuid,
    /// The face that stands for them now.
    pub face: Uuid,
}

/// See [`PersonEvent::Merged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonMerged {
    /// Whom they turned out to be.
    pub into: Uuid,
}

/// See [`PersonEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonDeleted {}

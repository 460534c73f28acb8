//! What can have happened to a tag.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Personal, event::events};

events! {
    /// Everything that can have happened to a tag.
    pub enum TagEvent {
        /// It was made, and is on no asset.
        Created(TagCreated) = "tag-created" v 1,
        /// It got another colour, or lost the one it had.
        Colored(TagColored) = "tag-colored" v 1,
        /// It is gone, and no asset has it any more.
        Deleted(TagDeleted) = "tag-deleted" v 1,
    }
}

/// See [`TagEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagCreated {
    /// The user it belongs to.
    pub owner: Uuid,
    /// The tag above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// Its path, with `/` between the levels.
    pub value: Personal<String>,
    /// `#` and hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// See [`TagEvent::Colored`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagColored {
    /// `#` and hexadecimal digits; none when it has no colour.
    pub color: Option<String>,
}

/// See [`TagEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TagDeleted {}

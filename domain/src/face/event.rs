//! What can have happened to a face.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DecidedBy, FaceBox, FaceSource};
use crate::event::events;

events! {
    /// Everything that can have happened to a face.
    pub enum FaceEvent {
        /// It was found, read or drawn.
        Added(FaceAdded) = "face-added" v 1,
        /// Somebody said whose it is.
        Assigned(FaceAssigned) = "face-assigned" v 1,
        /// Somebody said that it is nobody's.
        Unassigned(FaceUnassigned) = "face-unassigned" v 1,
        /// A user said that there is no face; the place is remembered.
        Removed(FaceRemoved) = "face-removed" v 1,
        /// Gone without a trace.
        Deleted(FaceDeleted) = "face-deleted" v 1,
    }
}

/// See [`FaceEvent::Added`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceAdded {
    /// Whose the asset is.
    pub owner: Uuid,
    /// The asset that shows it.
    pub asset: Uuid,
    /// Who found it.
    pub source: FaceSource,
    /// Where it is.
    pub area: FaceBox,
    /// Whose it is, by the word of who found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
}

/// See [`FaceEvent::Assigned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceAssigned {
    /// Whose it is now.
    pub person: Uuid,
    /// Who decided it.
    pub by: DecidedBy,
}

/// See [`FaceEvent::Unassigned`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceUnassigned {
    /// Who decided it.
    pub by: DecidedBy,
}

/// See [`FaceEvent::Removed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceRemoved {}

/// See [`FaceEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceDeleted {}

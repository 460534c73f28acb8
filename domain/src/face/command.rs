//! What can be asked of a face.

use uuid::Uuid;

use super::{DecidedBy, FaceBox, FaceSource};

/// A request to a face.
#[derive(Clone, Debug, PartialEq)]
pub enum FaceCommand {
    /// Exist.
    Add(NewFace),
    /// Be this person's.
    Assign {
        /// Whose it is.
        person: Uuid,
        /// Who says so.
        by: DecidedBy,
    },
    /// Be this person's, by the word of the clusterer.
    Group {
        /// Whose it is; none for nobody's.
        person: Option<Uuid>,
        /// Counts the runs that began anew.
        generation: i64,
        /// Somebody who is gone, whose it was by the last word on it: what a user said of them says nothing any
        /// more.
        gone: Option<Uuid>,
    },
    /// Be nobody's.
    Unassign {
        /// Who says so.
        by: DecidedBy,
    },
    /// Be no face: nobody shall find it again.
    Remove,
    /// Be gone without a trace: it may be found again.
    Delete,
}

/// See [`FaceCommand::Add`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewFace {
    /// Whose the asset is.
    pub owner: Uuid,
    /// The asset that shows it.
    pub asset: Uuid,
    /// Who found it.
    pub source: FaceSource,
    /// Where it is.
    pub area: FaceBox,
    /// Whose it is, by the word of who found it.
    pub person: Option<Uuid>,
}

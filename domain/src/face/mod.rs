//! A face in a photo: where it is, and whose.
//!
//! A face is a stream of its own, because an asset can show hundreds and a person be on ten thousands.
//! It is found by a machine, read from the file, or drawn by a user. Whose it is, is said in events of
//! their own, also by machines: [`FaceAssigned::by`] tells who decided, and a run of the clusterer
//! signs with its generation. What a user decided is a fact that no machine's later word undoes.
//!
//! A face that is removed stays as the memory that there is none at that place; one that is deleted
//! may be found again.

mod clustering;
mod command;
mod decide;
mod event;
mod finding;
mod overlap;
mod regrouping;

pub use clustering::{Assigned, ClusteringRules, MeasuredFace, cluster};
pub use command::{FaceCommand, NewFace};
pub use decide::{Face, FaceRefusal};
pub use event::{FaceAdded, FaceAssigned, FaceDeleted, FaceEvent, FaceRemoved, FaceUnassigned};
pub use finding::{Finding, KnownFace, compare};
pub use overlap::SAME_FACE_OVERLAP;
pub use regrouping::{GroupedFace, GroupedPerson, Regrouping, Summary, regroup};

use serde::{Deserialize, Serialize};

/// Who found a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FaceSource {
    /// A detector.
    MachineLearning,
    /// The file itself.
    Exif,
    /// A user drew it.
    Manual,
}

impl FaceSource {
    /// The source of that stored name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::MachineLearning, Self::Exif, Self::Manual].into_iter().find(|source| source.as_str() == name)
    }

    /// The name in events and read models.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MachineLearning => "machine-learning",
            Self::Exif => "exif",
            Self::Manual => "manual",
        }
    }
}

/// Who decided whose face it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DecidedBy {
    /// A user.
    Hand,
    /// The file names them.
    File,
    /// A run of the clusterer.
    Clustering {
        /// Counts the runs that began anew.
        generation: i64,
    },
}

/// Where a face is: a box in a frame, in pixels of that frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceBox {
    /// Width of the frame.
    pub frame_width: i32,
    /// Height of the frame.
    pub frame_height: i32,
    /// Left side of the box.
    pub left: i32,
    /// Upper side of the box.
    pub top: i32,
    /// Right side of the box.
    pub right: i32,
    /// Lower side of the box.
    pub bottom: i32,
}

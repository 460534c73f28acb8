//! People and faces: who is seen where, by the last word of users and machines.
//!
//! A face's row says whose it is now. When two persons become one, or one is deleted, the rows of their
//! faces follow, though no event names these. A face that somebody is given to who is gone by then is
//! nobody's.
//!
//! How many faces of a person are in sight (on an asset that is in the timeline) is kept with the
//! person, since every list of people is sorted by it. For that this read model has to know which assets
//! are out of sight; of the others, which are nearly all, it holds nothing.
//!
//! How far an owner's faces are compared with each other is kept with them; what a model sees in a face is in
//! `face_vectors`.

mod apply;
mod queries;
mod rows;

pub use apply::People;
pub use queries::{FaceOfPerson, PeopleQueries, PersonOfAsset, PersonToShow, SHOWING};
pub use rows::{ClusteringRow, FaceRow, OutOfSightRow, PersonRow};

//! Vectors of assets, by which pictures are found from words and from each other.
//!
//! Each model has a space of its own, with a table of its own: what two models say is never comparable, not even where
//! their vectors are equally long. One space serves searches; another can fill beside it, until it is complete and an
//! event says that searches switch. The vectors of a model that was left stay, so that it can be gone back to.
//!
//! A space has an index (HNSW) once that is quicker than looking at every vector. A rebuild makes it when the tables are
//! full, a live one beside its readers. It finds almost everything that is near, and it alone is asked only for the head
//! of the results: see [`nearest`].

mod apply;
mod index;
pub mod nearest;
mod queries;
mod rows;

pub use apply::Vectors;
pub use pgvector::HalfVector;
pub use queries::{Bounds, Space, VectorQueries};
pub use rows::{SpaceRow, VectorRow};

//! What models see in faces: one vector per face and model.
//!
//! Vectors of several models lie beside each other and are never compared. They go with their face, its asset or
//! their owner; whose face it is, and whether somebody sees it, is known by `people` and `library`, and joined from
//! there when somebody asks.

mod apply;
mod queries;
mod rows;

pub use apply::FaceVectors;
pub use queries::{FaceVectorQueries, NearFace, SeenFace};

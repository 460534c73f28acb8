//! Tags: the tree that each user has of them, and which assets have which.
//!
//! That an asset has a tag is told in the asset's stream, and a tag that is gone is told of nowhere
//! but in its own. So a link is kept only while its tag is there: whoever reads links has no need to
//! look whether they still mean something.

mod apply;
mod queries;
mod rows;

pub use apply::Tags;
pub use queries::{TagQueries, WITH_TAG};
pub use rows::{AssetTagRow, TagRow};

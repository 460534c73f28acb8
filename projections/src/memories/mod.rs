//! Memories: what they recall, and which assets they are made of.
//!
//! Which of these are in sight is joined from `library.asset` when somebody asks, and whose faces a user
//! keeps out of sight from `people`: a memory without anything to show is not shown.

mod apply;
mod queries;
mod rows;

pub use apply::Memories;
pub use queries::{MemoryFilter, MemoryOrder, MemoryQueries};
pub use rows::{MemoryAssetRow, MemoryRow};

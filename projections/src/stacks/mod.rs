//! Stacks: which assets lie on top of each other, and which of them on top.
//!
//! What is shown of the assets themselves is joined from `library` when somebody asks, as with
//! albums. An asset that is erased tells its stack nothing; so this read model lets it go by itself, by
//! the rules of a stack: the next lies on top, and a single one is no stack.

mod apply;
mod queries;
mod rows;

pub use apply::Stacks;
pub use queries::{StackQueries, StackSummary, UNDER_ANOTHER};
pub use rows::{StackAssetRow, StackRow};

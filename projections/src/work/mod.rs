//! What is to be done: one row per asset and job that the log implies and no event has answered,
//! one per task of the whole installation, and which queues are held back.
//!
//! Who is doing it stands in `lease`, which is transient and derived from nothing.

mod apply;
mod comparison;
mod models;
mod queries;
mod queue;
mod rows;
mod tasks;

pub use apply::Work;
pub use queries::{Claimed, JobCounts, JobState, WorkQueries};
pub use rows::{JobRow, SubjectRow, TaskRow};

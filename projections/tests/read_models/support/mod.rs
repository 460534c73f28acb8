//! What the tests stand on: databases, a feed in memory, projections that misbehave, and ways to
//! run and compare.

mod database;
mod feed;
mod log;
mod projections;
mod run;
mod tables;

pub use database::Database;
pub use feed::MemoryFeed;
pub use log::record;
pub use projections::{Disturbance, Disturbed, NewVersion};
pub use run::{PATIENCE, apply_all, block_on, check, eventually, follow, follow_all, reached};
pub use tables::{Tables, assert_equal};

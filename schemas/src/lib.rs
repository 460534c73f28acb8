//! Contracts that outlive a release.
//!
//! SQL migrations, the stored form of every event version with its upcasters, and the traits
//! through which the log reaches its readers, the topics that carry it, how one of many
//! processes becomes the one that does something, and how all of them connect to the database. Writers (`commands`) and readers (`projections`)
//! both know this crate and not each other.

pub mod codec;
pub mod database;
pub mod feed;
pub mod leadership;
pub mod migrations;
pub mod topics;

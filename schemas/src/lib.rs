//! Contracts that outlive a release.
//!
//! SQL migrations, the stored form of every event version with its upcasters, and the traits
//! through which the log reaches its readers. Writers (`commands`) and readers (`projections`)
//! both know this crate and not each other.

pub mod codec;
pub mod feed;
pub mod migrations;

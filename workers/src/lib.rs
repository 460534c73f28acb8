//! Consumers that do slow things to media.

pub mod jobs;
pub mod media;
pub mod tags;

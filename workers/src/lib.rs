//! Consumers that do slow things: to media, and for the whole installation.

pub mod inference;
pub mod jobs;
pub mod media;
pub mod tags;
pub mod tasks;

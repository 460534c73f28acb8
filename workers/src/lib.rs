//! Consumers that do slow things: to media, for users, and for the whole installation.

mod http;
pub mod inference;
pub mod jobs;
pub mod mail;
pub mod media;
pub mod tags;
pub mod tasks;

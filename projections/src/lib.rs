//! The read side of Albumen: what the log looks like to those who ask.
//!
//! A read model is a folder here and a schema in the database: its tables, how events change them,
//! and the queries on them. Nothing in it is the truth; each can be dropped and rebuilt from the
//! log while the old one serves. [`runtime`] keeps them up to date and rebuilds them.

pub mod albums;
pub mod face_vectors;
mod gone;
pub mod history;
pub mod identity;
pub mod library;
mod links;
pub mod memories;
pub mod notifications;
pub mod people;
mod read_models;
pub mod runtime;
pub mod sharing;
pub mod stacks;
pub mod sync;
pub mod system;
pub mod tags;
pub mod text;
pub mod texts;
pub mod vectors;
pub mod work;

pub use read_models::{Observer, ReadModels, projections};
pub use runtime::ReadError;

//! Models that see and read pictures: where they lie, how they are fed, and what their answers mean.
//!
//! `store` knows the folders and the hubs. `images` has the arithmetic on pixels that all models share. `clip`, `faces` and
//! `ocr` turn a picture or a text into what a model wants, and what the model says into an answer; they know a graph
//! only as a [`session::Session`]; `interpreter` is what stands behind it, and opens a lost device again. `service` keeps models in memory and speaks HTTP: the contract of Immich's
//! machine-learning container, so that one can stand in for the other.

pub mod clip;
pub mod faces;
pub mod images;
pub mod interpreter;
pub mod memory;
pub mod models;
pub mod ocr;
pub mod program;
pub mod service;
pub mod session;
pub mod store;

pub use session::Fault;

//! How the installation is set up: its configuration, and its external libraries.

mod apply;
mod configuration;
mod queries;
mod rows;

pub use apply::SystemModel;
pub use configuration::{Configuration, InForce};
pub use queries::SystemQueries;
pub use rows::{ConfigRow, ExternalLibraryRow};

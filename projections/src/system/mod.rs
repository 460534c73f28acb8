//! How the installation is set up: its configuration, its external libraries, and what it knows of newer releases.

mod apply;
mod configuration;
mod queries;
mod rows;

pub use apply::SystemModel;
pub use configuration::{Configuration, InForce};
pub use queries::SystemQueries;
pub use rows::{ConfigRow, ExternalLibraryRow, NewestReleaseRow};

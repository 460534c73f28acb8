//! Who may come in: users, their sessions and keys, and the installation itself.

mod apply;
mod queries;
mod rows;

pub use apply::Identity;
pub use queries::{IdentityQueries, KeyPrincipal, SessionPrincipal};
pub use rows::{AccountRow, ApiKeyRow, InstallationRow, SessionRow, VersionRow};

//! One installation of Albumen on one machine: where it lies, who runs it, and the PostgreSQL it starts itself.
//!
//! The order in which a command uses it:
//! 1. [`Settings`] (flags and environment) become a [`Config`];
//! 2. [`enter`] makes the data folder ready and, as root, becomes the service user — before anything else is opened;
//! 3. [`Database::for_server`] or [`Database::for_command`] gives the connection to PostgreSQL, started if need be.
//!
//! Invariants: nothing here is a secret of another module (keys, media and tables have rooms of their own); PostgreSQL is
//! reachable only through a socket in a folder that nobody but the service user can enter.

mod config;
mod cpus;
mod database;
mod error;
mod folders;
mod listen;
mod lock;
mod memory;
pub mod postgres;
mod privileges;
mod proxies;
#[cfg(test)]
mod tests;

pub use config::{Config, Settings};
pub use cpus::keep_to;
pub use database::{Database, connect_config};
pub use error::InstallationError;
pub use folders::{DataFolder, MEDIA_FOLDERS, MOUNT_MARKER};
pub use listen::{announced_addresses, bind};
pub use lock::{DataLock, Holder};
pub use memory::{held_bytes, outgrown, resident_bytes};
pub use postgres::EmbeddedPostgres;
pub use privileges::{SERVICE_USER, enter};
pub use proxies::{TrustedProxies, is_loopback_or_private};

//! The write side of Albumen: from a command to an event that cannot be lost.
//!
//! [`Commands`] is the way in. A command's aggregate is loaded from its stream through cqrs-es
//! ([`cqrs`]), decides, and its events go to the one appender ([`log`]), which seals personal
//! values ([`seal`]), checks claims and versions, chains hashes and commits. The log's own way
//! out, towards readers, is [`log::LogFeed`], and [`kafka`] where there are many processes.

mod commands;
pub mod copies;
mod cqrs;
mod error;
mod joint;
pub mod kafka;
pub mod log;
pub mod seal;
mod streams;
mod turns;

pub use commands::{Commands, Context, Executed, Settings};
pub use error::{CommandError, StoreError};
pub use joint::{Joint, Refused};

//! The log mirrored to EventStoreDB, for those who run it.
//!
//! One process of all ([`Mirror`]) reads the log in order and appends each event to a stream of its
//! own name, `asset-<id>`, so that the mirror's category `asset` holds all assets and its `$all`
//! has the log's order. Payload and metadata are the very bytes that the log holds: personal
//! values stay sealed in them, and what `albumen admin erase` erases can be read nowhere any more,
//! since only keys open it and those are not in the mirror.
//!
//! - **Once.** An event's id follows from its hash, and its revision is known, so a server takes
//!   it once however often it is sent. Where a server refuses, what it has is read and compared
//!   ([`append`]).
//! - **Resumed.** How far it is stands in PostgreSQL ([`albumen_commands::copies`]), and whether the
//!   mirror has that is looked up at each start: a mirror that was lost or set back is filled again.
//! - **Never wrong in silence.** What is not ours in a stream of ours stops it, with the stream and
//!   the revision, until somebody has looked.
//!
//! The log is never read from the mirror.

mod address;
mod append;
mod cryptography;
mod event;
mod fault;
mod mirror;

pub use address::Address;
pub use cryptography::install_cryptography;
pub use event::{CopiedEvent, event_id, stream_name};
pub use fault::MirrorFault;
pub use mirror::Mirror;

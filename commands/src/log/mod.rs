//! The one log: how events get in ([`Appender`]), how they come out ([`LogFeed`]), and the proof
//! that nobody changed it ([`verify`]).

mod append;
mod chain;
mod committer;
mod feed;
mod look_up;
mod pace;
mod pieces;
mod read;
mod verify;

pub use append::{Append, AppendError, Appended, HashedClaim, NewEvent};
pub use chain::{ContentHasher, GENESIS, Hash, link};
pub use committer::{Appender, MAX_BATCH_EVENTS};
pub use feed::LogFeed;
pub use pace::Pace;
pub use read::{LogReader, StoredEvent};
pub use verify::{Verified, VerifyError, verify};

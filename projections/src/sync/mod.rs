//! What phone apps keep a copy of: when each thing last changed, and what is gone.
//!
//! A device is sent what has changed since it last came, in the order of changes. A change is a
//! position in the log, so a device has missed nothing if it has everything up to a position, and
//! needs nothing else to say where it is. What a thing looks like is joined from the other read
//! models when it is sent: always the newest, and nothing is copied.
//!
//! What is gone is remembered for 31 days, by the clock of the log, so that a rebuilt read model
//! forgets what the live one forgot.

mod apply;
mod change;
mod checkpoints;
mod kind;
mod ledger;
mod protocol;
mod queries;
mod rows;
mod source;
mod stream;
mod views;
mod window;

pub use apply::Changes;
pub use checkpoints::{CheckpointChange, Checkpoints};
pub use protocol::{Ack, EntityType, Extra, RESET_ACK, RequestType};
pub use queries::SyncQueries;
pub(crate) use stream::READ_MODELS;
pub use stream::{Beginning, Device, Line, SyncStream};
pub use views::{AssetView, Data, ExifView, GoneKey};

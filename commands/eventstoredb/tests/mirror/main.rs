//! The mirror against a stand-in for EventStoreDB that speaks its published protocol, enforces
//! expected revisions, recognises ids, and breaks off wherever it hurts.
//!
//! The stand-in was made from the protocol's definitions alone; the real server has not been met.

#![allow(clippy::result_large_err, reason = "tonic's own status is that large")]

mod protocol;
mod server;
#[allow(dead_code)]
#[path = "../../../tests/log/support.rs"]
mod support;

mod cuts;
mod order;
mod recovery;
mod scene;

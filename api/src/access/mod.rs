//! Who may do what: the one place that decides it, for every route.
//!
//! 1. [`policy`] says for each operation which credentials and which permission it asks for.
//! 2. [`credentials`] finds the credential of a request, and [`principal`] whom it stands for.
//! 3. [`guard`] holds the two together before a handler runs.
//! 4. [`objects`], [`albums`], [`people`], [`memories`], [`reach`], [`notifications`] and [`history`] decide whether that
//!    principal may touch an object.

mod activities;
mod albums;
mod cache;
mod credentials;
mod guard;
mod history;
mod loader;
mod memories;
mod notifications;
mod objects;
mod people;
mod policy;
mod principal;
mod reach;
mod secrets;
mod stacks;
mod tags;

pub use cache::AuthCache;
pub use credentials::{Credential, LINK_COOKIE, TOKEN_COOKIE};
pub use guard::{authenticate_socket, by_key, by_slug, guard};
pub use loader::Loader;
pub use policy::{POLICIES, Policy, Who, policy_of};
pub use principal::{Auth, Caller, Request, Via};
pub use secrets::{Secret, ShareKey, hash_of};

//! Sealing of personal values at the edge of the log.
//!
//! A master key outside the database wraps one random key per owner. A subject's key is derived
//! from its owner's key and the subject's random salt. Deleting the salt makes one subject
//! unreadable, deleting the owner's key everything of that owner; the log itself is not touched,
//! and since its hashes are taken over the sealed bytes they stay right.

mod keyring;
mod master;
mod values;

pub(crate) use keyring::ERASED_CHANNEL;
pub use keyring::{Keyring, NewKeys, SubjectKey};
pub use master::{MasterKey, MasterKeyError};
pub use values::{
    Context, Opened, has_personal, open, open_text, seal, sealed_subjects, sealed_subjects_of_text, skip,
};

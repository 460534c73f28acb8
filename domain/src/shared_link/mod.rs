//! A link by which anybody who has it may look at an album, or at a few assets.
//!
//! The link is its owner's: whoever comes by it may do what the link allows, and no more than that.
//! Its key is told again to its owner, so the log keeps it (sealed), and beside it the hash by which
//! it is looked up. A password guards the page of the link; its owner reads that again, too.
//!
//! A link can have a name of its own in addresses, which no other link has at the same time: a claim
//! sees to that. Whether its album still exists is not known here; readers look at both.

mod command;
mod decide;
mod event;

pub use command::{NewSharedLink, SharedLinkCommand, SharedLinkEdit};
pub use decide::{SLUG_CLAIM, SharedLink, SharedLinkRefusal};
pub use event::{
    SharedLinkAssetsAdded, SharedLinkAssetsRemoved, SharedLinkChanged, SharedLinkCreated, SharedLinkDeleted,
    SharedLinkEvent,
};

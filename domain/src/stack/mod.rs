//! Assets that lie on top of each other: a burst, or a picture with its versions.
//!
//! One of them, the primary, lies on top and stands for all. A stack has at least two assets, and an
//! asset is in one stack at most: the claim `stack-asset` holds that. Who makes a stack of assets
//! that are in others takes them out of those in the same transaction.
//!
//! An asset in the trash stays where it is, since it may come back. When one is removed for good, the
//! next lies on top, and a stack in which a single asset is left is dissolved.

mod decide;
mod event;

pub use decide::{ASSET_CLAIM, Stack, StackCommand, StackRefusal};
pub use event::{StackAssetsAdded, StackAssetsRemoved, StackCreated, StackDeleted, StackEvent, StackPrimaryChosen};

//! What can have happened to a stack.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::events;

events! {
    /// Everything that can have happened to a stack.
    pub enum StackEvent {
        /// It was made of assets, the first of which is the primary.
        Created(StackCreated) = "stack-created" v 1,
        /// More assets were laid under it.
        AssetsAdded(StackAssetsAdded) = "stack-assets-added" v 1,
        /// Another asset of it is the primary.
        PrimaryChosen(StackPrimaryChosen) = "stack-primary-chosen" v 1,
        /// Assets went out of it. When the primary did, the first that is left follows it.
        AssetsRemoved(StackAssetsRemoved) = "stack-assets-removed" v 1,
        /// It is gone; its assets stay.
        Deleted(StackDeleted) = "stack-deleted" v 1,
    }
}

/// See [`StackEvent::Created`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackCreated {
    /// The user it belongs to.
    pub owner: Uuid,
    /// Each once; at least two.
    pub assets: Vec<Uuid>,
}

/// See [`StackEvent::AssetsAdded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackAssetsAdded {
    /// Each once, none of which was in it before.
    pub assets: Vec<Uuid>,
}

/// See [`StackEvent::PrimaryChosen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackPrimaryChosen {
    /// The asset that lies on top now.
    pub asset: Uuid,
}

/// See [`StackEvent::AssetsRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackAssetsRemoved {
    /// Each once, all of which were in it before.
    pub assets: Vec<Uuid>,
}

/// See [`StackEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StackDeleted {}

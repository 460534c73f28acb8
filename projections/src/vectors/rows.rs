//! The rows of this read model.

use pgvector::HalfVector;
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// The space of a model's vectors.
    pub struct SpaceRow = "space" [id] {
        /// Counts from 1; it names the table of the vectors.
        id: i32 = "integer",
        /// Whose vectors.
        model: String = "text",
        /// How many numbers each has.
        dimension: i32 = "integer",
    }
}

table! {
    /// The vector of an asset in a space.
    pub struct VectorRow = "vector" [asset_id, space_id] {
        /// Of which asset.
        asset_id: Uuid = "uuid",
        /// In which space.
        space_id: i32 = "integer",
        /// The asset's owner.
        owner_id: Uuid = "uuid",
        /// The numbers.
        embedding: HalfVector = "public.halfvec",
    }
}

//! The rows of this read model, on their way in: a vector is no type that rows are declared with.

use albumen_domain::{Recorded, face_embedding::FaceMeasured, vector};
use pgvector::HalfVector;
use uuid::Uuid;

use crate::runtime::Storable;

/// The vector of a face.
pub(super) struct VectorRow {
    pub(super) face_id: Uuid,
    pub(super) model: String,
    pub(super) asset_id: Uuid,
    pub(super) owner_id: Uuid,
    pub(super) position: i64,
    pub(super) dimension: i32,
    pub(super) vector: HalfVector,
}

impl VectorRow {
    /// None where it was erased, or is none.
    pub(super) fn of(recorded: &Recorded, measured: &FaceMeasured) -> Option<Self> {
        let values = vector::decode(measured.vector.known()?)?;
        let dimension = i32::try_from(values.len()).ok().filter(|length| (1..=MAX_DIMENSION).contains(length))?;
        Some(Self {
            face_id: recorded.stream.id,
            model: measured.model.clone().storable(),
            asset_id: measured.asset,
            owner_id: measured.owner,
            position: recorded.position,
            dimension,
            vector: HalfVector::from(values),
        })
    }
}

/// As many numbers as PostgreSQL's type holds.
const MAX_DIMENSION: i32 = 16_000;

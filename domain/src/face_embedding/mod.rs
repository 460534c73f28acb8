//! What a face looks like to a model: the vector by which faces are compared.
//!
//! Its stream has the id of the face, and is apart from the face's own, so that a thousand numbers are
//! not loaded to say whose it is. Vectors of several models lie beside each other: they cannot be compared
//! with one another, and a new model is of use only when it has seen all faces.
//!
//! A vector is sealed under the key of the asset that shows the face, and erased with it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Personal, StreamKind, Subject, event::events};

events! {
    /// Everything that can have happened to the vectors of a face.
    pub enum FaceEmbeddingEvent {
        /// A model has looked at the face.
        Measured(FaceMeasured) = "face-measured" v 1,
    }
}

/// See [`FaceEmbeddingEvent::Measured`]. It takes the place of what the same model said before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FaceMeasured {
    /// Whose the asset is.
    pub owner: Uuid,
    /// The asset that shows the face.
    pub asset: Uuid,
    /// The model's name.
    pub model: String,
    /// How many numbers there are.
    pub dimension: i32,
    /// The numbers, as base64 of little-endian 16-bit floats.
    pub vector: Personal<String>,
}

/// Nothing has to be remembered: whatever a model says last holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaceEmbedding {}

/// What can be asked of the vectors of a face.
#[derive(Clone, Debug, PartialEq)]
pub enum FaceEmbeddingCommand {
    /// Keep what a model says.
    Measure(FaceMeasured),
}

/// Why a vector is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaceEmbeddingRefusal {
    /// It has no numbers.
    #[error("a vector of no dimension says nothing")]
    Empty,
}

impl Aggregate for FaceEmbedding {
    const KIND: StreamKind = StreamKind::FaceEmbedding;
    type Command = FaceEmbeddingCommand;
    type Event = FaceEmbeddingEvent;
    type Refusal = FaceEmbeddingRefusal;

    fn decide(&self, command: FaceEmbeddingCommand) -> Result<Vec<FaceEmbeddingEvent>, FaceEmbeddingRefusal> {
        match command {
            FaceEmbeddingCommand::Measure(measured) if measured.dimension < 1 => Err(FaceEmbeddingRefusal::Empty),
            FaceEmbeddingCommand::Measure(measured) => Ok(vec![measured.into()]),
        }
    }

    fn evolve(&mut self, _event: &FaceEmbeddingEvent) {}

    fn subject(&self, _id: Uuid, event: &FaceEmbeddingEvent) -> Subject {
        let FaceEmbeddingEvent::Measured(measured) = event;
        Subject { id: measured.asset, owner: measured.owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn measured(model: &str, dimension: i32) -> FaceMeasured {
        let vector = "AAA=".to_owned().into();
        FaceMeasured {
            owner: Uuid::from_u128(1),
            asset: Uuid::from_u128(2),
            model: model.to_owned(),
            dimension,
            vector,
        }
    }

    #[test]
    fn each_model_has_its_say() {
        let measure = |model| FaceEmbeddingCommand::Measure(measured(model, 1));
        given::<FaceEmbedding>([]).when(measure("a")).then([measured("a", 1).into()]);
        given::<FaceEmbedding>([measured("a", 1).into()]).when(measure("b")).then([measured("b", 1).into()]);
    }

    #[test]
    fn nothing_is_no_vector() {
        let nothing = FaceEmbeddingCommand::Measure(measured("a", 0));
        assert_eq!(given::<FaceEmbedding>([]).when(nothing).refused(), FaceEmbeddingRefusal::Empty);
    }

    #[test]
    fn a_vector_goes_with_its_asset() {
        let subject = FaceEmbedding::default().subject(Uuid::from_u128(9), &measured("a", 1).into());
        assert_eq!(subject, Subject { id: Uuid::from_u128(2), owner: Uuid::from_u128(1) });
    }
}

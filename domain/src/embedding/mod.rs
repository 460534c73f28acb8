//! The vector that a model makes of an asset, by which the asset is found.
//!
//! Each asset and model have a stream ([`crate::vector::stream_id`]), so that the vectors of one model can be made
//! beside those of another, and no asset's stream grows by them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Personal, StreamKind, Subject, event::events, processing::Job};

/// More numbers than the vector of any model has, and as many as the index can hold.
pub const MAX_DIMENSION: i32 = 4_000;

events! {
    /// Everything that can have happened to a vector.
    pub enum EmbeddingEvent {
        /// A model has looked at the asset.
        Made(EmbeddingMade) = "embedding-made" v 1,
    }
}

/// See [`EmbeddingEvent::Made`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmbeddingMade {
    /// The asset's owner.
    pub owner: Uuid,
    /// Of which asset.
    pub asset: Uuid,
    /// Under which lease the work was done.
    pub lease: Uuid,
    /// Position of the event that asked for it.
    pub revision: i64,
    /// The model that made it.
    pub model: String,
    /// How many numbers it has.
    pub dimension: i32,
    /// The numbers: see [`crate::vector`].
    pub vector: Personal<String>,
}

/// What the rules have to remember of a vector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedding {
    /// The newest revision of the input that was answered.
    answered: Option<i64>,
}

/// What can be asked of a vector.
#[derive(Clone, Debug, PartialEq)]
pub enum EmbeddingCommand {
    /// A model has made it.
    Report(EmbeddingMade),
}

/// Why a vector is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddingRefusal {
    /// The same or a newer input was answered already.
    #[error("revision {revision} of the input of {} was answered already, up to {answered}", Job::Embedding.as_str())]
    Stale {
        /// What the report saw.
        revision: i64,
        /// What was answered.
        answered: i64,
    },
    /// It is not what it says.
    #[error("this is no vector of {dimension} numbers that a search could use")]
    Malformed {
        /// The numbers that it should have.
        dimension: i32,
    },
}

impl Aggregate for Embedding {
    const KIND: StreamKind = StreamKind::Embedding;
    type Command = EmbeddingCommand;
    type Event = EmbeddingEvent;
    type Refusal = EmbeddingRefusal;

    fn decide(&self, command: EmbeddingCommand) -> Result<Vec<EmbeddingEvent>, EmbeddingRefusal> {
        let EmbeddingCommand::Report(made) = command;
        let (revision, dimension) = (made.revision, made.dimension);
        if let Some(answered) = self.answered.filter(|answered| *answered >= revision) {
            return Err(EmbeddingRefusal::Stale { revision, answered });
        }
        let values = made.vector.known().and_then(|stored| crate::vector::decode(stored));
        // What points nowhere is near nothing.
        let points = |values: &[half::f16]| values.iter().any(|value| value.to_f32() != 0.0);
        let is_right = (1..=MAX_DIMENSION).contains(&dimension)
            && values.is_some_and(|values| i32::try_from(values.len()) == Ok(dimension) && points(&values));
        if is_right { Ok(vec![made.into()]) } else { Err(EmbeddingRefusal::Malformed { dimension }) }
    }

    fn evolve(&mut self, event: &EmbeddingEvent) {
        let EmbeddingEvent::Made(made) = event;
        self.answered = Some(made.revision);
    }

    fn subject(&self, _id: Uuid, event: &EmbeddingEvent) -> Subject {
        let EmbeddingEvent::Made(made) = event;
        Subject { id: made.asset, owner: made.owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing::given, vector};

    fn made(revision: i64, values: &[f32], dimension: i32) -> EmbeddingMade {
        EmbeddingMade {
            owner: Uuid::from_u128(1),
            asset: Uuid::from_u128(2),
            lease: Uuid::from_u128(3),
            revision,
            model: "ViT-B-32__openai".to_owned(),
            dimension,
            vector: vector::encode(values).into(),
        }
    }

    #[test]
    fn a_newer_vector_stands_and_a_stale_one_is_refused() {
        let (first, second) = (made(5, &[1.0, 0.0], 2), made(6, &[0.0, 1.0], 2));
        given::<Embedding>([]).when(EmbeddingCommand::Report(first.clone())).then([first.clone().into()]);
        given::<Embedding>([first.clone().into()])
            .when(EmbeddingCommand::Report(second.clone()))
            .then([second.clone().into()]);
        let refusal = given::<Embedding>([second.into()]).when(EmbeddingCommand::Report(first)).refused();
        assert_eq!(refusal, EmbeddingRefusal::Stale { revision: 5, answered: 6 });
    }

    #[test]
    fn what_is_no_vector_is_refused() {
        for (values, dimension) in [(&[1.0_f32][..], 2), (&[], 0), (&[f32::NAN], 1), (&[0.0, 0.0], 2)] {
            let report = EmbeddingCommand::Report(made(1, values, dimension));
            assert_eq!(given::<Embedding>([]).when(report).refused(), EmbeddingRefusal::Malformed { dimension });
        }
    }

    #[test]
    fn it_is_sealed_with_the_asset() {
        let made = made(1, &[1.0], 1);
        let subject = Embedding::default().subject(Uuid::nil(), &made.clone().into());
        assert_eq!(subject, Subject { id: made.asset, owner: made.owner });
    }
}

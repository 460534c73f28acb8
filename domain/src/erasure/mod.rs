//! The erasure of a subject's personal values.
//!
//! Erasing deletes keys, which lie outside the log. This event tells the read models that what
//! they hold in plain form has to go too. Its stream has the subject's id.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, StreamKind, Subject, event::events};

events! {
    /// Everything that can have happened in an erasure.
    pub enum ErasureEvent {
        /// The keys are gone.
        SubjectErased(SubjectErased) = "subject-erased" v 1,
    }
}

/// How far an erasure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ErasureScope {
    /// This subject alone: an asset, say.
    Subject,
    /// A user and everything that is theirs.
    Owner,
}

/// See [`ErasureEvent::SubjectErased`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubjectErased {
    /// How far it reaches.
    pub scope: ErasureScope,
}

/// What the rules have to remember of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    done: Option<ErasureScope>,
}

/// A request to erase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erase {
    /// How far it reaches.
    pub scope: ErasureScope,
}

/// An erasure is never refused; asking twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErasureRefusal {}

impl Aggregate for Erasure {
    const KIND: StreamKind = StreamKind::Erasure;
    type Command = Erase;
    type Event = ErasureEvent;
    type Refusal = ErasureRefusal;

    fn decide(&self, command: Erase) -> Result<Vec<ErasureEvent>, ErasureRefusal> {
        if self.done.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![SubjectErased { scope: command.scope }.into()])
    }

    fn evolve(&mut self, event: &ErasureEvent) {
        let ErasureEvent::SubjectErased(erased) = event;
        self.done = Some(erased.scope);
    }

    fn subject(&self, id: Uuid, _event: &ErasureEvent) -> Subject {
        Subject::own(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    #[test]
    fn erasing_twice_changes_nothing() {
        let erased: ErasureEvent = SubjectErased { scope: ErasureScope::Owner }.into();
        given::<Erasure>([]).when(Erase { scope: ErasureScope::Owner }).then([erased.clone()]);
        given::<Erasure>([erased]).when(Erase { scope: ErasureScope::Owner }).then([]);
    }
}

//! Commands to aggregates of several kinds that happen together or not at all.

use albumen_domain::{Aggregate, AnyEvent, StreamId};
use uuid::Uuid;

use crate::{
    commands::{Commands, StreamDecision},
    error::CommandError,
};

/// Commands that happen together: in the order in which they were put in, in one append.
#[derive(Default)]
pub struct Joint {
    pub(crate) parts: Vec<Box<dyn Part>>,
}

impl Joint {
    /// Puts in a command to each of some aggregates. One that is asked several things is asked all of them
    /// here: two parts must not name the same. As with [`Commands::execute_many`], personal values are not opened.
    pub fn ask<A: Aggregate>(&mut self, commands: Vec<(Uuid, A::Command)>)
    where
        AnyEvent: From<A::Event>,
    {
        if !commands.is_empty() {
            self.parts.push(Box::new(Asked::<A>(commands)));
        }
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// Why one of several aggregates refuses.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refused(Box<dyn std::error::Error + Send + Sync>);

impl Refused {
    /// The refusal, if it is of this kind.
    #[must_use]
    pub fn of<R: std::error::Error + 'static>(&self) -> Option<&R> {
        self.0.downcast_ref()
    }
}

/// What is asked of aggregates of one kind.
#[async_trait::async_trait]
pub(crate) trait Part: Send + Sync {
    /// The streams of those who are asked.
    fn streams(&self) -> Vec<StreamId>;

    /// What they make of it, as they are now.
    async fn decide(&self, commands: &Commands) -> Result<Vec<StreamDecision>, CommandError<Refused>>;
}

struct Asked<A: Aggregate>(Vec<(Uuid, A::Command)>);

#[async_trait::async_trait]
impl<A: Aggregate> Part for Asked<A>
where
    AnyEvent: From<A::Event>,
{
    fn streams(&self) -> Vec<StreamId> {
        self.0.iter().map(|(id, _)| StreamId { kind: A::KIND, id: *id }).collect()
    }

    async fn decide(&self, commands: &Commands) -> Result<Vec<StreamDecision>, CommandError<Refused>> {
        commands.decide_many::<A>(&self.0).await.map_err(|error| match error {
            CommandError::Refused(refusal) => CommandError::Refused(Refused(Box::new(refusal))),
            CommandError::Claimed { name, holder } => CommandError::Claimed { name, holder },
            CommandError::Conflict => CommandError::Conflict,
            CommandError::Store(error) => CommandError::Store(error),
        })
    }
}

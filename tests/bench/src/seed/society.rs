//! What people make of their libraries: whom they share with, what they put together, whom they know.
//!
//! Everything is appended through the log as commands, like the assets; the same numbers give the same
//! installation, but for the ids.

mod albums;
mod labels;
mod people;
mod sharing;
mod users;

use albumen_commands::{CommandError, Commands, Context};
use albumen_domain::{Aggregate, AnyEvent, processing::Processing};
use indicatif::ProgressBar;
use uuid::Uuid;

use super::{
    invented::{Invented, Photographer},
    outcomes::Outcome,
    pattern::Pattern,
    pictures::Pictures,
};
use crate::Fault;

pub(super) use users::users;

/// Commands in one append.
const BATCH_COMMANDS: usize = 1_000;

/// What somebody has: the assets by their numbers.
pub(super) struct Library {
    pub(super) by: Photographer,
    pub(super) assets: Vec<Uuid>,
}

impl Library {
    const fn owner(&self) -> Uuid {
        self.by.owner
    }
}

/// Who asks the log, many things at a time.
pub(super) struct Scribe<'a> {
    commands: &'a Commands,
    bar: ProgressBar,
    /// Position of the last event.
    pub(super) head: i64,
}

impl<'a> Scribe<'a> {
    pub(super) const fn new(commands: &'a Commands, bar: ProgressBar) -> Self {
        Self { commands, bar, head: 0 }
    }

    async fn ask<A: Aggregate>(&mut self, wanted: Vec<(Uuid, A::Command)>) -> Result<(), Fault>
    where
        AnyEvent: From<A::Event>,
        CommandError<A::Refusal>: Into<Fault>,
    {
        for part in wanted.chunks(BATCH_COMMANDS) {
            let executed = self.commands.execute_many::<A>(part.to_vec(), &Context::operator()).await;
            self.head = executed.map_err(Into::into)?.position.unwrap_or(self.head);
            self.bar.inc(part.len() as u64);
        }
        Ok(())
    }
}

/// What workers answer to what people did.
struct Answers<'a> {
    pattern: &'a Pattern,
    pictures: &'a Pictures,
}

impl Answers<'_> {
    /// Assets of these numbers were written down beside their files, and read again.
    async fn written_down(&self, scribe: &mut Scribe<'_>, library: &Library, numbers: &[usize]) -> Result<(), Fault> {
        for outcome in [Outcome::Sidecar, Outcome::Metadata] {
            let revision = scribe.head;
            let answer = |number: &usize| {
                let asset = Invented { number: *number, id: library.assets[*number], by: library.by };
                (asset.id, asset.answer(outcome, self.pattern, self.pictures, revision))
            };
            scribe.ask::<Processing>(numbers.iter().map(answer).collect()).await?;
        }
        Ok(())
    }
}

/// Appends all of it. The first library is that of whoever measures.
pub(super) async fn settle(
    scribe: &mut Scribe<'_>,
    libraries: &[Library],
    pattern: &Pattern,
    pictures: &Pictures,
) -> Result<(), Fault> {
    let answers = Answers { pattern, pictures };
    sharing::partners(scribe, libraries).await?;
    people::people(scribe, &libraries[0], pictures).await?;
    labels::tags(scribe, &libraries[0], &answers).await?;
    labels::stacks(scribe, &libraries[0]).await?;
    labels::marks(scribe, &libraries[0], &answers).await?;
    labels::memories(scribe, &libraries[0]).await?;
    let albums = albums::albums(scribe, libraries).await?;
    sharing::links(scribe, &libraries[0], &albums).await?;
    sharing::activities(scribe, &albums).await?;
    sharing::notifications(scribe, libraries).await?;
    users::devices(scribe, libraries).await?;
    scribe.bar.finish();
    Ok(())
}

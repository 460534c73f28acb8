//! What is done with people at night: whoever is on no photo any more, and whom nobody named, goes; whoever has no
//! picture gets one.

use albumen_commands::{CommandError, Commands, Context};
use albumen_domain::{
    person::{Person, PersonCommand},
    processing::{Job, JobRequested, Processing, ProcessingCommand},
};
use albumen_projections::{ReadModels, people::PersonToShow};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Failure, Workshop};
use crate::media::store::MediaPath;

/// Somebody who was just made may be about to get a face.
const UNSEEN_FOR: TimeDelta = TimeDelta::days(1);
/// Persons who go, or of whom something is asked, in one command.
const BATCH_PERSONS: i64 = 1_000;

/// Deletes the persons who have no faces and no name, with their pictures: at night those who were like that for a
/// while, and all when somebody asks for it.
///
/// # Errors
/// The database is away; the next night goes on.
pub async fn clean_up(workshop: &Workshop, now: DateTime<Utc>, is_night: bool) -> Result<(), Failure> {
    let until = if is_night { now - UNSEEN_FOR } else { now };
    loop {
        let unseen = workshop.reads.people().unseen(until, BATCH_PERSONS).await?;
        if unseen.is_empty() {
            return Ok(());
        }
        let persons: Vec<Uuid> = unseen.iter().map(|(id, _)| *id).collect();
        // Where all of them are gone already, the read model will know.
        let Some(position) = delete(&workshop.commands, &persons).await? else { return Ok(()) };
        workshop.reads.wait_for(position).await;
        for picture in unseen.iter().filter_map(|(_, picture)| picture.as_deref()) {
            workshop.media.delete(&MediaPath::parse(picture)?).await?;
        }
    }
}

/// Deletes persons, and passes over those with whom somebody was faster; the position of the last event.
async fn delete(commands: &Commands, persons: &[Uuid]) -> Result<Option<i64>, Failure> {
    let context = Context::job("people", None);
    let all = persons.iter().map(|id| (*id, PersonCommand::Delete)).collect();
    match commands.execute_many::<Person>(all, &context).await {
        Ok(executed) => return Ok(executed.position),
        Err(CommandError::Refused(_)) => {}
        Err(error) => return Err(Failure::for_now(error)),
    }
    let mut position = None;
    for id in persons {
        match commands.execute::<Person>(*id, PersonCommand::Delete, &context).await {
            Ok(executed) => position = position.max(executed.position),
            Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(position)
}

/// Asks for the pictures of persons: of all, or of those who have none. Where no face stands for somebody, one of
/// theirs does from then on, which asks for the picture, too.
///
/// # Errors
/// The database is away.
pub async fn ask_for_pictures(commands: &Commands, reads: &ReadModels, all: bool) -> Result<(), Failure> {
    let (mut after, mut position) = (Uuid::nil(), None);
    loop {
        let persons = reads.people().to_show(all, after, BATCH_PERSONS).await?;
        let Some(last) = persons.last() else { break };
        after = last.id;
        position = position.max(ask_for_pictures_of(commands, &persons).await?);
    }
    if let Some(position) = position {
        reads.wait_for(position).await;
    }
    Ok(())
}

/// The position of the last event.
async fn ask_for_pictures_of(commands: &Commands, persons: &[PersonToShow]) -> Result<Option<i64>, Failure> {
    let context = Context::job(Job::PersonThumbnail.as_str(), None);
    let request = |person: &PersonToShow| {
        let requested = JobRequested { owner: person.owner_id, job: Job::PersonThumbnail };
        (person.id, ProcessingCommand::RequestJob(requested))
    };
    let requests = persons.iter().filter(|person| person.candidate.is_none()).map(request).collect();
    let asked = commands.execute_many::<Processing>(requests, &context).await.map_err(Failure::for_now)?;
    let mut position = asked.position;
    for (id, face) in persons.iter().filter_map(|person| Some((person.id, person.candidate?))) {
        match commands.execute::<Person>(id, PersonCommand::ChooseFeatureFace { face }, &context).await {
            Ok(chosen) => position = position.max(chosen.position),
            // They are gone by now.
            Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(Failure::for_now(error)),
        }
    }
    Ok(position)
}

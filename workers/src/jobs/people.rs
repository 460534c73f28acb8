//! What is done with people at night: whoever is on no photo any more, and whom nobody named, goes.

use albumen_commands::{CommandError, Context};
use albumen_domain::person::{Person, PersonCommand};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Failure, Workshop};
use crate::media::store::MediaPath;

/// Somebody who was just made may be about to get a face.
const UNSEEN_FOR: TimeDelta = TimeDelta::days(1);
/// Persons who go in one command.
const BATCH_PERSONS: i64 = 1_000;

/// Deletes the persons who have no faces and no name, with their pictures.
///
/// # Errors
/// The database is away; the next night goes on.
pub async fn clean_up(workshop: &Workshop, now: DateTime<Utc>) -> Result<(), Failure> {
    loop {
        let unseen = workshop.reads.people().unseen(now - UNSEEN_FOR, BATCH_PERSONS).await?;
        if unseen.is_empty() {
            return Ok(());
        }
        let commands = unseen.iter().map(|(id, _)| (*id, PersonCommand::Delete)).collect();
        let context = Context::job("people", None);
        match workshop.commands.execute_many::<Person>(commands, &context).await {
            Ok(executed) => {
                if let Some(position) = executed.position {
                    workshop.reads.wait_for(position).await;
                }
            }
            // Somebody was faster, and the read model will know.
            Err(CommandError::Refused(_)) => return Ok(()),
            Err(error) => return Err(Failure::for_now(error)),
        }
        for picture in unseen.iter().filter_map(|(_, picture)| picture.as_deref()) {
            workshop.media.delete(&MediaPath::parse(picture)?).await?;
        }
    }
}

//! Making the tags of paths, with all that is above them: for persons who name some, and for files.

use std::collections::{BTreeSet, HashMap};

use albumen_commands::{CommandError, Commands, Context};
use albumen_domain::tag::{self, NewTag, Tag, TagCommand, TagRefusal};
use albumen_projections::{ReadError, ReadModels};
use uuid::Uuid;

/// Why the tags of paths could not be made.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    /// The read side is away.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The write side is away, or a path is too long.
    #[error(transparent)]
    Command(#[from] CommandError<TagRefusal>),
}

/// The tags that a user has for these paths; what is missing is made, ancestors first. In the order
/// of the paths; a path without a name is passed over.
///
/// # Errors
/// See [`UpsertError`].
pub async fn upsert(
    commands: &Commands,
    reads: &ReadModels,
    owner: Uuid,
    paths: &[String],
    context: &Context,
) -> Result<Vec<Uuid>, UpsertError> {
    // Sorted, so that what is above comes first.
    let levels: BTreeSet<String> = paths.iter().flat_map(|path| tag::levels(path)).collect();
    let levels: Vec<String> = levels.into_iter().collect();
    let known = reads.tags().by_values(owner, &levels).await?;
    let mut ids: HashMap<String, Uuid> = known.into_iter().map(|tag| (tag.value, tag.id)).collect();
    let mut last_position = None;
    for value in levels {
        if ids.contains_key(&value) {
            continue;
        }
        let parent = value.rsplit_once(tag::SEPARATOR).and_then(|(above, _)| ids.get(above).copied());
        let new = NewTag { owner, parent, value: value.clone(), color: None };
        let id = Uuid::new_v4();
        let id = match commands.execute::<Tag>(id, TagCommand::Create(new), context).await {
            Ok(executed) => {
                last_position = executed.position;
                id
            }
            // Somebody was faster.
            Err(CommandError::Claimed { holder, .. }) => holder.id,
            Err(error) => return Err(error.into()),
        };
        ids.insert(value, id);
    }
    if let Some(position) = last_position {
        reads.wait_for(position).await;
    }
    let leaf = |path: &String| tag::levels(path).last().and_then(|value| ids.get(value).copied());
    Ok(paths.iter().filter_map(leaf).collect())
}

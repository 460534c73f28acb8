//! Taking back what was done to an asset.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Story, UndoRefusal};
use crate::{
    AnyEvent, Personal,
    asset::{AssetCommand, AssetEvent, DetailMatter, DetailsEdited, Edit, LocatedPosition, RatingEdit, TakenAtEdit},
};

/// What clients were shown of an asset before a person edited it, or would have been if its file had been read by then.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownDetails {
    /// Whether it is known by now what the file says.
    pub is_file_read: bool,
    /// Empty for none.
    pub description: String,
    /// When it was taken.
    pub taken_at: TakenAtEdit,
    /// Where it was taken.
    pub position: Option<LocatedPosition>,
    /// −1, or 1 to 5.
    pub rating: Option<i16>,
    /// With which lens.
    pub lens_model: Option<String>,
}

type Asked = Result<Vec<AssetCommand>, UndoRefusal>;

pub(super) fn reversal(story: &Story<'_>, event: &AssetEvent, shown: Option<&ShownDetails>) -> Asked {
    let is_end =
        |event: &AnyEvent| matches!(event, AnyEvent::Asset(AssetEvent::DeletionRequested(_) | AssetEvent::Deleted(_)));
    if story.after().any(|other| is_end(&other.event)) || is_end(&story.event.event) {
        return Err(UndoRefusal::Gone);
    }
    match event {
        AssetEvent::Uploaded(_)
        | AssetEvent::DeletionRequested(_)
        | AssetEvent::Deleted(_)
        | AssetEvent::SidecarReplaced(_)
        | AssetEvent::TagsRead(_) => Err(UndoRefusal::NotReversible),
        AssetEvent::Tagged(tagged) => {
            let on = tags_on(story);
            some_tags(tagged.tags.iter().copied().filter(|tag| on.contains(tag))).map(AssetCommand::Untag).map(one)
        }
        AssetEvent::Untagged(untagged) => {
            let on = tags_on(story);
            some_tags(untagged.tags.iter().copied().filter(|tag| !on.contains(tag))).map(AssetCommand::Tag).map(one)
        }
        AssetEvent::DetailsEdited(edited) => details(story, edited, shown),
        AssetEvent::DetailsWithdrawn(withdrawn) => said_again(story, &withdrawn.matters),
        AssetEvent::FavoriteChanged(_) => mark(story, |event| match event {
            AssetEvent::Uploaded(uploaded) => Some(edit(|edit| edit.favorite = Some(uploaded.favorite))),
            AssetEvent::FavoriteChanged(changed) => Some(edit(|edit| edit.favorite = Some(changed.favorite))),
            _ => None,
        }),
        AssetEvent::VisibilityChanged(_) => mark(story, |event| match event {
            AssetEvent::Uploaded(uploaded) => Some(edit(|edit| edit.visibility = Some(uploaded.visibility))),
            AssetEvent::VisibilityChanged(changed) => Some(edit(|edit| edit.visibility = Some(changed.visibility))),
            _ => None,
        }),
        AssetEvent::DuplicateGroupChanged(_) => mark(story, |event| match event {
            AssetEvent::Uploaded(_) => Some(edit(|edit| edit.duplicate_group = Some(None))),
            AssetEvent::DuplicateGroupChanged(changed) => Some(edit(|edit| edit.duplicate_group = Some(changed.group))),
            _ => None,
        }),
        AssetEvent::Trashed(_) | AssetEvent::Restored(_) => mark(story, |event| match event {
            AssetEvent::Uploaded(_) | AssetEvent::Restored(_) => Some(AssetCommand::Restore),
            AssetEvent::Trashed(_) => Some(AssetCommand::Trash),
            _ => None,
        }),
        AssetEvent::LivePhotoLinked(_) | AssetEvent::LivePhotoUnlinked(_) => mark(story, |event| match event {
            AssetEvent::Uploaded(uploaded) => Some(linked_to(uploaded.live_photo_video)),
            AssetEvent::LivePhotoLinked(linked) => Some(linked_to(Some(linked.video))),
            AssetEvent::LivePhotoUnlinked(_) => Some(linked_to(None)),
            _ => None,
        }),
        AssetEvent::KeyValueSet(set) => key_value(story, &set.key),
        AssetEvent::KeyValueRemoved(removed) => key_value(story, &removed.key),
    }
}

fn one(command: AssetCommand) -> Vec<AssetCommand> {
    vec![command]
}

/// The tags that are on it now.
fn tags_on(story: &Story<'_>) -> BTreeSet<Uuid> {
    let mut on = BTreeSet::new();
    for other in story.stream {
        match &other.event {
            AnyEvent::Asset(AssetEvent::Tagged(tagged)) => on.extend(&tagged.tags),
            AnyEvent::Asset(AssetEvent::Untagged(untagged)) => on.retain(|tag| !untagged.tags.contains(tag)),
            AnyEvent::Asset(AssetEvent::TagsRead(read)) => on = read.tags.iter().copied().collect(),
            _ => {}
        }
    }
    on
}

fn some_tags(tags: impl Iterator<Item = Uuid>) -> Result<Vec<Uuid>, UndoRefusal> {
    let tags: Vec<Uuid> = tags.collect();
    if tags.is_empty() { Err(UndoRefusal::NothingLeft) } else { Ok(tags) }
}

fn edit(change: impl FnOnce(&mut Edit)) -> AssetCommand {
    let mut edit = Edit::default();
    change(&mut edit);
    AssetCommand::Edit(Box::new(edit))
}

fn linked_to(video: Option<Uuid>) -> AssetCommand {
    video.map_or(AssetCommand::UnlinkLivePhoto, |video| AssetCommand::LinkLivePhoto { video })
}

/// Of a matter on which each word replaces the one before, the upload being the first: `says` is what
/// brings about what an event says of it.
fn mark(story: &Story<'_>, says: impl Fn(&AssetEvent) -> Option<AssetCommand>) -> Asked {
    let of = |event: &AnyEvent| match event {
        AnyEvent::Asset(event) => says(event),
        _ => None,
    };
    story.is_last_on(|event| of(event).is_some())?;
    story.was(of).map(|command| vec![command]).ok_or(UndoRefusal::NotReversible)
}

fn key_value(story: &Story<'_>, key: &str) -> Asked {
    let of = |event: &AnyEvent| match event {
        AnyEvent::Asset(AssetEvent::KeyValueSet(set)) if set.key == key => Some(Some(set.value.clone())),
        AnyEvent::Asset(AssetEvent::KeyValueRemoved(removed)) if removed.key == key => Some(None),
        _ => None,
    };
    story.is_last_on(|event| of(event).is_some())?;
    let key = key.to_owned();
    Ok(vec![match story.was(of).flatten() {
        None => AssetCommand::RemoveKeyValue { key },
        Some(value) => AssetCommand::SetKeyValue { key, value: value.into_known().ok_or(UndoRefusal::Erased)? },
    }])
}

/// What a person said is replaced by what was shown before, whoever had said that.
fn details(story: &Story<'_>, edited: &DetailsEdited, shown: Option<&ShownDetails>) -> Asked {
    story.is_last_on(|event| matches!(event, AnyEvent::Asset(event) if is_on_same(edited, event)))?;
    let shown = shown.ok_or(UndoRefusal::NotReversible)?;
    // A place and a lens that nobody knows are nobody's word again; of the others there is always one.
    let is_replaced = edited.description.is_some() || edited.taken_at.is_some() || edited.rating.is_some();
    if is_replaced && !shown.is_file_read {
        return Err(UndoRefusal::Unread);
    }
    let (mut back, mut withdrawn) = (Edit::default(), Vec::new());
    if edited.description.is_some() {
        back.description = Some(shown.description.clone());
    }
    if edited.taken_at.is_some() {
        back.taken_at = Some(shown.taken_at.clone());
    }
    if edited.rating.is_some() {
        back.rating = Some(RatingEdit { stars: shown.rating });
    }
    if edited.position.is_some() {
        back.position.clone_from(&shown.position);
        withdrawn.extend(shown.position.is_none().then_some(DetailMatter::Position));
    }
    if edited.lens_model.is_some() {
        back.lens_model.clone_from(&shown.lens_model);
        withdrawn.extend(shown.lens_model.is_none().then_some(DetailMatter::LensModel));
    }
    let mut asked = Vec::new();
    if back != Edit::default() {
        asked.push(AssetCommand::Edit(Box::new(back)));
    }
    if !withdrawn.is_empty() {
        asked.push(AssetCommand::WithdrawDetails(withdrawn));
    }
    Ok(asked)
}

/// What a person had said before it was taken back is said again.
fn said_again(story: &Story<'_>, matters: &[DetailMatter]) -> Asked {
    story.is_last_on(|event| matches!(event, AnyEvent::Asset(event) if is_on_any(matters, event)))?;
    let mut again = Edit::default();
    for matter in matters {
        match matter {
            DetailMatter::Position => {
                let said = said_before(story, *matter, |edited| edited.position.clone());
                again.position =
                    said.map(Personal::into_known).map(|known| known.ok_or(UndoRefusal::Erased)).transpose()?;
            }
            DetailMatter::LensModel => {
                again.lens_model = said_before(story, *matter, |edited| edited.lens_model.clone());
            }
        }
    }
    if again == Edit::default() { Err(UndoRefusal::NothingLeft) } else { Ok(vec![AssetCommand::Edit(Box::new(again))]) }
}

/// The newest word of a person on a matter, unless it was taken back already.
fn said_before<T>(story: &Story<'_>, matter: DetailMatter, said: impl Fn(&DetailsEdited) -> Option<T>) -> Option<T> {
    let word = |event: &AnyEvent| match event {
        AnyEvent::Asset(AssetEvent::DetailsEdited(edited)) => said(edited).map(Some),
        AnyEvent::Asset(AssetEvent::DetailsWithdrawn(withdrawn)) => withdrawn.matters.contains(&matter).then_some(None),
        _ => None,
    };
    story.was(word).flatten()
}

/// Whether an event says something on one of these matters, or takes it back.
fn is_on_any(matters: &[DetailMatter], event: &AssetEvent) -> bool {
    match event {
        AssetEvent::DetailsEdited(edited) => matters.iter().any(|matter| match matter {
            DetailMatter::Position => edited.position.is_some(),
            DetailMatter::LensModel => edited.lens_model.is_some(),
        }),
        AssetEvent::DetailsWithdrawn(withdrawn) => withdrawn.matters.iter().any(|matter| matters.contains(matter)),
        _ => false,
    }
}

/// Whether a later event says something on what was edited.
fn is_on_same(edited: &DetailsEdited, later: &AssetEvent) -> bool {
    match later {
        AssetEvent::DetailsEdited(later) => {
            (edited.description.is_some() && later.description.is_some())
                || (edited.taken_at.is_some() && later.taken_at.is_some())
                || (edited.position.is_some() && later.position.is_some())
                || (edited.rating.is_some() && later.rating.is_some())
                || (edited.lens_model.is_some() && later.lens_model.is_some())
        }
        AssetEvent::DetailsWithdrawn(withdrawn) => withdrawn.matters.iter().any(|matter| match matter {
            DetailMatter::Position => edited.position.is_some(),
            DetailMatter::LensModel => edited.lens_model.is_some(),
        }),
        _ => false,
    }
}

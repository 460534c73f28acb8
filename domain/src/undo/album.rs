//! Taking back what was done to an album. Who and what of it is still there, and may come back, is
//! known outside: whoever asks leaves out the rest.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Story, UndoRefusal};
use crate::{
    AnyEvent, Personal, Recorded,
    album::{
        AlbumCommand, AlbumDetailsChanged, AlbumEdit, AlbumEvent, AlbumMember, AlbumRole, AlbumSettingsChanged,
        RestoredAlbum,
    },
};

type Asked = Result<Vec<AlbumCommand>, UndoRefusal>;

const fn of(recorded: &Recorded) -> Option<&AlbumEvent> {
    match &recorded.event {
        AnyEvent::Album(event) => Some(event),
        _ => None,
    }
}

pub(super) fn reversal(story: &Story<'_>, event: &AlbumEvent) -> Asked {
    let is_deleted = is_deleted(story);
    match event {
        AlbumEvent::Deleted(_) if !is_deleted => Err(UndoRefusal::NothingLeft),
        AlbumEvent::Deleted(_) => restoration(story),
        _ if is_deleted => Err(deleted_since(story)),
        AlbumEvent::Created(_) | AlbumEvent::Restored(_) => Ok(vec![AlbumCommand::Delete]),
        AlbumEvent::DetailsChanged(changed) => details(story, changed),
        AlbumEvent::SettingsChanged(changed) => settings(story, changed),
        AlbumEvent::ThumbnailChosen(_) => thumbnail(story),
        AlbumEvent::AssetsAdded(added) => {
            let present: HashSet<Uuid> = assets(story.stream.iter().copied()).into_iter().collect();
            let assets: Vec<Uuid> = added.assets.iter().copied().filter(|asset| present.contains(asset)).collect();
            some(assets).map(|assets| vec![AlbumCommand::RemoveAssets(assets)])
        }
        AlbumEvent::AssetsRemoved(removed) => {
            let present: HashSet<Uuid> = assets(story.stream.iter().copied()).into_iter().collect();
            let assets: Vec<Uuid> = removed.assets.iter().copied().filter(|asset| !present.contains(asset)).collect();
            some(assets).map(|assets| vec![AlbumCommand::AddAssets(assets)])
        }
        AlbumEvent::UsersAdded(added) => {
            let present = members(story.stream.iter().copied());
            let is_member = |user: &Uuid| present.iter().any(|member| member.user == *user);
            let users: Vec<Uuid> = added.users.iter().map(|member| member.user).filter(is_member).collect();
            some(users).map(|users| users.into_iter().map(|user| AlbumCommand::RemoveUser { user }).collect())
        }
        AlbumEvent::UserRoleChanged(changed) => {
            story.is_last_on(|event| matches!(event, AnyEvent::Album(event) if concerns(event, changed.user)))?;
            let role = role_before(story, changed.user)?;
            Ok(vec![AlbumCommand::ChangeRole { user: changed.user, role }])
        }
        AlbumEvent::UserRemoved(removed) => {
            story.is_last_on(|event| matches!(event, AnyEvent::Album(event) if concerns(event, removed.user)))?;
            let role = role_before(story, removed.user)?;
            Ok(vec![AlbumCommand::AddUsers(vec![AlbumMember { user: removed.user, role }])])
        }
    }
}

fn some<T>(found: Vec<T>) -> Result<Vec<T>, UndoRefusal> {
    if found.is_empty() { Err(UndoRefusal::NothingLeft) } else { Ok(found) }
}

fn is_deleted(story: &Story<'_>) -> bool {
    let ends = story.stream.iter().rev().copied().filter_map(of);
    let mut ends =
        ends.filter(|event| matches!(event, AlbumEvent::Created(_) | AlbumEvent::Restored(_) | AlbumEvent::Deleted(_)));
    matches!(ends.next(), Some(AlbumEvent::Deleted(_)))
}

fn deleted_since(story: &Story<'_>) -> UndoRefusal {
    let deletion = story.after().filter(|other| matches!(of(other), Some(AlbumEvent::Deleted(_)))).last();
    deletion.map_or(UndoRefusal::Gone, |deletion| UndoRefusal::ChangedSince { position: deletion.position })
}

/// The whole album as it was.
fn restoration(story: &Story<'_>) -> Asked {
    // Of two deletions the last one is in force; both are taken back by the same command.
    let name = story.was(name_of).ok_or(UndoRefusal::Erased)?;
    let description = story.was(description_of).ok_or(UndoRefusal::Erased)?;
    let made_at = story.stream.first().map(|birth| birth.recorded_at).ok_or(UndoRefusal::Gone)?;
    let restored = RestoredAlbum {
        name: name.known().cloned().ok_or(UndoRefusal::Erased)?,
        description: description.known().cloned().ok_or(UndoRefusal::Erased)?,
        made_at,
        users: members(story.stream.iter().copied()).into_iter().map(|member| member.user).collect(),
        assets: assets(story.stream.iter().copied()),
    };
    Ok(vec![AlbumCommand::Restore(Box::new(restored))])
}

const fn name_of(event: &AnyEvent) -> Option<&Personal<String>> {
    match event {
        AnyEvent::Album(AlbumEvent::Created(created)) => Some(&created.name),
        AnyEvent::Album(AlbumEvent::Restored(restored)) => Some(&restored.name),
        AnyEvent::Album(AlbumEvent::DetailsChanged(changed)) => changed.name.as_ref(),
        _ => None,
    }
}

const fn description_of(event: &AnyEvent) -> Option<&Personal<String>> {
    match event {
        AnyEvent::Album(AlbumEvent::Created(created)) => Some(&created.description),
        AnyEvent::Album(AlbumEvent::Restored(restored)) => Some(&restored.description),
        AnyEvent::Album(AlbumEvent::DetailsChanged(changed)) => changed.description.as_ref(),
        _ => None,
    }
}

fn details(story: &Story<'_>, changed: &AlbumDetailsChanged) -> Asked {
    let mut edit = AlbumEdit::default();
    if changed.name.is_some() {
        story.is_last_on(|event| name_of(event).is_some())?;
        let was = story.was(name_of).and_then(Personal::known).ok_or(UndoRefusal::Erased)?;
        edit.name = Some(was.clone());
    }
    if changed.description.is_some() {
        story.is_last_on(|event| description_of(event).is_some())?;
        let was = story.was(description_of).and_then(Personal::known).ok_or(UndoRefusal::Erased)?;
        edit.description = Some(was.clone());
    }
    Ok(vec![AlbumCommand::Edit(Box::new(edit))])
}

fn settings(story: &Story<'_>, changed: &AlbumSettingsChanged) -> Asked {
    let order_of = |event: &AnyEvent| match event {
        AnyEvent::Album(AlbumEvent::Created(created)) => Some(created.order),
        AnyEvent::Album(AlbumEvent::Restored(restored)) => Some(restored.order),
        AnyEvent::Album(AlbumEvent::SettingsChanged(changed)) => changed.order,
        _ => None,
    };
    let enabled_of = |event: &AnyEvent| match event {
        AnyEvent::Album(AlbumEvent::Created(_)) => Some(true),
        AnyEvent::Album(AlbumEvent::Restored(restored)) => Some(restored.activity_enabled),
        AnyEvent::Album(AlbumEvent::SettingsChanged(changed)) => changed.activity_enabled,
        _ => None,
    };
    let mut edit = AlbumEdit::default();
    if changed.order.is_some() {
        story.is_last_on(|event| order_of(event).is_some())?;
        edit.order = story.was(order_of);
    }
    if changed.activity_enabled.is_some() {
        story.is_last_on(|event| enabled_of(event).is_some())?;
        edit.activity_enabled = story.was(enabled_of);
    }
    Ok(vec![AlbumCommand::Edit(Box::new(edit))])
}

/// The one that was chosen before, or came in first, and is still there.
fn thumbnail(story: &Story<'_>) -> Asked {
    story.is_last_on(|event| matches!(event, AnyEvent::Album(AlbumEvent::ThumbnailChosen(_))))?;
    let was = story.was(|event| match event {
        AnyEvent::Album(AlbumEvent::ThumbnailChosen(chosen)) => Some(chosen.asset),
        AnyEvent::Album(AlbumEvent::Restored(restored)) => restored.thumbnail,
        _ => None,
    });
    let first = story.stream.iter().copied().filter_map(of).find_map(|event| match event {
        AlbumEvent::AssetsAdded(added) => added.assets.first().copied(),
        _ => None,
    });
    let present = assets(story.stream.iter().copied());
    let back = was.or(first).filter(|asset| present.contains(asset)).ok_or(UndoRefusal::NothingLeft)?;
    Ok(vec![AlbumCommand::Edit(Box::new(AlbumEdit { thumbnail: Some(back), ..AlbumEdit::default() }))])
}

/// What is in the album after these events, in the order in which it came in. A deletion takes nothing
/// out.
fn assets<'a>(events: impl Iterator<Item = &'a Recorded>) -> Vec<Uuid> {
    let mut order: Vec<Uuid> = Vec::new();
    let mut present: HashSet<Uuid> = HashSet::new();
    for event in events.filter_map(of) {
        match event {
            AlbumEvent::AssetsAdded(added) => {
                order.extend(added.assets.iter().copied().filter(|asset| present.insert(*asset)));
            }
            AlbumEvent::AssetsRemoved(removed) => {
                let gone: HashSet<Uuid> = removed.assets.iter().copied().collect();
                order.retain(|asset| !gone.contains(asset));
                present.retain(|asset| !gone.contains(asset));
            }
            AlbumEvent::Restored(_) => {
                order.clear();
                present.clear();
            }
            _ => {}
        }
    }
    order
}

/// Who is in the album after these events, without its owner, in the order in which they came in.
fn members<'a>(events: impl Iterator<Item = &'a Recorded>) -> Vec<AlbumMember> {
    let mut members: Vec<AlbumMember> = Vec::new();
    for event in events.filter_map(of) {
        match event {
            AlbumEvent::UsersAdded(added) => members.extend(&added.users),
            AlbumEvent::UserRoleChanged(changed) => {
                let changed_one = members.iter_mut().filter(|member| member.user == changed.user);
                changed_one.for_each(|member| member.role = changed.role);
            }
            AlbumEvent::UserRemoved(removed) => members.retain(|member| member.user != removed.user),
            AlbumEvent::Restored(restored) => members.clone_from(&restored.users),
            _ => {}
        }
    }
    members
}

fn role_before(story: &Story<'_>, user: Uuid) -> Result<AlbumRole, UndoRefusal> {
    let before = story.stream.iter().copied().filter(|other| other.sequence < story.event.sequence);
    let member = members(before).into_iter().find(|member| member.user == user);
    member.map(|member| member.role).ok_or(UndoRefusal::NothingLeft)
}

/// Whether an event says something on what `user` is in the album.
fn concerns(event: &AlbumEvent, user: Uuid) -> bool {
    match event {
        AlbumEvent::UsersAdded(added) => added.users.iter().any(|member| member.user == user),
        AlbumEvent::UserRoleChanged(changed) => changed.user == user,
        AlbumEvent::UserRemoved(removed) => removed.user == user,
        _ => false,
    }
}

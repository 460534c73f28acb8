//! The rules of an album.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{
    AlbumAssetsAdded, AlbumAssetsRemoved, AlbumCommand, AlbumCreated, AlbumDeleted, AlbumDetailsChanged, AlbumEdit,
    AlbumEvent, AlbumMember, AlbumOrder, AlbumRestored, AlbumRole, AlbumSettingsChanged, AlbumThumbnailChosen,
    AlbumUserRemoved, AlbumUserRoleChanged, AlbumUsersAdded, NewAlbum, RestoredAlbum,
};
use crate::{Aggregate, Personal, StreamKind, Subject};

/// Assets that one event names: 39 bytes each, so that an event stays below 400 KB. More become
/// several events of the same append.
const MAX_ASSETS_PER_EVENT: usize = 10_000;

/// What the rules have to remember of an album.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Album {
    life: Life,
    owner: Option<Uuid>,
    order: Option<AlbumOrder>,
    activity_enabled: bool,
    thumbnail: Option<Uuid>,
    assets: HashSet<Uuid>,
    /// Without the owner.
    users: BTreeMap<Uuid, AlbumRole>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Deleted,
}

/// Why an album refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlbumRefusal {
    /// It was never made, or is gone.
    #[error("Album not found")]
    Unknown,
    /// Only what was deleted can be restored.
    #[error("the album is not deleted")]
    NotDeleted,
    /// An id was used twice.
    #[error("an album with this id exists already")]
    Exists,
    /// Only an asset of the album can stand for it.
    #[error("Invalid album thumbnail")]
    ForeignThumbnail,
    /// An album has one owner.
    #[error("Cannot add another owner")]
    AnotherOwner,
    /// The owner's role is fixed.
    #[error("User is owner")]
    IsOwner,
    /// The user is no member.
    #[error("Album not shared with user")]
    NotShared,
    /// An album is never without its owner.
    #[error("Cannot remove the last album owner")]
    LastOwner,
}

impl Album {
    fn is_member(&self, user: Uuid) -> bool {
        self.owner == Some(user) || self.users.contains_key(&user)
    }

    fn create(&self, new: NewAlbum) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        if self.life != Life::Unborn {
            return Err(AlbumRefusal::Exists);
        }
        let NewAlbum { owner, name, description, order, mut users, assets } = new;
        users.retain(|member| member.user != owner);
        let empty = Self { owner: Some(owner), ..Self::default() };
        let created = AlbumCreated { owner, name: name.into(), description: description.into(), order };
        let mut events: Vec<AlbumEvent> = vec![created.into()];
        // Before anybody else is in it: to those who are invited, what is there already is no news.
        events.extend(empty.add_assets(assets));
        events.extend(empty.add_users(users)?);
        Ok(events)
    }

    fn restore(&self, restored: RestoredAlbum) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        let owner = match self.life {
            Life::Unborn => return Err(AlbumRefusal::Unknown),
            Life::Active => return Err(AlbumRefusal::NotDeleted),
            Life::Deleted => self.owner.ok_or(AlbumRefusal::Unknown)?,
        };
        let RestoredAlbum { name, description, made_at, users, assets } = restored;
        let assets = each_once(assets, |id| self.assets.contains(id));
        let was_member = |user: &Uuid| self.users.get(user).map(|role| AlbumMember { user: *user, role: *role });
        let restored = AlbumRestored {
            owner,
            name: name.into(),
            description: description.into(),
            order: self.order.unwrap_or(AlbumOrder::Descending),
            activity_enabled: self.activity_enabled,
            thumbnail: self.thumbnail.filter(|asset| assets.contains(asset)),
            users: each_once(users, |_| true).iter().filter_map(was_member).collect(),
            made_at,
        };
        let mut events: Vec<AlbumEvent> = vec![restored.into()];
        events.extend(in_parts(&assets));
        Ok(events)
    }

    fn edit(&self, edit: AlbumEdit) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        let mut events = Vec::new();
        let details = AlbumDetailsChanged {
            name: edit.name.map(Personal::Known),
            description: edit.description.map(Personal::Known),
        };
        if details != AlbumDetailsChanged::default() {
            events.push(details.into());
        }
        let settings = AlbumSettingsChanged {
            order: edit.order.filter(|order| Some(*order) != self.order),
            activity_enabled: edit.activity_enabled.filter(|enabled| *enabled != self.activity_enabled),
        };
        if settings != AlbumSettingsChanged::default() {
            events.push(settings.into());
        }
        if let Some(asset) = edit.thumbnail.filter(|asset| Some(*asset) != self.thumbnail) {
            if !self.assets.contains(&asset) {
                return Err(AlbumRefusal::ForeignThumbnail);
            }
            events.push(AlbumThumbnailChosen { asset }.into());
        }
        Ok(events)
    }

    fn add_assets(&self, assets: Vec<Uuid>) -> Vec<AlbumEvent> {
        in_parts(&each_once(assets, |id| !self.assets.contains(id)))
    }

    fn remove_assets(&self, assets: Vec<Uuid>) -> Vec<AlbumEvent> {
        let gone = each_once(assets, |id| self.assets.contains(id));
        gone.chunks(MAX_ASSETS_PER_EVENT).map(|part| AlbumAssetsRemoved { assets: part.to_vec() }.into()).collect()
    }

    fn add_users(&self, users: Vec<AlbumMember>) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        if users.iter().any(|member| member.role == AlbumRole::Owner) {
            return Err(AlbumRefusal::AnotherOwner);
        }
        let mut seen = HashSet::new();
        let is_new = |member: &AlbumMember| !self.is_member(member.user) && seen.insert(member.user);
        let users: Vec<AlbumMember> = users.into_iter().filter(is_new).collect();
        Ok(if users.is_empty() { Vec::new() } else { vec![AlbumUsersAdded { users }.into()] })
    }

    fn change_role(&self, user: Uuid, role: AlbumRole) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        if self.owner == Some(user) {
            return Err(AlbumRefusal::IsOwner);
        }
        if role == AlbumRole::Owner {
            return Err(AlbumRefusal::AnotherOwner);
        }
        match self.users.get(&user) {
            None => Err(AlbumRefusal::NotShared),
            Some(present) if *present == role => Ok(Vec::new()),
            Some(_) => Ok(vec![AlbumUserRoleChanged { user, role }.into()]),
        }
    }

    fn remove_user(&self, user: Uuid) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        if self.owner == Some(user) {
            return Err(AlbumRefusal::LastOwner);
        }
        if !self.users.contains_key(&user) {
            return Err(AlbumRefusal::NotShared);
        }
        Ok(vec![AlbumUserRemoved { user }.into()])
    }

    fn change_settings(&mut self, changed: &AlbumSettingsChanged) {
        self.order = changed.order.or(self.order);
        self.activity_enabled = changed.activity_enabled.unwrap_or(self.activity_enabled);
    }

    fn let_go(&mut self, assets: &[Uuid]) {
        for asset in assets {
            self.assets.remove(asset);
        }
        self.thumbnail = self.thumbnail.filter(|asset| self.assets.contains(asset));
    }
}

/// The events that say that these assets come in.
fn in_parts(assets: &[Uuid]) -> Vec<AlbumEvent> {
    assets.chunks(MAX_ASSETS_PER_EVENT).map(|part| AlbumAssetsAdded { assets: part.to_vec() }.into()).collect()
}

/// Those of `ids` that are meant, each once and in their order.
fn each_once(ids: Vec<Uuid>, is_meant: impl Fn(&Uuid) -> bool) -> Vec<Uuid> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|id| is_meant(id) && seen.insert(*id)).collect()
}

impl Aggregate for Album {
    const KIND: StreamKind = StreamKind::Album;
    type Command = AlbumCommand;
    type Event = AlbumEvent;
    type Refusal = AlbumRefusal;

    fn decide(&self, command: AlbumCommand) -> Result<Vec<AlbumEvent>, AlbumRefusal> {
        if let AlbumCommand::Create(new) = command {
            return self.create(*new);
        }
        if let AlbumCommand::Restore(restored) = command {
            return self.restore(*restored);
        }
        if self.life != Life::Active {
            return Err(AlbumRefusal::Unknown);
        }
        match command {
            AlbumCommand::Create(_) | AlbumCommand::Restore(_) => Ok(Vec::new()),
            AlbumCommand::Edit(edit) => self.edit(*edit),
            AlbumCommand::AddAssets(assets) => Ok(self.add_assets(assets)),
            AlbumCommand::RemoveAssets(assets) => Ok(self.remove_assets(assets)),
            AlbumCommand::AddUsers(users) => self.add_users(users),
            AlbumCommand::ChangeRole { user, role } => self.change_role(user, role),
            AlbumCommand::RemoveUser { user } => self.remove_user(user),
            AlbumCommand::Delete => Ok(vec![AlbumDeleted {}.into()]),
        }
    }

    fn evolve(&mut self, event: &AlbumEvent) {
        match event {
            AlbumEvent::Created(created) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(created.owner),
                    order: Some(created.order),
                    activity_enabled: true,
                    ..Self::default()
                }
            }
            AlbumEvent::DetailsChanged(_) => {}
            AlbumEvent::SettingsChanged(changed) => self.change_settings(changed),
            AlbumEvent::ThumbnailChosen(chosen) => self.thumbnail = Some(chosen.asset),
            AlbumEvent::AssetsAdded(added) => {
                self.thumbnail = self.thumbnail.or(added.assets.first().copied());
                self.assets.extend(&added.assets);
            }
            AlbumEvent::AssetsRemoved(removed) => self.let_go(&removed.assets),
            AlbumEvent::UsersAdded(added) => {
                self.users.extend(added.users.iter().map(|member| (member.user, member.role)));
            }
            AlbumEvent::UserRoleChanged(changed) => {
                self.users.insert(changed.user, changed.role);
            }
            AlbumEvent::UserRemoved(removed) => {
                self.users.remove(&removed.user);
            }
            AlbumEvent::Deleted(_) => self.life = Life::Deleted,
            AlbumEvent::Restored(restored) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(restored.owner),
                    order: Some(restored.order),
                    activity_enabled: restored.activity_enabled,
                    thumbnail: restored.thumbnail,
                    assets: HashSet::new(),
                    users: restored.users.iter().map(|member| (member.user, member.role)).collect(),
                }
            }
        }
    }

    /// What members wrote is the album's, and goes with its owner's key.
    fn subject(&self, id: Uuid, event: &AlbumEvent) -> Subject {
        let owner = match event {
            AlbumEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests;

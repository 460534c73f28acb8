//! The rules of a shared link.

use std::collections::HashSet;

use uuid::Uuid;

use super::{
    NewSharedLink, SharedLinkAssetsAdded, SharedLinkAssetsRemoved, SharedLinkChanged, SharedLinkCommand,
    SharedLinkCreated, SharedLinkDeleted, SharedLinkEdit, SharedLinkEvent,
};
use crate::{Aggregate, Claim, Personal, StreamKind, Subject, user::Set};

/// A name in addresses belongs to one link.
pub const SLUG_CLAIM: &str = "shared-link-slug";

/// Assets that one event names: 39 bytes each, so that an event stays below 400 KB. More become
/// several events of the same append.
const MAX_ASSETS_PER_EVENT: usize = 10_000;

/// What the rules have to remember of a shared link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedLink {
    life: Life,
    owner: Option<Uuid>,
    shows_album: bool,
    slug: Option<String>,
    show_metadata: bool,
    allow_download: bool,
    assets: HashSet<Uuid>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Deleted,
}

/// Why a shared link refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharedLinkRefusal {
    /// It was never made, or is gone.
    #[error("Shared link not found")]
    Unknown,
    /// An id was used twice.
    #[error("a shared link with this id exists already")]
    Exists,
    /// A link that shows an album shows what is in it, and nothing else.
    #[error("Invalid shared link type")]
    ShowsAlbum,
}

impl SharedLink {
    fn create(&self, new: NewSharedLink) -> Result<Vec<SharedLinkEvent>, SharedLinkRefusal> {
        if self.life != Life::Unborn {
            return Err(SharedLinkRefusal::Exists);
        }
        let assets = if new.album.is_some() { Vec::new() } else { new.assets };
        let created = SharedLinkCreated {
            owner: new.owner,
            album: new.album,
            key: new.key.into(),
            key_hash: new.key_hash,
            slug: new.slug.map(Personal::Known),
            password: new.password.map(Personal::Known),
            description: new.description.map(Personal::Known),
            expires_at: new.expires_at,
            allow_upload: new.allow_upload,
            allow_download: new.allow_download && new.show_metadata,
            show_metadata: new.show_metadata,
        };
        let mut events: Vec<SharedLinkEvent> = vec![created.into()];
        events.extend(Self::default().add_assets(assets));
        Ok(events)
    }

    fn edit(&self, edit: SharedLinkEdit) -> Vec<SharedLinkEvent> {
        let set = |value: Option<Option<String>>| value.map(|value| Set { value: value.map(Personal::Known) });
        let shows_metadata = edit.show_metadata.unwrap_or(self.show_metadata);
        // Originals hold what the link is not to show.
        let allow_download = edit.allow_download.unwrap_or(self.allow_download) && shows_metadata;
        let is_touched = edit.allow_download.is_some() || allow_download != self.allow_download;
        let changed = SharedLinkChanged {
            slug: set(edit.slug.filter(|slug| *slug != self.slug)),
            password: set(edit.password),
            description: set(edit.description),
            expires_at: edit.expires_at.map(|value| Set { value }),
            allow_upload: edit.allow_upload,
            allow_download: is_touched.then_some(allow_download),
            show_metadata: edit.show_metadata,
        };
        if changed == SharedLinkChanged::default() { Vec::new() } else { vec![changed.into()] }
    }

    fn add_assets(&self, assets: Vec<Uuid>) -> Vec<SharedLinkEvent> {
        let new = each_once(assets, |id| !self.assets.contains(id));
        new.chunks(MAX_ASSETS_PER_EVENT).map(|part| SharedLinkAssetsAdded { assets: part.to_vec() }.into()).collect()
    }

    fn remove_assets(&self, assets: Vec<Uuid>) -> Vec<SharedLinkEvent> {
        let gone = each_once(assets, |id| self.assets.contains(id));
        gone.chunks(MAX_ASSETS_PER_EVENT).map(|part| SharedLinkAssetsRemoved { assets: part.to_vec() }.into()).collect()
    }

    fn hear_change(&mut self, changed: &SharedLinkChanged) {
        if let Some(slug) = &changed.slug {
            self.slug = slug.value.as_ref().and_then(Personal::known).cloned();
        }
        self.show_metadata = changed.show_metadata.unwrap_or(self.show_metadata);
        self.allow_download = changed.allow_download.unwrap_or(self.allow_download);
    }
}

/// Those of `ids` that are meant, each once and in their order.
fn each_once(ids: Vec<Uuid>, is_meant: impl Fn(&Uuid) -> bool) -> Vec<Uuid> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter().filter(|id| is_meant(id) && seen.insert(*id)).collect()
}

impl Aggregate for SharedLink {
    const KIND: StreamKind = StreamKind::SharedLink;
    type Command = SharedLinkCommand;
    type Event = SharedLinkEvent;
    type Refusal = SharedLinkRefusal;

    fn decide(&self, command: SharedLinkCommand) -> Result<Vec<SharedLinkEvent>, SharedLinkRefusal> {
        if let SharedLinkCommand::Create(new) = command {
            return self.create(*new);
        }
        if self.life != Life::Active {
            return Err(SharedLinkRefusal::Unknown);
        }
        match command {
            SharedLinkCommand::Create(_) => Ok(Vec::new()),
            SharedLinkCommand::Edit(edit) => Ok(self.edit(*edit)),
            SharedLinkCommand::AddAssets(_) | SharedLinkCommand::RemoveAssets(_) if self.shows_album => {
                Err(SharedLinkRefusal::ShowsAlbum)
            }
            SharedLinkCommand::AddAssets(assets) => Ok(self.add_assets(assets)),
            SharedLinkCommand::RemoveAssets(assets) => Ok(self.remove_assets(assets)),
            SharedLinkCommand::Delete => Ok(vec![SharedLinkDeleted {}.into()]),
        }
    }

    fn evolve(&mut self, event: &SharedLinkEvent) {
        match event {
            SharedLinkEvent::Created(created) => {
                *self = Self {
                    life: Life::Active,
                    owner: Some(created.owner),
                    shows_album: created.album.is_some(),
                    slug: created.slug.as_ref().and_then(Personal::known).cloned(),
                    show_metadata: created.show_metadata,
                    allow_download: created.allow_download,
                    assets: HashSet::new(),
                }
            }
            SharedLinkEvent::Changed(changed) => self.hear_change(changed),
            SharedLinkEvent::AssetsAdded(added) => self.assets.extend(&added.assets),
            SharedLinkEvent::AssetsRemoved(removed) => {
                for asset in &removed.assets {
                    self.assets.remove(asset);
                }
            }
            SharedLinkEvent::Deleted(_) => self.life = Life::Deleted,
        }
    }

    fn claims(&self, _id: Uuid, event: &SharedLinkEvent) -> Vec<Claim> {
        let (old, new) = match event {
            SharedLinkEvent::Created(created) => (None, created.slug.as_ref()),
            SharedLinkEvent::Changed(SharedLinkChanged { slug: Some(slug), .. }) => {
                (self.slug.as_ref(), slug.value.as_ref())
            }
            SharedLinkEvent::Deleted(_) => (self.slug.as_ref(), None),
            _ => return Vec::new(),
        };
        let released = old.map(|slug| Claim::release(SLUG_CLAIM, slug.as_bytes()));
        let taken = new.and_then(Personal::known).map(|slug| Claim::take(SLUG_CLAIM, slug.as_bytes()));
        released.into_iter().chain(taken).collect()
    }

    fn subject(&self, id: Uuid, event: &SharedLinkEvent) -> Subject {
        let owner = match event {
            SharedLinkEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests;

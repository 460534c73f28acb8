//! Asking albums, in histories.

use albumen_domain::album::{Album, AlbumCommand, AlbumMember, NewAlbum, RestoredAlbum};
use uuid::Uuid;

use super::{
    AlbumStep,
    historian::{Historian, ask, ask_one},
};

impl Historian {
    pub(super) fn album(&mut self, step: AlbumStep) {
        match step {
            AlbumStep::Create(who, name, order, users, assets) => {
                let users = users.into_iter().map(|(who, role)| AlbumMember { user: self.some_user(who), role });
                let new = NewAlbum {
                    owner: self.some_user(who),
                    description: name.clone(),
                    name,
                    order,
                    users: users.collect(),
                    assets: self.some_assets(&assets),
                };
                self.create_album(new);
            }
            AlbumStep::Edit(which, mut edit, thumbnail) => {
                edit.thumbnail = thumbnail.and_then(|asset| self.some_assets(&[asset]).first().copied());
                self.ask_album(which, AlbumCommand::Edit(Box::new(edit)));
            }
            AlbumStep::AddAssets(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_album(which, AlbumCommand::AddAssets(assets));
            }
            AlbumStep::RemoveAssets(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_album(which, AlbumCommand::RemoveAssets(assets));
            }
            AlbumStep::AddUser(which, who, role) => {
                let member = AlbumMember { user: self.some_user(who), role };
                self.ask_album(which, AlbumCommand::AddUsers(vec![member]));
            }
            AlbumStep::ChangeRole(which, who, role) => {
                let user = self.some_user(who);
                self.ask_album(which, AlbumCommand::ChangeRole { user, role });
            }
            AlbumStep::RemoveUser(which, who) => {
                let user = self.some_user(who);
                self.ask_album(which, AlbumCommand::RemoveUser { user });
            }
            AlbumStep::Delete(which) => self.ask_album(which, AlbumCommand::Delete),
            AlbumStep::Restore(which, name, users, assets) => {
                let restored = RestoredAlbum {
                    description: name.clone(),
                    name,
                    made_at: self.now,
                    users: users.into_iter().map(|who| self.some_user(who)).collect(),
                    assets: self.some_assets(&assets),
                };
                self.ask_album(which, AlbumCommand::Restore(Box::new(restored)));
            }
        }
    }

    fn create_album(&mut self, new: NewAlbum) {
        let (id, mut album) = (self.new_id(), Album::default());
        let command = AlbumCommand::Create(Box::new(new));
        if ask(id, &mut album, command, &mut self.history, &mut self.sequences, self.now) {
            self.albums.push((id, album));
        }
    }

    fn ask_album(&mut self, which: usize, command: AlbumCommand) {
        ask_one(which, &mut self.albums, command, &mut self.history, &mut self.sequences, self.now);
    }

    pub(super) fn some_user(&self, who: usize) -> Uuid {
        self.users[who % self.users.len()].0
    }

    /// Few numbers mean few assets, so that some are in several albums.
    pub(super) fn some_assets(&self, which: &[usize]) -> Vec<Uuid> {
        if self.assets.is_empty() {
            return Vec::new();
        }
        which.iter().map(|which| self.assets[which % self.assets.len()].0).collect()
    }
}

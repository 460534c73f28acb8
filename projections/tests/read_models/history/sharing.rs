//! Sharing, in histories.

use albumen_domain::{
    activity::{Activity, ActivityCommand, ActivityCreated},
    partnership::{Partnership, PartnershipBegun, PartnershipCommand},
    shared_link::{NewSharedLink, SharedLink, SharedLinkCommand},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

use super::{
    SharingStep,
    historian::{Historian, ask, ask_one},
    steps::LinkWords,
};

impl Historian {
    pub(super) fn sharing(&mut self, step: SharingStep) {
        match step {
            SharingStep::BeginPartnership(by, with) => {
                let pair = PartnershipBegun { shared_by: self.some_user(by), shared_with: self.some_user(with) };
                self.begin_partnership(pair);
            }
            SharingStep::ShowInTimeline(which, shown) => {
                self.ask_partnership(which, PartnershipCommand::ShowInTimeline(shown));
            }
            SharingStep::EndPartnership(which) => self.ask_partnership(which, PartnershipCommand::End),
            SharingStep::CreateLink(who, album, assets, words) => self.create_link(who, album, &assets, words),
            SharingStep::EditLink(which, edit) => self.ask_link(which, SharedLinkCommand::Edit(Box::new(edit))),
            SharingStep::AddToLink(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_link(which, SharedLinkCommand::AddAssets(assets));
            }
            SharingStep::RemoveFromLink(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_link(which, SharedLinkCommand::RemoveAssets(assets));
            }
            SharingStep::DeleteLink(which) => self.ask_link(which, SharedLinkCommand::Delete),
            SharingStep::Say(who, album, asset, text) => self.say(who, album, asset, text),
            SharingStep::Unsay(which) => {
                let log = &mut self.history;
                ask_one(which, &mut self.activities, ActivityCommand::Delete, log, &mut self.sequences, self.now);
            }
        }
    }

    fn begin_partnership(&mut self, pair: PartnershipBegun) {
        // A claim sees to it that there is one of each.
        if !self.pairs.insert((pair.shared_by, pair.shared_with)) {
            return;
        }
        let (id, mut partnership) = (self.new_id(), Partnership::default());
        let command = PartnershipCommand::Begin(pair);
        if ask(id, &mut partnership, command, &mut self.history, &mut self.sequences, self.now) {
            self.partnerships.push((id, partnership));
        }
    }

    fn ask_partnership(&mut self, which: usize, command: PartnershipCommand) {
        ask_one(which, &mut self.partnerships, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn create_link(&mut self, who: usize, album: Option<usize>, assets: &[usize], words: LinkWords) {
        let (id, mut link) = (self.new_id(), SharedLink::default());
        let (allow_upload, allow_download, show_metadata) = words.flags;
        let new = NewSharedLink {
            owner: self.some_user(who),
            album: album.and_then(|album| self.some_album(album)),
            assets: self.some_assets(assets),
            key: format!("key of {id}"),
            key_hash: STANDARD.encode(id.as_bytes()),
            slug: words.slug.map(|slug| format!("{slug}{id}")),
            password: words.password,
            description: words.description,
            expires_at: words.expires_at,
            allow_upload,
            allow_download,
            show_metadata,
        };
        let command = SharedLinkCommand::Create(Box::new(new));
        if ask(id, &mut link, command, &mut self.history, &mut self.sequences, self.now) {
            self.links.push((id, link));
        }
    }

    fn ask_link(&mut self, which: usize, command: SharedLinkCommand) {
        ask_one(which, &mut self.links, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn say(&mut self, who: usize, album: usize, asset: Option<usize>, text: Option<String>) {
        let Some(album) = self.some_album(album) else { return };
        let (id, mut activity) = (self.new_id(), Activity::default());
        let created = ActivityCreated {
            user: self.some_user(who),
            album,
            asset: asset.and_then(|asset| self.some_assets(&[asset]).first().copied()),
            comment: text.map(Into::into),
        };
        let command = ActivityCommand::Create(created);
        if ask(id, &mut activity, command, &mut self.history, &mut self.sequences, self.now) {
            self.activities.push((id, activity));
        }
    }

    fn some_album(&self, which: usize) -> Option<Uuid> {
        (!self.albums.is_empty()).then(|| self.albums[which % self.albums.len()].0)
    }
}

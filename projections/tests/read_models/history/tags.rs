//! Asking tags and stacks, in histories.

use albumen_domain::{
    asset::AssetCommand,
    stack::{Stack, StackCommand},
    tag::{NewTag, Tag, TagCommand},
};
use uuid::Uuid;

use super::{
    StackStep, TagStep,
    historian::{Historian, ask, ask_one},
};

impl Historian {
    pub(super) fn tag(&mut self, step: TagStep) {
        match step {
            TagStep::Create(who, above, name, color) => self.create_tag(who, above, &name, color),
            TagStep::Color(which, color) => self.ask_tag(which, TagCommand::Color(color)),
            TagStep::Delete(which) => self.ask_tag(which, TagCommand::Delete),
            TagStep::Tag(asset, tags) => {
                let tags = self.some_tags(&tags);
                self.asset(asset, AssetCommand::Tag(tags));
            }
            TagStep::Untag(asset, tags) => {
                let tags = self.some_tags(&tags);
                self.asset(asset, AssetCommand::Untag(tags));
            }
            TagStep::Read(asset, tags) => {
                let tags = self.some_tags(&tags);
                self.asset(asset, AssetCommand::ReadTags(tags));
            }
        }
    }

    /// Its path is one that nobody has, since paths are claimed.
    fn create_tag(&mut self, who: usize, above: Option<usize>, name: &str, color: Option<String>) {
        let (id, number, mut tag) = (self.new_id(), self.tags.len(), Tag::default());
        let parent = above.filter(|_| number > 0).map(|above| self.tags[above % number].0);
        let new = NewTag { owner: self.some_user(who), parent, value: format!("{name}{number}"), color };
        let command = TagCommand::Create(new);
        if ask(id, &mut tag, command, &mut self.history, &mut self.sequences, self.now) {
            self.tags.push((id, tag));
        }
    }

    fn ask_tag(&mut self, which: usize, command: TagCommand) {
        ask_one(which, &mut self.tags, command, &mut self.history, &mut self.sequences, self.now);
    }

    fn some_tags(&self, which: &[usize]) -> Vec<Uuid> {
        if self.tags.is_empty() {
            return Vec::new();
        }
        which.iter().map(|which| self.tags[which % self.tags.len()].0).collect()
    }

    pub(super) fn stack(&mut self, step: StackStep) {
        match step {
            StackStep::Create(who, assets) => {
                let (id, owner, mut stack) = (self.new_id(), self.some_user(who), Stack::default());
                let command = StackCommand::Create { owner, assets: self.unstacked(owner, &assets) };
                if ask(id, &mut stack, command, &mut self.history, &mut self.sequences, self.now) {
                    self.stacks.push((id, stack));
                    self.owners.insert(id, owner);
                }
            }
            StackStep::AddAssets(which, assets) => {
                if self.stacks.is_empty() {
                    return;
                }
                let owner = self.owners[&self.stacks[which % self.stacks.len()].0];
                let assets = self.unstacked(owner, &assets);
                self.ask_stack(which, StackCommand::AddAssets(assets));
            }
            StackStep::ChoosePrimary(which, asset) => self.ask_about(which, asset, StackCommand::ChoosePrimary),
            StackStep::TakeOut(which, asset) => self.ask_about(which, asset, StackCommand::TakeOut),
            StackStep::Lose(which, assets) => {
                let assets = self.some_assets(&assets);
                self.ask_stack(which, StackCommand::Lose(assets));
            }
            StackStep::Delete(which) => self.ask_stack(which, StackCommand::Delete),
        }
    }

    /// A user's assets that were in no stack yet: an asset is in one stack at most.
    fn unstacked(&mut self, owner: Uuid, assets: &[usize]) -> Vec<Uuid> {
        let mut assets = self.some_assets(assets);
        assets.retain(|asset| self.owners[asset] == owner && self.stacked.insert(*asset));
        assets
    }

    fn ask_about(&mut self, which: usize, asset: usize, command: impl Fn(Uuid) -> StackCommand) {
        if let Some(asset) = self.some_assets(&[asset]).first() {
            self.ask_stack(which, command(*asset));
        }
    }

    fn ask_stack(&mut self, which: usize, command: StackCommand) {
        ask_one(which, &mut self.stacks, command, &mut self.history, &mut self.sequences, self.now);
    }
}

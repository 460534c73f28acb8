//! The rules of a stack.

use uuid::Uuid;

use super::{StackAssetsAdded, StackAssetsRemoved, StackCreated, StackDeleted, StackEvent, StackPrimaryChosen};
use crate::{Aggregate, Claim, StreamKind, Subject};

/// An asset is in one stack at most.
pub const ASSET_CLAIM: &str = "stack-asset";

/// Fewer are no stack.
const MIN_ASSETS: usize = 2;
/// More than a burst has; each of them is a claim in the transaction of the event.
const MAX_ASSETS: usize = 10_000;

/// What the rules have to remember of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    life: Life,
    owner: Option<Uuid>,
    /// In the order in which they came.
    assets: Vec<Uuid>,
    primary: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Alive,
    Deleted,
}

/// A request to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackCommand {
    /// Exist.
    Create {
        /// Whose.
        owner: Uuid,
        /// The first lies on top.
        assets: Vec<Uuid>,
    },
    /// Take these assets in; those that are in it already are passed over.
    AddAssets(Vec<Uuid>),
    /// Let this asset lie on top.
    ChoosePrimary(Uuid),
    /// Let a person take out an asset, which must not be the primary.
    TakeOut(Uuid),
    /// Do without these assets, which are gone or in another stack; those that are not in it are passed over.
    Lose(Vec<Uuid>),
    /// Be gone; the assets stay.
    Delete,
}

/// Why a stack refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackRefusal {
    /// It was never made, or is gone.
    #[error("Stack not found")]
    Unknown,
    /// An id was used twice.
    #[error("a stack with this id exists already")]
    Exists,
    /// One asset is no stack.
    #[error("a stack has at least {MIN_ASSETS} assets")]
    TooFew,
    /// More than a transaction should claim.
    #[error("a stack has at most {MAX_ASSETS} assets")]
    TooMany,
    /// Only an asset of the stack can lie on top.
    #[error("Primary asset must be in the stack")]
    ForeignPrimary,
    /// The asset is in another stack, or in none.
    #[error("Asset not in stack")]
    NotInStack,
    /// What lies on top cannot be taken out.
    #[error("Cannot remove stack's primary asset")]
    IsPrimary,
}

impl Stack {
    fn create(&self, owner: Uuid, assets: Vec<Uuid>) -> Result<Vec<StackEvent>, StackRefusal> {
        if self.life != Life::Unborn {
            return Err(StackRefusal::Exists);
        }
        let assets = self.new_among(assets);
        if assets.len() < MIN_ASSETS {
            return Err(StackRefusal::TooFew);
        }
        if assets.len() > MAX_ASSETS {
            return Err(StackRefusal::TooMany);
        }
        Ok(vec![StackCreated { owner, assets }.into()])
    }

    fn new_among(&self, mut assets: Vec<Uuid>) -> Vec<Uuid> {
        let mut seen = std::collections::HashSet::new();
        assets.retain(|asset| !self.assets.contains(asset) && seen.insert(*asset));
        assets
    }

    fn add(&self, assets: Vec<Uuid>) -> Result<Vec<StackEvent>, StackRefusal> {
        let assets = self.new_among(assets);
        if self.assets.len() + assets.len() > MAX_ASSETS {
            return Err(StackRefusal::TooMany);
        }
        Ok(if assets.is_empty() { Vec::new() } else { vec![StackAssetsAdded { assets }.into()] })
    }

    fn choose(&self, asset: Uuid) -> Result<Vec<StackEvent>, StackRefusal> {
        if !self.assets.contains(&asset) {
            return Err(StackRefusal::ForeignPrimary);
        }
        Ok(if self.primary == Some(asset) { Vec::new() } else { vec![StackPrimaryChosen { asset }.into()] })
    }

    fn take_out(&self, asset: Uuid) -> Result<Vec<StackEvent>, StackRefusal> {
        if !self.assets.contains(&asset) {
            return Err(StackRefusal::NotInStack);
        }
        if self.primary == Some(asset) {
            return Err(StackRefusal::IsPrimary);
        }
        Ok(self.lose(&[asset]))
    }

    /// What is left of one asset is no stack any more.
    fn lose(&self, assets: &[Uuid]) -> Vec<StackEvent> {
        let (gone, left): (Vec<Uuid>, Vec<Uuid>) = self.assets.iter().partition(|asset| assets.contains(asset));
        match (gone.is_empty(), left.len() < MIN_ASSETS) {
            (true, _) => Vec::new(),
            (false, true) => vec![StackDeleted {}.into()],
            (false, false) => vec![StackAssetsRemoved { assets: gone }.into()],
        }
    }
}

impl Aggregate for Stack {
    const KIND: StreamKind = StreamKind::Stack;
    type Command = StackCommand;
    type Event = StackEvent;
    type Refusal = StackRefusal;

    fn decide(&self, command: StackCommand) -> Result<Vec<StackEvent>, StackRefusal> {
        if let StackCommand::Create { owner, assets } = command {
            return self.create(owner, assets);
        }
        if self.life != Life::Alive {
            return Err(StackRefusal::Unknown);
        }
        match command {
            StackCommand::Create { .. } => Ok(Vec::new()),
            StackCommand::AddAssets(assets) => self.add(assets),
            StackCommand::ChoosePrimary(asset) => self.choose(asset),
            StackCommand::TakeOut(asset) => self.take_out(asset),
            StackCommand::Lose(assets) => Ok(self.lose(&assets)),
            StackCommand::Delete => Ok(vec![StackDeleted {}.into()]),
        }
    }

    fn evolve(&mut self, event: &StackEvent) {
        match event {
            StackEvent::Created(created) => {
                *self = Self {
                    life: Life::Alive,
                    owner: Some(created.owner),
                    assets: created.assets.clone(),
                    primary: created.assets.first().copied(),
                }
            }
            StackEvent::AssetsAdded(added) => self.assets.extend(&added.assets),
            StackEvent::PrimaryChosen(chosen) => self.primary = Some(chosen.asset),
            StackEvent::AssetsRemoved(removed) => {
                self.assets.retain(|asset| !removed.assets.contains(asset));
                let is_left = |asset: &Uuid| self.assets.contains(asset);
                self.primary = self.primary.filter(is_left).or(self.assets.first().copied());
            }
            StackEvent::Deleted(_) => {
                self.life = Life::Deleted;
                self.assets.clear();
            }
        }
    }

    fn claims(&self, _id: Uuid, event: &StackEvent) -> Vec<Claim> {
        let take = |asset: &Uuid| Claim::take(ASSET_CLAIM, asset.as_bytes().as_slice());
        let release = |asset: &Uuid| Claim::release(ASSET_CLAIM, asset.as_bytes().as_slice());
        match event {
            StackEvent::Created(created) => created.assets.iter().map(take).collect(),
            StackEvent::AssetsAdded(added) => added.assets.iter().map(take).collect(),
            StackEvent::AssetsRemoved(removed) => removed.assets.iter().map(release).collect(),
            StackEvent::Deleted(_) => self.assets.iter().map(release).collect(),
            StackEvent::PrimaryChosen(_) => Vec::new(),
        }
    }

    fn subject(&self, id: Uuid, event: &StackEvent) -> Subject {
        let owner = match event {
            StackEvent::Created(created) => created.owner,
            _ => self.owner.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClaimChange, testing::given};

    const OWNER: Uuid = Uuid::from_u128(1);

    fn ids(numbers: &[u128]) -> Vec<Uuid> {
        numbers.iter().map(|number| Uuid::from_u128(100 + number)).collect()
    }

    fn asset(number: u128) -> Uuid {
        Uuid::from_u128(100 + number)
    }

    fn created(numbers: &[u128]) -> StackEvent {
        StackCreated { owner: OWNER, assets: ids(numbers) }.into()
    }

    fn removed(numbers: &[u128]) -> StackEvent {
        StackAssetsRemoved { assets: ids(numbers) }.into()
    }

    #[test]
    fn a_stack_is_made_of_two_or_more() {
        let create = |numbers: &[u128]| StackCommand::Create { owner: OWNER, assets: ids(numbers) };
        given::<Stack>([]).when(create(&[1, 2, 1])).then([created(&[1, 2])]);
        assert_eq!(given::<Stack>([]).when(create(&[1, 1])).refused(), StackRefusal::TooFew);
        assert_eq!(given::<Stack>([created(&[1, 2])]).when(create(&[3, 4])).refused(), StackRefusal::Exists);
        assert_eq!(given::<Stack>([]).when(StackCommand::Delete).refused().to_string(), "Stack not found");
    }

    #[test]
    fn one_of_its_assets_lies_on_top() {
        let choose = |number| StackCommand::ChoosePrimary(asset(number));
        let chosen: StackEvent = StackPrimaryChosen { asset: asset(2) }.into();
        given::<Stack>([created(&[1, 2])]).when(choose(2)).then([chosen.clone()]);
        given::<Stack>([created(&[1, 2]), chosen]).when(choose(2)).then([]);
        let refusal = given::<Stack>([created(&[1, 2])]).when(choose(3)).refused();
        assert_eq!(refusal.to_string(), "Primary asset must be in the stack");
    }

    #[test]
    fn what_lies_under_it_can_be_taken_out() {
        let out = |number| StackCommand::TakeOut(asset(number));
        given::<Stack>([created(&[1, 2, 3])]).when(out(2)).then([removed(&[2])]);
        given::<Stack>([created(&[1, 2])]).when(out(2)).then([StackDeleted {}.into()]);
        let refused = |number| given::<Stack>([created(&[1, 2])]).when(out(number)).refused().to_string();
        assert_eq!(refused(1), "Cannot remove stack's primary asset");
        assert_eq!(refused(3), "Asset not in stack");
    }

    #[test]
    fn the_next_follows_a_primary_that_is_lost() {
        given::<Stack>([created(&[1, 2, 3])]).when(StackCommand::Lose(ids(&[1, 9]))).then([removed(&[1])]);
        given::<Stack>([created(&[1, 2, 3])]).when(StackCommand::Lose(ids(&[9]))).then([]);
        given::<Stack>([created(&[1, 2])]).when(StackCommand::Lose(ids(&[1]))).then([StackDeleted {}.into()]);
        let history = [created(&[1, 2, 3]), removed(&[1])];
        assert_eq!(given::<Stack>(history).when(StackCommand::TakeOut(asset(2))).refused(), StackRefusal::IsPrimary);
    }

    #[test]
    fn an_asset_is_claimed_while_it_is_in_the_stack() {
        let mut stack = Stack::default();
        let changes = |claims: Vec<Claim>| claims.iter().map(|claim| claim.change).collect::<Vec<_>>();
        assert_eq!(changes(stack.claims(Uuid::nil(), &created(&[1, 2]))), [ClaimChange::Take; 2]);
        stack.evolve(&created(&[1, 2]));
        assert_eq!(changes(stack.claims(Uuid::nil(), &StackDeleted {}.into())), [ClaimChange::Release; 2]);
    }
}

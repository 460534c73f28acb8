//! One user shows another what is in their timeline.
//!
//! A partnership has a direction: who shares, and with whom. The other direction is a partnership
//! of its own. Whoever is shared with says whether the partner's photos stand among their own.
//!
//! Between two users there is one of each direction at most: a claim on the pair sees to that.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Claim, StreamKind, Subject, event::events};

/// The namespace of the claim on who shares with whom.
pub const PARTNERSHIP_CLAIM: &str = "partnership";

events! {
    /// Everything that can have happened to a partnership.
    pub enum PartnershipEvent {
        /// A user began to share with another.
        Begun(PartnershipBegun) = "partnership-begun" v 1,
        /// What is shared is shown in the other's timeline, or no longer.
        TimelineChanged(PartnershipTimelineChanged) = "partnership-timeline-changed" v 1,
        /// Nothing is shared any more.
        Ended(PartnershipEnded) = "partnership-ended" v 1,
    }
}

/// See [`PartnershipEvent::Begun`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartnershipBegun {
    /// Who shares.
    pub shared_by: Uuid,
    /// With whom.
    pub shared_with: Uuid,
}

/// See [`PartnershipEvent::TimelineChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartnershipTimelineChanged {
    /// Whether it is shown there now.
    pub in_timeline: bool,
}

/// See [`PartnershipEvent::Ended`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartnershipEnded {}

/// What the rules have to remember of a partnership.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partnership {
    pair: Option<PartnershipBegun>,
    in_timeline: bool,
    ended: bool,
}

/// What can be asked of a partnership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartnershipCommand {
    /// Exist.
    Begin(PartnershipBegun),
    /// Be shown in the timeline of whoever is shared with, or not.
    ShowInTimeline(bool),
    /// Be over.
    End,
}

/// Why a partnership refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartnershipRefusal {
    /// It never began, or is over.
    #[error("Partner not found")]
    Unknown,
    /// An id was used twice.
    #[error("Partner already exists")]
    Exists,
    /// There is nothing to share with oneself.
    #[error("Cannot share with yourself")]
    Oneself,
}

fn key(pair: &PartnershipBegun) -> Vec<u8> {
    [pair.shared_by.into_bytes(), pair.shared_with.into_bytes()].concat()
}

impl Aggregate for Partnership {
    const KIND: StreamKind = StreamKind::Partnership;
    type Command = PartnershipCommand;
    type Event = PartnershipEvent;
    type Refusal = PartnershipRefusal;

    fn decide(&self, command: PartnershipCommand) -> Result<Vec<PartnershipEvent>, PartnershipRefusal> {
        if let PartnershipCommand::Begin(pair) = command {
            return match self.pair {
                Some(_) => Err(PartnershipRefusal::Exists),
                None if pair.shared_by == pair.shared_with => Err(PartnershipRefusal::Oneself),
                None => Ok(vec![pair.into()]),
            };
        }
        if self.pair.is_none() || self.ended {
            return Err(PartnershipRefusal::Unknown);
        }
        Ok(match command {
            PartnershipCommand::ShowInTimeline(in_timeline) if in_timeline != self.in_timeline => {
                vec![PartnershipTimelineChanged { in_timeline }.into()]
            }
            PartnershipCommand::End => vec![PartnershipEnded {}.into()],
            PartnershipCommand::Begin(_) | PartnershipCommand::ShowInTimeline(_) => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &PartnershipEvent) {
        match event {
            PartnershipEvent::Begun(pair) => self.pair = Some(*pair),
            PartnershipEvent::TimelineChanged(changed) => self.in_timeline = changed.in_timeline,
            PartnershipEvent::Ended(_) => self.ended = true,
        }
    }

    fn claims(&self, _id: Uuid, event: &PartnershipEvent) -> Vec<Claim> {
        match (event, &self.pair) {
            (PartnershipEvent::Begun(pair), _) => vec![Claim::take(PARTNERSHIP_CLAIM, key(pair))],
            (PartnershipEvent::Ended(_), Some(pair)) => vec![Claim::release(PARTNERSHIP_CLAIM, key(pair))],
            _ => Vec::new(),
        }
    }

    fn subject(&self, id: Uuid, event: &PartnershipEvent) -> Subject {
        match (event, &self.pair) {
            (PartnershipEvent::Begun(pair), _) | (_, Some(pair)) => Subject { id, owner: pair.shared_by },
            _ => Subject::own(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn begun() -> PartnershipBegun {
        PartnershipBegun { shared_by: Uuid::from_u128(1), shared_with: Uuid::from_u128(2) }
    }

    fn shown(in_timeline: bool) -> PartnershipEvent {
        PartnershipTimelineChanged { in_timeline }.into()
    }

    #[test]
    fn it_begins_out_of_the_timeline() {
        given::<Partnership>([]).when(PartnershipCommand::Begin(begun())).then([begun().into()]);
        given::<Partnership>([begun().into()]).when(PartnershipCommand::ShowInTimeline(false)).then([]);
        given::<Partnership>([begun().into()]).when(PartnershipCommand::ShowInTimeline(true)).then([shown(true)]);
        given::<Partnership>([begun().into(), shown(true)]).when(PartnershipCommand::ShowInTimeline(true)).then([]);
    }

    #[test]
    fn nobody_is_their_own_partner() {
        let oneself = PartnershipBegun { shared_with: begun().shared_by, ..begun() };
        let refusal = given::<Partnership>([]).when(PartnershipCommand::Begin(oneself)).refused();
        assert_eq!(refusal, PartnershipRefusal::Oneself);
    }

    #[test]
    fn what_is_over_is_not_there() {
        given::<Partnership>([begun().into()]).when(PartnershipCommand::End).then([PartnershipEnded {}.into()]);
        for command in [PartnershipCommand::End, PartnershipCommand::ShowInTimeline(true)] {
            let ended = given::<Partnership>([begun().into(), PartnershipEnded {}.into()]);
            assert_eq!(ended.when(command).refused(), PartnershipRefusal::Unknown);
        }
        let again = given::<Partnership>([begun().into()]).when(PartnershipCommand::Begin(begun()));
        assert_eq!(again.refused(), PartnershipRefusal::Exists);
    }

    #[test]
    fn a_pair_is_taken_while_it_lasts() {
        let mut partnership = Partnership::default();
        let taken = partnership.claims(Uuid::nil(), &begun().into());
        assert_eq!(taken, [Claim::take(PARTNERSHIP_CLAIM, key(&begun()))]);
        partnership.evolve(&begun().into());
        assert_eq!(partnership.claims(Uuid::nil(), &shown(true)), []);
        let released = partnership.claims(Uuid::nil(), &PartnershipEnded {}.into());
        assert_eq!(released, [Claim::release(PARTNERSHIP_CLAIM, key(&begun()))]);
        let other = PartnershipBegun { shared_by: begun().shared_with, shared_with: begun().shared_by };
        assert_ne!(key(&begun()), key(&other));
    }
}

//! What a member of an album says about it, or about an asset in it: a comment or a like.
//!
//! Each is a stream of its own, so that an album with many stays short. Whether somebody is a member
//! and whether the album is open to comments is decided at the edge. Nobody likes the same thing
//! twice: a claim sees to that.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Claim, Personal, StreamKind, Subject, event::events};

/// The namespace of the claim on who likes what.
pub const LIKE_CLAIM: &str = "activity-like";

events! {
    /// Everything that can have happened to an activity.
    pub enum ActivityEvent {
        /// A member wrote something, or liked something.
        Created(ActivityCreated) = "activity-created" v 1,
        /// It was taken back, or taken away by the album's owner.
        Deleted(ActivityDeleted) = "activity-deleted" v 1,
    }
}

/// See [`ActivityEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActivityCreated {
    /// Who.
    pub user: Uuid,
    /// In which album.
    pub album: Uuid,
    /// About which asset of it; none for the album as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<Uuid>,
    /// What was written; none for a like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Personal<String>>,
}

/// See [`ActivityEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActivityDeleted {}

/// What the rules have to remember of an activity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    user: Option<Uuid>,
    like: Option<Vec<u8>>,
    deleted: bool,
}

/// What can be asked of an activity.
#[derive(Clone, Debug, PartialEq)]
pub enum ActivityCommand {
    /// Exist.
    Create(ActivityCreated),
    /// Be gone.
    Delete,
}

/// Why an activity refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityRefusal {
    /// It was never made, or is gone.
    #[error("Activity not found")]
    Unknown,
    /// An id was used twice.
    #[error("an activity with this id exists already")]
    Exists,
}

/// What a like is claimed by; none for a comment, of which there can be many.
fn like_key(created: &ActivityCreated) -> Option<Vec<u8>> {
    let asset = created.asset.unwrap_or(Uuid::nil());
    let key = || [created.user.into_bytes(), created.album.into_bytes(), asset.into_bytes()].concat();
    created.comment.is_none().then(key)
}

impl Aggregate for Activity {
    const KIND: StreamKind = StreamKind::Activity;
    type Command = ActivityCommand;
    type Event = ActivityEvent;
    type Refusal = ActivityRefusal;

    fn decide(&self, command: ActivityCommand) -> Result<Vec<ActivityEvent>, ActivityRefusal> {
        match command {
            ActivityCommand::Create(_) if self.user.is_some() => Err(ActivityRefusal::Exists),
            ActivityCommand::Create(created) => Ok(vec![created.into()]),
            ActivityCommand::Delete if self.user.is_none() || self.deleted => Err(ActivityRefusal::Unknown),
            ActivityCommand::Delete => Ok(vec![ActivityDeleted {}.into()]),
        }
    }

    fn evolve(&mut self, event: &ActivityEvent) {
        match event {
            ActivityEvent::Created(created) => {
                *self = Self { user: Some(created.user), like: like_key(created), deleted: false };
            }
            ActivityEvent::Deleted(_) => self.deleted = true,
        }
    }

    fn claims(&self, _id: Uuid, event: &ActivityEvent) -> Vec<Claim> {
        let claim = match event {
            ActivityEvent::Created(created) => like_key(created).map(|key| Claim::take(LIKE_CLAIM, key)),
            ActivityEvent::Deleted(_) => self.like.clone().map(|key| Claim::release(LIKE_CLAIM, key)),
        };
        claim.into_iter().collect()
    }

    /// What somebody wrote is theirs, in whoever's album.
    fn subject(&self, id: Uuid, event: &ActivityEvent) -> Subject {
        let owner = match event {
            ActivityEvent::Created(created) => created.user,
            ActivityEvent::Deleted(_) => self.user.unwrap_or(id),
        };
        Subject { id, owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn created(asset: Option<u128>, comment: Option<&str>) -> ActivityCreated {
        ActivityCreated {
            user: Uuid::from_u128(1),
            album: Uuid::from_u128(2),
            asset: asset.map(Uuid::from_u128),
            comment: comment.map(|text| text.to_owned().into()),
        }
    }

    #[test]
    fn it_comes_and_goes_once() {
        let comment = created(None, Some("nice"));
        given::<Activity>([]).when(ActivityCommand::Create(comment.clone())).then([comment.clone().into()]);
        given::<Activity>([comment.clone().into()]).when(ActivityCommand::Delete).then([ActivityDeleted {}.into()]);
        let again = given::<Activity>([comment.clone().into()]).when(ActivityCommand::Create(comment.clone()));
        assert_eq!(again.refused(), ActivityRefusal::Exists);
        let gone = given::<Activity>([comment.into(), ActivityDeleted {}.into()]);
        assert_eq!(gone.when(ActivityCommand::Delete).refused(), ActivityRefusal::Unknown);
    }

    #[test]
    fn a_like_is_taken_and_given_back_and_a_comment_is_not() {
        let mut activity = Activity::default();
        let like = created(Some(3), None);
        let [taken] = activity.claims(Uuid::nil(), &like.clone().into()).try_into().expect("one claim");
        assert_eq!(taken, Claim::take(LIKE_CLAIM, like_key(&like).expect("a key")));
        activity.evolve(&like.into());
        let released = activity.claims(Uuid::nil(), &ActivityDeleted {}.into());
        assert_eq!(released, [Claim::release(LIKE_CLAIM, taken.key)]);
        assert_eq!(Activity::default().claims(Uuid::nil(), &created(Some(3), Some("")).into()), []);
        assert_ne!(like_key(&created(Some(3), None)), like_key(&created(None, None)));
    }
}

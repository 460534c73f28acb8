//! Taking back what was done.
//!
//! The log is never rewritten: what takes an event back is a command of today, and its events say so.
//! [`reversal`] finds it. Its answer depends on the event and on the rest of its stream: what it was
//! before is in the events before, and whether it may be taken back is in those after. A later word on
//! the same matter counts for more than the wish to take back an earlier one, so that has to be taken
//! back first.

mod album;
mod asset;
mod user;

pub use asset::ShownDetails;

use crate::{
    AnyEvent, Recorded,
    album::AlbumCommand,
    api_key::{ApiKeyCommand, ApiKeyEvent},
    asset::{AssetCommand, AssetEvent},
    user::{UserCommand, UserEvent},
};

/// What has to be asked of the same stream to take an event back.
#[derive(Clone, Debug, PartialEq)]
pub enum Reversal {
    /// Of an asset, in this order.
    Asset(Vec<AssetCommand>),
    /// Of an album, in this order.
    Album(Vec<AlbumCommand>),
    /// Of a user.
    User(UserCommand),
    /// Of a key.
    ApiKey(ApiKeyCommand),
}

/// Why an event cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefusal {
    /// Nothing can, or nothing does yet.
    #[error("This kind of event cannot be taken back")]
    NotReversible,
    /// Its thing is gone for good.
    #[error("It was deleted for good, and nothing brings it back")]
    Gone,
    /// A later event says something else on the same matter.
    #[error("It was changed again since; take back event {position} first")]
    ChangedSince {
        /// Which one.
        position: i64,
    },
    /// Nothing is left of its effect.
    #[error("It is as it was before already")]
    NothingLeft,
    /// What it was before cannot be known any more.
    #[error("What it was before was erased")]
    Erased,
    /// What a file says of itself is not known yet.
    #[error("The file has not been read yet; take it back when it has")]
    Unread,
}

/// What takes `event` back. `stream` is the whole stream of the event, in order; `shown` is what an asset
/// was before a person edited it, which is in part in the streams of others.
///
/// # Errors
/// See [`UndoRefusal`].
pub fn reversal(event: &Recorded, stream: &[&Recorded], shown: Option<&ShownDetails>) -> Result<Reversal, UndoRefusal> {
    let story = Story { event, stream };
    match &event.event {
        AnyEvent::Asset(one) => asset::reversal(&story, one, shown).map(Reversal::Asset),
        AnyEvent::Album(one) => album::reversal(&story, one).map(Reversal::Album),
        AnyEvent::User(one) => user::of_user(&story, one).map(Reversal::User),
        AnyEvent::ApiKey(one) => user::of_key(&story, one).map(Reversal::ApiKey),
        _ => Err(UndoRefusal::NotReversible),
    }
}

/// Whether events of this kind can be taken back at all, as long as nothing else stands in the way.
#[must_use]
pub const fn is_reversible(event: &AnyEvent) -> bool {
    match event {
        AnyEvent::Asset(event) => !matches!(
            event,
            AssetEvent::Uploaded(_)
                | AssetEvent::DeletionRequested(_)
                | AssetEvent::Deleted(_)
                | AssetEvent::SidecarReplaced(_)
                | AssetEvent::TagsRead(_)
        ),
        AnyEvent::Album(_) => true,
        AnyEvent::User(event) => matches!(
            event,
            UserEvent::ProfileChanged(_)
                | UserEvent::PreferencesChanged(_)
                | UserEvent::OnboardingChanged(_)
                | UserEvent::Deleted(_)
                | UserEvent::Restored(_)
        ),
        AnyEvent::ApiKey(event) => matches!(event, ApiKeyEvent::Changed(_)),
        _ => false,
    }
}

/// An event in its stream.
struct Story<'a> {
    event: &'a Recorded,
    stream: &'a [&'a Recorded],
}

impl<'a> Story<'a> {
    /// What happened before, the newest first.
    fn before(&self) -> impl Iterator<Item = &'a Recorded> {
        self.stream.iter().rev().copied().filter(|other| other.sequence < self.event.sequence)
    }

    /// What happened after, in order.
    fn after(&self) -> impl Iterator<Item = &'a Recorded> {
        self.stream.iter().copied().filter(|other| other.sequence > self.event.sequence)
    }

    /// The newest word before on a matter that `says` finds.
    fn was<T>(&self, says: impl Fn(&'a AnyEvent) -> Option<T>) -> Option<T> {
        self.before().find_map(|other| says(&other.event))
    }

    /// Refuses when a later event is on the same matter.
    fn is_last_on(&self, is_on_it: impl Fn(&AnyEvent) -> bool) -> Result<(), UndoRefusal> {
        let newer = self.after().filter(|other| is_on_it(&other.event)).last();
        newer.map_or(Ok(()), |newer| Err(UndoRefusal::ChangedSince { position: newer.position }))
    }
}

#[cfg(test)]
mod tests;

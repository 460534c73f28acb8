//! Notifications: what users are told in the app.
//!
//! Those about albums follow from what happened to the albums, so the log tells of them once, there. What
//! an administrator writes is an event here, and so is what a user does with either kind.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Aggregate, Personal, StreamKind, Subject, event::events};

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NotificationLevel {
    /// Something went well.
    Success,
    /// Something went wrong.
    Error,
    /// Something may go wrong.
    Warning,
    /// Something happened.
    Info,
}

impl NotificationLevel {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NotificationKind {
    /// A job came to nothing.
    JobFailed,
    /// A backup came to nothing.
    BackupFailed,
    /// The installation.
    SystemMessage,
    /// An album that was shared with the user.
    AlbumInvite,
    /// An album into which something came.
    AlbumUpdate,
    /// Whatever an administrator writes.
    Custom,
}

impl NotificationKind {
    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobFailed => "job-failed",
            Self::BackupFailed => "backup-failed",
            Self::SystemMessage => "system-message",
            Self::AlbumInvite => "album-invite",
            Self::AlbumUpdate => "album-update",
            Self::Custom => "custom",
        }
    }
}

events! {
    /// Everything that can have happened to a notification.
    pub enum NotificationEvent {
        /// A user is told something.
        Created(NotificationCreated) = "notification-created" v 1,
        /// They have read it, or want to read it again.
        ReadChanged(NotificationReadChanged) = "notification-read-changed" v 1,
        /// They do not want to see it any more.
        Deleted(NotificationDeleted) = "notification-deleted" v 1,
    }
}

/// See [`NotificationEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotificationCreated {
    /// Who is told.
    pub user: Uuid,
    /// How much it matters.
    pub level: NotificationLevel,
    /// What it is about.
    pub kind: NotificationKind,
    /// In short.
    pub title: Personal<String>,
    /// At length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Personal<String>>,
    /// For the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Personal<Map<String, Value>>>,
    /// When it was read, if it was told as read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<DateTime<Utc>>,
}

/// See [`NotificationEvent::ReadChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotificationReadChanged {
    /// When it was read; absent when it is to be read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<DateTime<Utc>>,
}

/// See [`NotificationEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotificationDeleted {}

/// What the rules have to remember of a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    is_created: bool,
    is_deleted: bool,
}

/// What can be asked of a notification. Whether one that follows from something else is there is for
/// the caller to know.
#[derive(Clone, Debug, PartialEq)]
pub enum NotificationCommand {
    /// Tell a user something.
    Create(Box<NotificationCreated>),
    /// Note when it was read.
    SetRead(NotificationReadChanged),
    /// Show it no more.
    Delete,
}

/// Why a command to a notification is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotificationRefusal {
    /// There is one of this id.
    #[error("there is a notification of this id already")]
    Exists,
    /// It was deleted.
    #[error("Notification not found")]
    Gone,
}

impl Aggregate for Notification {
    const KIND: StreamKind = StreamKind::Notification;
    type Command = NotificationCommand;
    type Event = NotificationEvent;
    type Refusal = NotificationRefusal;

    fn decide(&self, command: NotificationCommand) -> Result<Vec<NotificationEvent>, NotificationRefusal> {
        let event = match command {
            NotificationCommand::Create(_) if self.is_created => return Err(NotificationRefusal::Exists),
            NotificationCommand::Create(created) => (*created).into(),
            NotificationCommand::SetRead(_) if self.is_deleted => return Err(NotificationRefusal::Gone),
            NotificationCommand::SetRead(changed) => changed.into(),
            NotificationCommand::Delete if self.is_deleted => return Ok(Vec::new()),
            NotificationCommand::Delete => NotificationDeleted {}.into(),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &NotificationEvent) {
        match event {
            NotificationEvent::Created(_) => self.is_created = true,
            NotificationEvent::ReadChanged(_) => {}
            NotificationEvent::Deleted(_) => self.is_deleted = true,
        }
    }

    fn subject(&self, id: Uuid, event: &NotificationEvent) -> Subject {
        match event {
            NotificationEvent::Created(created) => Subject { id, owner: created.user },
            NotificationEvent::ReadChanged(_) | NotificationEvent::Deleted(_) => Subject::own(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn created() -> NotificationCreated {
        NotificationCreated {
            user: Uuid::from_u128(1),
            level: NotificationLevel::Info,
            kind: NotificationKind::Custom,
            title: "Hello".to_owned().into(),
            description: None,
            data: None,
            read_at: None,
        }
    }

    #[test]
    fn it_is_told_once() {
        given::<Notification>([]).when(NotificationCommand::Create(Box::new(created()))).then([created().into()]);
        let refusal =
            given::<Notification>([created().into()]).when(NotificationCommand::Create(Box::new(created()))).refused();
        assert_eq!(refusal, NotificationRefusal::Exists);
    }

    #[test]
    fn one_that_follows_from_an_album_can_be_read_and_deleted() {
        let read = NotificationReadChanged { read_at: Some(DateTime::UNIX_EPOCH) };
        given::<Notification>([]).when(NotificationCommand::SetRead(read.clone())).then([read.into()]);
        given::<Notification>([]).when(NotificationCommand::Delete).then([NotificationDeleted {}.into()]);
    }

    #[test]
    fn what_is_deleted_stays_so() {
        let gone = || [NotificationEvent::from(NotificationDeleted {})];
        given::<Notification>(gone()).when(NotificationCommand::Delete).then([]);
        let read = NotificationReadChanged { read_at: None };
        let refusal = given::<Notification>(gone()).when(NotificationCommand::SetRead(read)).refused();
        assert_eq!(refusal, NotificationRefusal::Gone);
    }

    #[test]
    fn stored_names_are_those_of_the_events() {
        let name = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
        for level in [NotificationLevel::Success, NotificationLevel::Error, NotificationLevel::Warning] {
            assert_eq!(name(serde_json::to_value(level).expect("serialises")), level.as_str());
        }
        for kind in [NotificationKind::JobFailed, NotificationKind::AlbumInvite, NotificationKind::Custom] {
            assert_eq!(name(serde_json::to_value(kind).expect("serialises")), kind.as_str());
        }
    }
}

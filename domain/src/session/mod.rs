//! A logged-in device.
//!
//! A session starts with the hash of its token; the token itself is told once and kept nowhere.
//! It can be unlocked for a while with the user's PIN, which opens the locked folder, and it ends.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, StreamKind, Subject, event::events};

events! {
    /// Everything that can have happened to a session.
    pub enum SessionEvent {
        /// Somebody logged in.
        Started(SessionStarted) = "session-started" v 1,
        /// It was used after a while, or by a newer client.
        Seen(SessionSeen) = "session-seen" v 1,
        /// The PIN was given, or the unlocked time was extended by use.
        Unlocked(SessionUnlocked) = "session-unlocked" v 1,
        /// Locked again.
        Locked(SessionLocked) = "session-locked" v 1,
        /// The device has to synchronise from the beginning, or has done so.
        SyncResetChanged(SyncResetChanged) = "session-sync-reset-changed" v 1,
        /// Logged out or removed.
        Ended(SessionEnded) = "session-ended" v 1,
    }
}

/// What a device says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device {
    /// Browser or kind of device; empty when unknown.
    pub device_type: String,
    /// Operating system; empty when unknown.
    pub device_os: String,
    /// Version of the app, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

/// See [`SessionEvent::Started`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionStarted {
    /// Whose it is.
    pub user: Uuid,
    /// SHA-256 of the token, base64.
    pub token_hash: String,
    /// The session that made this one; it ends with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What the device says about itself.
    pub device: Device,
}

/// See [`SessionEvent::Seen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionSeen {
    /// What the device says about itself now.
    pub device: Device,
}

/// See [`SessionEvent::Unlocked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionUnlocked {
    /// Until when.
    pub until: DateTime<Utc>,
}

/// See [`SessionEvent::Locked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionLocked {}

/// See [`SessionEvent::SyncResetChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncResetChanged {
    /// Whether the device still has to.
    pub pending: bool,
}

/// See [`SessionEvent::Ended`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionEnded {}

/// What the rules have to remember of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    user: Option<Uuid>,
    ended: bool,
    unlocked_until: Option<DateTime<Utc>>,
    sync_reset_pending: bool,
}

/// What can be asked of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCommand {
    /// Begin.
    Start(SessionStarted),
    /// Remember that it was used.
    See(Device),
    /// Open the locked folder until then.
    Unlock {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Keep the locked folder open a while longer, where it still is.
    ExtendUnlock {
        /// The present time.
        now: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Close the locked folder.
    Lock,
    /// Have the device synchronise from the beginning, or not.
    SetSyncReset {
        /// Whether it has to.
        pending: bool,
    },
    /// End.
    End,
}

/// Why a session refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionRefusal {
    /// It never started, or has ended.
    #[error("there is no such session; log in again")]
    Unknown,
    /// An id was used twice.
    #[error("a session with this id exists already")]
    Exists,
}

impl Aggregate for Session {
    const KIND: StreamKind = StreamKind::Session;
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Refusal = SessionRefusal;

    fn decide(&self, command: SessionCommand) -> Result<Vec<SessionEvent>, SessionRefusal> {
        if let SessionCommand::Start(started) = command {
            return match self.user {
                Some(_) => Err(SessionRefusal::Exists),
                None => Ok(vec![started.into()]),
            };
        }
        if self.user.is_none() || self.ended {
            return Err(SessionRefusal::Unknown);
        }
        Ok(match command {
            SessionCommand::Start(_) => Vec::new(),
            SessionCommand::See(device) => vec![SessionSeen { device }.into()],
            SessionCommand::Unlock { until } => vec![SessionUnlocked { until }.into()],
            SessionCommand::ExtendUnlock { now, until } => match self.unlocked_until {
                Some(present) if present > now && present < until => vec![SessionUnlocked { until }.into()],
                _ => Vec::new(),
            },
            SessionCommand::Lock if self.unlocked_until.is_none() => Vec::new(),
            SessionCommand::Lock => vec![SessionLocked {}.into()],
            SessionCommand::SetSyncReset { pending } if pending == self.sync_reset_pending => Vec::new(),
            SessionCommand::SetSyncReset { pending } => vec![SyncResetChanged { pending }.into()],
            SessionCommand::End => vec![SessionEnded {}.into()],
        })
    }

    fn evolve(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::Started(started) => self.user = Some(started.user),
            SessionEvent::Seen(_) => {}
            SessionEvent::Unlocked(unlocked) => self.unlocked_until = Some(unlocked.until),
            SessionEvent::Locked(_) => self.unlocked_until = None,
            SessionEvent::SyncResetChanged(changed) => self.sync_reset_pending = changed.pending,
            SessionEvent::Ended(_) => self.ended = true,
        }
    }

    fn subject(&self, id: Uuid, event: &SessionEvent) -> Subject {
        match event {
            SessionEvent::Started(started) => Subject::own(started.user),
            _ => Subject::own(self.user.unwrap_or(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn started() -> SessionStarted {
        SessionStarted {
            user: Uuid::from_u128(1),
            token_hash: "hash".into(),
            parent: None,
            expires_at: None,
            device: Device::default(),
        }
    }

    #[test]
    fn an_ended_session_takes_no_more_commands() {
        let refusal = given::<Session>([started().into(), SessionEnded {}.into()])
            .when(SessionCommand::See(Device::default()))
            .refused();
        assert_eq!(refusal, SessionRefusal::Unknown);
    }

    #[test]
    fn locking_what_is_locked_changes_nothing() {
        given::<Session>([started().into()]).when(SessionCommand::Lock).then([]);
        let until = DateTime::UNIX_EPOCH;
        given::<Session>([started().into(), SessionUnlocked { until }.into()])
            .when(SessionCommand::Lock)
            .then([SessionLocked {}.into()]);
    }

    #[test]
    fn what_was_locked_or_ran_out_is_not_opened_by_an_extension() {
        let minute = |minutes: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minutes);
        let unlocked = || SessionUnlocked { until: minute(5) }.into();
        let extend = |now| SessionCommand::ExtendUnlock { now: minute(now), until: minute(now + 5) };
        let extended = SessionUnlocked { until: minute(8) }.into();
        given::<Session>([started().into(), unlocked()]).when(extend(3)).then([extended]);
        given::<Session>([started().into(), unlocked(), SessionLocked {}.into()]).when(extend(3)).then([]);
        given::<Session>([started().into(), unlocked()]).when(extend(6)).then([]);
        given::<Session>([started().into(), unlocked()]).when(extend(0)).then([]);
        given::<Session>([started().into()]).when(extend(3)).then([]);
    }

    #[test]
    fn a_session_starts_once() {
        let refusal = given::<Session>([started().into()]).when(SessionCommand::Start(started())).refused();
        assert_eq!(refusal, SessionRefusal::Exists);
    }
}

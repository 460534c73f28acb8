//! A key with which a program acts for a user, within permissions.
//!
//! The log knows the hash of its secret; the secret is told once and kept nowhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Personal, StreamKind, Subject, event::events};

events! {
    /// Everything that can have happened to a key.
    pub enum ApiKeyEvent {
        /// It was made.
        Created(ApiKeyCreated) = "api-key-created" v 1,
        /// Its name or permissions changed.
        Changed(ApiKeyChanged) = "api-key-changed" v 1,
        /// It has another secret; the one before opens nothing any more.
        Rotated(ApiKeyRotated) = "api-key-rotated" v 1,
        /// It was revoked.
        Deleted(ApiKeyDeleted) = "api-key-deleted" v 1,
    }
}

/// See [`ApiKeyEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyCreated {
    /// For whom it acts.
    pub user: Uuid,
    /// What its user calls it.
    pub name: Personal<String>,
    /// SHA-256 of the secret, base64.
    pub secret_hash: String,
    /// What it may do, by the names of the API's permissions.
    pub permissions: Vec<String>,
}

/// See [`ApiKeyEvent::Changed`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyChanged {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// New permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
}

/// See [`ApiKeyEvent::Rotated`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyRotated {
    /// SHA-256 of the new secret, base64.
    pub secret_hash: String,
}

/// See [`ApiKeyEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiKeyDeleted {}

/// What the rules have to remember of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKey {
    user: Option<Uuid>,
    deleted: bool,
}

/// What can be asked of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiKeyCommand {
    /// Exist.
    Create(ApiKeyCreated),
    /// Be called otherwise, or be allowed something else.
    Change(ApiKeyChanged),
    /// Have another secret.
    Rotate(ApiKeyRotated),
    /// Be revoked.
    Delete,
}

/// Why a key refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyRefusal {
    /// It was never made, or is revoked.
    #[error("API Key not found")]
    Unknown,
    /// An id was used twice.
    #[error("an API key with this id exists already")]
    Exists,
}

impl Aggregate for ApiKey {
    const KIND: StreamKind = StreamKind::ApiKey;
    type Command = ApiKeyCommand;
    type Event = ApiKeyEvent;
    type Refusal = ApiKeyRefusal;

    fn decide(&self, command: ApiKeyCommand) -> Result<Vec<ApiKeyEvent>, ApiKeyRefusal> {
        if let ApiKeyCommand::Create(created) = command {
            return match self.user {
                Some(_) => Err(ApiKeyRefusal::Exists),
                None => Ok(vec![created.into()]),
            };
        }
        if self.user.is_none() || self.deleted {
            return Err(ApiKeyRefusal::Unknown);
        }
        Ok(match command {
            ApiKeyCommand::Create(_) => Vec::new(),
            ApiKeyCommand::Change(changed) if changed == ApiKeyChanged::default() => Vec::new(),
            ApiKeyCommand::Change(changed) => vec![changed.into()],
            ApiKeyCommand::Rotate(rotated) => vec![rotated.into()],
            ApiKeyCommand::Delete => vec![ApiKeyDeleted {}.into()],
        })
    }

    fn evolve(&mut self, event: &ApiKeyEvent) {
        match event {
            ApiKeyEvent::Created(created) => self.user = Some(created.user),
            ApiKeyEvent::Changed(_) | ApiKeyEvent::Rotated(_) => {}
            ApiKeyEvent::Deleted(_) => self.deleted = true,
        }
    }

    fn subject(&self, id: Uuid, event: &ApiKeyEvent) -> Subject {
        match event {
            ApiKeyEvent::Created(created) => Subject::own(created.user),
            _ => Subject::own(self.user.unwrap_or(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    #[test]
    fn a_revoked_key_takes_no_more_commands() {
        let created = ApiKeyCreated {
            user: Uuid::from_u128(1),
            name: "cli".to_owned().into(),
            secret_hash: "hash".into(),
            permissions: vec!["all".into()],
        };
        let refusal = given::<ApiKey>([created.into(), ApiKeyDeleted {}.into()])
            .when(ApiKeyCommand::Change(ApiKeyChanged::default()))
            .refused();
        assert_eq!(refusal, ApiKeyRefusal::Unknown);
    }
}

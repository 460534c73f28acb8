//! External libraries: folders of a user's own, whose files are shown where they lie.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Aggregate, Personal, StreamKind, Subject, event::events};

/// Its name where nobody gave one.
pub const DEFAULT_NAME: &str = "New External Library";

/// What is passed over where nobody said what: folders that other programs keep for themselves.
pub const DEFAULT_EXCLUSIONS: [&str; 6] =
    ["**/@eaDir/**", "**/._*", "**/#recycle/**", "**/#snapshot/**", "**/.stversions/**", "**/.stfolder/**"];

events! {
    /// Everything that can have happened to an external library.
    pub enum ExternalLibraryEvent {
        /// It was made.
        Created(ExternalLibraryCreated) = "external-library-created" v 1,
        /// It is called otherwise, or looks elsewhere.
        Changed(ExternalLibraryChanged) = "external-library-changed" v 1,
        /// It is gone; its files stay.
        Deleted(ExternalLibraryDeleted) = "external-library-deleted" v 1,
    }
}

/// See [`ExternalLibraryEvent::Created`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExternalLibraryCreated {
    /// The user who sees what is in it.
    pub owner: Uuid,
    /// As shown.
    pub name: Personal<String>,
    /// Absolute paths of folders.
    pub import_paths: Personal<Vec<String>>,
    /// Patterns of paths that are passed over.
    pub exclusion_patterns: Personal<Vec<String>>,
}

/// See [`ExternalLibraryEvent::Changed`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExternalLibraryChanged {
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// New folders, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_paths: Option<Personal<Vec<String>>>,
    /// New patterns, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion_patterns: Option<Personal<Vec<String>>>,
}

/// See [`ExternalLibraryEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExternalLibraryDeleted {}

/// What the rules have to remember of an external library.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExternalLibrary {
    owner: Option<Uuid>,
    is_deleted: bool,
}

/// What can be asked of an external library.
#[derive(Clone, Debug, PartialEq)]
pub enum ExternalLibraryCommand {
    /// Make it.
    Create(ExternalLibraryCreated),
    /// Call it otherwise, or have it look elsewhere.
    Change(ExternalLibraryChanged),
    /// Show it no more.
    Delete,
}

/// Why a command to an external library is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExternalLibraryRefusal {
    /// There is one of this id.
    #[error("there is a library of this id already")]
    Exists,
    /// There is none, or no more.
    #[error("Library not found")]
    NotFound,
}

impl Aggregate for ExternalLibrary {
    const KIND: StreamKind = StreamKind::ExternalLibrary;
    type Command = ExternalLibraryCommand;
    type Event = ExternalLibraryEvent;
    type Refusal = ExternalLibraryRefusal;

    fn decide(&self, command: ExternalLibraryCommand) -> Result<Vec<ExternalLibraryEvent>, ExternalLibraryRefusal> {
        let is_there = self.owner.is_some() && !self.is_deleted;
        let event = match command {
            ExternalLibraryCommand::Create(_) if self.owner.is_some() => return Err(ExternalLibraryRefusal::Exists),
            ExternalLibraryCommand::Create(created) => created.into(),
            _ if !is_there => return Err(ExternalLibraryRefusal::NotFound),
            ExternalLibraryCommand::Change(changed) if changed == ExternalLibraryChanged::default() => {
                return Ok(Vec::new());
            }
            ExternalLibraryCommand::Change(changed) => changed.into(),
            ExternalLibraryCommand::Delete => ExternalLibraryDeleted {}.into(),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: &ExternalLibraryEvent) {
        match event {
            ExternalLibraryEvent::Created(created) => self.owner = Some(created.owner),
            ExternalLibraryEvent::Changed(_) => {}
            ExternalLibraryEvent::Deleted(_) => self.is_deleted = true,
        }
    }

    fn subject(&self, id: Uuid, event: &ExternalLibraryEvent) -> Subject {
        let owner = match event {
            ExternalLibraryEvent::Created(created) => Some(created.owner),
            ExternalLibraryEvent::Changed(_) | ExternalLibraryEvent::Deleted(_) => self.owner,
        };
        Subject { id, owner: owner.unwrap_or(id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    fn created() -> ExternalLibraryCreated {
        ExternalLibraryCreated {
            owner: Uuid::from_u128(1),
            name: DEFAULT_NAME.to_owned().into(),
            import_paths: Vec::new().into(),
            exclusion_patterns: Vec::new().into(),
        }
    }

    #[test]
    fn it_is_made_once_and_deleted_once() {
        given::<ExternalLibrary>([]).when(ExternalLibraryCommand::Create(created())).then([created().into()]);
        given::<ExternalLibrary>([created().into()]).when(ExternalLibraryCommand::Create(created())).refused();
        let gone = || [created().into(), ExternalLibraryDeleted {}.into()];
        let refusal = given::<ExternalLibrary>(gone()).when(ExternalLibraryCommand::Delete).refused();
        assert_eq!(refusal, ExternalLibraryRefusal::NotFound);
    }

    #[test]
    fn only_what_is_there_changes() {
        let changed = ExternalLibraryChanged { name: Some("Archive".to_owned().into()), ..Default::default() };
        given::<ExternalLibrary>([created().into()])
            .when(ExternalLibraryCommand::Change(changed.clone()))
            .then([changed.clone().into()]);
        given::<ExternalLibrary>([created().into()])
            .when(ExternalLibraryCommand::Change(ExternalLibraryChanged::default()))
            .then([]);
        given::<ExternalLibrary>([]).when(ExternalLibraryCommand::Change(changed)).refused();
    }
}

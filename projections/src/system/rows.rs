//! The rows of this read model.

use albumen_domain::{
    Personal,
    external_library::{ExternalLibraryChanged, ExternalLibraryCreated},
    system::{ConfigChanged, ReleaseFound},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// What differs from the default configuration.
    pub struct ConfigRow = "config" [id] {
        /// That of the installation.
        id: Uuid = "uuid",
        /// All but the secrets.
        plain: Value = "jsonb",
        /// The secrets.
        secrets: Option<Value> = "jsonb",
        /// When it last changed.
        changed_at: DateTime<Utc> = "timestamptz",
    }
}

impl ConfigRow {
    pub(super) fn of(id: Uuid, at: DateTime<Utc>, changed: &ConfigChanged) -> Self {
        let secrets = changed.secrets.as_ref().and_then(Personal::known);
        Self {
            id,
            plain: Value::Object(changed.values.clone()),
            secrets: secrets.cloned().map(Value::Object),
            changed_at: at,
        }
    }
}

table! {
    /// The newest version of the API, when it was last noted.
    pub struct NewestReleaseRow = "newest_release" [id] {
        /// That of the installation.
        id: Uuid = "uuid",
        /// The version as it was told.
        release_version: String = "text",
        /// When it was looked up.
        checked_at: DateTime<Utc> = "timestamptz",
    }
}

impl NewestReleaseRow {
    pub(super) fn of(id: Uuid, found: &ReleaseFound) -> Self {
        Self { id, release_version: found.release_version.clone(), checked_at: found.checked_at }
    }
}

table! {
    /// An external library.
    pub struct ExternalLibraryRow = "external_library" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Who sees what is in it.
        owner_id: Uuid = "uuid",
        /// As shown.
        name: String = "text",
        /// Absolute paths of folders.
        import_paths: Value = "jsonb",
        /// Patterns of paths that are passed over.
        exclusion_patterns: Value = "jsonb",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

/// An erased list is an empty one.
fn texts(list: &Personal<Vec<String>>) -> Value {
    json!(list.known().map_or(&[] as &[String], Vec::as_slice))
}

fn text(value: &Personal<String>) -> String {
    value.known().cloned().unwrap_or_default()
}

impl ExternalLibraryRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &ExternalLibraryCreated) -> Self {
        Self {
            id,
            owner_id: created.owner,
            name: text(&created.name),
            import_paths: texts(&created.import_paths),
            exclusion_patterns: texts(&created.exclusion_patterns),
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn change(&mut self, at: DateTime<Utc>, changed: &ExternalLibraryChanged) {
        self.updated_at = at;
        if let Some(name) = &changed.name {
            self.name = text(name);
        }
        if let Some(paths) = &changed.import_paths {
            self.import_paths = texts(paths);
        }
        if let Some(patterns) = &changed.exclusion_patterns {
            self.exclusion_patterns = texts(patterns);
        }
    }
}

//! The rows of this read model.

use albumen_domain::{
    Personal,
    api_key::{ApiKeyChanged, ApiKeyCreated, ApiKeyRotated},
    session::{Device, SessionEvent, SessionStarted},
    user::{ProfileChanged, UserEvent, UserRegistered},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::runtime::table;

table! {
    /// A user.
    pub struct AccountRow = "person_account" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Lower case.
        email: String = "text",
        /// As shown to others.
        name: String = "text",
        /// bcrypt.
        password_hash: Option<String> = "text",
        /// bcrypt.
        pin_hash: Option<String> = "text",
        /// Whether they administer the installation.
        is_admin: bool = "boolean",
        /// Name of their folder in the library.
        storage_label: Option<String> = "text",
        /// None without a limit.
        quota_bytes: Option<i64> = "bigint",
        /// A colour of the API's list.
        avatar_color: Option<String> = "text",
        /// Whether the next log-in asks for a new password.
        should_change_password: bool = "boolean",
        /// `active`, `deleted` or `removing`.
        status: String = "text",
        /// Whether the first steps in the app are done.
        onboarded: bool = "boolean",
        /// What differs from the default preferences.
        preferences: Value = "jsonb",
        /// A licence.
        license: Option<Value> = "jsonb",
        /// Relative to the media root.
        profile_image_path: Option<String> = "text",
        /// When the profile image last changed, or the account was made.
        profile_changed_at: DateTime<Utc> = "timestamptz",
        /// When the account was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When anything of it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
        /// When it was deleted.
        deleted_at: Option<DateTime<Utc>> = "timestamptz",
    }
}

table! {
    /// A session.
    pub struct SessionRow = "session" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// Whose.
        user_id: Uuid = "uuid",
        /// SHA-256 of the token.
        token_hash: Vec<u8> = "bytea",
        /// The session that made it.
        parent_id: Option<Uuid> = "uuid",
        /// When it ends by itself.
        expires_at: Option<DateTime<Utc>> = "timestamptz",
        /// Until when the locked folder is open.
        pin_expires_at: Option<DateTime<Utc>> = "timestamptz",
        /// Browser or kind of device.
        device_type: String = "text",
        /// Operating system.
        device_os: String = "text",
        /// Version of the app.
        app_version: Option<String> = "text",
        /// Whether the device has to synchronise from the beginning.
        sync_reset_pending: bool = "boolean",
        /// When it started.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it was last noted to be in use.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// An API key.
    pub struct ApiKeyRow = "api_key" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// For whom it acts.
        user_id: Uuid = "uuid",
        /// What its user calls it.
        name: String = "text",
        /// SHA-256 of the secret.
        secret_hash: Vec<u8> = "bytea",
        /// Names of permissions.
        permissions: Value = "jsonb",
        /// When it was made.
        created_at: DateTime<Utc> = "timestamptz",
        /// When it last changed.
        updated_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// A version that ran here.
    pub struct VersionRow = "installed_version" [id] {
        /// Its id.
        id: Uuid = "uuid",
        /// For example `3.1.0`.
        version: String = "text",
        /// When it first started.
        created_at: DateTime<Utc> = "timestamptz",
    }
}

table! {
    /// The installation.
    pub struct InstallationRow = "installation" [id] {
        /// The id of its stream.
        id: Uuid = "uuid",
        /// Whether the administrator's first steps are done.
        admin_onboarded: bool = "boolean",
        /// A licence.
        license: Option<Value> = "jsonb",
    }
}

/// Text for an erased value: there is nothing to show.
fn shown(value: &Personal<String>) -> String {
    value.known().cloned().unwrap_or_default()
}

impl AccountRow {
    pub(super) fn registered(id: Uuid, at: DateTime<Utc>, registered: &UserRegistered) -> Self {
        Self {
            id,
            email: shown(&registered.email),
            name: shown(&registered.name),
            password_hash: registered.password_hash.as_ref().and_then(Personal::known).cloned(),
            pin_hash: None,
            is_admin: registered.is_admin,
            storage_label: registered.storage_label.as_ref().and_then(Personal::known).cloned(),
            quota_bytes: registered.quota_bytes,
            avatar_color: registered.avatar_color.clone(),
            should_change_password: registered.should_change_password,
            status: "active".to_owned(),
            onboarded: false,
            preferences: Value::Object(serde_json::Map::new()),
            license: None,
            profile_image_path: None,
            profile_changed_at: at,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }

    /// Applies an event of this user, other than its first and its last.
    pub(super) fn evolve(&mut self, at: DateTime<Utc>, event: &UserEvent) {
        self.updated_at = at;
        match event {
            UserEvent::Registered(_) | UserEvent::Removed(_) => {}
            UserEvent::ProfileChanged(changed) => self.change(changed),
            UserEvent::PasswordChanged(changed) => {
                self.password_hash = changed.password_hash.known().cloned();
                self.should_change_password = changed.should_change_password;
            }
            UserEvent::PinChanged(changed) => {
                self.pin_hash = changed.pin_hash.as_ref().and_then(Personal::known).cloned();
            }
            UserEvent::PreferencesChanged(changed) => {
                self.preferences = Value::Object(changed.preferences.known().cloned().unwrap_or_default());
            }
            UserEvent::OnboardingChanged(changed) => self.onboarded = changed.onboarded,
            UserEvent::ProfileImageChanged(changed) => {
                self.profile_image_path.clone_from(&changed.path);
                self.profile_changed_at = at;
            }
            UserEvent::Licensed(licensed) => self.license = serde_json::to_value(&licensed.license).ok(),
            UserEvent::LicenseRemoved(_) => self.license = None,
            UserEvent::Deleted(deleted) => {
                self.status = if deleted.immediate { "removing" } else { "deleted" }.to_owned();
                self.deleted_at = Some(at);
            }
            UserEvent::Restored(_) => {
                self.status = "active".to_owned();
                self.deleted_at = None;
            }
        }
    }

    fn change(&mut self, changed: &ProfileChanged) {
        if let Some(email) = &changed.email {
            self.email = shown(email);
        }
        if let Some(name) = &changed.name {
            self.name = shown(name);
        }
        if let Some(label) = &changed.storage_label {
            self.storage_label = label.value.as_ref().and_then(Personal::known).cloned();
        }
        if let Some(quota) = &changed.quota_bytes {
            self.quota_bytes = quota.value;
        }
        if let Some(color) = &changed.avatar_color {
            self.avatar_color.clone_from(&color.value);
        }
        self.is_admin = changed.is_admin.unwrap_or(self.is_admin);
        self.should_change_password = changed.should_change_password.unwrap_or(self.should_change_password);
    }
}

impl SessionRow {
    pub(super) fn started(id: Uuid, at: DateTime<Utc>, started: &SessionStarted) -> Self {
        let mut row = Self {
            id,
            user_id: started.user,
            token_hash: STANDARD.decode(&started.token_hash).unwrap_or_default(),
            parent_id: started.parent,
            expires_at: started.expires_at,
            pin_expires_at: None,
            device_type: String::new(),
            device_os: String::new(),
            app_version: None,
            sync_reset_pending: false,
            created_at: at,
            updated_at: at,
        };
        row.describe(&started.device);
        row
    }

    fn describe(&mut self, device: &Device) {
        self.device_type.clone_from(&device.device_type);
        self.device_os.clone_from(&device.device_os);
        self.app_version.clone_from(&device.app_version);
    }

    /// Applies an event of this session, other than its first and its last.
    pub(super) fn evolve(&mut self, at: DateTime<Utc>, event: &SessionEvent) {
        self.updated_at = at;
        match event {
            SessionEvent::Started(_) | SessionEvent::Ended(_) => {}
            SessionEvent::Seen(seen) => self.describe(&seen.device),
            SessionEvent::Unlocked(unlocked) => self.pin_expires_at = Some(unlocked.until),
            SessionEvent::Locked(_) => self.pin_expires_at = None,
            SessionEvent::SyncResetChanged(changed) => self.sync_reset_pending = changed.pending,
        }
    }
}

impl ApiKeyRow {
    pub(super) fn created(id: Uuid, at: DateTime<Utc>, created: &ApiKeyCreated) -> Self {
        Self {
            id,
            user_id: created.user,
            name: shown(&created.name),
            secret_hash: STANDARD.decode(&created.secret_hash).unwrap_or_default(),
            permissions: Value::from(created.permissions.clone()),
            created_at: at,
            updated_at: at,
        }
    }

    pub(super) fn rotate(&mut self, at: DateTime<Utc>, rotated: &ApiKeyRotated) {
        self.updated_at = at;
        self.secret_hash = STANDARD.decode(&rotated.secret_hash).unwrap_or_default();
    }

    pub(super) fn change(&mut self, at: DateTime<Utc>, changed: &ApiKeyChanged) {
        self.updated_at = at;
        if let Some(name) = &changed.name {
            self.name = shown(name);
        }
        if let Some(permissions) = &changed.permissions {
            self.permissions = Value::from(permissions.clone());
        }
    }
}

//! What can have happened to a user.

use serde::{Deserialize, Serialize};

use crate::{Personal, event::events, system::License};

events! {
    /// Everything that can have happened to a user.
    pub enum UserEvent {
        /// The account was made.
        Registered(UserRegistered) = "user-registered" v 1,
        /// Something in the account changed.
        ProfileChanged(ProfileChanged) = "user-profile-changed" v 1,
        /// A new password.
        PasswordChanged(PasswordChanged) = "user-password-changed" v 1,
        /// A new PIN, or none.
        PinChanged(PinChanged) = "user-pin-changed" v 1,
        /// New preferences.
        PreferencesChanged(PreferencesChanged) = "user-preferences-changed" v 1,
        /// The first steps in the app were done, or are to be done again.
        OnboardingChanged(OnboardingChanged) = "user-onboarding-changed" v 1,
        /// A new profile image, or none.
        ProfileImageChanged(ProfileImageChanged) = "user-profile-image-changed" v 1,
        /// A licence was entered.
        Licensed(UserLicensed) = "user-licensed" v 1,
        /// The licence was removed.
        LicenseRemoved(UserLicenseRemoved) = "user-license-removed" v 1,
        /// Can no longer log in; everything is kept for a while.
        Deleted(UserDeleted) = "user-deleted" v 1,
        /// The deletion was taken back.
        Restored(UserRestored) = "user-restored" v 1,
        /// Gone for good, files and all.
        Removed(UserRemoved) = "user-removed" v 1,
    }
}

/// See [`UserEvent::Registered`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserRegistered {
    /// Lower case.
    pub email: Personal<String>,
    /// As shown to others.
    pub name: Personal<String>,
    /// bcrypt; none for who logs in elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<Personal<String>>,
    /// Whether they administer the installation.
    pub is_admin: bool,
    /// Whether they were the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_first_admin: bool,
    /// Name of their folder in the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_label: Option<Personal<String>>,
    /// None without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<i64>,
    /// A colour of the API's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_color: Option<String>,
    /// Whether the next log-in asks for a new password.
    pub should_change_password: bool,
}

/// A change to a value that can also be taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Set<T> {
    /// The new value; none takes it away.
    pub value: Option<T>,
}

/// See [`UserEvent::ProfileChanged`]. What is absent was not touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileChanged {
    /// New address, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Personal<String>>,
    /// New name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Personal<String>>,
    /// New name of the folder, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_label: Option<Set<Personal<String>>>,
    /// New limit, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<Set<i64>>,
    /// New colour, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_color: Option<Set<String>>,
    /// Made an administrator, or no longer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_admin: Option<bool>,
    /// Whether the next log-in asks for a new password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_change_password: Option<bool>,
}

/// See [`UserEvent::PasswordChanged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordChanged {
    /// bcrypt.
    pub password_hash: Personal<String>,
    /// Whether the next log-in asks for a new one.
    pub should_change_password: bool,
}

/// See [`UserEvent::PinChanged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PinChanged {
    /// bcrypt; none when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_hash: Option<Personal<String>>,
}

/// See [`UserEvent::PreferencesChanged`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreferencesChanged {
    /// What differs from the defaults, whole.
    pub preferences: Personal<serde_json::Map<String, serde_json::Value>>,
}

/// See [`UserEvent::OnboardingChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OnboardingChanged {
    /// Whether they are done.
    pub onboarded: bool,
}

/// See [`UserEvent::ProfileImageChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileImageChanged {
    /// Relative to the media root; none when it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// See [`UserEvent::Licensed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserLicensed {
    /// The licence.
    pub license: License,
}

/// See [`UserEvent::LicenseRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserLicenseRemoved {}

/// See [`UserEvent::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserDeleted {
    /// To be removed at once instead of after the usual delay.
    pub immediate: bool,
}

/// See [`UserEvent::Restored`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserRestored {}

/// See [`UserEvent::Removed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserRemoved {}

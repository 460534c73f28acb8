//! A person with an account.
//!
//! The first to sign up is the administrator; the claim `first-admin` decides a race between two.
//! An account leaves in two steps: it is deleted, which can be taken back, and later removed.

mod decide;
mod event;

pub use decide::{
    AdminSetup, EMAIL_CLAIM, FIRST_ADMIN_CLAIM, ProfileEdit, Registration, STORAGE_LABEL_CLAIM, User, UserCommand,
    UserRefusal,
};
pub use event::{
    OnboardingChanged, PasswordChanged, PinChanged, PreferencesChanged, ProfileChanged, ProfileImageChanged, Set,
    UserDeleted, UserEvent, UserLicenseRemoved, UserLicensed, UserRegistered, UserRemoved, UserRestored,
};

//! The rules of a user.

use uuid::Uuid;

use super::{
    OnboardingChanged, PasswordChanged, PinChanged, PreferencesChanged, ProfileChanged, ProfileImageChanged, Set,
    UserDeleted, UserEvent, UserLicenseRemoved, UserLicensed, UserRegistered, UserRemoved, UserRestored,
};
use crate::{Aggregate, Claim, Personal, StreamKind, Subject, system::License};

/// An address belongs to one account.
pub const EMAIL_CLAIM: &str = "user-email";
/// A folder of the library belongs to one account.
pub const STORAGE_LABEL_CLAIM: &str = "user-storage-label";
/// One installation has one first administrator.
pub const FIRST_ADMIN_CLAIM: &str = "first-admin";

/// What the rules have to remember of a user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    life: Life,
    email: Option<String>,
    storage_label: Option<String>,
    has_pin: bool,
    onboarded: bool,
    has_profile_image: bool,
    licensed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    #[default]
    Unborn,
    Active,
    Deleted {
        immediate: bool,
    },
    Removed,
}

/// How the account comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminSetup {
    /// By the first person to sign up, who becomes the administrator.
    First,
    /// By an administrator.
    ByAdmin {
        /// Whether the new user is one too.
        is_admin: bool,
    },
}

/// A new account.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Any case.
    pub email: String,
    /// As shown to others.
    pub name: String,
    /// bcrypt.
    pub password_hash: Option<String>,
    /// How it comes to be.
    pub setup: AdminSetup,
    /// Name of the folder in the library, already made safe.
    pub storage_label: Option<String>,
    /// None without a limit.
    pub quota_bytes: Option<i64>,
    /// A colour of the API's list.
    pub avatar_color: Option<String>,
    /// Whether the next log-in asks for a new password.
    pub should_change_password: bool,
}

/// Changes to an account. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileEdit {
    /// Any case.
    pub email: Option<String>,
    /// As shown to others.
    pub name: Option<String>,
    /// Inner none takes it away.
    pub storage_label: Option<Option<String>>,
    /// Inner none takes it away.
    pub quota_bytes: Option<Option<i64>>,
    /// Inner none takes it away.
    pub avatar_color: Option<Option<String>>,
    /// An administrator or not.
    pub is_admin: Option<bool>,
    /// Whether the next log-in asks for a new password.
    pub should_change_password: Option<bool>,
}

/// What can be asked of a user.
#[derive(Clone, Debug, PartialEq)]
pub enum UserCommand {
    /// Exist.
    Register(Box<Registration>),
    /// Change the account.
    Edit(Box<ProfileEdit>),
    /// Use a new password.
    ChangePassword {
        /// bcrypt.
        password_hash: String,
        /// Whether the next log-in asks for another.
        should_change_password: bool,
    },
    /// Use a new PIN, or none.
    SetPin {
        /// bcrypt.
        pin_hash: Option<String>,
    },
    /// Replace what differs from the default preferences.
    SetPreferences(serde_json::Map<String, serde_json::Value>),
    /// Note how far the first steps are.
    SetOnboarding {
        /// Whether they are done.
        onboarded: bool,
    },
    /// Use a new profile image, or none.
    SetProfileImage {
        /// Relative to the media root.
        path: Option<String>,
    },
    /// Enter a licence whose keys were checked.
    License(License),
    /// Remove the licence.
    RemoveLicense,
    /// Be deleted for now.
    Delete {
        /// To be removed at once.
        immediate: bool,
    },
    /// Take the deletion back.
    Restore,
    /// The files are gone: say so.
    ConfirmRemoval,
}

/// Why a user refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// No such account, or nothing of it is left.
    #[error("User not found")]
    Unknown,
    /// An id was used twice.
    #[error("a user with this id exists already")]
    Exists,
    /// A removal was not asked for.
    #[error("the user was not deleted; delete it first")]
    NotDeleted,
    /// Removal has begun.
    #[error("the user is being removed and cannot be restored")]
    BeingRemoved,
    /// No profile image to remove.
    #[error("Can't delete a missing profile Image")]
    NoProfileImage,
}

impl User {
    fn register(registration: Registration) -> UserRegistered {
        let (is_admin, is_first_admin) = match registration.setup {
            AdminSetup::First => (true, true),
            AdminSetup::ByAdmin { is_admin } => (is_admin, false),
        };
        UserRegistered {
            email: registration.email.to_lowercase().into(),
            name: registration.name.into(),
            password_hash: registration.password_hash.map(Personal::Known),
            is_admin,
            is_first_admin,
            storage_label: registration.storage_label.map(Personal::Known),
            quota_bytes: registration.quota_bytes,
            avatar_color: registration.avatar_color,
            should_change_password: registration.should_change_password,
        }
    }

    fn edit(edit: ProfileEdit) -> Vec<UserEvent> {
        let changed = ProfileChanged {
            email: edit.email.map(|email| email.to_lowercase().into()),
            name: edit.name.map(Personal::Known),
            storage_label: edit.storage_label.map(|label| Set { value: label.map(Personal::Known) }),
            quota_bytes: edit.quota_bytes.map(|value| Set { value }),
            avatar_color: edit.avatar_color.map(|value| Set { value }),
            is_admin: edit.is_admin,
            should_change_password: edit.should_change_password,
        };
        if changed == ProfileChanged::default() { Vec::new() } else { vec![changed.into()] }
    }

    fn remove_profile_image(&self) -> Result<Vec<UserEvent>, UserRefusal> {
        if !self.has_profile_image {
            return Err(UserRefusal::NoProfileImage);
        }
        Ok(vec![ProfileImageChanged { path: None }.into()])
    }

    fn restore(&self) -> Result<Vec<UserEvent>, UserRefusal> {
        match self.life {
            Life::Deleted { immediate: true } => Err(UserRefusal::BeingRemoved),
            Life::Deleted { immediate: false } => Ok(vec![UserRestored {}.into()]),
            _ => Ok(Vec::new()),
        }
    }

    fn confirm_removal(&self) -> Result<Vec<UserEvent>, UserRefusal> {
        match self.life {
            Life::Deleted { .. } => Ok(vec![UserRemoved {}.into()]),
            _ => Err(UserRefusal::NotDeleted),
        }
    }

    fn moved_claim(name: &'static str, old: Option<&String>, new: Option<&String>) -> Vec<Claim> {
        if old == new {
            return Vec::new();
        }
        let release = old.map(|old| Claim::release(name, old.as_bytes()));
        let take = new.map(|new| Claim::take(name, new.as_bytes()));
        release.into_iter().chain(take).collect()
    }

    fn registered_claims(registered: &UserRegistered) -> Vec<Claim> {
        let mut claims = Self::moved_claim(EMAIL_CLAIM, None, registered.email.known());
        let label = registered.storage_label.as_ref().and_then(Personal::known);
        claims.extend(Self::moved_claim(STORAGE_LABEL_CLAIM, None, label));
        if registered.is_first_admin {
            claims.push(Claim::take(FIRST_ADMIN_CLAIM, *b"first"));
        }
        claims
    }

    fn changed_claims(&self, changed: &ProfileChanged) -> Vec<Claim> {
        let mut claims = Vec::new();
        if let Some(email) = &changed.email {
            claims.extend(Self::moved_claim(EMAIL_CLAIM, self.email.as_ref(), email.known()));
        }
        if let Some(label) = &changed.storage_label {
            let new = label.value.as_ref().and_then(Personal::known);
            claims.extend(Self::moved_claim(STORAGE_LABEL_CLAIM, self.storage_label.as_ref(), new));
        }
        claims
    }
}

impl Aggregate for User {
    const KIND: StreamKind = StreamKind::User;
    type Command = UserCommand;
    type Event = UserEvent;
    type Refusal = UserRefusal;

    fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, UserRefusal> {
        if let UserCommand::Register(registration) = command {
            return match self.life {
                Life::Unborn => Ok(vec![Self::register(*registration).into()]),
                _ => Err(UserRefusal::Exists),
            };
        }
        if matches!(self.life, Life::Unborn | Life::Removed) {
            return Err(UserRefusal::Unknown);
        }
        Ok(match command {
            UserCommand::Register(_) => Vec::new(),
            UserCommand::Edit(edit) => Self::edit(*edit),
            UserCommand::ChangePassword { password_hash, should_change_password } => {
                vec![PasswordChanged { password_hash: password_hash.into(), should_change_password }.into()]
            }
            UserCommand::SetPin { pin_hash: None } if !self.has_pin => Vec::new(),
            UserCommand::SetPin { pin_hash } => {
                vec![PinChanged { pin_hash: pin_hash.map(Personal::Known) }.into()]
            }
            UserCommand::SetPreferences(preferences) => {
                vec![PreferencesChanged { preferences: preferences.into() }.into()]
            }
            UserCommand::SetOnboarding { onboarded } if onboarded == self.onboarded => Vec::new(),
            UserCommand::SetOnboarding { onboarded } => vec![OnboardingChanged { onboarded }.into()],
            UserCommand::SetProfileImage { path: None } => self.remove_profile_image()?,
            UserCommand::SetProfileImage { path } => vec![ProfileImageChanged { path }.into()],
            UserCommand::License(license) => vec![UserLicensed { license }.into()],
            UserCommand::RemoveLicense if !self.licensed => Vec::new(),
            UserCommand::RemoveLicense => vec![UserLicenseRemoved {}.into()],
            UserCommand::Delete { immediate } if self.life == (Life::Deleted { immediate }) => Vec::new(),
            UserCommand::Delete { immediate } => vec![UserDeleted { immediate }.into()],
            UserCommand::Restore => self.restore()?,
            UserCommand::ConfirmRemoval => self.confirm_removal()?,
        })
    }

    fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::Registered(registered) => {
                self.life = Life::Active;
                self.email = registered.email.known().cloned();
                self.storage_label = registered.storage_label.as_ref().and_then(Personal::known).cloned();
            }
            UserEvent::ProfileChanged(changed) => {
                if let Some(email) = &changed.email {
                    self.email = email.known().cloned();
                }
                if let Some(label) = &changed.storage_label {
                    self.storage_label = label.value.as_ref().and_then(Personal::known).cloned();
                }
            }
            UserEvent::PasswordChanged(_) | UserEvent::PreferencesChanged(_) => {}
            UserEvent::PinChanged(changed) => self.has_pin = changed.pin_hash.is_some(),
            UserEvent::OnboardingChanged(changed) => self.onboarded = changed.onboarded,
            UserEvent::ProfileImageChanged(changed) => self.has_profile_image = changed.path.is_some(),
            UserEvent::Licensed(_) => self.licensed = true,
            UserEvent::LicenseRemoved(_) => self.licensed = false,
            UserEvent::Deleted(deleted) => self.life = Life::Deleted { immediate: deleted.immediate },
            UserEvent::Restored(_) => self.life = Life::Active,
            UserEvent::Removed(_) => self.life = Life::Removed,
        }
    }

    fn claims(&self, _id: Uuid, event: &UserEvent) -> Vec<Claim> {
        match event {
            UserEvent::Registered(registered) => Self::registered_claims(registered),
            UserEvent::ProfileChanged(changed) => self.changed_claims(changed),
            UserEvent::Removed(_) => {
                let mut claims = Self::moved_claim(EMAIL_CLAIM, self.email.as_ref(), None);
                claims.extend(Self::moved_claim(STORAGE_LABEL_CLAIM, self.storage_label.as_ref(), None));
                claims
            }
            _ => Vec::new(),
        }
    }

    fn subject(&self, id: Uuid, _event: &UserEvent) -> Subject {
        Subject::own(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClaimChange, testing::given};

    fn registration(setup: AdminSetup) -> Registration {
        Registration {
            email: "Ada@Example.org".into(),
            name: "Ada".into(),
            password_hash: Some("hash".into()),
            setup,
            storage_label: Some("ada".into()),
            quota_bytes: None,
            avatar_color: None,
            should_change_password: false,
        }
    }

    fn registered() -> UserEvent {
        User::register(registration(AdminSetup::ByAdmin { is_admin: false })).into()
    }

    #[test]
    fn an_address_is_kept_in_lower_case() {
        let UserEvent::Registered(registered) = registered() else { panic!("not a registration") };
        assert_eq!(registered.email.known().map(String::as_str), Some("ada@example.org"));
    }

    #[test]
    fn the_first_administrator_is_claimed() {
        let event: UserEvent = User::register(registration(AdminSetup::First)).into();
        let claims = User::default().claims(Uuid::from_u128(1), &event);
        assert!(claims.iter().any(|claim| claim.name == FIRST_ADMIN_CLAIM));
        let later = User::default().claims(Uuid::from_u128(1), &registered());
        assert!(!later.iter().any(|claim| claim.name == FIRST_ADMIN_CLAIM));
    }

    #[test]
    fn a_new_address_releases_the_old_one() {
        let mut user = User::default();
        user.evolve(&registered());
        let changed = ProfileChanged { email: Some("b@c".to_owned().into()), ..ProfileChanged::default() };
        let claims = user.claims(Uuid::from_u128(1), &changed.into());
        let changes: Vec<_> = claims.iter().map(|claim| claim.change).collect();
        assert_eq!(changes, [ClaimChange::Release, ClaimChange::Take]);
    }

    #[test]
    fn a_deletion_can_be_taken_back_unless_removal_has_begun() {
        given::<User>([registered(), UserDeleted { immediate: false }.into()])
            .when(UserCommand::Restore)
            .then([UserRestored {}.into()]);
        let refusal =
            given::<User>([registered(), UserDeleted { immediate: true }.into()]).when(UserCommand::Restore).refused();
        assert_eq!(refusal, UserRefusal::BeingRemoved);
    }

    #[test]
    fn an_empty_edit_yields_nothing() {
        given::<User>([registered()]).when(UserCommand::Edit(Box::default())).then([]);
    }

    #[test]
    fn a_missing_profile_image_cannot_be_removed() {
        let refusal = given::<User>([registered()]).when(UserCommand::SetProfileImage { path: None }).refused();
        assert_eq!(refusal, UserRefusal::NoProfileImage);
    }
}

//! Taking back what was done to an account or a key. Passwords, PINs and files that are gone do not
//! come back.

use serde_json::Map;

use super::{Story, UndoRefusal};
use crate::{
    AnyEvent, Personal,
    api_key::{ApiKeyChanged, ApiKeyCommand, ApiKeyEvent},
    user::{ProfileChanged, ProfileEdit, UserCommand, UserEvent},
};

pub(super) fn of_user(story: &Story<'_>, event: &UserEvent) -> Result<UserCommand, UndoRefusal> {
    if story.after().any(|other| matches!(other.event, AnyEvent::User(UserEvent::Removed(_)))) {
        return Err(UndoRefusal::Gone);
    }
    let is =
        |wanted: fn(&UserEvent) -> bool| move |event: &AnyEvent| matches!(event, AnyEvent::User(one) if wanted(one));
    match event {
        UserEvent::ProfileChanged(changed) => profile(story, changed),
        UserEvent::PreferencesChanged(_) => {
            story.is_last_on(is(|event| matches!(event, UserEvent::PreferencesChanged(_))))?;
            let was = story.was(|event| match event {
                AnyEvent::User(UserEvent::PreferencesChanged(changed)) => Some(&changed.preferences),
                _ => None,
            });
            let was = was.map_or_else(|| Ok(Map::new()), |was| was.known().cloned().ok_or(UndoRefusal::Erased))?;
            Ok(UserCommand::SetPreferences(was))
        }
        UserEvent::OnboardingChanged(changed) => {
            story.is_last_on(is(|event| matches!(event, UserEvent::OnboardingChanged(_))))?;
            Ok(UserCommand::SetOnboarding { onboarded: !changed.onboarded })
        }
        UserEvent::Deleted(_) | UserEvent::Restored(_) => {
            story.is_last_on(is(|event| matches!(event, UserEvent::Deleted(_) | UserEvent::Restored(_))))?;
            Ok(match event {
                UserEvent::Deleted(_) => UserCommand::Restore,
                _ => UserCommand::Delete { immediate: false },
            })
        }
        UserEvent::Removed(_) => Err(UndoRefusal::Gone),
        UserEvent::Registered(_)
        | UserEvent::PasswordChanged(_)
        | UserEvent::PinChanged(_)
        | UserEvent::ProfileImageChanged(_)
        | UserEvent::Licensed(_)
        | UserEvent::LicenseRemoved(_) => Err(UndoRefusal::NotReversible),
    }
}

/// The profile as one event leaves it: the registration says all of it.
fn said(event: &AnyEvent) -> Option<ProfileChanged> {
    let set = |value| Some(crate::user::Set { value });
    match event {
        AnyEvent::User(UserEvent::ProfileChanged(changed)) => Some(changed.clone()),
        AnyEvent::User(UserEvent::Registered(registered)) => Some(ProfileChanged {
            email: Some(registered.email.clone()),
            name: Some(registered.name.clone()),
            storage_label: Some(crate::user::Set { value: registered.storage_label.clone() }),
            quota_bytes: Some(crate::user::Set { value: registered.quota_bytes }),
            avatar_color: set(registered.avatar_color.clone()),
            is_admin: Some(registered.is_admin),
            should_change_password: Some(registered.should_change_password),
        }),
        _ => None,
    }
}

fn profile(story: &Story<'_>, changed: &ProfileChanged) -> Result<UserCommand, UndoRefusal> {
    let mut edit = ProfileEdit::default();
    if changed.email.is_some() {
        edit.email = Some(known(before(story, |said| said.email)?)?);
    }
    if changed.name.is_some() {
        edit.name = Some(known(before(story, |said| said.name)?)?);
    }
    if changed.storage_label.is_some() {
        let was = before(story, |said| said.storage_label)?;
        edit.storage_label = Some(was.value.map(known).transpose()?);
    }
    if changed.quota_bytes.is_some() {
        edit.quota_bytes = Some(before(story, |said| said.quota_bytes)?.value);
    }
    if changed.avatar_color.is_some() {
        edit.avatar_color = Some(before(story, |said| said.avatar_color)?.value);
    }
    if changed.is_admin.is_some() {
        edit.is_admin = Some(before(story, |said| said.is_admin)?);
    }
    if changed.should_change_password.is_some() {
        edit.should_change_password = Some(before(story, |said| said.should_change_password)?);
    }
    Ok(UserCommand::Edit(Box::new(edit)))
}

fn before<T>(story: &Story<'_>, matter: impl Fn(ProfileChanged) -> Option<T>) -> Result<T, UndoRefusal> {
    story.is_last_on(|event| said(event).is_some_and(|said| matter(said).is_some()))?;
    story.was(|event| said(event).and_then(&matter)).ok_or(UndoRefusal::NotReversible)
}

fn known(value: Personal<String>) -> Result<String, UndoRefusal> {
    value.into_known().ok_or(UndoRefusal::Erased)
}

pub(super) fn of_key(story: &Story<'_>, event: &ApiKeyEvent) -> Result<ApiKeyCommand, UndoRefusal> {
    let ApiKeyEvent::Changed(changed) = event else { return Err(UndoRefusal::NotReversible) };
    if story.after().any(|other| matches!(other.event, AnyEvent::ApiKey(ApiKeyEvent::Deleted(_)))) {
        return Err(UndoRefusal::Gone);
    }
    let name = |event: &AnyEvent| match event {
        AnyEvent::ApiKey(ApiKeyEvent::Created(created)) => Some(created.name.clone()),
        AnyEvent::ApiKey(ApiKeyEvent::Changed(changed)) => changed.name.clone(),
        _ => None,
    };
    let permissions = |event: &AnyEvent| match event {
        AnyEvent::ApiKey(ApiKeyEvent::Created(created)) => Some(created.permissions.clone()),
        AnyEvent::ApiKey(ApiKeyEvent::Changed(changed)) => changed.permissions.clone(),
        _ => None,
    };
    let mut back = ApiKeyChanged::default();
    if changed.name.is_some() {
        story.is_last_on(|event| name(event).is_some())?;
        back.name = story.was(name).filter(|was| was.known().is_some());
        if back.name.is_none() {
            return Err(UndoRefusal::Erased);
        }
    }
    if changed.permissions.is_some() {
        story.is_last_on(|event| permissions(event).is_some())?;
        back.permissions = story.was(permissions);
    }
    Ok(ApiKeyCommand::Change(back))
}

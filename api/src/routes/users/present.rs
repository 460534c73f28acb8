//! How users look on the wire.

use std::collections::HashMap;

use albumen_projections::identity::AccountRow;
use uuid::Uuid;

use super::not_found;
use crate::{
    app::App,
    dto::{
        users::{UserAvatarColor, UserResponseDto},
        users_admin::{UserAdminResponseDto, UserStatus},
    },
    edge::ApiError,
    routes::server::shown_license,
};

/// In the order in which they are given to those who chose none.
const COLORS: [(UserAvatarColor, &str); 10] = [
    (UserAvatarColor::Primary, "primary"),
    (UserAvatarColor::Pink, "pink"),
    (UserAvatarColor::Red, "red"),
    (UserAvatarColor::Yellow, "yellow"),
    (UserAvatarColor::Blue, "blue"),
    (UserAvatarColor::Green, "green"),
    (UserAvatarColor::Purple, "purple"),
    (UserAvatarColor::Orange, "orange"),
    (UserAvatarColor::Gray, "gray"),
    (UserAvatarColor::Amber, "amber"),
];

/// The name under which a colour is kept.
pub fn color_name(color: UserAvatarColor) -> String {
    COLORS.iter().find(|(known, _)| *known == color).map(|(_, name)| (*name).to_owned()).unwrap_or_default()
}

/// The colour that was chosen, else one that follows from the address.
fn color_of(account: &AccountRow) -> UserAvatarColor {
    let chosen = account.avatar_color.as_deref();
    if let Some((color, _)) = COLORS.iter().find(|(_, name)| Some(*name) == chosen) {
        return *color;
    }
    let sum: usize = account.email.chars().map(|letter| letter as usize).sum();
    COLORS[sum % COLORS.len()].0
}

/// A user as other users see it.
pub fn user(account: &AccountRow) -> UserResponseDto {
    UserResponseDto {
        avatar_color: color_of(account),
        email: account.email.clone(),
        id: account.id,
        name: account.name.clone(),
        profile_changed_at: account.profile_changed_at.into(),
        profile_image_path: account.profile_image_path.clone().unwrap_or_default(),
    }
}

/// A user as the administrators and the user see it.
pub async fn user_admin(app: &App, account: AccountRow) -> Result<UserAdminResponseDto, ApiError> {
    users_admin(app, vec![account]).await?.pop().ok_or_else(not_found)
}

/// The same by id, deleted or not, as it is after a change.
pub async fn user_admin_by_id(app: &App, id: Uuid) -> Result<UserAdminResponseDto, ApiError> {
    let account = app.reads.identity().account(id).await?;
    user_admin(app, account.ok_or_else(not_found)?).await
}

/// Users as the administrators see them.
pub async fn users_admin(app: &App, accounts: Vec<AccountRow>) -> Result<Vec<UserAdminResponseDto>, ApiError> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let usage = app.reads.library().usage(&ids).await?;
    let bytes: HashMap<Uuid, i64> = usage.into_iter().map(|(id, usage)| (id, usage.bytes)).collect();
    let shown = |account: AccountRow| {
        let used = bytes.get(&account.id).copied().unwrap_or_default();
        with_usage(account, used)
    };
    Ok(accounts.into_iter().map(shown).collect())
}

fn with_usage(account: AccountRow, usage_bytes: i64) -> UserAdminResponseDto {
    UserAdminResponseDto {
        avatar_color: color_of(&account),
        created_at: account.created_at.into(),
        deleted_at: account.deleted_at.map(Into::into),
        email: account.email,
        id: account.id,
        is_admin: account.is_admin,
        license: account.license.and_then(shown_license),
        name: account.name,
        // Nobody is linked to another provider of identities yet.
        oauth_id: String::new(),
        profile_changed_at: account.profile_changed_at.into(),
        profile_image_path: account.profile_image_path.unwrap_or_default(),
        quota_size_in_bytes: account.quota_bytes,
        quota_usage_in_bytes: Some(usage_bytes),
        should_change_password: account.should_change_password,
        status: match account.status.as_str() {
            "deleted" => UserStatus::Deleted,
            "removing" => UserStatus::Removing,
            _ => UserStatus::Active,
        },
        storage_label: account.storage_label,
        updated_at: account.updated_at.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(email: &str, avatar_color: Option<&str>) -> AccountRow {
        let at = chrono::DateTime::UNIX_EPOCH;
        AccountRow {
            id: Uuid::from_u128(1),
            email: email.to_owned(),
            name: "Ada".to_owned(),
            password_hash: Some("secret".to_owned()),
            pin_hash: None,
            is_admin: false,
            storage_label: None,
            quota_bytes: None,
            avatar_color: avatar_color.map(str::to_owned),
            should_change_password: false,
            status: "removing".to_owned(),
            onboarded: false,
            preferences: serde_json::json!({}),
            license: None,
            profile_image_path: None,
            profile_changed_at: at,
            created_at: at,
            updated_at: at,
            deleted_at: Some(at),
        }
    }

    #[test]
    fn whoever_chose_no_colour_gets_the_one_of_the_address() {
        // 'a' + '@' + 'b' = 97 + 64 + 98 = 259
        assert_eq!(color_of(&account("a@b", None)), UserAvatarColor::Amber);
        assert_eq!(color_of(&account("a@b", Some("pink"))), UserAvatarColor::Pink);
    }

    #[test]
    fn colours_are_kept_under_the_names_of_the_api() {
        for (color, name) in COLORS {
            assert_eq!(serde_json::to_value(color).expect("JSON"), name);
            assert_eq!(color_name(color), name);
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = with_usage(account("a@b", None), 7);
        assert_eq!((shown.status, shown.quota_usage_in_bytes), (UserStatus::Removing, Some(7)));
        let text = serde_json::to_string(&shown).expect("JSON");
        assert!(!text.contains("secret") && text.contains(r#""profileImagePath":"""#), "{text}");
    }
}

//! A user's preferences: the defaults, and over them what the user changed. Only the difference is
//! kept, so that a new default reaches all who did not choose.

use std::borrow::Cow;

use albumen_commands::Context;
use albumen_domain::{
    differences::{difference, overlay},
    user::{ProfileEdit, User, UserCommand},
};
use albumen_projections::identity::AccountRow;
use axum::{Json, extract::State};
use chrono::{Local, TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::{edit, not_found};
use crate::{
    access::{Caller, Request},
    app::App,
    dto::{
        preferences::{UserPreferencesResponseDto, UserPreferencesUpdateDto},
        wire::WireDateTime,
    },
    edge::{ApiError, ValidJson, validate::no_further_rules},
};

/// The day until which the button was hidden when it came: one that has passed.
const BUY_BUTTON_DAY: (i32, u32, u32) = (2022, 2, 12);

/// A change that fits the schema of [`UserPreferencesUpdateDto`], kept as JSON because it is merged
/// as JSON.
#[derive(Debug, Clone, Deserialize)]
pub struct PreferencesChange(Value);

impl PartialSchema for PreferencesChange {
    fn schema() -> RefOr<Schema> {
        UserPreferencesUpdateDto::schema()
    }
}

impl ToSchema for PreferencesChange {
    fn name() -> Cow<'static, str> {
        UserPreferencesUpdateDto::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        UserPreferencesUpdateDto::schemas(schemas);
    }
}

no_further_rules!(PreferencesChange);

/// The caller's preferences.
#[utoipa::path(
    get,
    path = "/users/me/preferences",
    tag = "Users",
    operation_id = "getMyPreferences",
    responses((status = 200, body = UserPreferencesResponseDto))
)]
pub async fn get_my_preferences(caller: Caller) -> Json<Value> {
    Json(preferences_of(&caller.account))
}

/// Changes the caller's preferences; what is absent stays.
#[utoipa::path(
    put,
    path = "/users/me/preferences",
    tag = "Users",
    operation_id = "updateMyPreferences",
    request_body = UserPreferencesUpdateDto,
    responses((status = 200, body = UserPreferencesResponseDto))
)]
pub async fn update_my_preferences(
    State(app): State<App>,
    caller: Caller,
    request: Request,
    ValidJson(change): ValidJson<PreferencesChange>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(update(&app, &caller.account, &change, &request.context).await?))
}

/// Changes a user's preferences, and tells what they are then.
pub async fn update(
    app: &App,
    account: &AccountRow,
    PreferencesChange(change): &PreferencesChange,
    context: &Context,
) -> Result<Value, ApiError> {
    let mut wanted = preferences_of(account);
    overlay(&mut wanted, change);
    let stored = difference(&wanted, &defaults());
    app.execute::<User>(account.id, UserCommand::SetPreferences(stored), context).await?;
    // The colour moved to the account; older clients still send it here.
    if let Some(color) = change.pointer("/avatar/color").and_then(Value::as_str) {
        let change = ProfileEdit { avatar_color: Some(Some(color.to_owned())), ..ProfileEdit::default() };
        edit(app, account.id, change, context).await?;
    }
    let account = app.reads.identity().account(account.id).await?;
    Ok(preferences_of(&account.ok_or_else(not_found)?))
}

/// A user's preferences in the form of [`UserPreferencesResponseDto`].
pub fn preferences_of(account: &AccountRow) -> Value {
    let mut preferences = defaults();
    overlay(&mut preferences, &account.preferences);
    preferences
}

fn defaults() -> Value {
    json!({
        "albums": {"defaultAssetOrder": "desc"},
        "cast": {"gCastEnabled": false},
        "download": {"archiveSize": 4_294_967_296_i64, "includeEmbeddedVideos": false},
        "emailNotifications": {"albumInvite": true, "albumUpdate": true, "enabled": true},
        "folders": {"enabled": false, "sidebarWeb": false},
        "memories": {"duration": 5, "enabled": true, "sidebarWeb": false},
        "people": {"enabled": true, "minimumFaces": 3, "sidebarWeb": false},
        "purchase": {"hideBuyButtonUntil": buy_button_day(), "showSupportBadge": true},
        "ratings": {"enabled": false},
        "recentlyAdded": {"sidebarWeb": false},
        "sharedLinks": {"enabled": true, "sidebarWeb": false},
        "tags": {"enabled": true, "sidebarWeb": true},
    })
}

/// Midnight where the server stands.
fn buy_button_day() -> String {
    let (year, month, day) = BUY_BUTTON_DAY;
    let midnight = Local.with_ymd_and_hms(year, month, day, 0, 0, 0).earliest();
    midnight.map(|midnight| WireDateTime(midnight.to_utc()).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::validate::check_json;

    fn changed(stored: &Value, change: &Value) -> (Value, Value) {
        let mut wanted = defaults();
        overlay(&mut wanted, stored);
        overlay(&mut wanted, change);
        let stored = Value::Object(difference(&wanted, &defaults()));
        let mut seen = defaults();
        overlay(&mut seen, &stored);
        (stored, seen)
    }

    /// The answer is put together as JSON, so its published schema has to hold it.
    #[derive(Deserialize)]
    struct Answer(#[allow(dead_code)] Value);

    impl PartialSchema for Answer {
        fn schema() -> RefOr<Schema> {
            UserPreferencesResponseDto::schema()
        }
    }

    impl ToSchema for Answer {
        fn name() -> Cow<'static, str> {
            UserPreferencesResponseDto::name()
        }

        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            UserPreferencesResponseDto::schemas(schemas);
        }
    }

    no_further_rules!(Answer);

    #[test]
    fn the_defaults_fit_the_published_schema() {
        assert!(check_json::<Answer>(Some(defaults())).is_ok());
        let mut incomplete = defaults();
        incomplete["tags"].as_object_mut().expect("an object").remove("enabled");
        assert!(check_json::<Answer>(Some(incomplete)).is_err());
    }

    #[test]
    fn only_what_differs_is_stored() {
        let (stored, seen) = changed(&json!({}), &json!({"memories": {"enabled": false, "duration": 5}}));
        assert_eq!(stored, json!({"memories": {"enabled": false}}));
        assert_eq!(seen["memories"], json!({"enabled": false, "duration": 5, "sidebarWeb": false}));
        let (stored, seen) = changed(&stored, &json!({"memories": {"enabled": true}}));
        assert_eq!((stored, seen), (json!({}), defaults()));
    }

    #[test]
    fn changes_add_up() {
        let (stored, _) = changed(&json!({"tags": {"sidebarWeb": false}}), &json!({"tags": {"enabled": false}}));
        assert_eq!(stored, json!({"tags": {"enabled": false, "sidebarWeb": false}}));
    }

    #[test]
    fn an_empty_text_brings_the_default_back() {
        let before = json!({"purchase": {"hideBuyButtonUntil": "2030-01-01T00:00:00.000Z"}});
        let (stored, seen) = changed(&before, &json!({"purchase": {"hideBuyButtonUntil": ""}}));
        assert_eq!(stored, json!({}));
        assert_eq!(seen["purchase"]["hideBuyButtonUntil"], buy_button_day());
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let change = json!({"avatar": {"color": "red"}, "tags": {"new": 1, "enabled": "yes"}, "people": null});
        assert_eq!(changed(&json!({"gone": true}), &change), (json!({}), defaults()));
    }

    #[test]
    fn changes_are_checked_against_the_published_schema() {
        assert!(check_json::<PreferencesChange>(Some(json!({"tags": {"enabled": false}}))).is_ok());
        for wrong in [json!({"tags": {"enabled": "yes"}}), json!({"download": {"archiveSize": 0}}), json!([])] {
            assert!(check_json::<PreferencesChange>(Some(wrong.clone())).is_err(), "{wrong}");
        }
    }
}

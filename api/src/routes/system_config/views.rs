//! What of the configuration concerns whom: clients of version 3.2 ask for it in three sizes.

use albumen_domain::system::config;
use axum::{Json, extract::State};
use serde_json::{Map, Value};

use crate::app::App;

/// What everybody may know who can reach the server.
const PUBLIC: &[&str] = &[
    "/oauth/autoLaunch",
    "/oauth/buttonText",
    "/oauth/enabled",
    "/passwordLogin/enabled",
    "/server/loginPageMessage",
    "/theme/customCss",
];

/// What users may know besides.
const USERS: &[&str] = &[
    "/ffmpeg/realtime",
    "/image/fullsize/enabled",
    "/image/preview/size",
    "/image/thumbnail/size",
    "/machineLearning/clip/enabled",
    "/machineLearning/duplicateDetection/enabled",
    "/machineLearning/enabled",
    "/machineLearning/facialRecognition/enabled",
    "/machineLearning/facialRecognition/minFaces",
    "/machineLearning/ocr/enabled",
    "/map",
    "/reverseGeocoding/enabled",
    "/server/externalDomain",
    "/server/publicUsers",
    "/trash",
    "/user/deleteDelay",
];

/// The configuration as users may know it.
#[utoipa::path(
    get, path = "/config", tag = "System config", operation_id = "getUserConfig",
    responses((status = 200, body = Object))
)]
pub async fn get_user_config(State(app): State<App>) -> Json<Value> {
    Json(user_view(&app.configuration.current().whole))
}

/// The default configuration as users may know it.
#[utoipa::path(
    get, path = "/config/defaults", tag = "System config", operation_id = "getUserConfigDefaults",
    responses((status = 200, body = Object))
)]
pub async fn get_user_config_defaults() -> Json<Value> {
    Json(user_view(&config::defaults()))
}

/// The configuration as everybody may know it.
#[utoipa::path(
    get, path = "/public/config", tag = "System config", operation_id = "getPublicConfig",
    responses((status = 200, body = Object))
)]
pub async fn get_public_config(State(app): State<App>) -> Json<Value> {
    Json(public_view(&app.configuration.current().whole))
}

/// The default configuration as everybody may know it.
#[utoipa::path(
    get, path = "/public/config/defaults", tag = "System config", operation_id = "getPublicConfigDefaults",
    responses((status = 200, body = Object))
)]
pub async fn get_public_config_defaults() -> Json<Value> {
    Json(public_view(&config::defaults()))
}

fn public_view(whole: &Value) -> Value {
    picked(whole, PUBLIC.iter().copied())
}

fn user_view(whole: &Value) -> Value {
    picked(whole, PUBLIC.iter().chain(USERS).copied())
}

/// The values at these places, and no others.
fn picked<'a>(whole: &Value, places: impl Iterator<Item = &'a str>) -> Value {
    let mut view = Value::Object(Map::new());
    for place in places {
        let Some(value) = whole.pointer(place) else { continue };
        let mut target = &mut view;
        for key in place.split('/').skip(1) {
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            target = &mut target[key];
        }
        *target = value.clone();
    }
    view
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_is_one_of_the_configuration() {
        let defaults = config::defaults();
        for place in PUBLIC.iter().chain(USERS) {
            assert!(defaults.pointer(place).is_some(), "{place}");
        }
    }

    #[test]
    fn everybody_knows_how_to_log_in_and_nothing_else() {
        let expected = json!({
            "oauth": {"autoLaunch": false, "buttonText": "Login with OAuth", "enabled": false},
            "passwordLogin": {"enabled": true},
            "server": {"loginPageMessage": ""},
            "theme": {"customCss": ""},
        });
        assert_eq!(public_view(&config::defaults()), expected);
    }

    #[test]
    fn users_know_no_secret() {
        let text = user_view(&config::defaults()).to_string();
        assert!(!text.contains("client") && !text.contains("smtp") && text.contains("trash"), "{text}");
    }
}

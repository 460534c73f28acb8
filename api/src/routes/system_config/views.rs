//! What of the configuration concerns whom: clients of version 3.2 ask for it in three sizes.

use albumen_domain::system::config;
use axum::{Json, extract::State};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    app::App,
    dto::config_views::{PublicConfigDto, UserConfigDto},
    edge::ApiError,
};

/// The configuration as users may know it.
#[utoipa::path(
    get, path = "/config", tag = "System config", operation_id = "getUserConfig",
    responses((status = 200, body = UserConfigDto))
)]
pub async fn get_user_config(State(app): State<App>) -> Result<Json<UserConfigDto>, ApiError> {
    view(&app.configuration.current().whole)
}

/// The default configuration as users may know it.
#[utoipa::path(
    get, path = "/config/defaults", tag = "System config", operation_id = "getUserConfigDefaults",
    responses((status = 200, body = UserConfigDto))
)]
pub async fn get_user_config_defaults() -> Result<Json<UserConfigDto>, ApiError> {
    view(&config::defaults())
}

/// The configuration as everybody may know it.
#[utoipa::path(
    get, path = "/public/config", tag = "System config", operation_id = "getPublicConfig",
    responses((status = 200, body = PublicConfigDto))
)]
pub async fn get_public_config(State(app): State<App>) -> Result<Json<PublicConfigDto>, ApiError> {
    view(&app.configuration.current().whole)
}

/// The default configuration as everybody may know it.
#[utoipa::path(
    get, path = "/public/config/defaults", tag = "System config", operation_id = "getPublicConfigDefaults",
    responses((status = 200, body = PublicConfigDto))
)]
pub async fn get_public_config_defaults() -> Result<Json<PublicConfigDto>, ApiError> {
    view(&config::defaults())
}

/// The part of a configuration that a view has fields for.
fn view<T: DeserializeOwned>(whole: &Value) -> Result<Json<T>, ApiError> {
    serde_json::from_value(whole.clone()).map(Json).map_err(ApiError::internal_outside_handlers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written<T: DeserializeOwned + serde::Serialize>() -> Value {
        let Json(view) = view::<T>(&config::defaults()).expect("the defaults fit");
        serde_json::to_value(view).expect("JSON")
    }

    #[test]
    fn everybody_knows_how_to_log_in_and_nothing_else() {
        let expected = json!({
            "oauth": {"autoLaunch": false, "buttonText": "Login with OAuth", "enabled": false},
            "passwordLogin": {"enabled": true},
            "server": {"loginPageMessage": ""},
            "theme": {"customCss": ""},
        });
        assert_eq!(written::<PublicConfigDto>(), expected);
    }

    #[test]
    fn users_know_no_secret() {
        let text = written::<UserConfigDto>().to_string();
        assert!(!text.contains("client") && !text.contains("smtp") && text.contains("trash"), "{text}");
    }
}

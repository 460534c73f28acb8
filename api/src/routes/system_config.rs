//! Operations of the tag "System config".

mod rules;
mod serving;
mod views;

use std::borrow::Cow;

use albumen_domain::{
    differences::overlay,
    system::{SYSTEM_ID, System, SystemCommand, config, storage_template},
};
use albumen_workers::mail;
use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::Request,
    app::App,
    dto::system_config::{SystemConfigDto, SystemConfigTemplateStorageOptionDto},
    edge::{
        ApiError, ValidJson,
        validate::{Issue, Rules},
    },
};

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_config, update_config))
        .routes(routes!(get_config_defaults))
        .routes(routes!(get_storage_template_options))
        // Names and sizes that clients of version 3.2 ask for.
        .routes(routes!(get_admin_config, update_admin_config))
        .routes(routes!(get_admin_config_defaults))
        .routes(routes!(views::get_user_config))
        .routes(routes!(views::get_user_config_defaults))
        .routes(routes!(views::get_public_config))
        .routes(routes!(views::get_public_config_defaults))
}

/// A whole configuration that fits the schema of [`SystemConfigDto`], kept as JSON because the
/// difference to the defaults is what counts of it.
#[derive(Debug, Clone, Deserialize)]
pub struct WholeConfig(pub Value);

impl PartialSchema for WholeConfig {
    fn schema() -> RefOr<Schema> {
        SystemConfigDto::schema()
    }
}

impl ToSchema for WholeConfig {
    fn name() -> Cow<'static, str> {
        SystemConfigDto::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        SystemConfigDto::schemas(schemas);
    }
}

impl Rules for WholeConfig {
    fn prepare(sent: &mut Value) {
        rules::spell_out(sent, &config::defaults());
    }

    fn rules(&self) -> Vec<Issue> {
        rules::broken(&self.0)
    }
}

impl WholeConfig {
    /// What is kept of it: what this release knows, in its usual form.
    fn normalized(&self) -> Value {
        let mut known = config::defaults();
        overlay(&mut known, &self.0);
        rules::complete(&mut known);
        known
    }

    /// What of it differs from the defaults.
    pub(crate) fn differences(&self) -> serde_json::Map<String, Value> {
        config::differences(&self.normalized())
    }
}

/// The configuration in force.
#[utoipa::path(
    get, path = "/system-config", tag = "System config", operation_id = "getConfig",
    responses((status = 200, body = SystemConfigDto))
)]
async fn get_config(State(app): State<App>) -> Json<Value> {
    Json(app.configuration.current().whole.clone())
}

/// Changes the configuration, whole.
#[utoipa::path(
    put, path = "/system-config", tag = "System config", operation_id = "updateConfig",
    request_body = SystemConfigDto,
    responses((status = 200, body = SystemConfigDto))
)]
async fn update_config(
    State(app): State<App>,
    request: Request,
    ValidJson(wanted): ValidJson<WholeConfig>,
) -> Result<Json<Value>, ApiError> {
    update(&app, &request, &wanted).await?;
    Ok(Json(app.configuration.current().whole.clone()))
}

async fn update(app: &App, request: &Request, wanted: &WholeConfig) -> Result<(), ApiError> {
    if app.configuration.is_from_file() {
        return Err(ApiError::bad_request("Cannot update configuration while IMMICH_CONFIG_FILE is in use"));
    }
    let wanted = wanted.normalized();
    let before = app.configuration.current();
    rules::admit(&wanted, &before.whole, app.logging_is_fixed)?;
    if let Some(smtp) = rules::new_mail_server(&wanted, &before.whole) {
        mail::verify(&smtp).await.map_err(|failure| {
            tracing::warn!(%failure, "the mail server of a configuration cannot be used");
            ApiError::bad_request("Invalid SMTP configuration")
        })?;
    }
    let command = SystemCommand::Configure(config::differences(&wanted));
    app.execute::<System>(SYSTEM_ID, command, &request.context).await?;
    app.configuration.reload().await?;
    Ok(())
}

/// The configuration where nobody chose anything.
#[utoipa::path(
    get, path = "/system-config/defaults", tag = "System config", operation_id = "getConfigDefaults",
    responses((status = 200, body = SystemConfigDto))
)]
async fn get_config_defaults() -> Json<Value> {
    Json(config::defaults())
}

/// The configuration in force, and which models serve where that are others than it names: clients of 3.1, who ask for it
/// by its older path, are told what they know and no more.
#[utoipa::path(
    get, path = "/admin/config", tag = "System config", operation_id = "getAdminConfig",
    responses((status = 200, body = SystemConfigDto))
)]
async fn get_admin_config(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    Ok(Json(serving::with_serving_models(&app).await?))
}

/// Changes the configuration, whole.
#[utoipa::path(
    put, path = "/admin/config", tag = "System config", operation_id = "updateAdminConfig",
    request_body = SystemConfigDto,
    responses((status = 200, body = SystemConfigDto))
)]
async fn update_admin_config(
    State(app): State<App>,
    request: Request,
    ValidJson(wanted): ValidJson<WholeConfig>,
) -> Result<Json<Value>, ApiError> {
    update(&app, &request, &wanted).await?;
    Ok(Json(serving::with_serving_models(&app).await?))
}

/// The configuration where nobody chose anything.
#[utoipa::path(
    get, path = "/admin/config/defaults", tag = "System config", operation_id = "getAdminConfigDefaults",
    responses((status = 200, body = SystemConfigDto))
)]
async fn get_admin_config_defaults() -> Json<Value> {
    Json(config::defaults())
}

/// What a storage template can hold.
#[utoipa::path(
    get, path = "/system-config/storage-template-options", tag = "System config",
    operation_id = "getStorageTemplateOptions",
    responses((status = 200, body = SystemConfigTemplateStorageOptionDto))
)]
async fn get_storage_template_options() -> Json<SystemConfigTemplateStorageOptionDto> {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Json(SystemConfigTemplateStorageOptionDto {
        day_options: texts(&storage_template::DAYS),
        hour_options: texts(&storage_template::HOURS),
        minute_options: texts(&storage_template::MINUTES),
        month_options: texts(&storage_template::MONTHS),
        preset_options: texts(&storage_template::PRESETS),
        second_options: texts(&storage_template::SECONDS),
        week_options: texts(&storage_template::WEEKS),
        year_options: texts(&storage_template::YEARS),
    })
}

#[cfg(test)]
mod tests {
    use albumen_domain::system::Settings;
    use serde_json::json;

    use super::*;
    use crate::edge::validate::check_json;

    fn with(pointer: &str, value: Value) -> Value {
        let mut config = config::defaults();
        *config.pointer_mut(pointer).expect("is there") = value;
        config
    }

    #[test]
    fn the_defaults_fit_the_published_schema() {
        let checked = check_json::<WholeConfig>(Some(config::defaults())).expect("they fit");
        assert!(checked.differences().is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        for (pointer, value) in [
            ("/trash/days", json!(-1)),
            ("/user/deleteDelay", json!(0)),
            ("/image/preview/quality", json!(101)),
            ("/image/preview/format", json!("png")),
            ("/nightlyTasks/startTime", json!("24:00")),
            ("/map/lightStyle", json!("nowhere")),
            ("/machineLearning/urls", json!([])),
            ("/job/search/concurrency", json!(0)),
            ("/backup/database/cronExpression", json!("often")),
            ("/ffmpeg/realtime/resolutions", json!([481])),
            ("/notifications/smtp/transport/port", json!(65_536)),
        ] {
            let error = check_json::<WholeConfig>(Some(with(pointer, value))).expect_err("is refused");
            let path: Vec<String> = error.issues()[0]
                .path()
                .iter()
                .map(|segment| match segment {
                    crate::edge::validate::PathSegment::Key(key) => key.clone(),
                    crate::edge::validate::PathSegment::Index(index) => index.to_string(),
                })
                .collect();
            assert!(format!("/{}", path.join("/")).starts_with(pointer), "{pointer}: {path:?}");
        }
    }

    /// What could be saved and not be read again would put the whole configuration out of force.
    #[test]
    fn what_fits_the_schema_can_be_in_force() {
        const MOST: i64 = 9_007_199_254_740_991;
        for (pointer, value) in [
            ("/machineLearning/ocr/maxResolution", MOST),
            ("/machineLearning/availabilityChecks/interval", -MOST),
            ("/machineLearning/availabilityChecks/timeout", -1),
            ("/machineLearning/facialRecognition/minFaces", MOST),
            ("/job/ocr/concurrency", MOST),
            ("/trash/days", MOST),
        ] {
            let checked = check_json::<WholeConfig>(Some(with(pointer, json!(value)))).expect("it fits");
            assert!(Settings::of(&checked.normalized()).is_some(), "{pointer}");
        }
    }

    #[test]
    fn switches_may_be_written_as_text() {
        let checked = check_json::<WholeConfig>(Some(with("/trash/enabled", json!("false")))).expect("it is meant");
        assert_eq!(Value::Object(checked.differences()), json!({"trash": {"enabled": false}}));
        let checked = check_json::<WholeConfig>(Some(with("/theme/customCss", json!("true")))).expect("it is a text");
        assert_eq!(Value::Object(checked.differences()), json!({"theme": {"customCss": "true"}}));
        assert!(check_json::<WholeConfig>(Some(with("/trash/enabled", json!("perhaps")))).is_err());
        assert!(check_json::<WholeConfig>(Some(with("/trash/days", json!("5")))).is_err());
    }

    #[test]
    fn unknown_keys_are_passed_over_and_known_ones_completed() {
        let mut config = with("/server/externalDomain", json!("https://u:p@photos.example:8443/path?q"));
        config["novelty"] = json!(1);
        config["ffmpeg"]["targetVideoCodec"] = json!("hevc");
        let checked = check_json::<WholeConfig>(Some(config)).expect("it fits");
        let expected = json!({
            "server": {"externalDomain": "https://u:p@photos.example:8443"},
            "ffmpeg": {"targetVideoCodec": "hevc", "acceptedVideoCodecs": ["h264", "hevc"]},
        });
        assert_eq!(Value::Object(checked.differences()), expected);
    }
}

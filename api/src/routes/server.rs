//! Operations of the tag "Server": what clients ask before anything else, and what administrators
//! look at.

mod license;
mod releases;
mod statistics;
mod storage;

use albumen_domain::asset::{
    AssetKind,
    media_type::{MEDIA_TYPES, MediaFamily, MediaType, extensions},
};
use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    dto::{
        server::{
            ServerAboutResponseDto, ServerApkLinksDto, ServerConfigDto, ServerFeaturesDto, ServerMediaTypesResponseDto,
            ServerPingResponse, ServerVersionHistoryResponseDto, ServerVersionResponseDto,
        },
        system_metadata::VersionCheckStateResponseDto,
    },
    edge::ApiError,
    server::API_VERSION,
};

pub(super) use license::{refuse as refuse_license, shown as shown_license};
pub use releases::{checked as version_check, news as news_of_release, noted_news as noted_news_of_release};

/// Where the compatible clients of this API's version are published.
const RELEASES: &str = "https://github.com/immich-app/immich/releases";

/// The operations of this tag.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ping_server))
        .routes(routes!(get_server_version))
        .routes(routes!(get_version_history))
        .routes(routes!(get_version_check))
        .routes(routes!(get_server_features))
        .routes(routes!(get_server_config))
        .routes(routes!(get_about_info))
        .routes(routes!(storage::get_storage))
        .routes(routes!(statistics::get_server_statistics))
        .routes(routes!(get_supported_media_types))
        .routes(routes!(get_apk_links))
        .routes(routes!(license::get_server_license, license::set_server_license, license::delete_server_license))
}

/// A sign of life.
#[utoipa::path(
    get,
    path = "/server/ping",
    tag = "Server",
    operation_id = "pingServer",
    responses((status = 200, body = ServerPingResponse))
)]
async fn ping_server() -> Json<ServerPingResponse> {
    Json(ServerPingResponse { res: "pong".to_owned() })
}

/// The version of the API.
#[utoipa::path(
    get,
    path = "/server/version",
    tag = "Server",
    operation_id = "getServerVersion",
    responses((status = 200, body = ServerVersionResponseDto))
)]
async fn get_server_version() -> Json<ServerVersionResponseDto> {
    Json(api_version())
}

/// The version that clients see.
pub fn api_version() -> ServerVersionResponseDto {
    version_of(API_VERSION)
}

fn version_of(text: &str) -> ServerVersionResponseDto {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    ServerVersionResponseDto { major: next(), minor: next(), patch: next(), prerelease: None }
}

/// The versions that ran here, the newest first.
#[utoipa::path(
    get,
    path = "/server/version-history",
    tag = "Server",
    operation_id = "getVersionHistory",
    responses((status = 200, body = Vec<ServerVersionHistoryResponseDto>))
)]
async fn get_version_history(State(app): State<App>) -> Result<Json<Vec<ServerVersionHistoryResponseDto>>, ApiError> {
    let versions = app.reads.identity().versions().await?.into_iter();
    let shown = |row: albumen_projections::identity::VersionRow| ServerVersionHistoryResponseDto {
        created_at: row.created_at.into(),
        id: row.id,
        version: row.version,
    };
    Ok(Json(versions.map(shown).collect()))
}

/// What the last look for a newer release found.
#[utoipa::path(
    get,
    path = "/server/version-check",
    tag = "Server",
    operation_id = "getVersionCheck",
    responses((status = 200, body = VersionCheckStateResponseDto))
)]
async fn get_version_check(State(app): State<App>) -> Result<Json<VersionCheckStateResponseDto>, ApiError> {
    Ok(Json(version_check(&app).await?))
}

/// What the server can do. What is not built yet is off, so that clients do not offer it.
#[utoipa::path(
    get,
    path = "/server/features",
    tag = "Server",
    operation_id = "getServerFeatures",
    responses((status = 200, body = ServerFeaturesDto))
)]
async fn get_server_features(State(app): State<App>) -> Json<ServerFeaturesDto> {
    let in_force = app.configuration.current();
    let settings = &in_force.settings;
    let models = &settings.machine_learning;
    Json(ServerFeaturesDto {
        config_file: app.configuration.is_from_file(),
        duplicate_detection: models.finds_duplicates(),
        email: settings.notifications.smtp.enabled,
        facial_recognition: models.finds_faces(),
        import_faces: settings.metadata.faces.import,
        map: settings.map.enabled,
        oauth: false,
        oauth_auto_launch: false,
        ocr: models.reads_text(),
        password_login: settings.password_login.enabled,
        realtime_transcoding: false,
        reverse_geocoding: settings.reverse_geocoding.enabled,
        search: true,
        sidecar: true,
        smart_search: models.searches(),
        trash: settings.trash.enabled,
    })
}

/// Settings that a client needs before log-in.
#[utoipa::path(
    get,
    path = "/server/config",
    tag = "Server",
    operation_id = "getServerConfig",
    responses((status = 200, body = ServerConfigDto))
)]
async fn get_server_config(State(app): State<App>) -> Result<Json<ServerConfigDto>, ApiError> {
    let identity = app.reads.identity();
    let settings = app.configuration.current().settings.clone();
    Ok(Json(ServerConfigDto {
        external_domain: settings.server.external_domain,
        is_initialized: !app.allow_setup || identity.has_admin().await?,
        is_onboarded: app.configuration.is_from_file() || identity.admin_onboarded().await?,
        login_page_message: settings.server.login_page_message,
        maintenance_mode: false,
        map_dark_style_url: settings.map.dark_style,
        map_light_style_url: settings.map.light_style,
        min_faces: settings.machine_learning.facial_recognition.min_faces,
        oauth_account_management_url: Some(settings.oauth.account_management_url).filter(|url| !url.is_empty()),
        oauth_button_text: settings.oauth.button_text,
        public_users: settings.server.public_users,
        trash_days: settings.trash.days,
        user_delete_delay: settings.user.delete_delay,
    }))
}

/// The version of the API and of the server behind it.
#[utoipa::path(
    get,
    path = "/server/about",
    tag = "Server",
    operation_id = "getAboutInfo",
    responses((status = 200, body = ServerAboutResponseDto))
)]
async fn get_about_info(State(app): State<App>) -> Result<Json<ServerAboutResponseDto>, ApiError> {
    Ok(Json(ServerAboutResponseDto {
        build: Some(concat!("Albumen ", env!("CARGO_PKG_VERSION")).to_owned()),
        licensed: app.reads.identity().server_license().await?.is_some(),
        version: format!("v{API_VERSION}"),
        version_url: format!("{RELEASES}/tag/v{API_VERSION}"),
        ..ServerAboutResponseDto::default()
    }))
}

/// File name extensions that the server takes.
#[utoipa::path(
    get,
    path = "/server/media-types",
    tag = "Server",
    operation_id = "getSupportedMediaTypes",
    responses((status = 200, body = ServerMediaTypesResponseDto))
)]
async fn get_supported_media_types() -> Json<ServerMediaTypesResponseDto> {
    let of_kind = |kind: AssetKind| {
        let is_of_kind = move |known: &&MediaType| known.asset_kind() == Some(kind);
        MEDIA_TYPES.iter().filter(is_of_kind).map(|known| known.extension.to_owned()).collect()
    };
    Json(ServerMediaTypesResponseDto {
        image: of_kind(AssetKind::Image),
        sidecar: extensions(MediaFamily::Sidecar).map(str::to_owned).collect(),
        video: of_kind(AssetKind::Video),
    })
}

/// Where the Android application of this API's version can be had.
#[utoipa::path(
    get,
    path = "/server/apk-links",
    tag = "Server",
    operation_id = "getApkLinks",
    responses((status = 200, body = ServerApkLinksDto))
)]
async fn get_apk_links() -> Json<ServerApkLinksDto> {
    let link = |name: &str| format!("{RELEASES}/download/v{API_VERSION}/app-{name}release.apk");
    Json(ServerApkLinksDto {
        arm64v8a: link("arm64-v8a-"),
        armeabiv7a: link("armeabi-v7a-"),
        universal: link(""),
        x86_64: link("x86_64-"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_in_numbers() {
        let version = version_of("3.1.20");
        assert_eq!((version.major, version.minor, version.patch, version.prerelease), (3, 1, 20, None));
    }

    #[tokio::test]
    async fn media_types_have_their_dots_and_their_families() {
        let Json(types) = get_supported_media_types().await;
        assert!([".jpg", ".heic", ".dng", ".svg"].iter().all(|known| types.image.iter().any(|found| found == known)));
        assert!(types.video.contains(&".mp4".to_owned()) && !types.image.contains(&".mp4".to_owned()));
        assert_eq!(types.sidecar, [".xmp"]);
    }
}

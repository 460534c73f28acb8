//! What whoever comes by a link asks of it: the page, its password, and what other pages show of it.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use albumen_projections::sharing::SharedLinkRow;
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use chrono::Utc;
use futures::future::BoxFuture;

use super::{cookie, present};
use crate::{
    access::{Auth, Caller, by_key, by_slug},
    app::App,
    dto::shared_links::{SharedLinkLoginDto, SharedLinkQuery, SharedLinkResponseDto},
    edge::{
        ApiError, ClientOrigin, ValidJson,
        web::{Opener, Preview, Previews, SharePage, Visit},
    },
    routes::{
        albums::album_of_link,
        authentication::{Target, Throttle},
    },
};

/// The link by which the caller came, with what it shows.
#[utoipa::path(
    get, path = "/shared-links/me", tag = "Shared links", operation_id = "getMySharedLink",
    params(SharedLinkQuery),
    responses((status = 200, body = SharedLinkResponseDto))
)]
pub(super) async fn get_my_shared_link(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<SharedLinkResponseDto>, ApiError> {
    let link = link_of(&caller)?;
    if let Some(password) = &link.password
        && !cookie::tokens(&headers).contains(&cookie::token_of(link.id, password))
    {
        return Err(ApiError::unauthorized("Password required"));
    }
    Ok(Json(present::whole(&app, &caller, link.clone()).await?))
}

/// Says that the caller knows the password of the link by which they came.
#[utoipa::path(
    post, path = "/shared-links/login", tag = "Shared links", operation_id = "sharedLinkLogin",
    params(SharedLinkQuery),
    request_body = SharedLinkLoginDto,
    responses((status = 201, body = SharedLinkResponseDto))
)]
pub(super) async fn shared_link_login(
    State(app): State<App>,
    caller: Caller,
    Extension(throttle): Extension<Arc<Throttle>>,
    origin: ClientOrigin,
    headers: HeaderMap,
    ValidJson(body): ValidJson<SharedLinkLoginDto>,
) -> Result<impl IntoResponse, ApiError> {
    let link = link_of(&caller)?;
    let Some(password) = &link.password else {
        return Err(ApiError::bad_request("Shared link is not password protected"));
    };
    let target = Target::of(&["link", &link.id.to_string()]);
    throttle.admit(target).await?;
    // Tokens are hashes: comparing them says nothing about how much of the password was right.
    let token = cookie::token_of(link.id, password);
    if cookie::token_of(link.id, &body.password) != token {
        return Err(ApiError::unauthorized("Invalid password"));
    }
    throttle.succeeded(target);
    let cookie = cookie::with(&headers, token, origin.is_https, Utc::now());
    let shown = present::whole(&app, &caller, link.clone()).await?;
    Ok((StatusCode::CREATED, AppendHeaders([(header::SET_COOKIE, cookie)]), Json(shown)))
}

/// Only who came by a link has one.
fn link_of(caller: &Auth) -> Result<&SharedLinkRow, ApiError> {
    caller.link().ok_or_else(ApiError::forbidden)
}

/// Finds out what other pages may show of a link.
#[must_use]
pub fn previews(app: &App) -> Previews {
    let app = app.clone();
    let find = move |visit: Visit| -> BoxFuture<'static, SharePage> {
        let app = app.clone();
        Box::pin(async move {
            preview(&app, visit).await.unwrap_or_else(|error| {
                tracing::debug!(%error, "a link cannot be previewed");
                SharePage::Unknown
            })
        })
    };
    Arc::new(find)
}

async fn preview(app: &App, visit: Visit) -> Result<SharePage, ApiError> {
    let auth = match &visit.opener {
        Opener::Key(key) => by_key(app, key).await?,
        Opener::Slug(slug) => by_slug(app, slug).await?,
    };
    let link = link_of(&auth)?;
    if link.password.is_some() {
        return Ok(SharePage::Plain);
    }
    let (title, count, picture) = match link.album_id {
        Some(album) => {
            let album = album_of_link(app, &auth, album).await?.ok_or_else(ApiError::not_found)?;
            (album.album_name, album.asset_count, album.album_thumbnail_asset_id)
        }
        None => {
            let first = app.reads.sharing().assets_of_links(&[link.id], true).await?.pop();
            let count = app.reads.sharing().count_assets_of_link(link.id).await?;
            ("Public Share".to_owned(), count, first.map(|(_, asset)| asset.id))
        }
    };
    let described = link.description.clone().filter(|text| !text.is_empty());
    let image = picture.map(|asset| format!("/api/assets/{asset}/thumbnail?key={}", link.key));
    let image = image.unwrap_or_else(|| "/feature-panel.png".to_owned());
    Ok(SharePage::Described(Preview {
        title,
        description: described.unwrap_or_else(|| format!("{count} shared photos & videos")),
        image: format!("{}{image}", root(app, &visit)),
    }))
}

/// The address at which people reach this server: as an administrator said, or as the client knows it.
fn root(app: &App, visit: &Visit) -> String {
    let in_force = app.configuration.current();
    let server = &in_force.settings.server;
    if !server.external_domain.is_empty() {
        return server.external_domain.clone();
    }
    let peer = visit.peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let origin = ClientOrigin::resolve(&app.trusted_proxies, peer, &visit.headers);
    let scheme = if origin.is_https { "https" } else { "http" };
    origin.host.map_or_else(|| server.base_url().to_owned(), |host| format!("{scheme}://{host}"))
}

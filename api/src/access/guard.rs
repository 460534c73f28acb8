//! Holds policy and principal together before a handler runs.

use std::sync::Arc;

use albumen_domain::session::{Session, SessionCommand};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{Auth, Credential, Policy, ShareKey, Via, Who, hash_of, policy_of, principal};
use crate::{
    app::App,
    edge::{ApiError, MayCome},
    routes::device,
};

/// A session that was last noted this long ago is noted again when it is used.
const SEEN_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// An unlocked session stays unlocked this long after its last use.
const ELEVATION_EXTENSION: TimeDelta = TimeDelta::minutes(5);

/// Middleware: lets a request in, or answers why not.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&app, &parts).await {
        Ok(Some(auth)) => {
            parts.extensions.insert(auth);
        }
        Ok(None) => {}
        Err(error) => return error.into_response(),
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    // What a client was told is there must not be denied while another process takes over.
    if response.extensions().get::<MayCome>().is_some() && app.is_late().await {
        return ApiError::try_again().into_response();
    }
    response
}

async fn admit(app: &App, request: &Parts) -> Result<Option<Arc<Auth>>, ApiError> {
    let path = request.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    // A route without a policy is a defect of ours, and stays shut.
    let policy = policy_of(&request.method, path).ok_or_else(ApiError::forbidden)?;
    if policy.who == Who::Anyone {
        return Ok(None);
    }
    let auth = authenticate(app, &request.headers, &request.uri).await?;
    check(&auth, policy)?;
    Ok(Some(auth))
}

fn check(auth: &Auth, policy: &Policy) -> Result<(), ApiError> {
    if auth.link().is_some() {
        return if policy.is_for_links() { Ok(()) } else { Err(ApiError::forbidden()) };
    }
    if policy.who == Who::Admin && !auth.account.is_admin {
        return Err(ApiError::forbidden());
    }
    match policy.permission {
        Some(permission) if !auth.has_permission(permission) => Err(ApiError::missing_permission(permission)),
        _ => Ok(()),
    }
}

/// Whom the headers of a connection stand for: a session or a key, told in headers or cookies alone.
///
/// # Errors
/// 401 in the API's words.
pub async fn authenticate_socket(app: &App, headers: &HeaderMap) -> Result<Arc<Auth>, ApiError> {
    let nothing_in_the_query = Uri::default();
    match Credential::of(headers, &nothing_in_the_query) {
        Some(Credential::Session(_) | Credential::ApiKey(_)) => authenticate(app, headers, &nothing_in_the_query).await,
        _ => Err(ApiError::authentication_required()),
    }
}

async fn authenticate(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<Arc<Auth>, ApiError> {
    match Credential::of(headers, uri) {
        None => Err(ApiError::authentication_required()),
        Some(Credential::ShareKey(key)) => by_key(app, &key).await,
        Some(Credential::ShareSlug(slug)) => by_slug(app, &slug).await,
        Some(Credential::Session(token)) => session(app, &token, headers).await,
        Some(Credential::ApiKey(secret)) => api_key(app, &secret).await,
    }
}

async fn session(app: &App, token: &str, headers: &HeaderMap) -> Result<Arc<Auth>, ApiError> {
    let invalid = || ApiError::unauthorized("Invalid user token");
    let hash = hash_of(token);
    let auth = match app.auth.get("session", hash) {
        Some(auth) => auth,
        None => {
            let generation = app.auth.generation();
            let found = app.reads.identity().session_by_token(&hash).await?.ok_or_else(invalid)?;
            let auth = Arc::new(Auth { account: found.account, via: Via::Session(found.session) });
            app.auth.put("session", hash, auth.clone(), generation);
            auth
        }
    };
    let now = Utc::now();
    let Some(session) = auth.session() else { return Err(invalid()) };
    if session.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(invalid());
    }
    note_use(app, &auth, headers, now);
    Ok(auth)
}

async fn api_key(app: &App, secret: &str) -> Result<Arc<Auth>, ApiError> {
    let hash = hash_of(secret);
    if let Some(auth) = app.auth.get("key", hash) {
        return Ok(auth);
    }
    let generation = app.auth.generation();
    let found = app.reads.identity().key_by_secret(&hash).await?;
    let found = found.ok_or_else(|| ApiError::unauthorized("Invalid API key"))?;
    let auth = Arc::new(Auth { account: found.account, via: Via::Key(found.key) });
    app.auth.put("key", hash, auth.clone(), generation);
    Ok(auth)
}

/// Who comes by the key of a link.
///
/// # Errors
/// 401 when it leads nowhere.
pub async fn by_key(app: &App, key: &str) -> Result<Arc<Auth>, ApiError> {
    let invalid = || ApiError::unauthorized("Invalid share key");
    let hash = ShareKey::hash_of(key).ok_or_else(invalid)?;
    if let Some(auth) = app.auth.get("link", hash) {
        return unexpired(auth).ok_or_else(invalid);
    }
    let generation = app.auth.generation();
    let found = app.reads.sharing().link_by_key(&hash).await?.ok_or_else(invalid)?;
    let auth = Arc::new(Auth { account: found.account, via: Via::Link(Box::new(found.link)) });
    app.auth.put("link", hash, auth.clone(), generation);
    unexpired(auth).ok_or_else(invalid)
}

/// Who comes by the name of a link.
///
/// # Errors
/// 401 when it leads nowhere.
pub async fn by_slug(app: &App, slug: &str) -> Result<Arc<Auth>, ApiError> {
    let invalid = || ApiError::unauthorized("Invalid share slug");
    // No slug has a NUL, and the database cannot be asked for one.
    if slug.contains('\0') {
        return Err(invalid());
    }
    let hash = hash_of(slug);
    if let Some(auth) = app.auth.get("slug", hash) {
        return unexpired(auth).ok_or_else(invalid);
    }
    let generation = app.auth.generation();
    let found = app.reads.sharing().link_by_slug(slug).await?.ok_or_else(invalid)?;
    let auth = Arc::new(Auth { account: found.account, via: Via::Link(Box::new(found.link)) });
    app.auth.put("slug", hash, auth.clone(), generation);
    unexpired(auth).ok_or_else(invalid)
}

fn unexpired(auth: Arc<Auth>) -> Option<Arc<Auth>> {
    let end = auth.link().and_then(|link| link.expires_at);
    end.is_none_or(|end| end > Utc::now()).then_some(auth)
}

/// Notes that a session is in use, now and then and in the background.
fn note_use(app: &App, auth: &Arc<Auth>, headers: &HeaderMap, now: DateTime<Utc>) {
    let Some(session) = auth.session() else { return };
    let app_version = device::app_version(headers);
    let newer_client = app_version.is_some() && app_version != session.app_version;
    let command = if now - session.updated_at > SEEN_INTERVAL || newer_client {
        Some(SessionCommand::See(device::of_headers(headers)))
    } else {
        elevation_to_extend(session.pin_expires_at, now).map(|until| SessionCommand::ExtendUnlock { now, until })
    };
    let Some(command) = command else { return };
    if !app.auth.begin_noting(session.id) {
        return;
    }
    let (app, id) = (app.clone(), session.id);
    let context = principal::background_context(auth);
    tokio::spawn(async move {
        if let Err(error) = app.execute::<Session>(id, command, &context).await {
            tracing::debug!(%error, "the use of a session could not be noted");
        }
        app.auth.end_noting(id);
    });
}

fn elevation_to_extend(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = until.filter(|until| *until > now)?;
    let extended = now + ELEVATION_EXTENSION;
    (until < extended - TimeDelta::minutes(1)).then_some(extended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_elevation_is_extended_while_it_lasts_and_not_at_every_request() {
        let now = Utc::now();
        let extended = Some(now + ELEVATION_EXTENSION);
        assert_eq!(elevation_to_extend(Some(now + TimeDelta::minutes(2)), now), extended);
        assert_eq!(elevation_to_extend(Some(now + TimeDelta::seconds(290)), now), None);
        assert_eq!(elevation_to_extend(Some(now - TimeDelta::minutes(1)), now), None);
        assert_eq!(elevation_to_extend(None, now), None);
    }
}

//! Whom a credential stands for.

use std::sync::Arc;

use albumen_commands::Context;
use albumen_domain::{Actor, Metadata};
use albumen_projections::{
    identity::{AccountRow, ApiKeyRow, SessionRow},
    sharing::SharedLinkRow,
};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use chrono::Utc;
use uuid::Uuid;

use crate::edge::ApiError;

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// The account; of who came by a shared link, that of the link's owner.
    pub account: AccountRow,
    /// How they came in.
    pub via: Via,
}

/// How somebody came in.
#[derive(Clone, Debug, PartialEq)]
pub enum Via {
    /// With a session's token.
    Session(SessionRow),
    /// With the secret of an API key.
    Key(ApiKeyRow),
    /// By a shared link: nobody knows who it is.
    Link(Box<SharedLinkRow>),
}

impl Auth {
    /// The user's id; of who came by a shared link, that of the link's owner. What only users do asks
    /// for this; what visitors do as well asks [`Self::is`].
    #[must_use]
    pub const fn user_id(&self) -> Uuid {
        self.account.id
    }

    /// Whether this is that user, and no visitor by one of that user's links.
    #[must_use]
    pub fn is(&self, user: Uuid) -> bool {
        self.link().is_none() && self.account.id == user
    }

    /// The shared link by which they came.
    #[must_use]
    pub fn link(&self) -> Option<&SharedLinkRow> {
        match &self.via {
            Via::Link(link) => Some(link),
            Via::Session(_) | Via::Key(_) => None,
        }
    }

    /// Whether they came by a link that does not show what is known of the making of assets.
    #[must_use]
    pub fn sees_no_metadata(&self) -> bool {
        self.link().is_some_and(|link| !link.show_metadata)
    }

    /// The session they came in with.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionRow> {
        match &self.via {
            Via::Session(session) => Some(session),
            Via::Key(_) | Via::Link(_) => None,
        }
    }

    /// The key they came in with.
    #[must_use]
    pub const fn key(&self) -> Option<&ApiKeyRow> {
        match &self.via {
            Via::Session(_) | Via::Link(_) => None,
            Via::Key(key) => Some(key),
        }
    }

    /// Whether the locked folder is open: only a session can be unlocked, for a while.
    #[must_use]
    pub fn is_elevated(&self) -> bool {
        self.session().and_then(|session| session.pin_expires_at).is_some_and(|until| until > Utc::now())
    }

    /// Whether a key may do this; sessions may do everything that their user may.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        let Some(key) = self.key() else { return true };
        let granted = |name: &serde_json::Value| name.as_str().is_some_and(|name| name == "all" || name == permission);
        key.permissions.as_array().is_some_and(|permissions| permissions.iter().any(granted))
    }

    /// Refuses whoever has not unlocked the locked folder.
    ///
    /// # Errors
    /// 401 in the API's words.
    pub fn require_elevation(&self) -> Result<(), ApiError> {
        if self.is_elevated() { Ok(()) } else { Err(ApiError::elevation_required()) }
    }
}

/// Circumstances of a request, which become the metadata of its events. An extractor.
#[derive(Clone, Debug)]
pub struct Request {
    /// Of the log.
    pub context: Context,
}

/// Who comes by a link is not its owner.
fn actor_of(auth: &Auth) -> Actor {
    if auth.link().is_some() { Actor::Anonymous } else { Actor::User { id: auth.user_id() } }
}

/// Longest name of a client that the log takes.
const MAX_CLIENT_CHARACTERS: usize = 200;

fn context_of(parts: &Parts) -> Context {
    let auth = parts.extensions.get::<Arc<Auth>>();
    let client = parts.headers.get(axum::http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    let correlation = parts.extensions.get::<crate::edge::CorrelationId>();
    Context {
        metadata: Metadata {
            actor: auth.map_or(Actor::Anonymous, |auth| actor_of(auth)),
            session: auth.and_then(|auth| auth.session()).map(|session| session.id),
            api_key: auth.and_then(|auth| auth.key()).map(|key| key.id),
            client: client.map(|name| name.chars().take(MAX_CLIENT_CHARACTERS).collect()),
            correlation: correlation.map_or_else(|| Uuid::new_v4().to_string(), |id| id.as_str().to_owned()),
            causation: None,
        },
    }
}

/// Circumstances of what the server notes about a principal by itself.
pub(super) fn background_context(auth: &Auth) -> Context {
    Context {
        metadata: Metadata {
            actor: Actor::User { id: auth.user_id() },
            session: auth.session().map(|session| session.id),
            api_key: auth.key().map(|key| key.id),
            client: None,
            correlation: Uuid::new_v4().to_string(),
            causation: None,
        },
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Request {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self { context: context_of(parts) })
    }
}

/// The principal whom the guard let in. An extractor; optional where a route is open to all.
#[derive(Clone, Debug)]
pub struct Caller(pub Arc<Auth>);

impl std::ops::Deref for Caller {
    type Target = Auth;

    fn deref(&self) -> &Auth {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Arc<Auth>>().cloned().map(Self).ok_or_else(ApiError::authentication_required)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        Ok(parts.extensions.get::<Arc<Auth>>().cloned().map(Self))
    }
}

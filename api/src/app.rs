//! What every handler can reach: the write side, the read side, the media.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::{CommandError, Commands, Context, Executed, StoreError};
use albumen_domain::{Aggregate, AnyEvent, Recorded, album::AlbumEvent};
use albumen_projections::{
    Observer, ReadError, ReadModels,
    library::{AssetPaths, AssetRow},
    runtime::Rebuilds,
    system::Configuration,
};
use albumen_schemas::feed::{Feed, FeedError};
use albumen_workers::{
    inference::Predictor,
    media::{decode::DecodePool, store::MediaStore},
};
use axum::{extract::FromRef, response::Response};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    access::{Auth, AuthCache, Loader},
    edge::{ApiError, KeptAnswers, Question, Taking},
    installation::TrustedProxies,
    story::{StoryError, Teller, undo::UndoError},
};

/// A revocation is answered when it is in force; this long at most is waited for that.
const REVOCATION_WAIT: Duration = Duration::from_secs(10);
/// Read models of other processes are as far as the log in less than that, unless something is wrong.
const NOTICEABLE: Duration = Duration::from_millis(100);

/// The state that axum hands to every handler.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// The write side.
    pub commands: Commands,
    /// The read side.
    pub reads: Arc<ReadModels>,
    /// The configuration in force.
    pub configuration: Arc<Configuration>,
    /// Rebuilding the read side.
    pub rebuilds: Rebuilds,
    /// Where media lies.
    pub media: Arc<dyn MediaStore>,
    /// The children that decode.
    pub decoder: DecodePool,
    /// Asks models.
    pub predictor: Predictor,
    /// Who came in lately.
    pub auth: Arc<AuthCache>,
    /// Who owns which asset and where its files are.
    pub access: Loader<AssetPaths>,
    /// Whole assets.
    pub details: Loader<AssetRow>,
    /// Long lists that somebody asked for lately.
    pub kept: KeptAnswers,
    /// Whose word about others is believed.
    pub trusted_proxies: Arc<TrustedProxies>,
    /// Whether an administrator may sign up at all.
    pub allow_setup: bool,
    /// Whether the environment has decided what is logged.
    pub logging_is_fixed: bool,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for App {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl FromRef<App> for Arc<TrustedProxies> {
    fn from_ref(app: &App) -> Self {
        app.trusted_proxies.clone()
    }
}

impl App {
    /// Asks one aggregate, and waits until the answer can be read.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn execute<A: Aggregate>(
        &self,
        id: Uuid,
        command: A::Command,
        context: &Context,
    ) -> Result<Executed, CommandError<A::Refusal>>
    where
        AnyEvent: From<A::Event>,
    {
        let executed = self.commands.execute::<A>(id, command, context).await?;
        self.settle(executed).await;
        Ok(executed)
    }

    /// Asks many aggregates, all or none, and waits until the answer can be read.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn execute_many<A: Aggregate>(
        &self,
        commands: Vec<(Uuid, A::Command)>,
        context: &Context,
    ) -> Result<Executed, CommandError<A::Refusal>>
    where
        AnyEvent: From<A::Event>,
    {
        let executed = self.commands.execute_many::<A>(commands, context).await?;
        self.settle(executed).await;
        Ok(executed)
    }

    /// Tells what happened.
    #[must_use]
    pub fn teller(&self) -> Teller<'_> {
        Teller { reads: &self.reads, reader: self.commands.feed().reader() }
    }

    async fn settle(&self, executed: Executed) {
        if let Some(position) = executed.position {
            self.reads.wait_for(position).await;
        }
    }

    /// Whether the read models, which other processes keep, are behind so that somebody could notice.
    pub async fn is_late(&self) -> bool {
        if self.reads.is_alone() || self.reads.are_past() {
            return false;
        }
        let (head, asked) = (*self.commands.feed().head().borrow(), Instant::now());
        self.reads.wait_for(head).await;
        asked.elapsed() > NOTICEABLE
    }

    /// Waits until a revocation (of a session, a key, a user) is in force.
    ///
    /// # Errors
    /// The read model of who may come in stands still: the revocation stands, but is not in force.
    pub async fn in_force(&self, executed: Executed) -> Result<(), ApiError> {
        self.in_force_in("identity", executed).await
    }

    /// The same for what another read model decides (who shares with whom, say).
    ///
    /// # Errors
    /// The read model stands still: the revocation stands, but is not in force.
    pub async fn in_force_in(&self, projection: &str, executed: Executed) -> Result<(), ApiError> {
        let Some(position) = executed.position else { return Ok(()) };
        if self.reads.wait_for_one(projection, position, REVOCATION_WAIT).await {
            Ok(())
        } else {
            Err(ApiError::try_again())
        }
    }

    /// The JSON of what `making` makes for `auth`, who asks for `what`: as it was made before, while the read models
    /// that it is drawn from (`sources`) stand as they did then. `what` names all else that it depends on.
    ///
    /// # Errors
    /// What `making` says, or the database is away.
    pub async fn kept<T: Serialize>(
        &self,
        auth: &Auth,
        what: String,
        taking: &Taking,
        sources: &[&str],
        making: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<Response, ApiError> {
        let question = Question::of(auth.user_id(), auth.link().map(|link| link.id), what, taking);
        let standing = || async { Ok::<_, ApiError>(self.reads.standing(sources).await?) };
        self.kept.answer(question, taking, standing, making).await
    }
}

/// Hears what the read models have taken in, on behalf of all that is kept at hand.
pub struct Hearing {
    /// Forgets who came in as soon as a read model knows better.
    pub auth: Arc<AuthCache>,
    /// Looks again when the configuration has changed.
    pub configuration: Arc<Configuration>,
}

impl Observer for Hearing {
    fn applied(&self, projection: &'static str, events: &[Arc<Recorded>]) {
        let concerns_access = |recorded: &Arc<Recorded>| {
            matches!(
                recorded.event,
                AnyEvent::User(_) | AnyEvent::Session(_) | AnyEvent::ApiKey(_) | AnyEvent::Erasure(_)
            )
        };
        let concerns_links = |recorded: &Arc<Recorded>| {
            matches!(recorded.event, AnyEvent::SharedLink(_) | AnyEvent::Album(AlbumEvent::Deleted(_)))
        };
        let is_concerned = match projection {
            "identity" => events.iter().any(concerns_access),
            "sharing" => events.iter().any(|recorded| concerns_access(recorded) || concerns_links(recorded)),
            "albums" => events.iter().any(concerns_links),
            _ => false,
        };
        if is_concerned {
            self.auth.forget();
        }
        self.configuration.heard(projection, events);
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        tracing::warn!(%error, "a question could not be answered");
        Self::try_again()
    }
}

impl From<StoryError> for ApiError {
    fn from(error: StoryError) -> Self {
        match error {
            StoryError::Read(error) => error.into(),
            StoryError::Store(error) => error.into(),
            StoryError::Log(FeedError::Unavailable(reason)) => {
                tracing::warn!(reason, "the log could not be read");
                Self::try_again()
            }
            StoryError::Log(error @ FeedError::Poison { .. }) => Self::internal_outside_handlers(error),
        }
    }
}

impl From<UndoError> for ApiError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Refused(refusal) => Self::bad_request(refusal.to_string()),
            UndoError::Story(error) => error.into(),
            UndoError::Asset(error) => error.into(),
            UndoError::Album(error) => error.into(),
            UndoError::User(error) => error.into(),
            UndoError::ApiKey(error) => error.into(),
        }
    }
}

impl<R: std::error::Error + 'static> From<CommandError<R>> for ApiError {
    fn from(error: CommandError<R>) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::bad_request(refusal.to_string()),
            CommandError::Claimed { name, .. } => Self::bad_request(format!("The {name} is taken")),
            CommandError::Conflict => Self::try_again(),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "a command could not be written");
                Self::try_again()
            }
            StoreError::ReadOnly => Self::read_only(),
            StoreError::Erased(_) => Self::bad_request(error.to_string()),
            StoreError::Corrupt { .. } | StoreError::Keys(_) | StoreError::Fault(_) => {
                Self::internal_outside_handlers(error)
            }
        }
    }
}

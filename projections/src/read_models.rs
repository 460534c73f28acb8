//! All read models together: following the log, answering questions, waiting for one's own writes.

use std::{sync::Arc, time::Duration};

use albumen_domain::Recorded;
use albumen_schemas::feed::Feed;
use deadpool_postgres::Pool;

use crate::{
    albums::{AlbumQueries, Albums},
    identity::{Identity, IdentityQueries},
    library::{Library, LibraryQueries},
    runtime::{self, Progress, Projection, Subscription},
    sharing::{Sharing, SharingQueries},
    stacks::{StackQueries, Stacks},
    tags::{TagQueries, Tags},
    work::{Work, WorkQueries},
};

/// How long a request that changed something waits for the read models before it is answered
/// anyway: the event stands.
const READ_WAIT: Duration = Duration::from_millis(500);
/// A read model that is further behind than this is catching up, and nobody waits for it.
const FAR_BEHIND_EVENTS: i64 = 10_000;

/// Every projection there is.
#[must_use]
pub fn projections() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(Identity),
        Arc::new(Library),
        Arc::new(Albums),
        Arc::new(Sharing),
        Arc::new(Work),
        Arc::new(Tags),
        Arc::new(Stacks),
    ]
}

/// Between looks at checkpoints that another process moves.
const CHECKPOINT_POLL: Duration = Duration::from_millis(5);

/// The read models of this process.
pub struct ReadModels {
    pool: Pool,
    identity: IdentityQueries,
    library: LibraryQueries,
    albums: AlbumQueries,
    sharing: SharingQueries,
    work: WorkQueries,
    tags: TagQueries,
    stacks: StackQueries,
    subscriptions: Vec<(&'static str, Subscription)>,
}

/// Hears of batches that a read model has taken in, before anybody is told of their position.
pub trait Observer: Send + Sync + 'static {
    /// `projection` has taken in `events`.
    fn applied(&self, projection: &'static str, events: &[Arc<Recorded>]);
}

impl ReadModels {
    /// Questions alone, without following the log.
    #[must_use]
    pub fn queries_only(pool: &Pool) -> Self {
        Self {
            pool: pool.clone(),
            identity: IdentityQueries::new(pool.clone()),
            library: LibraryQueries::new(pool.clone()),
            albums: AlbumQueries::new(pool.clone()),
            sharing: SharingQueries::new(pool.clone()),
            work: WorkQueries::new(pool.clone()),
            tags: TagQueries::new(pool.clone()),
            stacks: StackQueries::new(pool.clone()),
            subscriptions: Vec::new(),
        }
    }

    /// Follows the log with every projection.
    ///
    /// # Errors
    /// The database is away.
    pub async fn follow(
        pool: &Pool,
        database: &tokio_postgres::Config,
        feed: Arc<dyn Feed>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, tokio_postgres::Error> {
        let mut models = Self::queries_only(pool);
        for projection in projections() {
            let (name, observer) = (projection.name(), observer.clone());
            let listener = Arc::new(move |events: &[Arc<Recorded>]| observer.applied(name, events));
            let subscription = runtime::follow(projection, feed.clone(), database.clone(), listener).await?;
            models.subscriptions.push((name, subscription));
        }
        Ok(models)
    }

    /// Questions about users, sessions, keys and the installation.
    #[must_use]
    pub const fn identity(&self) -> &IdentityQueries {
        &self.identity
    }

    /// Questions about assets.
    #[must_use]
    pub const fn library(&self) -> &LibraryQueries {
        &self.library
    }

    /// Questions about albums.
    #[must_use]
    pub const fn albums(&self) -> &AlbumQueries {
        &self.albums
    }

    /// Questions about partners, shared links and what members say.
    #[must_use]
    pub const fn sharing(&self) -> &SharingQueries {
        &self.sharing
    }

    /// Questions about what is to be done.
    #[must_use]
    pub const fn work(&self) -> &WorkQueries {
        &self.work
    }

    /// Questions about tags.
    #[must_use]
    pub const fn tags(&self) -> &TagQueries {
        &self.tags
    }

    /// Questions about stacks.
    #[must_use]
    pub const fn stacks(&self) -> &StackQueries {
        &self.stacks
    }

    /// How far each read model has come.
    #[must_use]
    pub fn progress(&self) -> Vec<(&'static str, Progress)> {
        self.subscriptions
            .iter()
            .map(|(name, subscription)| (*name, subscription.progress().borrow().clone()))
            .collect()
    }

    /// How far one read model has come, to wait for.
    #[must_use]
    pub fn progress_of(&self, projection: &str) -> Option<tokio::sync::watch::Receiver<Progress>> {
        self.subscriptions.iter().find(|(name, _)| *name == projection).map(|(_, subscription)| subscription.progress())
    }

    /// Whether this process keeps the read models up to date itself.
    #[must_use]
    pub fn are_followed_here(&self) -> bool {
        !self.subscriptions.is_empty()
    }

    /// Waits until what stands at `position` can be read, within bounds. One that stands still or
    /// is far behind is not waited for.
    pub async fn wait_for(&self, position: i64) {
        let waiting = async {
            if self.are_followed_here() {
                let all = self.subscriptions.iter().map(|(_, subscription)| reached(subscription, position));
                futures::future::join_all(all).await;
            } else {
                self.poll(position, None).await;
            }
        };
        let _ = tokio::time::timeout(READ_WAIT, waiting).await;
    }

    /// Waits until one read model has taken in `position`, for up to `bound`; whether it has.
    pub async fn wait_for_one(&self, projection: &str, position: i64, bound: Duration) -> bool {
        let waiting = async {
            match self.progress_of(projection) {
                Some(mut progress) => progress.wait_for(|now| now.position >= position).await.is_ok(),
                None => {
                    self.poll(position, Some(projection)).await;
                    true
                }
            }
        };
        tokio::time::timeout(bound, waiting).await.unwrap_or(false)
    }

    /// Looks at the checkpoints that another process moves.
    async fn poll(&self, position: i64, projection: Option<&str>) {
        loop {
            if let Ok(client) = self.pool.get().await
                && let Ok(checkpoints) = runtime::checkpoints(&**client).await
            {
                let behind = |checkpoint: &runtime::Checkpoint| match projection {
                    Some(name) => checkpoint.instance == name && checkpoint.position < position,
                    None => {
                        projections().iter().any(|known| known.name() == checkpoint.instance)
                            && checkpoint.failure.is_none()
                            && checkpoint.position < position
                            && checkpoint.position + FAR_BEHIND_EVENTS >= position
                    }
                };
                if !checkpoints.iter().any(behind) {
                    return;
                }
            }
            tokio::time::sleep(CHECKPOINT_POLL).await;
        }
    }
}

async fn reached(subscription: &Subscription, position: i64) {
    let mut progress = subscription.progress();
    let hopeless = {
        let now = progress.borrow();
        now.failure.is_some() || now.position + FAR_BEHIND_EVENTS < position
    };
    if !hopeless {
        // It ends when the read model has come that far, stands still, or is gone.
        let _ = progress.wait_for(|now| now.failure.is_some() || now.position >= position).await;
    }
}

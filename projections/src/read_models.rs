//! All read models together: following the log, answering questions, waiting for one's own writes.

use std::{sync::Arc, time::Duration};

use albumen_domain::Recorded;
use albumen_schemas::feed::Feed;
use chrono::{DateTime, Utc};
use deadpool_postgres::Pool;
use tokio::sync::watch;

use crate::{
    albums::{AlbumQueries, Albums},
    face_vectors::{FaceVectorQueries, FaceVectors},
    history::{History, HistoryQueries},
    identity::{Identity, IdentityQueries},
    library::{Library, LibraryQueries},
    memories::{Memories, MemoryQueries},
    notifications::{NotificationQueries, Notifications},
    people::{People, PeopleQueries},
    runtime::{self, Progress, Projection, ReadError, Reported, Standing, Subscription},
    sharing::{Sharing, SharingQueries},
    stacks::{StackQueries, Stacks},
    sync::{Beginning, Changes, Device, READ_MODELS, RequestType, SyncQueries},
    system::{SystemModel, SystemQueries},
    tags::{TagQueries, Tags},
    texts::{TextQueries, Texts},
    vectors::{VectorQueries, Vectors},
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
        Arc::new(Changes),
        Arc::new(Work),
        Arc::new(Tags),
        Arc::new(Stacks),
        Arc::new(People),
        Arc::new(Texts),
        Arc::new(FaceVectors),
        Arc::new(Memories),
        Arc::new(Vectors),
        Arc::new(SystemModel),
        Arc::new(Notifications),
        Arc::new(History),
    ]
}

/// Between looks at checkpoints that another process moves, for one who does not listen.
const CHECKPOINT_POLL: Duration = Duration::from_millis(5);
/// The same for one who listens, in case the other does not announce.
const UNHEARD_POLL: Duration = Duration::from_millis(50);
/// The same for a revocation: who announces has forgotten whom it let in, while the checkpoint
/// alone says nothing of that.
const UNHEARD_REVOCATION_POLL: Duration = Duration::from_secs(1);

/// Position of a read model of which nothing was heard yet.
const UNKNOWN: i64 = -1;

/// The read models of this process.
pub struct ReadModels {
    pool: Pool,
    identity: IdentityQueries,
    library: LibraryQueries,
    albums: AlbumQueries,
    sharing: SharingQueries,
    people: PeopleQueries,
    texts: TextQueries,
    face_vectors: FaceVectorQueries,
    memories: MemoryQueries,
    sync: SyncQueries,
    work: WorkQueries,
    tags: TagQueries,
    vectors: VectorQueries,
    stacks: StackQueries,
    system: SystemQueries,
    notifications: NotificationQueries,
    history: HistoryQueries,
    subscriptions: Vec<Subscription>,
    /// How far each has come, where this process follows or hears of it.
    progress: runtime::All,
    /// What joins this process to others, if there are others.
    company: Option<runtime::Tasks>,
    /// Whether they show a moment of the past, which nothing that happens changes.
    is_past: bool,
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
            people: PeopleQueries::new(pool.clone()),
            texts: TextQueries::new(pool.clone()),
            face_vectors: FaceVectorQueries::new(pool.clone()),
            memories: MemoryQueries::new(pool.clone()),
            sync: SyncQueries::new(pool.clone()),
            work: WorkQueries::new(pool.clone()),
            tags: TagQueries::new(pool.clone()),
            vectors: VectorQueries::new(pool.clone()),
            stacks: StackQueries::new(pool.clone()),
            system: SystemQueries::new(pool.clone()),
            notifications: NotificationQueries::new(pool.clone()),
            history: HistoryQueries::new(pool.clone()),
            subscriptions: Vec::new(),
            progress: runtime::All::default(),
            company: None,
            is_past: false,
        }
    }

    /// Tells other processes what this one applies, and hears what they do, whether this one
    /// follows the log or not.
    pub fn share(&mut self, database: &tokio_postgres::Config) {
        if self.progress.is_empty() {
            let unknown = || Progress::unknown(UNKNOWN);
            let all = projections();
            let all = all.iter().map(|one| (one.name(), Reported::new(watch::Sender::new(unknown()))));
            self.progress = Arc::new(all.collect());
        }
        self.company = Some(runtime::share(&self.progress, database));
    }

    /// Questions to read models that were replayed to a moment of the past. Who may come in is decided by
    /// the present, so who and what was revoked since stays outside.
    #[must_use]
    pub fn as_of(then: &Pool, now: &Pool) -> Self {
        Self { identity: IdentityQueries::new(now.clone()), is_past: true, ..Self::queries_only(then) }
    }

    /// Whether what is shown is a moment of the past.
    #[must_use]
    pub const fn are_past(&self) -> bool {
        self.is_past
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
        let mut progress = Vec::new();
        for projection in projections() {
            let (name, observer) = (projection.name(), observer.clone());
            let listener = Arc::new(move |events: &[Arc<Recorded>]| observer.applied(name, events));
            let subscription = runtime::follow(projection, feed.clone(), database.clone(), listener).await?;
            progress.push((name, subscription.reported().clone()));
            models.subscriptions.push(subscription);
        }
        models.progress = Arc::new(progress);
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

    /// Questions about people and faces.
    #[must_use]
    pub const fn people(&self) -> &PeopleQueries {
        &self.people
    }

    /// Questions about text in pictures.
    #[must_use]
    pub const fn texts(&self) -> &TextQueries {
        &self.texts
    }

    /// Questions about what models see in faces.
    #[must_use]
    pub const fn face_vectors(&self) -> &FaceVectorQueries {
        &self.face_vectors
    }

    /// Questions about memories.
    #[must_use]
    pub const fn memories(&self) -> &MemoryQueries {
        &self.memories
    }

    /// Questions of devices that keep a copy.
    #[must_use]
    pub const fn sync(&self) -> &SyncQueries {
        &self.sync
    }

    /// Begins to tell a device what it does not have yet.
    ///
    /// # Errors
    /// The database is away.
    pub async fn begin_sync(
        &self,
        device: Device,
        types: &[RequestType],
        now: DateTime<Utc>,
    ) -> Result<Beginning, ReadError> {
        let positions = READ_MODELS.iter().map(|name| self.progress_of(name).map(|now| now.borrow().position));
        let positions: Option<Vec<i64>> = positions.collect();
        // Where nothing was heard of one yet, or only of those of the present, the checkpoints have to do.
        let lowest = positions.and_then(|positions| positions.into_iter().min());
        let lowest = lowest.filter(|lowest| *lowest != UNKNOWN && !self.is_past);
        self.sync.begin(device, types, now, lowest).await
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

    /// Questions about vectors.
    #[must_use]
    pub const fn vectors(&self) -> &VectorQueries {
        &self.vectors
    }

    /// Questions about stacks.
    #[must_use]
    pub const fn stacks(&self) -> &StackQueries {
        &self.stacks
    }

    /// Questions about how the installation is set up.
    #[must_use]
    pub const fn system(&self) -> &SystemQueries {
        &self.system
    }

    /// Questions about what users are told.
    #[must_use]
    pub const fn notifications(&self) -> &NotificationQueries {
        &self.notifications
    }

    /// Questions about what happened.
    #[must_use]
    pub const fn history(&self) -> &HistoryQueries {
        &self.history
    }

    /// Where read models stand in the database: what is drawn from them from now on is at least as new.
    ///
    /// # Errors
    /// The database is away.
    pub async fn standing(&self, models: &[&str]) -> Result<Standing, ReadError> {
        Standing::of(&self.pool, models).await
    }

    /// How far each read model has come, as far as this process knows.
    #[must_use]
    pub fn progress(&self) -> Vec<(&'static str, Progress)> {
        self.progress.iter().map(|(name, progress)| (*name, progress.borrow().clone())).collect()
    }

    /// How far one read model has come, to wait for.
    #[must_use]
    pub fn progress_of(&self, projection: &str) -> Option<watch::Receiver<Progress>> {
        self.progress.iter().find(|(name, _)| *name == projection).map(|(_, progress)| progress.subscribe())
    }

    /// Whether this process keeps the read models up to date itself, or would take over.
    #[must_use]
    pub fn are_followed_here(&self) -> bool {
        !self.subscriptions.is_empty()
    }

    /// The checkpoints of all instances.
    ///
    /// # Errors
    /// The database is away.
    pub async fn checkpoints(&self) -> Result<Vec<runtime::Checkpoint>, runtime::ReadError> {
        runtime::checkpoints(&**self.pool.get().await?).await
    }

    /// Has a read model that stands still try again at once; whether it stood still.
    ///
    /// # Errors
    /// The database is away.
    pub async fn retry(&self, projection: &str) -> Result<bool, runtime::ReadError> {
        Ok(runtime::clear_failure(&**self.pool.get().await?, projection).await?)
    }

    /// Waits until what stands at `position` can be read, within bounds. One that stands still or
    /// is far behind is not waited for.
    pub async fn wait_for(&self, position: i64) {
        self.wait_within(position, READ_WAIT).await;
    }

    /// The same for up to `bound`; whether it can be read.
    pub async fn wait_within(&self, position: i64, bound: Duration) -> bool {
        let waiting = async {
            let reached =
                futures::future::join_all(self.progress.iter().map(|(_, progress)| reached(progress, position)));
            if self.are_applied_here() || self.is_alone() {
                reached.await;
            } else {
                // What was not heard of is seen.
                tokio::select! {
                    _ = reached, if !self.progress.is_empty() => {}
                    () = self.poll(position, None) => {}
                }
            }
        };
        tokio::time::timeout(bound, waiting).await.is_ok()
    }

    /// Waits until one read model has taken in `position`, for up to `bound`; whether it has.
    pub async fn wait_for_one(&self, projection: &str, position: i64, bound: Duration) -> bool {
        let waiting = async {
            let Some(mut progress) = self.progress_of(projection) else {
                self.poll(position, Some(projection)).await;
                return true;
            };
            let is_applied_here = progress.borrow().term.is_some() || self.is_alone();
            let reached = progress.wait_for(|now| now.position >= position);
            if is_applied_here {
                return reached.await.is_ok();
            }
            tokio::select! {
                reached = reached => reached.is_ok(),
                () = self.poll(position, Some(projection)) => true,
            }
        };
        tokio::time::timeout(bound, waiting).await.unwrap_or(false)
    }

    /// Whether no other process is expected to apply anything.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.are_followed_here() && self.company.is_none()
    }

    /// Whether every read model is kept up to date by this very process at the moment.
    fn are_applied_here(&self) -> bool {
        self.are_followed_here() && self.progress.iter().all(|(_, progress)| progress.borrow().term.is_some())
    }

    /// Looks at the checkpoints that another process moves.
    async fn poll(&self, position: i64, projection: Option<&str>) {
        let is_heard = self.company.is_some();
        loop {
            if is_heard {
                let pause = if projection.is_some() { UNHEARD_REVOCATION_POLL } else { UNHEARD_POLL };
                tokio::time::sleep(pause).await;
            }
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
            if !is_heard {
                tokio::time::sleep(CHECKPOINT_POLL).await;
            }
        }
    }
}

async fn reached(progress: &Reported, position: i64) {
    let mut progress = progress.subscribe();
    let hopeless = {
        let now = progress.borrow();
        now.failure.is_some() || (now.position != UNKNOWN && now.position + FAR_BEHIND_EVENTS < position)
    };
    if !hopeless {
        // It ends when the read model has come that far, stands still, or is gone.
        let _ = progress.wait_for(|now| now.failure.is_some() || now.position >= position).await;
    }
}

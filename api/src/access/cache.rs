//! Who came in lately, so that a thumbnail need not ask the database.

use std::{
    collections::HashSet,
    num::NonZeroUsize,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use albumen_projections::runtime::Progress;
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use super::Auth;

/// Credentials kept: about 2 KiB each, so some 4 MB at most.
const CACHED_CREDENTIALS: NonZeroUsize = NonZeroUsize::new(2_048).expect("not zero");

type Key = (&'static str, [u8; 32]);

/// Principals by the hash of their credential. Everything is forgotten when anything about users,
/// sessions or keys changes, before whoever changed it is answered.
///
/// That can be promised only where this very process applies such changes to the read models that
/// say who may come in: for as long as it does ([`Progress::term`]) principals are kept, and what
/// was kept in one term is not used in another. Every other process asks the read models each time,
/// since a revocation that was answered elsewhere has to be in force here at the same moment.
pub struct AuthCache {
    principals: Mutex<Principals>,
    generation: AtomicU64,
    noting: Mutex<HashSet<Uuid>>,
    /// Of the read models that principals are made of.
    progress: OnceLock<Vec<watch::Receiver<Progress>>>,
}

struct Principals {
    by_key: LruCache<Key, Arc<Auth>>,
    /// In which they were looked up.
    term: Option<u64>,
}

impl Default for AuthCache {
    fn default() -> Self {
        Self {
            principals: Mutex::new(Principals { by_key: LruCache::new(CACHED_CREDENTIALS), term: None }),
            generation: AtomicU64::new(0),
            noting: Mutex::default(),
            progress: OnceLock::new(),
        }
    }
}

impl AuthCache {
    /// The read models that principals are made of.
    pub const MADE_OF: [&str; 3] = ["identity", "sharing", "albums"];

    /// From now on principals are kept in the terms in which this process applies to all of
    /// [`Self::MADE_OF`]; before, none are.
    pub fn keep_in_terms_of(&self, progress: Vec<watch::Receiver<Progress>>) {
        // Said once, when the server starts.
        let _ = self.progress.set(progress);
    }

    /// The principal of a credential of kind `kind`.
    #[must_use]
    pub fn get(&self, kind: &'static str, hash: [u8; 32]) -> Option<Arc<Auth>> {
        let mut principals = self.principals.lock();
        self.enter_term(&mut principals)?;
        principals.by_key.get(&(kind, hash)).cloned()
    }

    /// To be read before a principal is looked up, and given to [`Self::put`] with it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.enter_term(&mut self.principals.lock());
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps a principal, unless something was forgotten since it was looked up.
    pub fn put(&self, kind: &'static str, hash: [u8; 32], auth: Arc<Auth>, generation: u64) {
        let mut principals = self.principals.lock();
        if self.enter_term(&mut principals).is_some() && self.generation.load(Ordering::Acquire) == generation {
            principals.by_key.put((kind, hash), auth);
        }
    }

    /// The present term, if this is one; principals of another one are forgotten.
    fn enter_term(&self, principals: &mut Principals) -> Option<u64> {
        // Each term only counts up: the sum is another one whenever one of them is.
        let term = self.progress.get().and_then(|all| all.iter().map(|progress| progress.borrow().term).sum());
        if principals.term != term {
            principals.term = term;
            self.forget_in(principals);
        }
        term
    }

    fn forget_in(&self, principals: &mut Principals) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        principals.by_key.clear();
    }

    /// Forgets everybody.
    pub fn forget(&self) {
        self.forget_in(&mut self.principals.lock());
    }

    /// True for the first who wants to note that this session is in use; the others need not.
    #[must_use]
    pub fn begin_noting(&self, session: Uuid) -> bool {
        self.noting.lock().insert(session)
    }

    /// The use is noted, or could not be.
    pub fn end_noting(&self, session: Uuid) {
        self.noting.lock().remove(&session);
    }
}

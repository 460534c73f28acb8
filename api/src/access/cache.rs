//! Who came in lately, so that a thumbnail need not ask the database.

use std::{
    collections::HashSet,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use lru::LruCache;
use parking_lot::Mutex;
use uuid::Uuid;

use super::Auth;

/// Credentials kept: about 2 KiB each, so some 4 MB at most.
const CACHED_CREDENTIALS: NonZeroUsize = NonZeroUsize::new(2_048).expect("not zero");

type Key = (&'static str, [u8; 32]);

/// Principals by the hash of their credential. Everything is forgotten when anything about users,
/// sessions or keys changes, before whoever changed it is answered.
pub struct AuthCache {
    principals: Mutex<LruCache<Key, Arc<Auth>>>,
    generation: AtomicU64,
    noting: Mutex<HashSet<Uuid>>,
    enabled: bool,
}

impl AuthCache {
    /// A cache; one that keeps nothing where changes happen in another process unheard.
    #[must_use]
    pub fn new(enabled: bool) -> Self {
        Self {
            enabled,
            principals: Mutex::new(LruCache::new(CACHED_CREDENTIALS)),
            generation: AtomicU64::new(0),
            noting: Mutex::default(),
        }
    }

    /// The principal of a credential of kind `kind`.
    #[must_use]
    pub fn get(&self, kind: &'static str, hash: [u8; 32]) -> Option<Arc<Auth>> {
        self.principals.lock().get(&(kind, hash)).cloned()
    }

    /// To be read before a principal is looked up, and given to [`Self::put`] with it.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps a principal, unless something was forgotten since it was looked up.
    pub fn put(&self, kind: &'static str, hash: [u8; 32], auth: Arc<Auth>, generation: u64) {
        let mut principals = self.principals.lock();
        if self.enabled && self.generation() == generation {
            principals.put((kind, hash), auth);
        }
    }

    /// Forgets everybody.
    pub fn forget(&self) {
        let mut principals = self.principals.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        principals.clear();
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

//! The keys of subjects: loaded in batches, kept for a while, made when first needed.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use albumen_domain::Subject;
use chacha20poly1305::{XChaCha20Poly1305, aead::KeyInit};
use deadpool_postgres::Pool;
use lru::LruCache;
use parking_lot::Mutex;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::master::{KEY_BYTES, MasterKey, derive, random};
use crate::error::StoreError;

/// Derived keys kept in memory: about 200 bytes each, so some 3 MB at most.
const CACHED_SUBJECTS: NonZeroUsize = NonZeroUsize::new(16_384).expect("not zero");
/// Where processes hear that keys were erased, so that they forget theirs.
pub(crate) const ERASED_CHANNEL: &str = "albumen_erased";
/// Owners' keys kept in memory: far more than the users of a large installation.
const CACHED_OWNERS: NonZeroUsize = NonZeroUsize::new(4_096).expect("not zero");

/// The key that seals one subject's values.
#[derive(Clone)]
pub struct SubjectKey {
    pub(crate) subject: Uuid,
    pub(crate) cipher: XChaCha20Poly1305,
}

/// Keys that were made for an append and have to be stored with it.
#[derive(Clone, Debug, Default)]
pub struct NewKeys {
    /// Owner and wrapped key.
    pub owners: Vec<(Uuid, Vec<u8>)>,
    /// Subject, owner and salt.
    pub salts: Vec<(Subject, Vec<u8>)>,
}

impl NewKeys {
    /// Whether there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty() && self.salts.is_empty()
    }
}

/// State of a key in the database.
#[derive(Clone)]
enum Stored<T> {
    Present(T),
    Erased,
}

type OwnerKey = Arc<Zeroizing<[u8; KEY_BYTES]>>;

/// All keys of the installation.
pub struct Keyring {
    master: MasterKey,
    pool: Pool,
    owners: Mutex<LruCache<Uuid, OwnerKey>>,
    subjects: Mutex<LruCache<Uuid, SubjectKey>>,
    /// Counts erasures. What was looked up before one is not kept after it.
    generation: AtomicU64,
}

impl SubjectKey {
    fn new(subject: Uuid, owner_key: &[u8], salt: &[u8]) -> Self {
        let key = derive(owner_key, salt, b"albumen subject v1");
        Self { subject, cipher: XChaCha20Poly1305::new(key.as_slice().into()) }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(subject: Uuid, fill: u8) -> Self {
        Self::new(subject, &[fill; KEY_BYTES], &[fill; KEY_BYTES])
    }
}

impl Keyring {
    /// The keys in the database of `pool`, under `master`.
    #[must_use]
    pub fn new(master: MasterKey, pool: Pool) -> Self {
        Self {
            master,
            pool,
            owners: Mutex::new(LruCache::new(CACHED_OWNERS)),
            subjects: Mutex::new(LruCache::new(CACHED_SUBJECTS)),
            generation: AtomicU64::new(0),
        }
    }

    /// Fails where the master key is not the one that this database was written with. Otherwise
    /// claims would be taken under other HMACs, beside those that are held.
    ///
    /// # Errors
    /// See above, or the database is away.
    pub async fn check_master(&self) -> Result<(), StoreError> {
        let client = self.pool.get().await?;
        let row = client
            .query_opt("SELECT owner_id, wrapped_key FROM owner_key WHERE wrapped_key IS NOT NULL LIMIT 1", &[])
            .await?;
        match row {
            Some(row) => self.unwrap(row.get(0), row.get(1)).map(drop),
            None => Ok(()),
        }
    }

    /// Changes with every erasure that this process knows of.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// The HMAC under which a natural key is claimed.
    #[must_use]
    pub fn claim_key(&self, name: &str, key: &[u8]) -> Vec<u8> {
        self.master.claim_key(name, key)
    }

    /// Keys to seal with, in the order of `subjects`. Those made now are returned too, and must
    /// be stored in the transaction that stores what they sealed.
    ///
    /// # Errors
    /// A subject was erased, or the database is away.
    pub async fn to_seal(
        &self,
        subjects: &HashSet<Subject>,
    ) -> Result<(HashMap<Uuid, SubjectKey>, NewKeys), StoreError> {
        let mut keys = HashMap::with_capacity(subjects.len());
        let mut new = NewKeys::default();
        let missing: Vec<Subject> = {
            let mut cache = self.subjects.lock();
            subjects
                .iter()
                .filter(|subject| match cache.get(&subject.id) {
                    Some(key) => keys.insert(subject.id, key.clone()).is_some(),
                    None => true,
                })
                .copied()
                .collect()
        };
        if missing.is_empty() {
            return Ok((keys, new));
        }
        let salts = self.load_salts(missing.iter().map(|subject| subject.id)).await?;
        // Where the salt is stored, so is whose it is: opening will look nowhere else.
        let owner_of = |subject: &Subject| salts.get(&subject.id).map_or(subject.owner, |(owner, _)| *owner);
        let mut owner_keys = self.owner_keys(missing.iter().map(owner_of)).await?;
        for subject in missing {
            let owner = owner_of(&subject);
            let owner_key = match owner_keys.get(&owner) {
                Some(Stored::Present(key)) => key.clone(),
                Some(Stored::Erased) => return Err(StoreError::Erased(subject.id)),
                None => self.new_owner_key(owner, &mut owner_keys, &mut new)?,
            };
            let salt = match salts.get(&subject.id) {
                Some((_, Stored::Present(salt))) => salt.clone(),
                Some((_, Stored::Erased)) => return Err(StoreError::Erased(subject.id)),
                None => new_salt(subject, &mut new)?,
            };
            keys.insert(subject.id, SubjectKey::new(subject.id, owner_key.as_slice(), &salt));
        }
        Ok((keys, new))
    }

    /// Keys to open with. A subject that is absent from the answer was erased.
    ///
    /// # Errors
    /// The database is away, or the master key is not the one that wrapped an owner's key.
    pub async fn to_open(&self, subjects: &HashSet<Uuid>) -> Result<HashMap<Uuid, SubjectKey>, StoreError> {
        let generation = self.generation();
        let mut keys = HashMap::with_capacity(subjects.len());
        let missing: Vec<Uuid> = {
            let mut cache = self.subjects.lock();
            subjects
                .iter()
                .filter(|subject| match cache.get(*subject) {
                    Some(key) => keys.insert(**subject, key.clone()).is_some(),
                    None => true,
                })
                .copied()
                .collect()
        };
        if missing.is_empty() {
            return Ok(keys);
        }
        let salts = self.load_salts(missing.iter().copied()).await?;
        let owner_keys = self.owner_keys(salts.values().map(|(owner, _)| *owner)).await?;
        for (subject, (owner, salt)) in salts {
            if let (Stored::Present(salt), Some(Stored::Present(owner_key))) = (salt, owner_keys.get(&owner)) {
                keys.insert(subject, SubjectKey::new(subject, owner_key.as_slice(), &salt));
            }
        }
        self.remember(keys.values().cloned(), generation);
        Ok(keys)
    }

    /// Keeps keys whose storing was committed, or that were loaded, unless something was erased
    /// since `generation`, when they were looked up.
    pub(crate) fn remember(&self, keys: impl IntoIterator<Item = SubjectKey>, generation: u64) {
        let mut cache = self.subjects.lock();
        if generation != self.generation() {
            return;
        }
        for key in keys {
            cache.put(key.subject, key);
        }
    }

    /// Forgets everything, so that erased keys are gone from memory too.
    pub fn forget(&self) {
        // First, so that nobody puts back what is taken out next.
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.subjects.lock().clear();
        self.owners.lock().clear();
    }

    /// Deletes the salt of one subject: nobody can read its personal values any more.
    ///
    /// # Errors
    /// The database is away.
    pub async fn erase_subject(&self, subject: Uuid) -> Result<(), StoreError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute(
                "INSERT INTO subject_salt (subject_id, owner_id, salt) VALUES ($1, $1, NULL)
                 ON CONFLICT (subject_id) DO UPDATE SET salt = NULL",
                &[&subject],
            )
            .await?;
        self.finish_erasure(transaction).await
    }

    /// Deletes the key of one owner: nobody can read anything personal of theirs any more.
    ///
    /// # Errors
    /// The database is away.
    pub async fn erase_owner(&self, owner: Uuid) -> Result<(), StoreError> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute(
                "INSERT INTO owner_key (owner_id, wrapped_key) VALUES ($1, NULL)
                 ON CONFLICT (owner_id) DO UPDATE SET wrapped_key = NULL",
                &[&owner],
            )
            .await?;
        transaction.execute("UPDATE subject_salt SET salt = NULL WHERE owner_id = $1", &[&owner]).await?;
        self.finish_erasure(transaction).await
    }

    async fn finish_erasure(&self, transaction: deadpool_postgres::Transaction<'_>) -> Result<(), StoreError> {
        transaction.execute("SELECT pg_notify($1, '')", &[&ERASED_CHANNEL]).await?;
        transaction.commit().await?;
        self.forget();
        Ok(())
    }

    async fn load_salts(
        &self,
        subjects: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, (Uuid, Stored<Vec<u8>>)>, StoreError> {
        let subjects: Vec<Uuid> = subjects.collect();
        let client = self.pool.get().await?;
        let statement = client
            .prepare_cached("SELECT subject_id, owner_id, salt FROM subject_salt WHERE subject_id = ANY($1)")
            .await?;
        let rows = client.query(&statement, &[&subjects]).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let salt: Option<Vec<u8>> = row.get(2);
                (row.get(0), (row.get(1), salt.map_or(Stored::Erased, Stored::Present)))
            })
            .collect())
    }

    async fn owner_keys(
        &self,
        owners: impl Iterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Stored<OwnerKey>>, StoreError> {
        let generation = self.generation();
        let wanted: HashSet<Uuid> = owners.collect();
        let mut keys = HashMap::with_capacity(wanted.len());
        let missing: Vec<Uuid> = {
            let mut cache = self.owners.lock();
            wanted
                .into_iter()
                .filter(|owner| match cache.get(owner) {
                    Some(key) => keys.insert(*owner, Stored::Present(key.clone())).is_some(),
                    None => true,
                })
                .collect()
        };
        if missing.is_empty() {
            return Ok(keys);
        }
        let client = self.pool.get().await?;
        let statement =
            client.prepare_cached("SELECT owner_id, wrapped_key FROM owner_key WHERE owner_id = ANY($1)").await?;
        for row in client.query(&statement, &[&missing]).await? {
            let owner: Uuid = row.get(0);
            let key = match row.get::<_, Option<Vec<u8>>>(1) {
                Some(wrapped) => Stored::Present(self.unwrap(owner, &wrapped)?),
                None => Stored::Erased,
            };
            keys.insert(owner, key);
        }
        self.remember_owners(&keys, generation);
        Ok(keys)
    }

    fn remember_owners(&self, keys: &HashMap<Uuid, Stored<OwnerKey>>, generation: u64) {
        let mut cache = self.owners.lock();
        if generation != self.generation() {
            return;
        }
        for (owner, key) in keys {
            if let Stored::Present(key) = key {
                cache.put(*owner, key.clone());
            }
        }
    }

    fn unwrap(&self, owner: Uuid, wrapped: &[u8]) -> Result<OwnerKey, StoreError> {
        let opened = self.master.unwrap(owner, wrapped).ok_or_else(|| {
            StoreError::Keys(
                "the master key does not open this database's keys; put back the key file that belongs to it"
                    .to_owned(),
            )
        })?;
        Ok(Arc::new(opened))
    }

    fn new_owner_key(
        &self,
        owner: Uuid,
        known: &mut HashMap<Uuid, Stored<OwnerKey>>,
        new: &mut NewKeys,
    ) -> Result<OwnerKey, StoreError> {
        let key = Arc::new(random::<KEY_BYTES>().map_err(|error| StoreError::Fault(error.to_string()))?);
        let wrapped = self.master.wrap(owner, &key).map_err(|error| StoreError::Fault(error.to_string()))?;
        new.owners.push((owner, wrapped));
        known.insert(owner, Stored::Present(key.clone()));
        Ok(key)
    }
}

fn new_salt(subject: Subject, new: &mut NewKeys) -> Result<Vec<u8>, StoreError> {
    let salt = random::<KEY_BYTES>().map_err(|error| StoreError::Fault(error.to_string()))?.to_vec();
    new.salts.push((subject, salt.clone()));
    Ok(salt)
}

//! The master key: the one secret that lies outside the database.

use std::{
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Length of every key and of a salt, in bytes.
pub(crate) const KEY_BYTES: usize = 32;
/// Length of the random nonce of XChaCha20-Poly1305, in bytes.
pub(crate) const NONCE_BYTES: usize = 24;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error("the master key {path} cannot be read or made: {reason}")]
    File {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file does not hold a key.
    #[error("the master key {0} does not hold {KEY_BYTES} bytes; put the right file back from your backup")]
    Length(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

/// Wraps the owners' keys and keys the claims.
pub struct MasterKey {
    cipher: XChaCha20Poly1305,
    claims: Zeroizing<[u8; KEY_BYTES]>,
}

impl MasterKey {
    /// A master key of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let wrapping = derive(bytes, &[], b"albumen wrapping v1");
        Self {
            cipher: XChaCha20Poly1305::new(wrapping.as_slice().into()),
            claims: derive(bytes, &[], b"albumen claims v1"),
        }
    }

    /// Reads the key in `path`, or makes one there that only its user can read.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub fn load_or_create(path: &Path) -> Result<Self, MasterKeyError> {
        match std::fs::File::open(path) {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(file_error(path, &error)),
        }
    }

    fn read(path: &Path, mut file: std::fs::File) -> Result<Self, MasterKeyError> {
        let mut bytes = Zeroizing::new(Vec::new());
        file.read_to_end(&mut bytes).map_err(|error| file_error(path, &error))?;
        let bytes: &[u8; KEY_BYTES] =
            bytes.as_slice().try_into().map_err(|_| MasterKeyError::Length(path.to_owned()))?;
        Ok(Self::new(bytes))
    }

    fn create(path: &Path) -> Result<Self, MasterKeyError> {
        let bytes = random::<KEY_BYTES>()?;
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(bytes.as_slice())?;
            file.sync_all()?;
            match path.parent() {
                Some(folder) => std::fs::File::open(folder)?.sync_all(),
                None => Ok(()),
            }
        };
        write().map_err(|error| file_error(path, &error))?;
        Ok(Self::new(&bytes))
    }

    /// Wraps the key of `owner` for the database.
    pub(crate) fn wrap(&self, owner: Uuid, key: &[u8; KEY_BYTES]) -> Result<Vec<u8>, MasterKeyError> {
        let nonce = random::<NONCE_BYTES>()?;
        let payload = Payload { msg: key, aad: owner.as_bytes() };
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(nonce.as_slice()), payload)
            .map_err(|_| MasterKeyError::Random("sealing failed".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::wrap`] made; none when this is not the master key that made it.
    pub(crate) fn unwrap(&self, owner: Uuid, wrapped: &[u8]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        let opened = Zeroizing::new(self.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()?);
        Some(Zeroizing::new(opened.as_slice().try_into().ok()?))
    }

    /// What the claims table holds instead of a key.
    pub(crate) fn claim_key(&self, name: &str, key: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.claims.as_slice()) else {
            // HMAC takes keys of every length; this arm cannot be reached.
            return Vec::new();
        };
        mac.update(name.as_bytes());
        mac.update(&[0]);
        mac.update(key);
        mac.finalize().into_bytes().to_vec()
    }
}

/// HKDF-SHA-256.
pub(crate) fn derive(key: &[u8], salt: &[u8], purpose: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut derived = Zeroizing::new([0; KEY_BYTES]);
    // The output is far shorter than HKDF's limit, so expanding cannot fail.
    let _ = Hkdf::<Sha256>::new(Some(salt), key).expand(purpose, derived.as_mut_slice());
    derived
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, MasterKeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::rngs::OsRng
        .try_fill_bytes(bytes.as_mut_slice())
        .map_err(|error| MasterKeyError::Random(error.to_string()))?;
    Ok(bytes)
}

fn file_error(path: &Path, error: &std::io::Error) -> MasterKeyError {
    MasterKeyError::File { path: path.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_for_its_owner_and_its_master_alone() {
        let master = MasterKey::new(&[7; KEY_BYTES]);
        let owner = Uuid::from_u128(1);
        let wrapped = master.wrap(owner, &[9; KEY_BYTES]).expect("wraps");
        assert_eq!(master.unwrap(owner, &wrapped).map(|key| *key), Some([9; KEY_BYTES]));
        assert!(master.unwrap(Uuid::from_u128(2), &wrapped).is_none());
        assert!(MasterKey::new(&[8; KEY_BYTES]).unwrap(owner, &wrapped).is_none());
        assert!(master.unwrap(owner, &wrapped[..10]).is_none());
    }

    #[test]
    fn claims_of_different_names_do_not_meet() {
        let master = MasterKey::new(&[7; KEY_BYTES]);
        assert_ne!(master.claim_key("a", b"bc"), master.claim_key("ab", b"c"));
        assert_eq!(master.claim_key("a", b"bc"), master.claim_key("a", b"bc"));
    }
}

//! Secrets that are told once: session tokens and the secrets of API keys.

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::TryRngCore;
use sha2::{Digest, Sha256};

use crate::edge::ApiError;

/// Random bytes in a secret: 256 bits, beyond guessing.
const SECRET_BYTES: usize = 32;

/// A new secret with the hash that is kept of it.
pub struct Secret {
    /// Told once, to whom it belongs.
    pub plain: String,
    /// SHA-256, base64: what the log keeps.
    pub hash: String,
}

impl Secret {
    /// Makes a new one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn random() -> Result<Self, ApiError> {
        let mut bytes = [0; SECRET_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(ApiError::internal_outside_handlers)?;
        let mut plain = STANDARD.encode(bytes);
        plain.retain(|character| character.is_ascii_alphanumeric());
        let hash = STANDARD.encode(hash_of(&plain));
        Ok(Self { plain, hash })
    }
}

/// SHA-256 of a secret: how it is looked up.
#[must_use]
pub fn hash_of(plain: &str) -> [u8; 32] {
    Sha256::digest(plain.as_bytes()).into()
}

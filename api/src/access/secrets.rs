//! Secrets that are told once (session tokens and the secrets of API keys), and the keys of shared
//! links, which are told again.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, NO_PAD, STANDARD, URL_SAFE_NO_PAD},
    },
};
use rand::TryRngCore;
use sha2::{Digest, Sha256};

use crate::edge::ApiError;

/// Random bytes in a secret: 256 bits, beyond guessing.
const SECRET_BYTES: usize = 32;
/// Random bytes in the key of a shared link, as clients know them.
const SHARE_KEY_BYTES: usize = 50;

/// Clients write base64url with and without padding.
const URL_SAFE_ANY_PADDING: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent));

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

/// The key of a shared link with the hash by which it is looked up.
pub struct ShareKey {
    /// base64url.
    pub plain: String,
    /// SHA-256 of its bytes, base64.
    pub hash: String,
}

impl ShareKey {
    /// Makes a new one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn random() -> Result<Self, ApiError> {
        let mut bytes = [0; SHARE_KEY_BYTES];
        rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(ApiError::internal_outside_handlers)?;
        Ok(Self { plain: URL_SAFE_NO_PAD.encode(bytes), hash: STANDARD.encode(Sha256::digest(bytes)) })
    }

    /// SHA-256 of the bytes of a key that a client sent, in hexadecimal or base64url; none for what
    /// is no key.
    #[must_use]
    pub fn hash_of(sent: &str) -> Option<[u8; 32]> {
        let bytes = if sent.len() == 2 * SHARE_KEY_BYTES { hexadecimal(sent) } else { None };
        let bytes = bytes.or_else(|| URL_SAFE_ANY_PADDING.decode(sent).ok())?;
        (bytes.len() == SHARE_KEY_BYTES).then(|| Sha256::digest(bytes).into())
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_in_each_of_its_forms() {
        let key = ShareKey::random().expect("random numbers");
        assert_eq!(key.plain.len(), 67);
        let bytes = URL_SAFE_NO_PAD.decode(&key.plain).expect("base64url");
        let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        for form in [key.plain.clone(), format!("{}=", key.plain), hexadecimal.clone(), hexadecimal.to_lowercase()] {
            assert_eq!(ShareKey::hash_of(&form).map(|hash| STANDARD.encode(hash)), Some(key.hash.clone()), "{form}");
        }
    }

    #[test]
    fn what_is_no_key_has_no_hash() {
        let (short, wrong) = ("a".repeat(66), "é".repeat(50));
        for sent in ["", "key", "%", &short, &wrong] {
            assert_eq!(ShareKey::hash_of(sent), None, "{sent}");
        }
    }
}

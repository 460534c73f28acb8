//! Hashes of passwords and PIN codes. They are slow on purpose, so they run on threads that may
//! block, and few at a time, so that log-ins cannot take the whole machine.

use std::{num::NonZeroUsize, sync::LazyLock};

use tokio::sync::Semaphore;

use crate::edge::ApiError;

/// bcrypt's cost: 2^10 rounds, about 50 ms.
const COST: u32 = 10;

/// Compared with where there is no hash, so that an unknown address takes as long as a known one.
/// It is the hash of something nobody can type in vain: matching it gives nothing.
const DUMMY_HASH: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyecrzbfUnIL/xJHH.o/kAZ070kzGqWDgG";

/// One hash per core at a time; the others wait their turn.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZeroUsize::get)));

/// Hashes a password or PIN code.
///
/// # Errors
/// The system has no random numbers.
pub async fn hash(plain: String) -> Result<String, ApiError> {
    in_turn(move || bcrypt::hash(plain, COST)).await?.map_err(ApiError::internal_outside_handlers)
}

/// Whether this is the password or PIN code of that hash. Never so without a hash.
///
/// # Errors
/// The hash cannot be read.
pub async fn matches(plain: String, hash: Option<String>) -> Result<bool, ApiError> {
    let has_hash = hash.is_some();
    let hash = hash.unwrap_or_else(|| DUMMY_HASH.to_owned());
    let equal = in_turn(move || bcrypt::verify(plain, &hash)).await?.map_err(ApiError::internal_outside_handlers)?;
    Ok(equal && has_hash)
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let _turn = TURNS.acquire().await.map_err(ApiError::internal_outside_handlers)?;
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal_outside_handlers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_alone() {
        let hashed = hash("correct horse".to_owned()).await.expect("hashes");
        assert!(hashed.starts_with("$2b$10$"));
        assert!(matches("correct horse".to_owned(), Some(hashed.clone())).await.expect("compares"));
        assert!(!matches("battery staple".to_owned(), Some(hashed)).await.expect("compares"));
    }

    #[tokio::test]
    async fn without_a_hash_nothing_matches_but_the_time_is_spent() {
        assert!(bcrypt::verify("not a password of anybody", DUMMY_HASH).expect("a valid hash of the same cost"));
        assert!(!matches("not a password of anybody".to_owned(), None).await.expect("compares"));
    }
}

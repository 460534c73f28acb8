//! Slows down whoever guesses passwords or PIN codes.
//!
//! Nobody is locked out: after some attempts in vain the next ones are spaced, and those that
//! would have to wait too long are sent away. The right password ends it.

use std::{num::NonZeroUsize, time::Duration};

use lru::LruCache;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::edge::ApiError;

/// Attempts that cost no time: more than a person needs who has several passwords, or than a
/// person's devices make at once when they all log in again.
const FREE_ATTEMPTS: u32 = 50;
/// Time between attempts after that: some 30,000 a day.
const SPACING: Duration = Duration::from_secs(3);
/// Longest that a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(15);
/// Attempts are forgotten this long after the last.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Targets remembered, of 80 bytes each; the one not tried for longest goes first.
const MAX_TARGETS: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// What is being guessed, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target([u8; 32]);

impl Target {
    /// The target that these texts name.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }
}

#[derive(Clone, Copy)]
struct Attempts {
    count: u32,
    /// When the last of them could begin.
    last_turn: Instant,
}

/// Counts attempts in vain.
pub struct Throttle {
    attempts: Mutex<LruCache<Target, Attempts>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { attempts: Mutex::new(LruCache::new(MAX_TARGETS)) }
    }
}

impl Throttle {
    /// Waits until the next attempt may be made. It counts as one in vain until
    /// [`Self::succeeded`], so that many at once are as slow as one after another.
    ///
    /// # Errors
    /// Too many are waiting already.
    pub async fn admit(&self, target: Target) -> Result<(), ApiError> {
        let turn = self.next_turn(target, Instant::now()).ok_or_else(ApiError::try_again)?;
        tokio::time::sleep_until(turn).await;
        Ok(())
    }

    /// The guess was right.
    pub fn succeeded(&self, target: Target) {
        self.attempts.lock().pop(&target);
    }

    fn next_turn(&self, target: Target, now: Instant) -> Option<Instant> {
        let mut attempts = self.attempts.lock();
        let known = attempts.get(&target).filter(|known| known.last_turn + MEMORY > now);
        let (count, turn) = match known {
            Some(known) if known.count >= FREE_ATTEMPTS => (known.count, now.max(known.last_turn + SPACING)),
            Some(known) => (known.count, now),
            None => (0, now),
        };
        if turn > now + MAX_WAIT {
            return None;
        }
        attempts.put(target, Attempts { count: count.saturating_add(1), last_turn: turn });
        Some(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::of(&["login", "192.0.2.1", "ada@example.org"])
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        assert_ne!(Target::of(&["ab", "c"]), Target::of(&["a", "bc"]));
    }

    #[tokio::test]
    async fn guesses_are_spaced_and_the_queue_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.next_turn(target(), now), Some(now));
        }
        for place in 1..=5 {
            assert_eq!(throttle.next_turn(target(), now), Some(now + SPACING * place));
        }
        assert_eq!(throttle.next_turn(target(), now), None);
        let other = Target::of(&["login", "192.0.2.1", "bob@example.org"]);
        assert_eq!(throttle.next_turn(other, now), Some(now));
    }

    #[tokio::test]
    async fn success_and_time_forgive() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..=FREE_ATTEMPTS {
            throttle.next_turn(target(), now);
        }
        let later = now + MEMORY + SPACING;
        assert_eq!(throttle.next_turn(target(), later), Some(later));
        throttle.succeeded(target());
        assert_eq!(throttle.next_turn(target(), now), Some(now));
    }
}

//! Pieces of the log that were opened for one reader, for the others who come by.
//!
//! Opening events is most of what reading the log costs, and all read models of a process catch up with the same ones.
//! Who comes to a piece first has it opened; the others wait for that or find it. To find one costs next to nothing, so
//! whoever is behind comes up to those before, and readers that apply quickly enough stay together.

use std::{
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_domain::Recorded;
use albumen_schemas::feed::PIECE_EVENTS;
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Two for each of the few groups that readers fall into. One is some 8 MB, and without them each reader would hold
/// one of its own.
const KEPT_PIECES: NonZeroUsize = NonZeroUsize::new(8).expect("not zero");
/// When nobody has asked for one in so long, everybody has caught up.
const KEPT_UNUSED: Duration = Duration::from_secs(5);

/// The events of a piece, once they are opened.
pub(super) type Piece = Arc<OnceCell<Vec<Arc<Recorded>>>>;

/// See the module's words.
pub(super) struct Pieces(Mutex<Kept>);

struct Kept {
    /// By the position before the first event, and by the generation of the keys: what was opened before an erasure
    /// holds in plain what was erased.
    pieces: LruCache<(i64, u64), Piece>,
    asked_at: Instant,
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Kept { pieces: LruCache::new(KEPT_PIECES), asked_at: Instant::now() }))
    }

    /// The piece that follows `begin`, opened with keys of that generation, or to be filled by whoever asks for it.
    pub(super) fn piece(&self, begin: i64, key_generation: u64) -> Piece {
        let mut kept = self.0.lock();
        kept.asked_at = Instant::now();
        kept.pieces.get_or_insert((begin, key_generation), Piece::default).clone()
    }

    /// Lets go of all.
    pub(super) fn forget(&self) {
        self.0.lock().pieces.clear();
    }

    /// The same, if nobody needs them any more.
    pub(super) fn forget_unused(&self, now: Instant) {
        let mut kept = self.0.lock();
        if now.duration_since(kept.asked_at) > KEPT_UNUSED {
            kept.pieces.clear();
        }
    }
}

/// Where the piece begins in which the event after `after` lies; none for a reader that is less than a piece behind
/// `head`: for what is new nobody waits until other events are opened, too.
pub(super) fn begin_of(after: i64, head: i64) -> Option<i64> {
    const LENGTH: i64 = PIECE_EVENTS as i64;
    (head - after >= LENGTH).then_some(after / LENGTH * LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_a_piece_behind_is_given_one() {
        let length = PIECE_EVENTS as i64;
        for (after, head, begin) in [
            (0, length, Some(0)),
            (0, length - 1, None),
            (length - 1, length, None),
            (length - 1, 2 * length - 1, Some(0)),
            (length, 2 * length, Some(length)),
            (2 * length - 1, 5 * length, Some(length)),
        ] {
            assert_eq!(begin_of(after, head), begin, "after {after} of {head}");
        }
    }

    #[test]
    fn a_piece_is_the_same_for_all_who_ask_with_the_same_keys() {
        let pieces = Pieces::new();
        let piece = pieces.piece(0, 1);
        assert!(Arc::ptr_eq(&piece, &pieces.piece(0, 1)));
        assert!(!Arc::ptr_eq(&piece, &pieces.piece(0, 2)), "after an erasure");
        assert!(!Arc::ptr_eq(&piece, &pieces.piece(PIECE_EVENTS as i64, 1)), "another one");
    }

    #[test]
    fn what_nobody_asks_for_is_let_go_of() {
        let pieces = Pieces::new();
        let piece = pieces.piece(0, 1);
        pieces.forget_unused(Instant::now());
        assert!(Arc::ptr_eq(&piece, &pieces.piece(0, 1)), "it was asked for just now");
        pieces.forget_unused(Instant::now() + 2 * KEPT_UNUSED);
        assert_eq!(Arc::strong_count(&piece), 1);
        let piece = pieces.piece(0, 1);
        pieces.forget();
        assert_eq!(Arc::strong_count(&piece), 1);
    }

    #[test]
    fn few_are_kept() {
        let pieces = Pieces::new();
        let piece = pieces.piece(0, 1);
        for later in 1..=KEPT_PIECES.get() as i64 {
            pieces.piece(later * PIECE_EVENTS as i64, 1);
        }
        assert_eq!(Arc::strong_count(&piece), 1);
    }
}

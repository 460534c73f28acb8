//! The order of changes.
//!
//! A change is the position of its event in the log, and its place among the changes that this one
//! event made. Both fit into one number, so that "what has changed since" is a range of an index.

/// Bits for the place within an event: an event names no more assets than fit into a request.
const PLACE_BITS: u32 = 20;
/// The last place within an event.
const LAST_PLACE: i64 = (1 << PLACE_BITS) - 1;

/// The change at a place within the event at a position.
pub(super) fn change_of(position: i64, place: usize) -> i64 {
    (position << PLACE_BITS) | i64::try_from(place).unwrap_or(LAST_PLACE).min(LAST_PLACE)
}

/// The last change that events up to `position` can have made.
pub(super) const fn last_change_at(position: i64) -> i64 {
    (position << PLACE_BITS) | LAST_PLACE
}

/// The position of the event that made a change.
pub(super) const fn position_of(change: i64) -> i64 {
    change >> PLACE_BITS
}

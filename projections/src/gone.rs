//! Users who are gone, and with them what was theirs.

use albumen_domain::{
    AnyEvent, Recorded,
    erasure::{ErasureEvent, ErasureScope},
    user::UserEvent,
};
use uuid::Uuid;

/// The user who is gone with this event, for good and with all that is theirs.
pub fn gone_user(recorded: &Recorded) -> Option<Uuid> {
    match &recorded.event {
        AnyEvent::User(UserEvent::Removed(_)) => Some(recorded.stream.id),
        AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) if erased.scope == ErasureScope::Owner => {
            Some(recorded.stream.id)
        }
        _ => None,
    }
}

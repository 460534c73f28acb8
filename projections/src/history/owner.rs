//! Whose a thing is.

use albumen_domain::{AnyEvent, Recorded};
use serde_json::Value;
use uuid::Uuid;

/// Members by which first events name the owner of a thing, the more telling first.
const OWNER_MEMBERS: [&str; 5] = ["owner", "user", "owner_id", "user_id", "shared_by"];

/// The owner that the first event of a stream names. New kinds of streams need nothing here as long as
/// they call an owner an owner, or a user a user.
pub(super) fn named_by(recorded: &Recorded) -> Option<Uuid> {
    match &recorded.event {
        AnyEvent::User(_) => Some(recorded.stream.id),
        AnyEvent::System(_) => None,
        event => {
            let tagged = event.to_tagged().ok()?;
            OWNER_MEMBERS.iter().find_map(|member| tagged["data"][member].as_str()?.parse().ok())
        }
    }
}

/// Whether a value is a UUID in text.
pub(super) fn id_in(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

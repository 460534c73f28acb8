//! What users are told in the app.
//!
//! That an album was shared with a user, or that something came into it, follows from the album's own
//! events, so it needs none of its own. Its id follows from the event's place in the log and the user,
//! so a rebuild finds the same, and what the user did with it fits again.
//!
//! Names of albums and people are joined when somebody asks.

mod apply;
mod queries;

pub use apply::Notifications;
pub use queries::{NotificationFilter, NotificationQueries, NotificationRow};

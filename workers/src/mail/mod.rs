//! E-mail: what users are written, and the mail server that takes it.

mod letter;
mod server;

pub use letter::{Letter, Picture, Template, Values};
pub use server::{MailFailure, send, verify};

use albumen_domain::processing::Job;
use serde_json::Value;

/// Whether somebody with these preferences wants to be written. What they did not choose is on.
#[must_use]
pub fn is_wanted(job: Job, preferences: &Value) -> bool {
    let is_on = |name: &str| preferences["emailNotifications"][name].as_bool() != Some(false);
    let kind = match job {
        Job::AlbumInvitation => "albumInvite",
        Job::AlbumNews => "albumUpdate",
        // Nobody is written about anything else.
        _ => return false,
    };
    is_on("enabled") && is_on(kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_does_not_want_e_mails_gets_none() {
        let wanted = |chosen: Value| {
            let preferences = json!({ "emailNotifications": chosen });
            [Job::AlbumInvitation, Job::AlbumNews].map(|job| is_wanted(job, &preferences))
        };
        assert!([Job::AlbumInvitation, Job::AlbumNews].iter().all(|job| is_wanted(*job, &json!({}))));
        assert_eq!(wanted(json!({ "enabled": true })), [true, true]);
        assert_eq!(wanted(json!({ "enabled": false })), [false, false]);
        assert_eq!(wanted(json!({ "albumInvite": false })), [false, true]);
        assert_eq!(wanted(json!({ "albumUpdate": false })), [true, false]);
        assert_eq!(wanted(json!({ "enabled": false, "albumInvite": true })), [false, false]);
    }
}

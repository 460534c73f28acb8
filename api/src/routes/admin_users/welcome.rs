//! The e-mail that tells new users how to log in.

use std::{sync::Arc, time::Duration};

use albumen_projections::system::Configuration;
use albumen_workers::mail::{self, MailFailure, Template};
use uuid::Uuid;

/// Before each further attempt: a mail server that is restarted is back by the last.
const PAUSES: [Duration; 3] = [Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(300)];

/// A new user, as an administrator made them.
pub(super) struct Newcomer {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) password: String,
}

/// Writes to a new user, beside the request; where e-mail is switched off, nobody is written.
///
/// The password is in no log, of events or otherwise, and must not be. So this e-mail alone is asked for by no event, and is
/// not sent by a server that stops before the mail server has taken it: the administrator knows the password and can tell it.
pub(super) fn write(configuration: &Arc<Configuration>, newcomer: Newcomer) {
    let configuration = configuration.clone();
    tokio::spawn(async move {
        let name = Uuid::new_v4().to_string();
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            let Err(failure) = try_to_write(&configuration, &newcomer, &name).await else { return };
            tracing::warn!(%failure, "a new user was not written");
            match pause {
                Some(pause) if !failure.is_permanent() => tokio::time::sleep(pause).await,
                _ => return,
            }
        }
    });
}

async fn try_to_write(configuration: &Configuration, newcomer: &Newcomer, name: &str) -> Result<(), MailFailure> {
    let in_force = configuration.current();
    let settings = &in_force.settings;
    if !settings.notifications.smtp.enabled {
        return Ok(());
    }
    let values = [
        ("displayName", newcomer.name.as_str()),
        ("username", newcomer.email.as_str()),
        ("password", newcomer.password.as_str()),
        ("baseUrl", settings.server.base_url()),
    ];
    let letter = Template::Welcome.letter(&settings.templates.email, &values);
    mail::send(&settings.notifications.smtp, &newcomer.email, letter, name).await?;
    Ok(())
}

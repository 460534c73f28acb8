//! Looks which version of the API is the newest: when it starts, and then each hour at a minute of its own, so that not
//! all installations ask at once.
//!
//! What is looked for are versions of the API that this server speaks, which another product sets: that there is a newer
//! one does not say that there is a newer server. Where nobody answers, nothing is noted and nobody is troubled.
//!
//! Of several processes one looks: the one that holds the task ([`Candidate`]).

mod service;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use albumen_commands::Context;
use albumen_domain::system::{NewVersionSettings, ReleaseFound, SYSTEM_ID, System, SystemCommand, release::ApiVersion};
use albumen_schemas::leadership::{Candidate, Holder};
use chrono::{DateTime, SubsecRound, TimeDelta, Timelike, Utc};

use super::read_configuration;
use crate::jobs::{Failure, Workshop};

/// Where it is asked, unless somebody has named another place.
pub const RELEASES_URL: &str = "https://version.immich.cloud/version";

/// What was found less than this ago is not looked up again.
const LEAST_AGE: TimeDelta = TimeDelta::seconds(50);
/// Between tries to hold the task. Nobody waits for it.
const STANDBY_INTERVAL: Duration = Duration::from_secs(60);
const HOUR_S: u32 = 3_600;
/// Clients see times to the millisecond.
const SUBSECOND_DIGITS: u16 = 3;

/// How newer versions are looked for.
pub struct Releases {
    /// Where.
    pub url: String,
    /// The version of the API that this server speaks.
    pub spoken: &'static str,
    /// Where it is decided which process looks; none where there is no other.
    pub candidate: Option<Candidate>,
}

/// Looks for ever.
pub(super) async fn run(workshop: Arc<Workshop>) {
    let minute = rand::random_range(0..60);
    // Somebody may not want that anybody is asked.
    read_configuration(&workshop).await;
    loop {
        let holder = match &workshop.releases.candidate {
            Some(candidate) => Some(hold(candidate).await),
            None => None,
        };
        let mut watch = Watch::default();
        while holder.as_ref().is_none_or(Holder::is_holder) {
            let settings = workshop.configuration.current().settings.new_version_check;
            if let Err(failure) = watch.look(&workshop, settings, Utc::now()).await {
                tracing::debug!(%failure, "which version of the API is the newest could not be looked up");
            }
            wait(&workshop, settings, minute).await;
        }
    }
}

/// Waits until this process is the one that looks.
async fn hold(candidate: &Candidate) -> Holder {
    loop {
        match candidate.stand().await {
            Ok(Some(holder)) => return holder,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "who looks for newer versions cannot be decided"),
        }
        tokio::time::sleep(STANDBY_INTERVAL).await;
    }
}

/// Waits for the minute, or for somebody who has another wish than `settings` say.
async fn wait(workshop: &Workshop, settings: NewVersionSettings, minute: u32) {
    let mut configured = workshop.configuration.changes();
    let changed = async { configured.wait_for(|now| now.settings.new_version_check != settings).await.is_ok() };
    tokio::select! {
        () = tokio::time::sleep(until_minute(Utc::now(), minute)) => {}
        _ = changed => {}
    }
}

/// The time until a clock shows this minute again.
fn until_minute(now: DateTime<Utc>, minute: u32) -> Duration {
    let passed_s = now.minute() * 60 + now.second();
    let left_s = (minute * 60 + HOUR_S - passed_s) % HOUR_S;
    Duration::from_secs(if left_s == 0 { HOUR_S } else { left_s }.into())
}

/// What this process knows of its looks.
#[derive(Default)]
struct Watch {
    /// When something was found.
    found_at: Option<DateTime<Utc>>,
    /// The newer version that was told of in the log, once each.
    told: Option<String>,
}

impl Watch {
    async fn look(
        &mut self,
        workshop: &Workshop,
        settings: NewVersionSettings,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        if !settings.enabled || self.last_found(workshop).await.is_some_and(|found_at| is_recent(found_at, now)) {
            return Ok(());
        }
        // Made for one question: until the next one, an hour later, nothing of it would be worth its memory.
        let client = service::client().build().map_err(Failure::for_now)?;
        let version = service::newest(&client, &workshop.releases.url, settings.channel).await;
        let version = version.map_err(Failure::for_now)?;
        self.tell(&version, workshop.releases.spoken);
        let found = ReleaseFound { release_version: version, checked_at: now.trunc_subsecs(SUBSECOND_DIGITS) };
        let command = SystemCommand::NoteRelease { found, is_first: self.found_at.is_none() };
        let context = Context::job("version-check", None);
        workshop.commands.execute::<System>(SYSTEM_ID, command, &context).await.map_err(Failure::for_now)?;
        self.found_at = Some(now);
        Ok(())
    }

    /// When something was last found, here or by another process.
    async fn last_found(&self, workshop: &Workshop) -> Option<DateTime<Utc>> {
        if self.found_at.is_some() {
            return self.found_at;
        }
        // While the tables of a new release are being filled, nobody knows.
        let noted = workshop.reads.system().newest_release().await.ok().flatten();
        noted.map(|release| release.checked_at)
    }

    /// Tells whoever reads the log of a newer version, once.
    fn tell(&mut self, version: &str, spoken: &str) {
        let is_newer = ApiVersion::parse(spoken)
            .zip(ApiVersion::parse(version))
            .is_some_and(|(spoken, version)| spoken.step_to(&version).is_some());
        if is_newer && self.told.as_deref() != Some(version) {
            tracing::info!(version, spoken, "there is a newer version of the API than the one that this server speaks");
            self.told = Some(version.to_owned());
        }
    }
}

/// Whether something was found only just now. What lies ahead was found by a clock that went wrong.
fn is_recent(found_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (TimeDelta::zero()..LEAST_AGE).contains(&(now - found_at))
}

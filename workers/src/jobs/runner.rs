//! Everything around a job: claiming, leases, bounds, retries, and the event that ends an attempt.

use std::{sync::Arc, time::Duration};

use albumen_commands::{CommandError, Context, Joint, StoreError};
use albumen_domain::{
    Aggregate, AnyEvent,
    processing::{AttemptFailed, Job, Processing, ProcessingCommand, ProcessingRefusal},
    system::{Concurrency, JobSettings},
};
use albumen_projections::{runtime::Progress, work::Claimed};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use super::{Failure, Outcome, Outlook, Workshop};

/// A worker that says nothing for this long is taken for dead: what it did is begun again soon.
const LEASE: Duration = Duration::from_secs(60);
/// How often a worker says that it is still at it; two of these may be lost.
const RENEWAL: Duration = Duration::from_secs(20);
/// How long the read model may take to know of what a wake-up spoke of, or of an outcome.
const KNOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// A wake-up of the transport reaches one worker of many, which may be busy.
const SHARED_LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How often to look when nothing says that there is work, in case a wake-up was lost.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);
/// After work for which there was nobody.
const UNTRIED_PAUSE: Duration = Duration::from_secs(5);
/// After the database was away.
const PAUSE: Duration = Duration::from_secs(1);
/// The first retry comes after this; each further one after four times as long.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(30);
/// Attempts in all: the last comes about ninety minutes after the first.
const MAX_ATTEMPTS: i32 = 5;

/// What is done with one piece of work.
pub(super) trait Worker: Copy + Send + Sync + 'static {
    /// Which job it is.
    const JOB: Job;

    /// How much of it is done at once.
    fn concurrency(settings: &JobSettings) -> Concurrency;

    /// Whether there is what it takes to do it. While there is not, nothing of it is begun.
    fn is_possible(_workshop: &Workshop) -> bool {
        true
    }

    /// Does it.
    fn work(self, workshop: &Workshop, work: &Claimed) -> impl Future<Output = Result<Outcome, Failure>> + Send;
}

/// Does all work of one job, for ever.
pub(super) async fn run<W: Worker>(workshop: Arc<Workshop>, worker: W) {
    let mut running = JoinSet::new();
    let mut wake = Wake::of(&workshop);
    let mut configured = workshop.configuration.changes();
    loop {
        let mut is_untried = false;
        while let Some(ended) = running.try_join_next() {
            is_untried |= matches!(ended, Ok(Ended::Untried));
        }
        // The log hears of a switch a moment later than the configuration; nothing more is begun until then.
        let is_done = configured.borrow().settings.machine_learning.does(W::JOB);
        if is_untried || !is_done || !W::is_possible(&workshop) {
            let mut services = workshop.predictor.changes();
            services.mark_unchanged();
            tokio::select! {
                () = tokio::time::sleep(UNTRIED_PAUSE) => {}
                _ = services.changed() => {}
                _ = configured.changed() => {}
            }
            continue;
        }
        let wanted = W::concurrency(&configured.borrow_and_update().settings.job).concurrency;
        let free = usize::try_from(wanted).unwrap_or(1).saturating_sub(running.len());
        if free == 0 {
            tokio::select! {
                Some(ended) = running.join_next() => pause_if_untried(&ended).await,
                _ = configured.changed() => {}
            }
            continue;
        }
        let limit = i64::try_from(free).unwrap_or(1);
        let claimed = match workshop.reads.work().claim(W::JOB, limit, LEASE).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::debug!(job = W::JOB.as_str(), %error, "no work can be claimed");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if claimed.is_empty() {
            let until_due = until_due(&workshop, W::JOB).await.min(wake.look_interval());
            tokio::select! {
                () = wake.wait(&workshop) => {}
                () = tokio::time::sleep(until_due) => {}
                _ = configured.changed() => {}
                Some(ended) = running.join_next() => pause_if_untried(&ended).await,
            }
            continue;
        }
        for work in claimed {
            running.spawn(attempt(workshop.clone(), worker, work));
        }
    }
}

/// By what a worker without work hears that there is some.
enum Wake {
    /// The transport, through which one worker of many is told.
    Transport(watch::Receiver<i64>),
    /// The read model itself.
    ReadModel(watch::Receiver<Progress>),
    /// Nothing: it looks now and then.
    Nothing,
}

impl Wake {
    fn of(workshop: &Workshop) -> Self {
        match (&workshop.wake_ups, workshop.reads.progress_of("work")) {
            (Some(wake_ups), _) => Self::Transport(wake_ups.clone()),
            (None, Some(progress)) => Self::ReadModel(progress),
            (None, None) => Self::Nothing,
        }
    }

    const fn look_interval(&self) -> Duration {
        match self {
            Self::Transport(_) => SHARED_LOOK_INTERVAL,
            Self::ReadModel(_) | Self::Nothing => LOOK_INTERVAL,
        }
    }

    async fn wait(&mut self, workshop: &Workshop) {
        let is_woken = match self {
            Self::Transport(wake_ups) => match wake_ups.changed().await {
                Ok(()) => {
                    let position = *wake_ups.borrow_and_update();
                    workshop.reads.wait_for_one("work", position, KNOWN_TIMEOUT).await;
                    true
                }
                Err(_) => false,
            },
            Self::ReadModel(progress) => progress.changed().await.is_ok(),
            Self::Nothing => false,
        };
        if !is_woken {
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
    }
}

async fn until_due(workshop: &Workshop, job: Job) -> Duration {
    let due = workshop.reads.work().next_due(job).await.ok().flatten();
    let wait = due.and_then(|due| (due - Utc::now()).to_std().ok());
    wait.unwrap_or(LOOK_INTERVAL).min(LOOK_INTERVAL)
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Tried,
    Untried,
}

/// What nobody could do is not begun again at once.
async fn pause_if_untried(ended: &Result<Ended, tokio::task::JoinError>) {
    if matches!(ended, Ok(Ended::Untried)) {
        tokio::time::sleep(UNTRIED_PAUSE).await;
    }
}

async fn attempt<W: Worker>(workshop: Arc<Workshop>, worker: W, work: Claimed) -> Ended {
    let worked = tokio::select! {
        worked = worker.work(&workshop, &work) => worked,
        () = keep_lease(&workshop, W::JOB, &work) => return Ended::Tried,
    };
    let settled = match worked {
        Ok(Outcome::Report(command)) => report(&workshop, W::JOB, &work, command).await,
        Ok(Outcome::Settled) => true,
        Ok(Outcome::Nothing) => false,
        Err(failure) if failure.outlook == Outlook::Untried => {
            tracing::debug!(job = W::JOB.as_str(), reason = failure.reason, "work has to wait");
            give_back(&workshop, &work).await;
            return Ended::Untried;
        }
        Err(failure) => report(&workshop, W::JOB, &work, report_failure(W::JOB, &work, failure)).await,
    };
    if settled {
        give_back(&workshop, &work).await;
    }
    Ended::Tried
}

async fn give_back(workshop: &Workshop, work: &Claimed) {
    if let Err(error) = workshop.reads.work().release(work.lease_id, work.asset_id).await {
        tracing::debug!(%error, "a lease could not be given back; it ends by itself");
    }
}

/// Renews the lease for as long as the attempt takes; ends when somebody else has it by now.
async fn keep_lease(workshop: &Workshop, job: Job, work: &Claimed) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        match workshop.reads.work().renew(work.lease_id, work.asset_id, LEASE).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(job = job.as_str(), asset = %work.asset_id, "the lease was lost; another worker does it");
                return;
            }
            Err(error) => tracing::debug!(%error, "a lease could not be renewed"),
        }
    }
}

fn report_failure(job: Job, work: &Claimed, failure: Failure) -> ProcessingCommand {
    tracing::warn!(
        job = job.as_str(),
        asset = %work.asset_id,
        attempt = work.attempt,
        reason = failure.reason,
        "an attempt came to nothing"
    );
    ProcessingCommand::ReportFailure(AttemptFailed {
        owner: work.owner_id,
        job,
        lease: work.lease_id,
        revision: work.revision,
        attempt: work.attempt,
        retry_at: if failure.outlook == Outlook::Hopeless { None } else { retry_at(work.attempt, Utc::now()) },
        reason: failure.reason,
    })
}

/// None when there were enough attempts.
fn retry_at(attempt: i32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let further = u32::try_from(attempt - 1).unwrap_or(0);
    (attempt < MAX_ATTEMPTS).then(|| now + FIRST_RETRY * 4_i32.saturating_pow(further))
}

/// Waits until an outcome is known. Whoever is late, what is to be done has to know before the lease is given back: else
/// the same work is claimed again.
async fn known(workshop: &Workshop, position: Option<i64>) {
    let Some(position) = position else { return };
    workshop.reads.wait_for(position).await;
    workshop.reads.wait_for_one("work", position, KNOWN_TIMEOUT).await;
}

/// Puts an outcome into the log; false when it did not get there. The work is then done again
/// when the lease has ended, if it is still due.
pub(super) async fn report(workshop: &Workshop, job: Job, work: &Claimed, command: ProcessingCommand) -> bool {
    let context = Context::job(job.as_str(), Some(work.revision));
    match workshop.commands.execute::<Processing>(work.asset_id, command, &context).await {
        Ok(executed) => {
            known(workshop, executed.position).await;
            return true;
        }
        Err(CommandError::Refused(refusal)) => {
            tracing::debug!(job = job.as_str(), asset = %work.asset_id, %refusal, "an outcome came too late");
        }
        Err(CommandError::Store(StoreError::Erased(_))) => {
            tracing::debug!(job = job.as_str(), asset = %work.asset_id, "the asset was erased meanwhile");
        }
        Err(error) => {
            tracing::warn!(job = job.as_str(), asset = %work.asset_id, %error, "an outcome could not be written");
        }
    }
    false
}

/// The same for an outcome that is told together with what it comes to.
///
/// # Errors
/// Something that it is about has changed meanwhile: it has to be looked at again.
pub(super) async fn report_together(
    workshop: &Workshop,
    job: Job,
    work: &Claimed,
    joint: &Joint,
) -> Result<bool, Failure> {
    let context = Context::job(job.as_str(), Some(work.revision));
    match workshop.commands.execute_joint(joint, &context).await {
        Ok(executed) => {
            known(workshop, executed.position).await;
            return Ok(true);
        }
        Err(CommandError::Refused(refused)) if refused.of::<ProcessingRefusal>().is_none() => {
            return Err(Failure::for_now(refused));
        }
        Err(CommandError::Refused(refused)) => {
            tracing::debug!(job = job.as_str(), asset = %work.asset_id, %refused, "an outcome came too late");
        }
        Err(CommandError::Store(StoreError::Erased(_))) => {
            tracing::debug!(job = job.as_str(), asset = %work.asset_id, "the asset was erased meanwhile");
        }
        Err(error) => {
            tracing::warn!(job = job.as_str(), asset = %work.asset_id, %error, "an outcome could not be written");
        }
    }
    Ok(false)
}

/// The same for an outcome that lies in a stream of its own. `is_late` names the refusal by which somebody else was
/// quicker; that, and that nobody may know it any more, is no failure.
///
/// # Errors
/// It could not be told.
pub(super) async fn report_apart<A: Aggregate>(
    workshop: &Workshop,
    job: Job,
    work: &Claimed,
    (stream, command): (Uuid, A::Command),
    is_late: impl Fn(&A::Refusal) -> bool,
) -> Result<(), Failure>
where
    AnyEvent: From<A::Event>,
{
    let context = Context::job(job.as_str(), Some(work.revision));
    match workshop.commands.execute::<A>(stream, command, &context).await {
        Ok(executed) => {
            known(workshop, executed.position).await;
            Ok(())
        }
        Err(CommandError::Refused(refusal)) if is_late(&refusal) => Ok(()),
        Err(CommandError::Store(StoreError::Erased(_))) => Ok(()),
        Err(CommandError::Refused(refusal)) => Err(Failure::for_good(refusal)),
        Err(error) => Err(Failure::for_now(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_back_off_and_end() {
        let now = Utc::now();
        assert_eq!(retry_at(1, now), Some(now + TimeDelta::seconds(30)));
        assert_eq!(retry_at(3, now), Some(now + TimeDelta::seconds(480)));
        assert_eq!(retry_at(MAX_ATTEMPTS, now), None);
    }
}

//! What goes on beside the measurements, and what should not.

use std::time::Duration;

use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::{
    Fault,
    api::{Photo, Session},
    http::{Base, Connection},
    processes::{Meter, Who},
};

/// One upload a second.
const UPLOAD_INTERVAL: Duration = Duration::from_secs(1);
/// How long each look at the processor time lasts.
const QUIET_LOOK: Duration = Duration::from_secs(5);
/// Below this an installation is idle: timers, checkpoints.
const QUIET_CPU_MS_PER_S: f64 = 20.0;
/// So many looks in a row: longer than the minute between rounds of autovacuum, which is long at work after a seeding.
const QUIET_LOOKS: usize = 14;
/// After so many looks it is measured anyway.
const MOST_LOOKS: usize = 240;

/// Uploads that go on until they are stopped.
pub(super) struct Background {
    task: JoinHandle<Result<(), Fault>>,
}

impl Background {
    /// Begins.
    pub(super) fn start(base: &Base, session: &Session, photo: &Photo) -> Self {
        Self { task: tokio::spawn(upload_for_ever(base.clone(), session.clone(), photo.clone())) }
    }

    /// Ends; fails if the uploads did.
    pub(super) async fn stop(self) -> Result<(), Fault> {
        if self.task.is_finished() {
            return self.task.await?;
        }
        self.task.abort();
        Ok(())
    }
}

async fn upload_for_ever(base: Base, session: Session, photo: Photo) -> Result<(), Fault> {
    let mut connection = Connection::open(&base).await?;
    let mut ticks = tokio::time::interval(UPLOAD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        connection.ask(&session.upload(&photo)).await?;
    }
}

/// Waits until nothing is left to do of what happened before.
pub(super) async fn wait_until_quiet(who: &Who) -> Result<(), Fault> {
    eprintln!("waiting until the installation is idle");
    let mut quiet_looks = 0;
    for _ in 0..MOST_LOOKS {
        let meter = Meter::start(who)?;
        tokio::time::sleep(QUIET_LOOK).await;
        let is_quiet = meter.stop()?.per_second() < QUIET_CPU_MS_PER_S;
        quiet_looks = if is_quiet { quiet_looks + 1 } else { 0 };
        if quiet_looks >= QUIET_LOOKS {
            return Ok(());
        }
    }
    eprintln!("it does not become idle; measuring all the same");
    Ok(())
}

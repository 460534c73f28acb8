//! The one process that copies.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_commands::{
    copies::{CopyState, Destination, HEARTBEAT, Office},
    log::{GENESIS, LogFeed},
};
use albumen_schemas::feed::Feed;
use eventstore::Client;
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    address::Address,
    append::{append, holds, linked, run_length},
    event::hash,
    fault::MirrorFault,
};

/// Events read from the log at a time.
const BATCH_EVENTS: usize = 500;
/// After the mirror or the database was away.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// After something that only a person can mend: so that nothing has to be restarted then.
const MENDING_INTERVAL: Duration = Duration::from_secs(60);
/// How often a mirror that has everything is asked whether it still has.
const VERIFY_INTERVAL: Duration = Duration::from_secs(60);
/// Events, spread over what should be there, that are looked for.
const SAMPLES: i64 = 16;

/// A mirror that is kept in the background.
pub struct Mirror {
    state: watch::Receiver<CopyState>,
    task: JoinHandle<()>,
}

impl Mirror {
    /// Starts to copy, or to wait until the process that does is gone.
    #[must_use]
    pub fn start(address: Address, database: &tokio_postgres::Config, feed: Arc<LogFeed>) -> Self {
        let (sender, state) = watch::channel(CopyState::Disconnected);
        let mut database = database.clone();
        database.application_name("albumen mirror");
        let copier = Copier { address, database, feed, state: sender, client: None };
        Self { state, task: tokio::spawn(copier.run()) }
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<CopyState> {
        self.state.clone()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Copier {
    address: Address,
    database: tokio_postgres::Config,
    feed: Arc<LogFeed>,
    state: watch::Sender<CopyState>,
    client: Option<Client>,
}

impl Copier {
    async fn run(mut self) {
        loop {
            if let Err(fault) = self.serve().await {
                tracing::warn!(%fault, "the mirror starts again");
            }
            self.state.send_replace(CopyState::Disconnected);
            tokio::time::sleep(RETRY_DELAY).await;
        }
    }

    /// Waits for its turn and copies until it is over.
    async fn serve(&mut self) -> Result<(), MirrorFault> {
        let mut office = Office::wait_for(Destination::EventStoreDb, &self.database, &self.state).await?;
        tracing::info!(position = office.position(), "this process mirrors the log");
        let mut told = None;
        loop {
            let fault = match self.copy(&mut office).await {
                Ok(()) => return Ok(()),
                Err(fault @ MirrorFault::Store(_)) => return Err(fault),
                Err(fault) => fault,
            };
            let delay = if matches!(fault, MirrorFault::Away(_)) { RETRY_DELAY } else { MENDING_INTERVAL };
            let problem = fault.to_string();
            if told.as_ref() != Some(&problem) {
                tracing::error!(position = office.position(), problem, "the mirror stands still");
            }
            office.note_problem(problem.clone(), &self.state).await?;
            told = Some(problem);
            if self.is_over(&office, delay).await? {
                return Ok(());
            }
        }
    }

    /// Waits, and looks meanwhile whether this process still leads and nobody set the position.
    async fn is_over(&self, office: &Office, delay: Duration) -> Result<bool, MirrorFault> {
        let until = Instant::now() + delay;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            tokio::time::sleep(left.min(HEARTBEAT)).await;
            if office.was_set_back().await? {
                return Ok(true);
            }
        }
    }

    /// Copies until something fails, the leadership ends, or a person wants it otherwise.
    async fn copy(&mut self, office: &mut Office) -> Result<(), MirrorFault> {
        let client = self.connected().await?;
        if !self.verify(&client, office).await? {
            return Ok(());
        }
        // What was filled from the beginning once has no reason to end early a second time.
        let mut refilled = false;
        loop {
            match self.copy_with(&client, office).await {
                Err(MirrorFault::Short { stream, revision }) if !refilled => {
                    tracing::warn!(stream, revision, "the mirror lost what it had; it is filled again");
                    refilled = true;
                    if !office.move_to(0, GENESIS, &self.state).await? {
                        return Ok(());
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// The client, anew where the last one has ended.
    async fn connected(&mut self) -> Result<Client, MirrorFault> {
        if let Some(client) = &self.client
            && client.server_info().await.is_ok()
        {
            return Ok(client.clone());
        }
        let client = self.address.client()?;
        client.server_info().await.map_err(|error| MirrorFault::Away(error.to_string()))?;
        self.client = Some(client.clone());
        Ok(client)
    }

    /// Looks whether the mirror has what it should have, and begins from the front where it has not.
    /// False when somebody else set the position.
    async fn verify(&self, client: &Client, office: &mut Office) -> Result<bool, MirrorFault> {
        for position in samples(office.position()) {
            let found = self.feed.reader().stored(position - 1, 1).await?;
            let Some(event) = found.first() else { continue };
            if !holds(client, event).await? {
                tracing::warn!(position, "the mirror does not have this event any more; it is filled again");
                return Ok(office.move_to(0, GENESIS, &self.state).await?);
            }
        }
        Ok(true)
    }

    async fn copy_with(&self, client: &Client, office: &mut Office) -> Result<(), MirrorFault> {
        let mut head = self.feed.head();
        let mut verified = Instant::now();
        let mut beat = Instant::now();
        loop {
            if beat.elapsed() >= HEARTBEAT {
                beat = Instant::now();
                if office.was_set_back().await? {
                    return Ok(());
                }
            }
            let batch = self.feed.reader().stored(office.position(), BATCH_EVENTS).await?;
            if batch.is_empty() {
                if verified.elapsed() >= VERIFY_INTERVAL {
                    verified = Instant::now();
                    if !self.verify(client, office).await? {
                        return Ok(());
                    }
                }
                let news = head.wait_for(|head| *head > office.position());
                let _ = tokio::time::timeout(HEARTBEAT, news).await;
                continue;
            }
            let before = *office.hash();
            let events = linked(&batch, &before);
            let mut rest = events.as_slice();
            while !rest.is_empty() {
                let (run, after) = rest.split_at(run_length(rest));
                append(client, run).await?;
                rest = after;
            }
            let Some(last) = batch.last() else { continue };
            if !office.move_to(last.position, hash(last), &self.state).await? {
                return Ok(());
            }
        }
    }
}

/// Positions up to `last`, spread evenly, the last among them.
fn samples(last: i64) -> Vec<i64> {
    let mut positions: Vec<i64> = (1..=SAMPLES).map(|sample| last * sample / SAMPLES).filter(|at| *at > 0).collect();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread_and_end_with_the_last() {
        assert_eq!(samples(0), Vec::<i64>::new());
        assert_eq!(samples(3), [1, 2, 3]);
        assert_eq!(samples(160).len(), 16);
        assert_eq!(samples(160).last(), Some(&160));
        assert_eq!(samples(10_000_000).last(), Some(&10_000_000));
    }
}

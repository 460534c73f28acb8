//! How fast those who follow the log come after it: the read models, and the relay to Kafka.

use std::time::{Duration, Instant};

use albumen_api::installation::Settings;
use albumen_commands::copies::Destination;
use deadpool_postgres::Pool;

use crate::{
    Fault,
    bar::bar,
    block_on,
    installation::{self, Installation, Log},
    machine::Machine,
    report::{Figure, Report},
};

/// Between looks at how far they are.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Who stands still for so long is run by nobody.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Who follows.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(crate) enum Follower {
    /// The read model that is behind all others; by the role `project`
    ReadModels,
    /// What is published to Kafka; by the role `relay`
    Relay,
}

/// Measure how fast those who follow the log come after it.
#[derive(clap::Args)]
pub(crate) struct FollowCommand {
    #[command(flatten)]
    settings: Settings,
    /// Who is watched
    follower: Follower,
}

impl FollowCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings)?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let watching = async {
            let installation = Installation::open(&config).await?;
            let followed = self.follower.until_caught_up(&installation.log).await;
            installation.close().await;
            followed
        };
        Ok(Report::new(machine, vec![block_on(watching)?.figure()]))
    }
}

impl Follower {
    async fn until_caught_up(self, log: &Log) -> Result<CaughtUp, Fault> {
        let head = log.commands.feed().reader().head().await?;
        self.until(log, head).await
    }

    /// Waits until it has all up to `head`.
    pub(crate) async fn until(self, log: &Log, head: i64) -> Result<CaughtUp, Fault> {
        let (first, started) = (self.position(log).await?, Instant::now());
        let bar = bar(self.what(), "events", u64::try_from((head - first).max(0))?);
        let (mut position, mut moved) = (first, Instant::now());
        while position < head {
            tokio::time::sleep(POLL_INTERVAL).await;
            let now = self.position(log).await?;
            if now > position {
                (position, moved) = (now, Instant::now());
                bar.set_position(u64::try_from(position - first)?);
            }
            if moved.elapsed() > STALL_TIMEOUT {
                return Err(format!("the {} stand still: is a server with that role running?", self.what()).into());
            }
        }
        bar.finish();
        Ok(CaughtUp { what: self.what(), events: position - first, took: started.elapsed() })
    }

    const fn what(self) -> &'static str {
        match self {
            Self::ReadModels => "read models",
            Self::Relay => "topics of the relay",
        }
    }

    async fn position(self, log: &Log) -> Result<i64, Fault> {
        match self {
            Self::ReadModels => slowest_read_model(&log.pool).await,
            Self::Relay => {
                let report = log.commands.feed().reader().copy_report(Destination::Kafka).await?;
                Ok(report.position.unwrap_or_default())
            }
        }
    }
}

async fn slowest_read_model(pool: &Pool) -> Result<i64, Fault> {
    let names: Vec<&str> = albumen_projections::projections().iter().map(|projection| projection.name()).collect();
    let client = pool.get().await?;
    let sql = "SELECT min(position) FROM projection_checkpoint WHERE instance = ANY($1)";
    let position: Option<i64> = client.query_one(sql, &[&names]).await?.get(0);
    Ok(position.unwrap_or_default())
}

/// How they came after.
pub(crate) struct CaughtUp {
    what: &'static str,
    events: i64,
    took: Duration,
}

impl CaughtUp {
    pub(crate) fn figure(&self) -> Figure {
        let rate = self.events as f64 / self.took.as_secs_f64();
        Figure::new(format!("{} catching up", self.what), rate, "events/s")
            .with_detail("events", self.events as f64)
            .with_detail("s", self.took.as_secs_f64())
    }
}

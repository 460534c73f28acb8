//! Seeding: assets that come through the log as uploads and workers bring them, only faster.
//!
//! Each batch is three appends: the uploads, what was read of the files, what was made of them.
//! The files themselves are not there but for the small pictures, which are hard links to a few
//! dozen, so that every thumbnail has a path of its own.

mod invented;
mod pattern;
mod pictures;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_api::installation::{Config, Settings};
use albumen_commands::{Commands, Context};
use albumen_domain::{asset::Asset, processing::Processing};
use deadpool_postgres::Pool;
use uuid::Uuid;

use self::{invented::Invented, pattern::Pattern, pictures::Pictures};
use crate::{
    Fault,
    bar::bar,
    block_on,
    installation::{self, Installation},
    machine::Machine,
    report::{Figure, Report},
};

/// Assets in one append: as many as the log joins into one transaction.
const BATCH_ASSETS: usize = 1_000;
/// Between looks at how far the read models are.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Read models that stand still for so long are followed by nobody.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Put many assets into the log.
#[derive(clap::Args)]
pub(crate) struct SeedCommand {
    #[command(flatten)]
    settings: Settings,
    /// How many
    #[arg(long, value_name = "NUMBER")]
    assets: usize,
}

impl SeedCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings)?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let figures = block_on(seed(&config, self.assets))?;
        Ok(Report::new(machine, figures))
    }
}

async fn seed(config: &Config, assets: usize) -> Result<Vec<Figure>, Fault> {
    let installation = Installation::open(config).await?;
    let figures = fill(config, &installation, assets).await;
    installation.close().await;
    figures
}

async fn fill(config: &Config, installation: &Installation, assets: usize) -> Result<Vec<Figure>, Fault> {
    let pattern = Pattern::find(&installation.log.pool, &config.data.media()).await?;
    let pictures = Arc::new(Pictures::new(config.data.media(), &pattern));
    let commands = &installation.log.commands;
    let seeded = append(&Seeding { commands, pattern, pictures }, assets).await?;
    let caught_up = catch_up(&installation.log.pool, seeded.head).await?;
    let appended = Figure::new(format!("seeding {assets} assets"), seeded.rate(), "events/s appended")
        .with_detail("events", seeded.events as f64)
        .with_detail("s", seeded.appending.as_secs_f64());
    let projected = Figure::new("read models catching up with it", caught_up.rate(), "events/s applied")
        .with_detail("events", caught_up.events as f64)
        .with_detail("s", caught_up.took.as_secs_f64());
    Ok(vec![appended, projected])
}

struct Seeding<'a> {
    commands: &'a Commands,
    pattern: Pattern,
    pictures: Arc<Pictures>,
}

/// What seeding came to.
struct Seeded {
    events: usize,
    /// Without the time for the pictures.
    appending: Duration,
    head: i64,
}

impl Seeded {
    fn rate(&self) -> f64 {
        self.events as f64 / self.appending.as_secs_f64()
    }
}

async fn append(seeding: &Seeding<'_>, assets: usize) -> Result<Seeded, Fault> {
    let bar = bar("log", "assets", assets as u64);
    let mut seeded = Seeded { events: 0, appending: Duration::ZERO, head: 0 };
    for first in (0..assets).step_by(BATCH_ASSETS) {
        let batch: Vec<Invented> = (first..assets.min(first + BATCH_ASSETS)).map(Invented::new).collect();
        seeding.link(&batch).await?;
        let started = Instant::now();
        seeded.head = seeding.append(&batch).await?;
        seeded.appending += started.elapsed();
        seeded.events += 3 * batch.len();
        bar.inc(batch.len() as u64);
    }
    bar.finish();
    Ok(seeded)
}

impl Seeding<'_> {
    /// The small pictures come first, as in a real library.
    async fn link(&self, batch: &[Invented]) -> Result<(), Fault> {
        let pictures = self.pictures.clone();
        let ids: Vec<(usize, Uuid)> = batch.iter().map(|asset| (asset.number, asset.id)).collect();
        tokio::task::spawn_blocking(move || pictures.make(&ids)).await?
    }

    /// Answers with the position of the last event.
    async fn append(&self, batch: &[Invented]) -> Result<i64, Fault> {
        let pattern = &self.pattern;
        let uploads = batch.iter().map(|asset| (asset.id, asset.upload(pattern))).collect();
        let uploaded = self.commands.execute_many::<Asset>(uploads, &Context::operator()).await?;
        let revision = last(uploaded.position)?;
        let outcomes = batch.iter().map(|asset| (asset.id, asset.metadata(pattern, revision))).collect();
        let read =
            self.commands.execute_many::<Processing>(outcomes, &Context::job("metadata", Some(revision))).await?;
        let revision = last(read.position)?;
        let outcomes =
            batch.iter().map(|asset| (asset.id, asset.previews(pattern, &self.pictures, revision))).collect();
        let made =
            self.commands.execute_many::<Processing>(outcomes, &Context::job("previews", Some(revision))).await?;
        last(made.position)
    }
}

fn last(position: Option<i64>) -> Result<i64, Fault> {
    position.ok_or_else(|| "nothing was appended".into())
}

/// How the read models came after.
struct CaughtUp {
    events: i64,
    took: Duration,
}

impl CaughtUp {
    fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }
}

/// Waits until all read models show what stands at `head`.
async fn catch_up(pool: &Pool, head: i64) -> Result<CaughtUp, Fault> {
    let (first, started) = (slowest(pool).await?, Instant::now());
    let bar = bar("read models", "events", u64::try_from((head - first).max(0))?);
    let (mut position, mut moved) = (first, Instant::now());
    while position < head {
        tokio::time::sleep(POLL_INTERVAL).await;
        let now = slowest(pool).await?;
        if now > position {
            (position, moved) = (now, Instant::now());
            bar.set_position(u64::try_from(position - first)?);
        }
        if moved.elapsed() > STALL_TIMEOUT {
            return Err("the read models stand still: is a server with the role `project` running?".into());
        }
    }
    bar.finish();
    Ok(CaughtUp { events: position - first, took: started.elapsed() })
}

/// Position of the read model that is behind all others.
async fn slowest(pool: &Pool) -> Result<i64, Fault> {
    let names: Vec<&str> = albumen_projections::projections().iter().map(|projection| projection.name()).collect();
    let client = pool.get().await?;
    let sql = "SELECT min(position) FROM projection_checkpoint WHERE instance = ANY($1)";
    let position: Option<i64> = client.query_one(sql, &[&names]).await?.get(0);
    Ok(position.unwrap_or_default())
}

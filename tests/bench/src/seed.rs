//! Seeding: assets that come through the log as uploads and workers bring them, only faster, and what people
//! make of them.
//!
//! Each batch of assets is several appends: the uploads, then each answer of the workers. Two batches are under
//! way at a time, so that one is encoded and sealed while the other is written. The files themselves are not
//! there but for the small pictures and the newest originals, which are hard links to a few dozen, so that each
//! has a path of its own.

mod invented;
mod outcomes;
mod pattern;
mod pictures;
mod society;
mod vectors;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_api::installation::{Config, Settings};
use albumen_commands::{Commands, Context};
use albumen_domain::{
    asset::Asset,
    embedding::Embedding,
    processing::{Job, Processing},
};
use futures::{StreamExt, TryStreamExt, stream};

use self::{
    invented::{Invented, Photographer},
    outcomes::Outcome,
    pattern::Pattern,
    pictures::Pictures,
    society::{Library, Scribe},
};
use crate::{
    Fault,
    bar::bar,
    block_on,
    follow::Follower,
    installation::{self, Installation},
    machine::Machine,
    report::{Figure, Report},
};

/// Assets in one append: as many as the log joins into one transaction.
const BATCH_ASSETS: usize = 1_000;
/// Batches under way at a time.
const LANES: usize = 2;
/// Of whoever measures about 700 of a month stand in the timeline, the others in the archive and the trash.
const MONTH_ASSETS: usize = 790;
/// All other users have so many of a month between them, and together the fifth part of what the first has.
const OTHERS_MONTH_ASSETS: usize = 40;
const OTHERS_PART: usize = 5;
/// Commands of people at 100,000 assets, about: for the bar.
const COMMANDS_OF_PEOPLE: u64 = 100_000;

/// Put many assets into the log.
#[derive(clap::Args)]
pub(crate) struct SeedCommand {
    #[command(flatten)]
    settings: Settings,
    /// How many of whoever measures; others have a fifth of that in addition
    #[arg(long, value_name = "NUMBER")]
    assets: usize,
    /// Eight answers of workers and a vector for each asset instead of two answers
    #[arg(long)]
    whole_lives: bool,
    /// Assets alone: no other users, and nothing that people make of them
    #[arg(long)]
    assets_alone: bool,
    /// Do not wait until the read models show it: none follow the log
    #[arg(long)]
    log_alone: bool,
}

impl SeedCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings.clone())?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let figures = block_on(self.seed(&config))?;
        Ok(Report::new(machine, figures))
    }

    async fn seed(&self, config: &Config) -> Result<Vec<Figure>, Fault> {
        let installation = Installation::open(config).await?;
        let figures = self.fill(config, &installation).await;
        installation.close().await;
        figures
    }

    async fn fill(&self, config: &Config, installation: &Installation) -> Result<Vec<Figure>, Fault> {
        let pattern = Pattern::find(&installation.log.pool, &config.data.media()).await?;
        let pictures = Arc::new(Pictures::new(config.data.media(), &pattern));
        let (commands, outcomes) = (&installation.log.commands, outcomes::outcomes(self.whole_lives));
        let seeding = Seeding { commands, pattern, pictures, outcomes, vectors: self.whole_lives };
        let mut figures = Vec::new();
        let mut scribe = Scribe::new(commands, bar("people", "commands", COMMANDS_OF_PEOPLE));
        let photographers = self.photographers(&seeding, &mut scribe).await?;
        let (seeded, libraries) = seeding.append(&photographers).await?;
        figures.push(seeded.figure());
        let mut head = seeded.head;
        if !self.assets_alone {
            let started = Instant::now();
            society::settle(&mut scribe, &libraries, &seeding.pattern, &seeding.pictures).await?;
            let events = scribe.head - head;
            head = scribe.head;
            figures.push(appended("what people make of them", events, started.elapsed()));
        }
        if !self.log_alone {
            figures.push(Follower::ReadModels.until(&installation.log, head).await?.figure());
        }
        Ok(figures)
    }

    /// Who takes how many.
    async fn photographers(
        &self,
        seeding: &Seeding<'_>,
        scribe: &mut Scribe<'_>,
    ) -> Result<Vec<(Photographer, usize)>, Fault> {
        let first = Photographer { owner: seeding.pattern.owner, month_assets: MONTH_ASSETS };
        let mut all = vec![(first, self.assets)];
        if self.assets_alone {
            return Ok(all);
        }
        let others = society::users(scribe).await?;
        let parts: usize = (1..=others.len()).sum();
        for (place, owner) in others.into_iter().enumerate() {
            // The second has the most, the last the least.
            let assets = self.assets / OTHERS_PART * (place + 1) / parts;
            all.insert(1, (Photographer { owner, month_assets: OTHERS_MONTH_ASSETS }, assets));
        }
        Ok(all)
    }
}

fn appended(what: &str, events: i64, took: Duration) -> Figure {
    Figure::new(format!("seeding {what}"), events as f64 / took.as_secs_f64(), "events/s appended")
        .with_detail("events", events as f64)
        .with_detail("s", took.as_secs_f64())
}

struct Seeding<'a> {
    commands: &'a Commands,
    pattern: Pattern,
    pictures: Arc<Pictures>,
    outcomes: &'static [Outcome],
    /// Whether each asset has one.
    vectors: bool,
}

/// What seeding came to.
struct Seeded {
    assets: usize,
    events: usize,
    /// With the time for the pictures, which are made beside.
    took: Duration,
    head: i64,
}

impl Seeded {
    fn figure(&self) -> Figure {
        appended(&format!("{} assets", self.assets), i64::try_from(self.events).unwrap_or(i64::MAX), self.took)
    }
}

impl Seeding<'_> {
    /// Appends all assets of all users.
    async fn append(&self, photographers: &[(Photographer, usize)]) -> Result<(Seeded, Vec<Library>), Fault> {
        let assets: usize = photographers.iter().map(|(_, count)| count).sum();
        let bar = bar("log", "assets", assets as u64);
        let started = Instant::now();
        let (mut libraries, mut head) = (Vec::new(), 0);
        for (by, count) in photographers {
            let batches = (0..*count).step_by(BATCH_ASSETS).map(|first| {
                let batch: Vec<Invented> =
                    (first..(*count).min(first + BATCH_ASSETS)).map(|number| Invented::new(number, *by)).collect();
                self.append_batch(batch)
            });
            let mut library = Library { by: *by, assets: Vec::with_capacity(*count) };
            let mut done = stream::iter(batches).buffered(LANES);
            while let Some((batch, position)) = done.try_next().await? {
                head = head.max(position);
                bar.inc(batch.len() as u64);
                library.assets.extend(batch.iter().map(|asset| asset.id));
            }
            libraries.push(library);
        }
        bar.finish();
        let events = assets * (1 + self.outcomes.len() + usize::from(self.vectors));
        Ok((Seeded { assets, events, took: started.elapsed(), head }, libraries))
    }

    /// Answers with the position of the last event.
    async fn append_batch(&self, batch: Vec<Invented>) -> Result<(Vec<Invented>, i64), Fault> {
        // The small pictures come first, as in a real library.
        let (pictures, shown) = (self.pictures.clone(), batch.clone());
        tokio::task::spawn_blocking(move || pictures.make(&shown)).await??;
        let uploads = batch.iter().map(|asset| (asset.id, asset.upload())).collect();
        let uploaded = self.commands.execute_many::<Asset>(uploads, &Context::operator()).await?;
        let mut revision = last(uploaded.position)?;
        for outcome in self.outcomes {
            let answer = |asset: &Invented| (asset.id, asset.answer(*outcome, &self.pattern, &self.pictures, revision));
            let answers = batch.iter().map(answer).collect();
            let context = Context::job(outcome.job(), Some(revision));
            revision = last(self.commands.execute_many::<Processing>(answers, &context).await?.position)?;
        }
        if self.vectors {
            let made = batch.iter().map(|asset| vectors::of(asset, revision)).collect();
            let context = Context::job(Job::Embedding.as_str(), Some(revision));
            revision = last(self.commands.execute_many::<Embedding>(made, &context).await?.position)?;
        }
        Ok((batch, revision))
    }
}

fn last(position: Option<i64>) -> Result<i64, Fault> {
    position.ok_or_else(|| "nothing was appended".into())
}

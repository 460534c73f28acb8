//! How fast read models are rebuilt from the log, beside the live ones: what `albumen rebuild all` does.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_api::installation::Settings;
use albumen_projections::{
    projections,
    runtime::{self, Projection, RebuildProgress},
};

use crate::{
    Fault,
    bar::bar,
    block_on,
    installation::{self, Installation},
    machine::Machine,
    report::{Figure, Report, Target},
};

const LEAST_APPLIED_PER_S: f64 = 20_000.0;

/// Measure how fast read models are rebuilt.
#[derive(clap::Args)]
pub(crate) struct RebuildCommand {
    #[command(flatten)]
    settings: Settings,
    /// Only this one; may be given more than once
    #[arg(long, value_name = "READ MODEL")]
    only: Vec<String>,
}

impl RebuildCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings)?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let measuring = async {
            let installation = Installation::open(&config).await?;
            let figures = rebuild_all(&installation, &self.only).await;
            installation.close().await;
            figures
        };
        Ok(Report::new(machine, block_on(measuring)?))
    }
}

async fn rebuild_all(installation: &Installation, only: &[String]) -> Result<Vec<Figure>, Fault> {
    let mut figures = Vec::new();
    let is_wanted = |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name);
    for projection in projections().into_iter().filter(|projection| is_wanted(projection.name())) {
        figures.push(rebuild(installation, projection).await?);
    }
    Ok(figures)
}

/// The rate is that of applying the log; comparing and swapping are told apart.
async fn rebuild(installation: &Installation, projection: Arc<dyn Projection>) -> Result<Figure, Fault> {
    let name = projection.name();
    let bar = bar(name, "events", 0);
    let started = Instant::now();
    let mut applied: Option<(i64, Duration)> = None;
    let report = |progress: RebuildProgress| {
        bar.set_length(u64::try_from(progress.head).unwrap_or_default());
        bar.set_position(u64::try_from(progress.position).unwrap_or_default());
        if applied.is_none() && progress.position >= progress.head {
            applied = Some((progress.position, started.elapsed()));
        }
    };
    let feed = installation.log.commands.feed().clone();
    let rebuilt = runtime::rebuild(projection, feed, installation.database.connect_config(), report).await?;
    let took = started.elapsed();
    bar.finish();
    let (events, applying) = applied.unwrap_or((rebuilt.compared_at.unwrap_or_default(), took));
    if !rebuilt.differences.is_empty() {
        return Err(format!("the rebuilt {name} differs from the live one: {:?}", rebuilt.differences).into());
    }
    Ok(Figure::new(format!("rebuild of {name}"), events as f64 / applying.as_secs_f64(), "events/s applied")
        .with_target(Target::AtLeast(LEAST_APPLIED_PER_S))
        .with_detail("events", events as f64)
        .with_detail("s applying", applying.as_secs_f64())
        .with_detail("s in all", took.as_secs_f64()))
}

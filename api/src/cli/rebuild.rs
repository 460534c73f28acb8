//! Rebuilding read models from the log.

use std::{process::ExitCode, sync::Arc};

use albumen_projections::{
    projections,
    runtime::{self, Projection, RebuildProgress, Rebuilt},
};
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, opened::Opened};
use crate::installation::Config;

/// Rebuild read models from the log.
#[derive(clap::Args)]
pub(super) struct RebuildCommand {
    /// Which one; `all` for each of them in turn
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(names()))]
    projection: String,
}

fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = projections().iter().map(|projection| projection.name()).collect();
    names.push("all");
    names
}

pub(super) async fn execute(command: RebuildCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let mut changed = false;
    for projection in projections() {
        if command.projection == "all" || command.projection == projection.name() {
            changed |= rebuild_one(&opened, projection).await?;
        }
    }
    opened.close().await;
    Ok(if changed { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// True when the rebuilt one differs from the live one.
async fn rebuild_one(opened: &Opened, projection: Arc<dyn Projection>) -> Result<bool, CliError> {
    let name = projection.name();
    let bar = progress_bar(name);
    let started = std::time::Instant::now();
    let feed = opened.commands.feed().clone();
    let report = |progress: RebuildProgress| {
        bar.set_length(u64::try_from(progress.head).unwrap_or_default());
        bar.set_position(u64::try_from(progress.position).unwrap_or_default());
    };
    let rebuilt = runtime::rebuild(projection, feed, opened.database.connect_config(), report).await?;
    bar.finish_and_clear();
    tell(name, &rebuilt, started.elapsed());
    Ok(!rebuilt.differences.is_empty())
}

fn progress_bar(name: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:40}] {pos}/{len} events, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_prefix(name)
}

fn tell(name: &str, rebuilt: &Rebuilt, took: std::time::Duration) {
    let seconds = took.as_secs_f64();
    let Some(position) = rebuilt.compared_at else {
        println!("{name}: rebuilt in {seconds:.1} s and swapped in; the one before was of another version");
        return;
    };
    println!("{name}: rebuilt from {position} events in {seconds:.1} s and swapped in");
    if rebuilt.differences.is_empty() {
        println!("{name}: equal to the one before, row for row");
    }
    for difference in &rebuilt.differences {
        println!(
            "{name}.{}: {} rows only before, {} rows only now",
            difference.table, difference.only_live, difference.only_rebuilt
        );
    }
}

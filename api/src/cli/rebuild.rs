//! Rebuilding read models from the log.

use std::{num::NonZeroU32, process::ExitCode, sync::Arc};

use albumen_projections::{
    projections,
    runtime::{Projection, RebuildProgress, RebuildStatus, Rebuilds, Rebuilt},
};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use indicatif::{ProgressBar, ProgressStyle};

use super::{CliError, opened::Opened};
use crate::installation::Config;

/// Rebuild read models from the log.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct RebuildCommand {
    /// Which one; `all` for each of them in turn
    #[arg(value_parser = PossibleValuesParser::new(names_and_all()), required = true)]
    projection: Option<String>,
    /// Apply so many events a second at most, so that those who read keep their speed
    #[arg(long)]
    events_per_second: Option<NonZeroU32>,
    /// Build and compare, and leave the live one where it is; the next rebuild only has to swap
    #[arg(long)]
    no_swap: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Show how rebuilds stand
    Status,
    /// Stop one that is under way; the next one goes on where it was
    Cancel {
        /// Of which read model
        #[arg(value_parser = PossibleValuesParser::new(names()))]
        projection: String,
    },
    /// Switch back to the tables that the last rebuild has replaced
    SwapBack {
        /// Of which read model
        #[arg(value_parser = PossibleValuesParser::new(names()))]
        projection: String,
    },
    /// Drop the tables that the last rebuild has replaced, and those of an unfinished one
    Drop {
        /// Of which read model
        #[arg(value_parser = PossibleValuesParser::new(names()))]
        projection: String,
    },
}

fn names() -> Vec<&'static str> {
    projections().iter().map(|projection| projection.name()).collect()
}

fn names_and_all() -> Vec<&'static str> {
    let mut names = names();
    names.push("all");
    names
}

fn projection(name: &str) -> Result<Arc<dyn Projection>, CliError> {
    let found = projections().into_iter().find(|projection| projection.name() == name);
    found.ok_or_else(|| CliError::Other(format!("there is no read model {name}")))
}

pub(super) async fn execute(command: RebuildCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let rebuilds = opened.rebuilds();
    let outcome = match &command.action {
        None => rebuild(&rebuilds, &command).await,
        Some(action) => act(&rebuilds, action).await.map(|()| ExitCode::SUCCESS),
    };
    opened.close().await;
    outcome
}

async fn act(rebuilds: &Rebuilds, action: &Action) -> Result<(), CliError> {
    match action {
        Action::Status => {
            for status in rebuilds.statuses().await? {
                println!("{}", shown(&status));
            }
        }
        Action::Cancel { projection } => {
            let is_asked = rebuilds.cancel(projection).await?;
            println!("{projection}: {}", if is_asked { "asked to stop" } else { "no rebuild is under way" });
        }
        Action::SwapBack { projection: name } => {
            let position = rebuilds.swap_back(projection(name)?).await?;
            println!("{name}: the tables before the last rebuild are live again, at position {position}");
        }
        Action::Drop { projection: name } => {
            let had_any = rebuilds.drop_kept(projection(name)?.as_ref()).await?;
            println!("{name}: {}", if had_any { "dropped" } else { "nothing was kept" });
        }
    }
    Ok(())
}

fn shown(status: &RebuildStatus) -> String {
    let left = status.seconds_left().map(|seconds| format!(", {seconds:.0} s left")).unwrap_or_default();
    let failure = status.failure.as_ref().map(|failure| format!(": {failure}")).unwrap_or_default();
    let differences = status.differences.as_array().map_or(0, Vec::len);
    let compared = status.compared_at.map(|at| format!(", compared at {at}: {differences} tables differ"));
    format!(
        "{}  {}  {}/{} events, {:.0} a second{left}{}{failure}",
        status.read_model,
        status.state.as_str(),
        status.position,
        status.target,
        status.events_per_s,
        compared.unwrap_or_default(),
    )
}

async fn rebuild(rebuilds: &Rebuilds, command: &RebuildCommand) -> Result<ExitCode, CliError> {
    let wanted = command.projection.as_deref().unwrap_or("all");
    let mut changed = false;
    for projection in projections() {
        if wanted == "all" || wanted == projection.name() {
            changed |= rebuild_one(rebuilds, projection, command).await?;
        }
    }
    Ok(if changed { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// True when the rebuilt one differs from the live one.
async fn rebuild_one(
    rebuilds: &Rebuilds,
    projection: Arc<dyn Projection>,
    command: &RebuildCommand,
) -> Result<bool, CliError> {
    let name = projection.name();
    let bar = progress_bar(name);
    let started = std::time::Instant::now();
    let report = |progress: RebuildProgress| {
        bar.set_length(u64::try_from(progress.head).unwrap_or_default());
        bar.set_position(u64::try_from(progress.position).unwrap_or_default());
    };
    let rebuilt = rebuilds.run(projection, command.events_per_second, !command.no_swap, report).await?;
    bar.finish_and_clear();
    tell(name, &rebuilt, started.elapsed(), !command.no_swap);
    Ok(!rebuilt.differences.is_empty())
}

fn progress_bar(name: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:40}] {pos}/{len} events, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_prefix(name)
}

fn tell(name: &str, rebuilt: &Rebuilt, took: std::time::Duration, is_live: bool) {
    let seconds = took.as_secs_f64();
    let end = if is_live { "and swapped in" } else { "and left beside the live one" };
    let Some(position) = rebuilt.compared_at else {
        println!("{name}: rebuilt in {seconds:.1} s {end}; the one before was of another version");
        return;
    };
    println!("{name}: rebuilt from {position} events in {seconds:.1} s {end}");
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

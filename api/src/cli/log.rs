//! Looking at the log.

use std::{io::Write, process::ExitCode};

use albumen_commands::log::{StoredEvent, verify};
use albumen_domain::Recorded;
use albumen_projections::{
    projections,
    runtime::{self, RebuildProgress},
};
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;

use super::{CliError, opened::Opened, replica};
use crate::installation::Config;

/// Events fetched at a time.
const PAGE_EVENTS: usize = 1_000;

/// Look at the log of everything that happened.
#[derive(Subcommand)]
pub(super) enum LogCommand {
    /// Show events, opened, one per line
    Show {
        /// Start after this position
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// Show at most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Only those of this stream: `asset`, or `asset/<id>`
        #[arg(long)]
        stream: Option<String>,
    },
    /// Check that nothing was changed, removed or added behind our back
    Verify,
    /// Build every read model as it stood at some moment, in another database
    ///
    /// `albumen run --role api --as-of DATABASE` then shows the library of that moment, read-only. Personal
    /// values are plain in it: when something is erased later, drop that database, which no erasure reaches.
    Replay {
        /// The last event of the past: a position, or a time such as 2024-05-06T07:08:09Z
        #[arg(long)]
        until: Moment,
        /// Name of the database, which is made unless it is there
        #[arg(long)]
        into: String,
    },
    /// Write every event as it is stored, one JSON object per line
    Export {
        /// Start after this position
        #[arg(long, default_value_t = 0)]
        after: i64,
    },
}

/// A moment of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// After the event at this position.
    Position(i64),
    /// After the last event that was recorded by then.
    Time(DateTime<Utc>),
}

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = || DateTime::parse_from_rfc3339(text).map(|time| Self::Time(time.to_utc()));
        text.parse()
            .map(Self::Position)
            .or_else(|_| time())
            .map_err(|_| format!("{text} is neither a position nor a time such as 2024-05-06T07:08:09Z"))
    }
}

pub(super) async fn execute(command: LogCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let outcome = match command {
        LogCommand::Show { after, limit, stream } => show(&opened, after, limit, stream.as_deref()).await,
        LogCommand::Verify => verify_log(&opened).await,
        LogCommand::Export { after } => export(&opened, after).await,
        LogCommand::Replay { until, into } => replay(&opened, until, &into).await,
    };
    opened.close().await;
    match outcome {
        // Whoever reads may have had enough (`| head`).
        Err(CliError::Other(reason)) if reason.contains("Broken pipe") => Ok(ExitCode::SUCCESS),
        outcome => outcome,
    }
}

async fn show(opened: &Opened, mut after: i64, limit: usize, stream: Option<&str>) -> Result<ExitCode, CliError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut left = limit;
    while left > 0 {
        let page = opened
            .commands
            .feed()
            .reader()
            .read(after, PAGE_EVENTS)
            .await
            .map_err(|e| CliError::Other(e.to_string()))?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|recorded| is_of(recorded, stream)).take(left) {
            writeln!(out, "{}", line(recorded)?)?;
            left -= 1;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn is_of(recorded: &Recorded, stream: Option<&str>) -> bool {
    stream.is_none_or(|stream| stream == recorded.stream.kind.as_str() || stream == recorded.stream.to_string())
}

fn line(recorded: &Recorded) -> Result<String, CliError> {
    let tagged = recorded.event.to_tagged()?;
    Ok(format!(
        "{:>8}  {}  {}  {}  {}",
        recorded.position,
        recorded.recorded_at.format("%Y-%m-%d %H:%M:%S%.3fZ"),
        recorded.stream,
        recorded.event.key(),
        tagged["data"],
    ))
}

async fn verify_log(opened: &Opened) -> Result<ExitCode, CliError> {
    let reader = opened.commands.feed().reader();
    let bar = indicatif::ProgressBar::new(u64::try_from(reader.head().await?).unwrap_or_default());
    let verified = verify(reader, |position| bar.set_position(u64::try_from(position).unwrap_or_default())).await;
    bar.finish_and_clear();
    let verified = verified?;
    let hash: String = verified.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("The log is whole: {} events, the last with hash {hash}", verified.events);
    Ok(ExitCode::SUCCESS)
}

async fn replay(opened: &Opened, until: Moment, into: &str) -> Result<ExitCode, CliError> {
    let reader = opened.commands.feed().reader();
    let until = match until {
        Moment::Position(position) => position.min(reader.head().await?),
        Moment::Time(time) => reader.position_at(time).await?,
    };
    let database = replica::make(opened.database.connect_config(), into).await?;
    for projection in projections() {
        let bar = indicatif::ProgressBar::new(u64::try_from(until).unwrap_or_default());
        let report = |progress: RebuildProgress| bar.set_position(u64::try_from(progress.position).unwrap_or_default());
        let feed = opened.commands.feed().as_ref();
        runtime::replay(projection.as_ref(), feed, &database, until, report).await?;
        bar.finish_and_clear();
        println!("{}: as it stood after event {until}", projection.name());
    }
    println!("Show it: albumen run --role api --as-of {into}");
    Ok(ExitCode::SUCCESS)
}

async fn export(opened: &Opened, mut after: i64) -> Result<ExitCode, CliError> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    loop {
        let page = opened.commands.feed().reader().stored(after, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for event in &page {
            writeln!(out, "{}", exported(event)?)?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn exported(event: &StoredEvent) -> Result<String, CliError> {
    let hash: String = event.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(json!({
        "position": event.position,
        "recordedAt": event.recorded_at.to_rfc3339(),
        "stream": format!("{}/{}", event.kind, event.id),
        "sequence": event.sequence,
        "type": event.name,
        "version": event.version,
        "payload": serde_json::from_str::<serde_json::Value>(&event.payload)?,
        "metadata": serde_json::from_str::<serde_json::Value>(&event.metadata)?,
        "hash": hash,
    })
    .to_string())
}

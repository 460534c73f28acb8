//! What happened, to read on the command line, and taking it back.

use std::{io::Write, process::ExitCode};

use albumen_commands::Context;
use albumen_domain::{Actor, Recorded, StreamKind};
use albumen_projections::{
    ReadModels,
    history::{HistoryFilter, Scope},
};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::{CliError, opened::Opened};
use crate::{
    dto::history::HistoryEntryDto,
    installation::Config,
    story::{EXPORT_PAGE, Entry, Teller, export::Form},
};

/// Tell what happened, the newest first.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct HistoryCommand {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    meant: Meant,
}

#[derive(Subcommand)]
enum Action {
    /// Take back what happened at a position
    Undo {
        /// Which event; the first column shows it
        position: i64,
        /// Also all that the same command did beside it
        #[arg(long)]
        whole: bool,
    },
}

/// Which events are told.
#[derive(Args)]
struct Meant {
    /// The story of one thing: an asset, an album, a user …
    #[arg(long)]
    id: Option<Uuid>,
    /// Of things of this kind: asset, album, user …
    #[arg(long)]
    kind: Option<StreamKind>,
    /// What this person did, by e-mail address or id
    #[arg(long)]
    user: Option<String>,
    /// Only these events; several with commas between them
    #[arg(long, value_delimiter = ',')]
    event: Vec<String>,
    /// What came through this session
    #[arg(long)]
    session: Option<Uuid>,
    /// From this time on, such as 2024-05-06T07:08:09Z
    #[arg(long)]
    from: Option<DateTime<Utc>>,
    /// Until this time
    #[arg(long)]
    until: Option<DateTime<Utc>>,
    /// Before this position
    #[arg(long)]
    before: Option<i64>,
    /// After this position
    #[arg(long)]
    after: Option<i64>,
    /// So many at most
    #[arg(long, default_value_t = 100)]
    limit: i64,
    /// In which form
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For a person
    Text,
    /// One JSON object per line
    Jsonl,
    /// For a spreadsheet
    Csv,
}

pub(super) async fn execute(command: HistoryCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let reads = ReadModels::queries_only(&opened.pool);
    let teller = Teller { reads: &reads, reader: opened.commands.feed().reader() };
    let outcome = match command.action {
        Some(Action::Undo { position, whole }) => undo(&opened, teller, position, whole).await,
        None => show(teller, command.meant).await,
    };
    opened.close().await;
    match outcome {
        // Whoever reads may have had enough (`| head`).
        Err(CliError::Other(reason)) if reason.contains("Broken pipe") => Ok(ExitCode::SUCCESS),
        outcome => outcome.map(|()| ExitCode::SUCCESS),
    }
}

async fn show(teller: Teller<'_>, meant: Meant) -> Result<(), CliError> {
    let actor = match &meant.user {
        Some(user) => Some(person(teller.reads, user).await?),
        None => None,
    };
    let mut filter = HistoryFilter {
        thing: meant.id,
        kind: meant.kind.filter(|_| meant.id.is_none()).map(|kind| kind.as_str().to_owned()),
        actor,
        session: meant.session,
        events: meant.event,
        after: meant.after,
        before: meant.before,
        ..HistoryFilter::of(Scope::Operator, EXPORT_PAGE)
    };
    teller.within(&mut filter, meant.from, meant.until).await?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let form = match meant.format {
        Shape::Text => None,
        Shape::Jsonl => Some(Form::JsonLines),
        Shape::Csv => Some(Form::Csv),
    };
    write!(out, "{}", form.map_or("", Form::head))?;
    let mut left = meant.limit;
    while left > 0 {
        filter.limit = left.min(EXPORT_PAGE);
        let entries = teller.entries(&filter).await?;
        let Some(last) = entries.last() else { break };
        filter.before = Some(last.recorded.position);
        left -= entries.len() as i64;
        for entry in entries {
            match form {
                Some(form) => write!(out, "{}", form.line(&HistoryEntryDto::from(entry)))?,
                None => tell(&mut out, &entry)?,
            }
        }
    }
    out.flush()?;
    Ok(())
}

async fn person(reads: &ReadModels, email_or_id: &str) -> Result<Uuid, CliError> {
    if let Ok(id) = email_or_id.parse() {
        return Ok(id);
    }
    let found = reads.identity().account_by_email(&email_or_id.to_lowercase()).await?;
    found.map(|account| account.id).ok_or_else(|| {
        CliError::Other(format!("there is no user {email_or_id}; `albumen admin list-users` shows who there is"))
    })
}

/// One line that says who did what when, and one for each value that changed.
fn tell(out: &mut impl Write, entry: &Entry) -> Result<(), CliError> {
    let recorded = &entry.recorded;
    let client = recorded.metadata.client.as_deref().map(|client| format!(", by {client}")).unwrap_or_default();
    writeln!(
        out,
        "{:>8}  {}  {} {}  ({}{client})",
        recorded.position,
        recorded.recorded_at.format("%Y-%m-%d %H:%M:%SZ"),
        entry.actor,
        entry.told.words,
        recorded.stream,
    )?;
    for (name, became) in &entry.told.became {
        match entry.told.was.get(name) {
            Some(was) => writeln!(out, "{:>10}{name}: {was} → {became}", "")?,
            None if is_said_of_what_is_there(recorded) => writeln!(out, "{:>10}{name}: {became}", "")?,
            None => {}
        }
    }
    Ok(())
}

/// Whether a person said something new of a thing. What a thing began as is in the words, and what a machine finds is too
/// much to read.
fn is_said_of_what_is_there(recorded: &Recorded) -> bool {
    recorded.sequence > 1 && matches!(recorded.metadata.actor, Actor::User { .. })
}

async fn undo(opened: &Opened, teller: Teller<'_>, position: i64, whole: bool) -> Result<(), CliError> {
    let failed = |error: &dyn std::fmt::Display| CliError::Other(error.to_string());
    let events = teller.done_at(position, whole).await?;
    if events.is_empty() {
        return Err(CliError::Other(format!("there is no event {position}; `albumen history` shows what there is")));
    }
    let plan = teller.undoing(&events).await.map_err(|error| failed(&error))?;
    let done = plan.run(&opened.commands, &Context::operator()).await.map_err(|error| failed(&error))?;
    match done {
        Some(last) => println!("Took back {} event(s); event {last} is the last that says so", events.len()),
        None => println!("It is as it was before already"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use albumen_domain::{
        Metadata, StreamId,
        asset::{AssetEvent, DetailsEdited},
    };
    use albumen_projections::history::Told;
    use serde_json::json;

    use super::*;

    fn lines_of(actor: Actor, sequence: i64) -> Vec<String> {
        let members = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
        let recorded = Recorded {
            position: 7,
            recorded_at: DateTime::UNIX_EPOCH,
            stream: StreamId { kind: StreamKind::Asset, id: Uuid::nil() },
            sequence,
            event: AssetEvent::from(DetailsEdited::default()).into(),
            metadata: Metadata { actor, ..Metadata::job("metadata", "a".to_owned(), None) },
        };
        let told = Told {
            words: "edited the details".to_owned(),
            was: members(json!({"rating": 3})),
            became: members(json!({"description": "a walk", "rating": 5})),
            erased: false,
        };
        let entry =
            Entry { recorded: Arc::new(recorded), owner: None, actor: "Ada".to_owned(), told, reversible: true };
        let mut out = Vec::new();
        tell(&mut out, &entry).expect("it can be written");
        String::from_utf8_lossy(&out).lines().skip(1).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn what_a_person_said_is_told_also_where_nothing_was() {
        let ada = || Actor::User { id: Uuid::nil() };
        assert_eq!(lines_of(ada(), 2), ["description: \"a walk\"", "rating: 3 → 5"]);
        assert_eq!(lines_of(ada(), 1), ["rating: 3 → 5"], "the words say what a thing began as");
        assert_eq!(lines_of(Actor::Job { name: "metadata".to_owned() }, 2), ["rating: 3 → 5"]);
    }
}

//! How the installation is, for a person.

use std::{collections::HashMap, process::ExitCode};

use albumen_commands::copies::CopyReport;
use albumen_domain::processing::Job;
use albumen_projections::{ReadModels, work::JobCounts};
use serde_json::json;

use super::{CliError, opened::Opened};
use crate::{
    installation::Config,
    operations::{Progress, Status, TopicsStatus},
};

/// As wide as the largest figures of large installations.
const FIGURE_WIDTH: usize = 12;

/// Show how far each part of the server has come
#[derive(clap::Args)]
pub(super) struct StatusCommand {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn execute(command: StatusCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let asked = ask(&opened).await;
    opened.close().await;
    let (status, progress) = asked?;
    let topics = match &config.kafka {
        Some(brokers) => Some(Status::topics(brokers).await),
        None => None,
    };
    if command.json {
        println!("{}", as_json(&status, &progress, topics.as_ref()));
    } else {
        print(&status, &progress, topics.as_ref());
    }
    let is_well = status.projections.iter().all(|projection| projection.failure.is_none());
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn ask(opened: &Opened) -> Result<(Status, HashMap<Job, Progress>), CliError> {
    let log = opened.commands.feed().reader();
    let head = log.head().await?;
    let reads = ReadModels::queries_only(&opened.pool);
    let status = Status::ask(log, &reads, head).await.map_err(CliError::Other)?;
    let progress = status.progress::<CliError>(log, &reads).await?;
    Ok((status, progress))
}

/// A line: what it is about, a figure, and what there is to say.
struct Line {
    name: String,
    figure: Option<i64>,
    words: String,
}

impl Line {
    fn new(name: &str, figure: i64, words: impl Into<String>) -> Self {
        Self { name: name.to_owned(), figure: Some(figure), words: words.into() }
    }

    fn of_words(name: &str, words: impl Into<String>) -> Self {
        Self { name: name.to_owned(), figure: None, words: words.into() }
    }
}

fn print(status: &Status, progress: &HashMap<Job, Progress>, topics: Option<&TopicsStatus>) {
    let mut lines = vec![Line::new("log", status.head, "events")];
    for projection in &status.projections {
        lines.push(match (projection.position, &projection.failure) {
            (None, _) => Line::of_words(projection.name, "not made yet"),
            (Some(position), None) => Line::new(projection.name, position, behind(status.head - position)),
            (Some(position), Some(failure)) => Line::new(projection.name, position, format!("STANDS STILL: {failure}")),
        });
    }
    for (job, counts) in &status.jobs {
        let since = Status::waiting_s(counts).map(|seconds| format!(" for up to {seconds} s")).unwrap_or_default();
        let JobCounts { active, delayed, failed, waiting, .. } = counts;
        let words = format!("waiting{since}, {active} active, {delayed} delayed, {failed} given up");
        lines.push(Line::new(job.as_str(), *waiting, words));
        lines.extend(progress.get(job).map(|progress| Line::of_words("", how_far(progress))));
    }
    if status.mirror.position.is_some() {
        lines.extend(lines_of_copy("mirror", "mirrored", &status.mirror, status.head));
    }
    if let Some(topics) = topics {
        lines.extend(lines_of_copy("relay", "published", &status.relay, status.head));
        match topics {
            Ok(topics) => lines.extend(topics.iter().map(|topic| {
                Line::new(topic.name, topic.records, format!("records in {} partitions", topic.partitions))
            })),
            Err(reason) => lines.push(Line::of_words("topics", format!("no broker tells of them: {reason}"))),
        }
    }
    print!("{}", in_columns(&lines));
}

/// The lines below each other, names as wide as the longest of them.
fn in_columns(lines: &[Line]) -> String {
    let name_width = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
    let written = lines.iter().map(|Line { name, figure, words }| {
        let figure = match figure {
            Some(figure) => figure.to_string(),
            // What says more about the line before has neither name nor figure.
            None if name.is_empty() => String::new(),
            None => "-".to_owned(),
        };
        format!("{name:<name_width$} {figure:>FIGURE_WIDTH$} {words}\n")
    });
    written.collect()
}

fn how_far(progress: &Progress) -> String {
    let Progress { model, answering, seen, left, .. } = progress;
    let time = match progress.seconds_left() {
        _ if *left == 0 => String::new(),
        Some(seconds) => format!(", {} left", in_words(seconds)),
        None => ", how long the rest takes is not known yet".to_owned(),
    };
    let until_then =
        answering.as_ref().map(|model| format!("; searches are answered by {model} until then")).unwrap_or_default();
    format!("{model} has seen {seen} of {}{time}{until_then}", seen + left)
}

/// A time in its two largest units.
fn in_words(seconds: i64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn lines_of_copy(name: &str, done: &str, copy: &CopyReport, head: i64) -> Vec<Line> {
    let leader = match &copy.leader {
        Some(leader) if copy.is_led => format!("{done} by {leader}"),
        _ => format!("{done} by nobody at the moment"),
    };
    let position = copy.position.unwrap_or(0);
    let problem = copy.problem.as_ref().map(|problem| Line::of_words("", format!("held up: {problem}")));
    let line = Line::new(name, position, format!("{}, {leader}", behind(head - position)));
    std::iter::once(line).chain(problem).collect()
}

fn behind(events: i64) -> String {
    match events {
        ..=0 => "up to date".to_owned(),
        1 => "1 event behind".to_owned(),
        _ => format!("{events} events behind"),
    }
}

fn as_json(status: &Status, progress: &HashMap<Job, Progress>, topics: Option<&TopicsStatus>) -> serde_json::Value {
    let projections: Vec<_> = status
        .projections
        .iter()
        .map(|projection| {
            json!({
                "name": projection.name,
                "position": projection.position,
                "lag": projection.position.map(|position| status.head - position),
                "failure": projection.failure,
            })
        })
        .collect();
    let jobs: Vec<_> = status
        .jobs
        .iter()
        .map(|(job, counts)| {
            json!({
                "name": job.as_str(),
                "waiting": counts.waiting,
                "waitingSeconds": Status::waiting_s(counts),
                "active": counts.active,
                "delayed": counts.delayed,
                "givenUp": counts.failed,
                "progress": progress.get(job).map(|progress| json!({
                    "model": progress.model,
                    "answeringModel": progress.answering,
                    "seen": progress.seen,
                    "left": progress.left,
                    "secondsLeft": progress.seconds_left(),
                })),
            })
        })
        .collect();
    let topics = topics.map(|topics| match topics {
        Ok(topics) => topics
            .iter()
            .map(|topic| json!({"name": topic.name, "partitions": topic.partitions, "records": topic.records}))
            .collect(),
        Err(reason) => json!({"problem": reason}),
    });
    json!({
        "head": status.head,
        "projections": projections,
        "jobs": jobs,
        "relay": copy_as_json(&status.relay, status.head),
        "mirror": status.mirror.position.map(|_| copy_as_json(&status.mirror, status.head)),
        "topics": topics,
    })
}

fn copy_as_json(copy: &CopyReport, head: i64) -> serde_json::Value {
    json!({
        "position": copy.position,
        "lag": copy.position.map(|position| head - position),
        "leader": copy.leader.as_ref().filter(|_| copy.is_led),
        "problem": copy.problem,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_the_longest_name() {
        let lines = [
            Line::new("log", 12_345, "events"),
            Line::new("duplicate-detection", 7, "waiting"),
            Line::of_words("", "more of it"),
            Line::of_words("topics", "none"),
        ];
        let expected = [
            "log                        12345 events",
            "duplicate-detection            7 waiting",
            "                                 more of it",
            "topics                         - none",
        ];
        assert_eq!(in_columns(&lines).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn how_far_a_model_is_stands_in_words() {
        let progress = |left, seconds: Option<u64>, answering: Option<&str>| Progress {
            model: "new".to_owned(),
            answering: answering.map(str::to_owned),
            seen: 10,
            left,
            time_left: seconds.map(Duration::from_secs),
        };
        for (progress, expected) in [
            (progress(5, Some(59), None), "new has seen 10 of 15, 59 s left"),
            (progress(5, Some(61), None), "new has seen 10 of 15, 1 min 1 s left"),
            (progress(5, None, None), "new has seen 10 of 15, how long the rest takes is not known yet"),
            (
                progress(5, Some(7_325), Some("old")),
                "new has seen 10 of 15, 2 h 2 min left; searches are answered by old until then",
            ),
            (progress(0, None, Some("old")), "new has seen 10 of 10; searches are answered by old until then"),
        ] {
            assert_eq!(how_far(&progress), expected);
        }
    }
}

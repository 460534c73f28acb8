//! How the installation is, for a person.

use std::process::ExitCode;

use albumen_commands::copies::CopyReport;
use albumen_projections::ReadModels;
use serde_json::json;

use super::{CliError, opened::Opened};
use crate::{
    installation::Config,
    operations::{Status, TopicsStatus},
};

/// Show how far each part of the server has come
#[derive(clap::Args)]
pub(super) struct StatusCommand {
    /// As one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn execute(command: StatusCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let head = opened.commands.feed().reader().head().await?;
    let reads = ReadModels::queries_only(&opened.pool);
    let status = Status::ask(opened.commands.feed().reader(), &reads, head).await.map_err(CliError::Other);
    drop(reads);
    opened.close().await;
    let status = status?;
    let topics = match &config.kafka {
        Some(brokers) => Some(Status::topics(brokers).await),
        None => None,
    };
    if command.json {
        println!("{}", as_json(&status, topics.as_ref()));
    } else {
        print(&status, topics.as_ref());
    }
    let is_well = status.projections.iter().all(|projection| projection.failure.is_none());
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn print(status: &Status, topics: Option<&TopicsStatus>) {
    println!("log            {:>12} events", status.head);
    for projection in &status.projections {
        let name = projection.name;
        match (projection.position, &projection.failure) {
            (None, _) => println!("{name:<14}            - not made yet"),
            (Some(position), None) => println!("{name:<14} {position:>12} {}", behind(status.head - position)),
            (Some(position), Some(failure)) => println!("{name:<14} {position:>12} STANDS STILL: {failure}"),
        }
    }
    for (job, counts) in &status.jobs {
        let since = Status::waiting_s(counts).map(|seconds| format!(" for up to {seconds} s")).unwrap_or_default();
        println!(
            "{:<14} {:>12} waiting{since}, {} active, {} delayed, {} given up",
            job.as_str(),
            counts.waiting,
            counts.active,
            counts.delayed,
            counts.failed
        );
    }
    if status.mirror.position.is_some() {
        print_copy("mirror", "mirrored", &status.mirror, status.head);
    }
    let Some(topics) = topics else { return };
    print_copy("relay", "published", &status.relay, status.head);
    match topics {
        Ok(topics) => {
            for topic in topics {
                println!("{:<14} {:>12} records in {} partitions", topic.name, topic.records, topic.partitions);
            }
        }
        Err(reason) => println!("topics         no broker tells of them: {reason}"),
    }
}

fn print_copy(name: &str, done: &str, copy: &CopyReport, head: i64) {
    let leader = match &copy.leader {
        Some(leader) if copy.is_led => format!("{done} by {leader}"),
        _ => format!("{done} by nobody at the moment"),
    };
    let position = copy.position.unwrap_or(0);
    println!("{name:<14} {position:>12} {}, {leader}", behind(head - position));
    if let Some(problem) = &copy.problem {
        println!("{name:<14} held up: {problem}");
    }
}

fn behind(events: i64) -> String {
    match events {
        ..=0 => "up to date".to_owned(),
        1 => "1 event behind".to_owned(),
        _ => format!("{events} events behind"),
    }
}

fn as_json(status: &Status, topics: Option<&TopicsStatus>) -> serde_json::Value {
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

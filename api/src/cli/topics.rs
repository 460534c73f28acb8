//! Looking after the topics, which are copies of the log for those who wait for news.

use std::{process::ExitCode, time::Duration};

use albumen_commands::{
    copies::{Destination, copy_again, copy_report},
    kafka::{self, Brokers},
};
use clap::Subcommand;

use super::{CliError, opened::Opened};
use crate::installation::Config;

/// Look after the Kafka topics
#[derive(Subcommand)]
pub(super) enum TopicsCommand {
    /// Make those that are missing
    Create,
    /// Empty the topic of the log and publish the whole log to it again; nothing is lost meanwhile
    Rebuild {
        /// Do not wait until everything is published
        #[arg(long)]
        no_wait: bool,
    },
}

/// Between looks at how far the relay is.
const POLL: Duration = Duration::from_millis(200);

pub(super) async fn execute(command: TopicsCommand, config: &Config) -> Result<ExitCode, CliError> {
    let brokers = config.kafka.clone();
    let brokers = brokers.ok_or_else(|| CliError::Other("say where Kafka is: --kafka, or ALBUMEN_KAFKA".to_owned()))?;
    match command {
        TopicsCommand::Create => create(&brokers).await?,
        TopicsCommand::Rebuild { no_wait } => {
            let opened = Opened::for_command(config).await?;
            let outcome = rebuild(&opened, &brokers, !no_wait).await;
            opened.close().await;
            outcome?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the topics that are missing, and says so.
pub(super) async fn create(brokers: &Brokers) -> Result<(), CliError> {
    let created = kafka::ensure_topics(brokers).await?;
    match created.as_slice() {
        [] => println!("The topics are there."),
        created => println!("Made the topics {}.", created.join(" and ")),
    }
    Ok(())
}

async fn rebuild(opened: &Opened, brokers: &Brokers, wait: bool) -> Result<(), CliError> {
    let head = opened.commands.feed().reader().head().await?;
    kafka::rebuild_topics(brokers).await?;
    let client = opened.pool.get().await?;
    copy_again(&client, Destination::Kafka).await?;
    println!("The topic is empty; the relay publishes {head} events again.");
    if !wait {
        return Ok(());
    }
    let bar = indicatif::ProgressBar::new(u64::try_from(head).unwrap_or_default());
    loop {
        let report = copy_report(&client, Destination::Kafka).await?;
        let position = report.position.unwrap_or(0);
        bar.set_position(u64::try_from(position).unwrap_or_default());
        if position >= head {
            bar.finish_and_clear();
            println!("All {head} events are published.");
            return Ok(());
        }
        if !report.is_led {
            bar.set_message("no relay is running");
        }
        tokio::time::sleep(POLL).await;
    }
}

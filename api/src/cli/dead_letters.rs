//! What nobody tries again by itself: events that stopped a read model, and work that was given up.

use std::process::ExitCode;

use albumen_commands::Context;
use albumen_domain::processing::{Job, JobRequested, Processing, ProcessingCommand};
use albumen_projections::{ReadModels, projections, work::JobRow};
use clap::Subcommand;
use uuid::Uuid;

use super::{CliError, opened::Opened};
use crate::installation::Config;

/// See what was given up, and try it again
#[derive(Subcommand)]
pub(super) enum DeadLettersCommand {
    /// List it, each with its place in the log and the reason
    List,
    /// Try it again, after what was wrong has been mended
    Retry {
        /// Only this read model, from the event that stopped it
        #[arg(long)]
        projection: Option<String>,
        /// Only work on this asset
        #[arg(long)]
        asset: Option<Uuid>,
        /// Only this job
        #[arg(long)]
        job: Option<String>,
    },
}

pub(super) async fn execute(command: DeadLettersCommand, config: &Config) -> Result<ExitCode, CliError> {
    let opened = Opened::for_command(config).await?;
    let reads = ReadModels::queries_only(&opened.pool);
    let outcome = match command {
        DeadLettersCommand::List => list(&reads).await,
        DeadLettersCommand::Retry { projection, asset, job } => {
            let wanted = Wanted { projection, asset, job };
            retry(&opened, &reads, &wanted).await
        }
    };
    drop(reads);
    opened.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn list(reads: &ReadModels) -> Result<(), CliError> {
    let mut letters = 0;
    for checkpoint in reads.checkpoints().await? {
        if let Some(failure) = checkpoint.failure {
            println!("event {:>10}  read model {}: {failure}", checkpoint.position + 1, checkpoint.instance);
            letters += 1;
        }
    }
    for work in given_up(reads).await? {
        let reason = work.reason.as_deref().unwrap_or("no reason was given");
        println!("event {:>10}  {} of {}: {reason}", work.revision, work.job, work.asset_id);
        letters += 1;
    }
    println!("{letters} dead letter(s)");
    Ok(())
}

/// None where no process has made the read model yet.
async fn given_up(reads: &ReadModels) -> Result<Vec<JobRow>, CliError> {
    let is_there = reads.checkpoints().await?.iter().any(|checkpoint| checkpoint.instance == "work");
    Ok(if is_there { reads.work().given_up().await? } else { Vec::new() })
}

struct Wanted {
    projection: Option<String>,
    asset: Option<Uuid>,
    job: Option<String>,
}

impl Wanted {
    fn has_read_model(&self, name: &str) -> bool {
        match &self.projection {
            Some(wanted) => wanted == name,
            None => self.asset.is_none() && self.job.is_none(),
        }
    }

    fn has_work(&self, work: &JobRow) -> bool {
        let is_of_a_read_model = self.projection.is_some() && self.asset.is_none() && self.job.is_none();
        !is_of_a_read_model
            && self.asset.is_none_or(|asset| asset == work.asset_id)
            && self.job.as_ref().is_none_or(|job| *job == work.job)
    }
}

async fn retry(opened: &Opened, reads: &ReadModels, wanted: &Wanted) -> Result<(), CliError> {
    let mut retried = 0;
    for projection in projections() {
        let name = projection.name();
        if wanted.has_read_model(name) && reads.retry(name).await? {
            println!("read model {name}: tries again");
            retried += 1;
        }
    }
    for work in given_up(reads).await?.into_iter().filter(|work| wanted.has_work(work)) {
        let Some(job) = Job::by_name(&work.job) else { continue };
        let request = ProcessingCommand::RequestJob(JobRequested { owner: work.owner_id, job });
        match opened.commands.execute::<Processing>(work.asset_id, request, &Context::operator()).await {
            Ok(_) => {
                println!("{} of {}: asked for again", work.job, work.asset_id);
                retried += 1;
            }
            Err(error) => println!("{} of {}: {error}", work.job, work.asset_id),
        }
    }
    println!("{retried} dead letter(s) are tried again");
    Ok(())
}

//! Seeds a library through the log, and measures the server with it. See `README.md` for how.

mod album;
mod api;
mod append;
mod bar;
mod every;
mod follow;
mod http;
mod installation;
mod load;
mod machine;
mod memory;
mod prepare;
mod processes;
mod rebuild;
mod report;
mod requests;
mod seed;
mod sizes;
mod start;
mod sync;
mod throttled;
mod vectors;

use std::{fs::File, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// Why a measurement came to nothing: a sentence for a person.
pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Seeds a library through the log, and measures the server with it.
#[derive(Parser)]
#[command(name = "albumen-bench", version)]
struct Cli {
    /// Also write the figures to this file, as JSON
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign up and upload one photo, whose small pictures `seed` takes as a pattern
    Prepare(prepare::PrepareCommand),
    /// Put many assets into the log, and wait until the read models show them
    Seed(seed::SeedCommand),
    /// Measure how fast those who follow the log come after it
    Follow(follow::FollowCommand),
    /// Measure the requests of clients
    Requests(requests::RequestsCommand),
    /// Measure every operation of the API that reads, the slowest first
    EveryGet(every::EveryGetCommand),
    /// Measure the first sync of a phone
    Sync(sync::SyncCommand),
    /// Measure how long it takes to add 10,000 assets to an album
    Album(album::AlbumCommand),
    /// Measure reads with and without a throttled rebuild beside them
    Throttled(throttled::ThrottledCommand),
    /// Measure what every table takes on the disk
    Sizes(sizes::SizesCommand),
    /// Measure how fast the log takes events, in a database made for it
    Append(append::AppendCommand),
    /// Measure how fast read models are rebuilt
    Rebuild(rebuild::RebuildCommand),
    /// Measure the memory of the server's processes
    Memory(memory::MemoryCommand),
    /// Measure how long the server takes to answer after its start
    Start(start::StartCommand),
    /// Measure searches among vectors, in a database made for it
    Vectors(vectors::VectorsCommand),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("albumen-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Fault> {
    // Opened first: a command that becomes the service user may not write there any more.
    let json = cli.json.map(File::create).transpose()?;
    let report = match cli.command {
        Command::Prepare(command) => return command.run(),
        Command::Seed(command) => command.run(),
        Command::Follow(command) => command.run(),
        Command::Requests(command) => command.run(),
        Command::EveryGet(command) => command.run(),
        Command::Sync(command) => command.run(),
        Command::Album(command) => command.run(),
        Command::Throttled(command) => command.run(),
        Command::Sizes(command) => command.run(),
        Command::Append(command) => command.run(),
        Command::Rebuild(command) => command.run(),
        Command::Memory(command) => command.run(),
        Command::Start(command) => command.run(),
        Command::Vectors(command) => command.run(),
    }?;
    report.publish(json)
}

/// Runs asynchronous work. Called after a command has become the user it works as.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

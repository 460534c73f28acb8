//! The command line: one program for the server and for whoever looks after it.

mod admin;
mod configuration;
mod dead_letters;
mod history;
mod log;
mod logging;
mod mirror;
mod models;
mod opened;
mod pool;
mod rebuild;
mod replica;
mod serve;
mod status;
mod tidy;
mod topics;
mod view;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::logging::Logging;
pub use self::logging::filter_of;

use crate::installation::{self, Config, InstallationError, Settings};

/// The photo and video library server that keeps your pictures under your own control.
#[derive(Parser)]
#[command(name = "albumen", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the whole server: database, read models, workers and API in one
    Up,
    /// Start parts of the server; several at once, several of each
    Run {
        /// Which part; give it more than once for more
        #[arg(long = "role", value_enum, required = true)]
        roles: Vec<serve::Role>,
        #[command(flatten)]
        view: view::View,
    },
    /// Bring the database to this version's schema, and do nothing else
    Migrate,
    /// Print the OpenAPI document of the API
    Openapi,
    /// Look at the log of everything that happened
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Tell what happened in words, and take it back
    History(history::HistoryCommand),
    /// Rebuild read models from the log beside the live ones, compare them and swap them in
    Rebuild(rebuild::RebuildCommand),
    /// Show how far each part of the server has come
    Status(status::StatusCommand),
    /// See what was given up, and try it again
    #[command(subcommand, name = "deadletters")]
    DeadLetters(dead_letters::DeadLettersCommand),
    /// Look after the Kafka topics
    #[command(subcommand)]
    Topics(topics::TopicsCommand),
    /// Look after the models that see and read pictures
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Look after users and their data
    #[command(subcommand)]
    Admin(admin::AdminCommand),
}

/// Why a command came to nothing: a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Installation(#[from] InstallationError),
    #[error("{0}")]
    Other(String),
}

impl CliError {
    fn because(what: &str) -> impl FnOnce(&dyn std::fmt::Display) -> Self {
        move |error| Self::Other(format!("{what}: {error}"))
    }
}

macro_rules! other_errors {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Other(error.to_string())
            }
        })+
    };
}

other_errors!(
    albumen_commands::StoreError,
    albumen_commands::kafka::KafkaFault,
    albumen_commands::seal::MasterKeyError,
    albumen_commands::log::VerifyError,
    albumen_projections::ReadError,
    albumen_projections::runtime::RebuildError,
    albumen_workers::media::layout::LayoutError,
    albumen_workers::media::store::StoreError,
    albumen_workers::media::store::MediaPathError,
    deadpool_postgres::PoolError,
    crate::story::StoryError,
    serde_json::Error,
    std::io::Error,
);

impl From<tokio_postgres::Error> for CliError {
    fn from(error: tokio_postgres::Error) -> Self {
        let words = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
        Self::Other(format!("the database failed: {words}"))
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("albumen: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    if matches!(cli.command, Command::Openapi) {
        println!("{}", serde_json::to_string_pretty(&crate::server::openapi_document())?);
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::resolve(cli.settings)?;
    installation::enter(&config)?;
    let logging = Logging::start(&config);
    installation::keep_to(config.cpus);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(config.cpus).enable_all().build()?;
    runtime.block_on(async {
        mirror::install_cryptography(&config).await?;
        execute(cli.command, &config, logging).await
    })
}

async fn execute(command: Command, config: &Config, logging: Logging) -> Result<ExitCode, CliError> {
    match command {
        Command::Up => serve::serve(config, &serve::Role::ALL, &view::View::default(), logging).await,
        Command::Run { roles, view } => serve::serve(config, &roles, &view, logging).await,
        Command::Migrate => opened::migrate(config).await,
        Command::Openapi => Ok(ExitCode::SUCCESS),
        Command::Log(command) => log::execute(command, config).await,
        Command::History(command) => history::execute(command, config).await,
        Command::Rebuild(command) => rebuild::execute(command, config).await,
        Command::Status(command) => status::execute(command, config).await,
        Command::DeadLetters(command) => dead_letters::execute(command, config).await,
        Command::Topics(command) => topics::execute(command, config).await,
        Command::Models(command) => models::execute(command, config),
        Command::Admin(command) => admin::execute(command, config).await,
    }
}

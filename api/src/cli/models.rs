//! Looking after the models that see and read pictures. The program that runs them does it: this one knows nothing of graphs.

use std::{
    env, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use clap::Subcommand;

use super::CliError;
use crate::installation::Config;

/// The program; it is installed beside this one.
const PROGRAM: &str = "albumen-infer";
/// Tells it where the models lie.
const FOLDER: &str = "ALBUMEN_MODELS";

/// Look after the models that see and read pictures
#[derive(Subcommand)]
pub(super) enum ModelsCommand {
    /// Show which models are there
    List {
        /// With all that could be fetched
        #[arg(long)]
        all: bool,
    },
    /// Fetch models from their hub
    Pull {
        /// Their names, such as ViT-B-32__openai, buffalo_l, PP-OCRv5_mobile
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Load each model and say what is wrong with it
    Check {
        /// Their names [default: all that are there]
        names: Vec<String>,
    },
}

impl ModelsCommand {
    fn arguments(self) -> Vec<String> {
        let (command, mut rest) = match self {
            Self::List { all } => ("list", if all { vec!["--all".to_owned()] } else { Vec::new() }),
            Self::Pull { names } => ("pull", names),
            Self::Check { names } => ("check", names),
        };
        let mut arguments = vec!["models".to_owned(), command.to_owned()];
        arguments.append(&mut rest);
        arguments
    }
}

/// Becomes the other program; comes back only when that is not possible.
pub(super) fn execute(command: ModelsCommand, config: &Config) -> Result<ExitCode, CliError> {
    let program = find_beside(&env::current_exe()?)?;
    let error =
        Command::new(&program).args(command.arguments()).env(FOLDER, &config.models).env_remove("DATABASE_URL").exec();
    Err(CliError::Other(format!("{} cannot be started: {error}", program.display())))
}

fn find_beside(program: &Path) -> io::Result<PathBuf> {
    let beside = program.with_file_name(PROGRAM);
    if beside.is_file() {
        return Ok(beside);
    }
    Err(io::Error::other(format!("{PROGRAM} is missing: build or install it beside {}", program.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_passed_on() {
        assert_eq!(ModelsCommand::List { all: true }.arguments(), ["models", "list", "--all"]);
        let names = vec!["buffalo_l".to_owned()];
        assert_eq!(ModelsCommand::Pull { names }.arguments(), ["models", "pull", "buffalo_l"]);
        assert_eq!(ModelsCommand::Check { names: Vec::new() }.arguments(), ["models", "check"]);
    }
}

//! The `albumen` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    albumen_api::cli::main()
}

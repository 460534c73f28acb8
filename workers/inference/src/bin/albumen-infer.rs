//! The program that runs models for the server, and by hand in place of Immich's machine-learning container.

use std::process::ExitCode;

fn main() -> ExitCode {
    albumen_inference::program::main()
}

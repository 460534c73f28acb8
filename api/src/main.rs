//! The `albumen` program.

use std::process::ExitCode;

/// Rows and answers are many small texts of short life, on which the system's allocator spent a
/// sixth of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    albumen_api::cli::main()
}

//! The `albumen` program.

use std::process::ExitCode;

/// Rows and answers are many small texts of short life, on which the system's allocator spent a
/// sixth of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// SAFETY: any thread may call it at any time; it concerns what is free.
#[allow(unsafe_code)]
unsafe extern "C" {
    /// Gives back what the calling thread keeps free, and what is free in all.
    safe fn mi_collect(force: bool);
}

fn main() -> ExitCode {
    albumen_api::cli::main(|| mi_collect(true))
}

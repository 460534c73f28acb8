//! The program that decodes media for the server, a file at a time, with bounds on what a hostile
//! one can cost. It is started by `albumen` and of no use by hand.

use std::process::ExitCode;

fn main() -> ExitCode {
    albumen_workers::media::decode::run_child()
}

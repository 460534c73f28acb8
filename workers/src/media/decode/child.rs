//! The child's side.

use std::{io, os::fd::OwnedFd, process::ExitCode, sync::mpsc};

use super::{
    face, frame, limits, locate, places, previews,
    request::{Request, Response},
    video,
};

/// Serves requests from standard input until it ends. The whole of the program `albumen-decode`.
#[must_use]
pub fn run_child() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("albumen-decode: {error} (it is started by albumen, not by hand)");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let granted = std::env::args().nth(1).and_then(|mib| mib.parse().ok());
    limits::set(granted.unwrap_or(limits::MAX_DATA_MIB))?;
    let mut answers = std::fs::File::from(take_stdout()?);
    let (sender, requests) = mpsc::channel();
    // The parent's end shows as the end of the pipe, so reading goes on during the work: a child
    // whose parent died must not finish a long film for nobody. (A death signal would fire when
    // the parent's thread ends, and a runtime's threads come and go.)
    std::thread::Builder::new().spawn(move || {
        let mut stdin = io::stdin().lock();
        while let Ok(Some(request)) = frame::read::<Request>(&mut stdin) {
            if sender.send(request).is_err() {
                break;
            }
        }
        std::process::exit(0);
    })?;
    for request in requests {
        limits::grant_cpu()?;
        frame::write(&mut answers, &answer(request))?;
    }
    Ok(())
}

fn answer(request: Request) -> Response {
    let answered = match request {
        Request::Previews(request) => previews::make(&request).map(Response::Previews),
        Request::Face(request) => face::make(&request).map(Response::Face),
        Request::Probe(path) => video::probe(&path).map(Response::Probe),
        Request::Locate(position) => locate::locate(position).map(Response::Place),
        Request::Places(name) => places::search(&name).map(Response::Places),
    };
    answered.unwrap_or_else(Response::Failed)
}

/// Takes standard output for the answers and leaves standard error in its place: some library is
/// sure to print.
fn take_stdout() -> io::Result<OwnedFd> {
    let answers = nix::unistd::dup(io::stdout())?;
    nix::unistd::dup2_stdout(io::stderr())?;
    Ok(answers)
}

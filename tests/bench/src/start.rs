//! How long the server takes from the start of its process to its first answer.

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    Fault, block_on,
    http::{Base, Connection, Request},
    load::{Waits, milliseconds},
    machine::Machine,
    report::{Figure, Report, Target},
};

const MOST_START_MS: f64 = 1_000.0;
/// Short beside what is measured.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// A server that does not answer by then is not going to.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Measure how long the server takes to answer after its start.
#[derive(clap::Args)]
pub(crate) struct StartCommand {
    /// Where it will be
    #[arg(long)]
    base: Base,
    /// How often it is started
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// How it is started: a program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl StartCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let mut waits = Vec::with_capacity(self.times);
        for _ in 0..self.times {
            waits.push(self.start_once()?);
        }
        let waits = Waits::new(waits);
        let figure = Figure::new("ready after the start, PostgreSQL running, median", waits.percentile_ms(50), "ms")
            .with_target(Target::AtMost(MOST_START_MS))
            .with_detail("starts", waits.count() as f64)
            .with_detail("slowest ms", waits.percentile_ms(100));
        Ok(Report::new(Machine::describe(None)?, vec![figure]))
    }

    fn start_once(&self) -> Result<Duration, Fault> {
        let (program, arguments) = self.command.split_first().ok_or("no command was given")?;
        let started = Instant::now();
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = command.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
        let ready = block_on(first_answer(&self.base, &mut server, started));
        stop(server)?;
        ready
    }
}

async fn first_answer(base: &Base, server: &mut Child, started: Instant) -> Result<Duration, Fault> {
    loop {
        if ping(base).await.is_ok() {
            return Ok(started.elapsed());
        }
        if let Some(status) = server.try_wait()? {
            return Err(format!("the server ended by itself: {status}").into());
        }
        if started.elapsed() > START_TIMEOUT {
            return Err(format!("the server did not answer within {:.0} ms", milliseconds(START_TIMEOUT)).into());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

async fn ping(base: &Base) -> Result<(), Fault> {
    let mut connection = Connection::open(base).await?;
    connection.ask(&Request::get("/api/server/ping")).await.map(drop)
}

/// As Ctrl-C would.
fn stop(mut server: Child) -> Result<(), Fault> {
    if server.try_wait()?.is_none() {
        kill(Pid::from_raw(i32::try_from(server.id())?), Signal::SIGINT)?;
    }
    server.wait()?;
    Ok(())
}

//! The postmaster as a child process, kept by a thread of its own.

use std::fs::OpenOptions;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid};
use tokio::sync::watch;

use super::Programs;
use crate::installation::InstallationError;
use crate::installation::error::at;

/// Who runs the child where the parent is root (tests only: an installation's parent is the service user already).
#[derive(Debug, Clone, Copy)]
pub(super) struct ChildUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// How PostgreSQL is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StopMode {
    /// Clients are cut off, a checkpoint is written.
    Fast,
    /// At once; the next start recovers.
    Immediate,
}

/// A running postmaster.
#[derive(Debug)]
pub(super) struct Postmaster {
    pid: i32,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Postmaster {
    /// Starts it. The thread that starts it also waits for it: the kernel sends the death signal when the *thread* ends
    /// that started a child, so it must not be one of a pool.
    pub(super) fn spawn(
        programs: &Programs,
        cluster: &Path,
        start_log: &Path,
        user: Option<ChildUser>,
    ) -> Result<Self, InstallationError> {
        let program = programs.program("postgres");
        let mut command = command(&program, cluster, start_log, user)?;
        let (started_tx, started_rx) = std::sync::mpsc::sync_channel(1);
        let (ended_tx, ended) = watch::channel(None);
        std::thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    let _ = started_tx.send(Ok(child.id()));
                    keep(child, &ended_tx);
                }
                Err(error) => {
                    let _ = started_tx.send(Err(error));
                }
            })
            .map_err(at("start a thread for", &program))?;
        let pid = match started_rx.recv() {
            Ok(started) => started.map_err(at("run", &program))?,
            Err(_) => return Err(at("run", &program)(std::io::Error::other("its thread ended"))),
        };
        Ok(Self { pid: pid.cast_signed(), ended })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// How it ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        self.ended.borrow().map(describe)
    }

    /// Waits until it has ended.
    pub(super) async fn wait(&mut self) -> String {
        match self.ended.wait_for(Option::is_some).await {
            Ok(status) => status.map_or_else(String::new, describe),
            Err(_) => "its keeper is gone".to_owned(),
        }
    }

    /// Asks it to stop and waits; `false` when it is still there after the bound.
    pub(super) async fn stop(&mut self, mode: StopMode, bound: Duration) -> bool {
        if self.ended().is_some() {
            return true;
        }
        let signal = match mode {
            StopMode::Fast => Signal::SIGINT,
            StopMode::Immediate => Signal::SIGQUIT,
        };
        // It may end by itself in this moment; the wait below sees that.
        let _ = kill(Pid::from_raw(self.pid), signal);
        tokio::time::timeout(bound, self.wait()).await.is_ok()
    }
}

fn keep(mut child: Child, ended: &watch::Sender<Option<ExitStatus>>) {
    let status = child.wait().unwrap_or_else(|_| ExitStatus::from_raw(0));
    ended.send_replace(Some(status));
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with status {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".to_owned(),
    }
}

fn command(
    program: &Path,
    cluster: &Path,
    start_log: &Path,
    user: Option<ChildUser>,
) -> Result<Command, InstallationError> {
    let log =
        OpenOptions::new().create(true).write(true).truncate(true).open(start_log).map_err(at("write", start_log))?;
    let also_log = log.try_clone().map_err(at("write", start_log))?;
    let mut command = Command::new(program);
    command
        .arg("-D")
        .arg(cluster)
        .current_dir(cluster)
        .stdin(Stdio::null())
        .stdout(also_log)
        .stderr(log)
        // Its own group, so that Ctrl-C at the terminal reaches us alone and the order of stopping is ours.
        .process_group(0);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    die_with_us(&mut command);
    Ok(command)
}

/// Asks the kernel to send PostgreSQL the signal for a fast shutdown when this process is gone, however it goes.
#[allow(unsafe_code)]
fn die_with_us(command: &mut Command) {
    let parent = getpid();
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; prctl and getppid are, and nothing
    // here allocates or locks.
    unsafe {
        command.pre_exec(move || {
            set_pdeathsig(Signal::SIGINT)?;
            if getppid() == parent {
                return Ok(());
            }
            // The parent was killed before the request stood, so nobody would ever stop this child.
            Err(std::io::Error::from_raw_os_error(nix::errno::Errno::ESRCH as i32))
        });
    }
}

//! One `exiftool` that stays open and answers request after request.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use super::ExifToolError;

/// The program, found by PATH. Staying open, it waits on even when its input has ended, so the
/// kernel has to end it with us (with the thread that started it, which is as old as we are).
const PROGRAM: [&str; 4] = ["setpriv", "--pdeathsig", "KILL", "exiftool"];

/// The longest that reading one file may take: the slowest honest ones (long films on a slow
/// disk) take a few seconds.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The most that one answer may have: tags are some kilobytes, sidecars of editors up to one or
/// two megabytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Address space of the process: it rests at 25 MB, and 40-megapixel raw files with their
/// embedded pictures need some 200.
const MAX_ADDRESS_BYTES: u64 = 1024 * 1024 * 1024;

/// CPU of the process over its whole life, in seconds: a thousand requests at 0.3 s each, ten
/// times what is usual. It ends a process that loops after its request was given up.
const MAX_CPU_SECONDS: u64 = 300;

/// The running program. Dropped, it is killed.
#[derive(Debug)]
pub(super) struct Process {
    /// Held for its end: dropping it kills the process.
    #[cfg_attr(not(test), expect(dead_code, reason = "held to be dropped"))]
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    requests: u64,
}

impl Process {
    pub(super) fn start() -> Result<Self, ExifToolError> {
        let [launcher, arguments @ ..] = PROGRAM;
        let mut child = Command::new(launcher)
            .args(arguments)
            // A configuration file of the user could run code and rename tags.
            .args(["-config", "", "-stay_open", "True", "-@", "-"])
            .env("LC_ALL", "C.UTF-8")
            // Modules of the user could be loaded from there.
            .env_remove("HOME")
            .env_remove("PERL5LIB")
            .env_remove("PERL5OPT")
            // Times of the file system would be told in it.
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(ExifToolError::Start)?;
        bound(&child)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ExifToolError::Died);
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout), requests: 0 })
    }

    #[cfg(test)]
    pub(super) async fn kill(&mut self) {
        let _ = self.child.kill().await;
    }

    /// Runs one command and returns what it printed. After an error the process must be dropped:
    /// an answer may still be on its way.
    pub(super) async fn execute(&mut self, arguments: &[&OsStr]) -> Result<Vec<u8>, ExifToolError> {
        match tokio::time::timeout(REQUEST_TIMEOUT, self.converse(arguments)).await {
            Ok(answer) => answer,
            Err(_) => Err(ExifToolError::TimedOut(REQUEST_TIMEOUT)),
        }
    }

    async fn converse(&mut self, arguments: &[&OsStr]) -> Result<Vec<u8>, ExifToolError> {
        self.requests += 1;
        let mut request = Vec::with_capacity(2048);
        for argument in arguments {
            request.extend_from_slice(argument.as_encoded_bytes());
            request.push(b'\n');
        }
        // The number makes an answer recognisable that a file tries to forge.
        request.extend_from_slice(format!("-execute{}\n", self.requests).as_bytes());
        self.stdin.write_all(&request).await.map_err(|_| ExifToolError::Died)?;
        self.read_answer(format!("{{ready{}}}", self.requests).as_bytes()).await
    }

    async fn read_answer(&mut self, end: &[u8]) -> Result<Vec<u8>, ExifToolError> {
        let mut answer = Vec::new();
        loop {
            let line_start = answer.len();
            let mut line = tokio::io::AsyncReadExt::take(&mut self.stdout, MAX_ANSWER_BYTES as u64);
            if line.read_until(b'\n', &mut answer).await.map_err(|_| ExifToolError::Died)? == 0 {
                return Err(ExifToolError::Died);
            }
            if answer[line_start..].trim_ascii_end() == end {
                answer.truncate(line_start);
                return Ok(answer);
            }
            if answer.len() > MAX_ANSWER_BYTES {
                return Err(ExifToolError::Garbled);
            }
        }
    }
}

/// Sets limits from outside: what runs is a program that isn't ours.
fn bound(child: &Child) -> Result<(), ExifToolError> {
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or(ExifToolError::Died)?;
    let limits = [(Resource::As, MAX_ADDRESS_BYTES), (Resource::Cpu, MAX_CPU_SECONDS), (Resource::Core, 0)];
    for (resource, limit) in limits {
        prlimit(Some(pid), resource, Rlimit { current: Some(limit), maximum: Some(limit) })
            .map_err(|error| ExifToolError::Start(error.into()))?;
    }
    Ok(())
}

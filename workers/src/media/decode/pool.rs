//! The parent's side.

use std::{
    env, io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use albumen_domain::asset::{Place, Position, metadata::Probe};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{
    DecodeFailure, FaceRequest, MadeFile, NamedPlace, Previews, PreviewsRequest, SourceKind, frame,
    limits::{LEAST_DATA_MIB, MAX_DATA_MIB},
    request::{Request, Response},
};
use crate::media::children::{Children, IDLE};

/// The program that decodes; it is installed beside `albumen`.
pub const DECODER_PROGRAM: &str = "albumen-decode";

/// Requests after which a child is replaced: whatever its libraries leak is bounded so.
const MAX_REQUESTS: u32 = 500;

/// Look-ups after which the child that does them is replaced: it decodes nothing.
const MAX_LOOKUPS: u32 = 100_000;

/// How long each kind of request may take by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeTimeouts {
    /// For a picture. Its CPU is bounded at 60 s; a machine with more work than cores needs longer.
    pub image: Duration,
    /// For the poster of a film: a large one on a slow disk.
    pub video: Duration,
    /// For a probe: the index of a film may lie at its end.
    pub probe: Duration,
    /// For a look-up, which may have to load its tables.
    pub locate: Duration,
}

impl Default for DecodeTimeouts {
    fn default() -> Self {
        let [image, video, probe, locate] = [120, 180, 60, 30].map(Duration::from_secs);
        Self { image, video, probe, locate }
    }
}

/// How long a child that went silent may take to be dead.
const DEATH_TIMEOUT: Duration = Duration::from_secs(1);

/// What decoding may cost at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeBounds {
    /// Decodes at once.
    pub at_once: usize,
    /// MiB of memory of its own that each may have.
    pub data_mib: u64,
}

impl DecodeBounds {
    /// One decode for each of `cpus`, and no more of them than fit into half of `memory_mib`, where that is
    /// bounded: the other half is for whoever asks them.
    #[must_use]
    pub fn of(cpus: usize, memory_mib: Option<u64>) -> Self {
        let Some(memory_mib) = memory_mib else { return Self { at_once: cpus, data_mib: MAX_DATA_MIB } };
        let share_mib = memory_mib / 2;
        let fitting = usize::try_from(share_mib / LEAST_DATA_MIB).unwrap_or(usize::MAX);
        let at_once = cpus.min(fitting).max(1);
        Self { at_once, data_mib: (share_mib / at_once as u64).clamp(LEAST_DATA_MIB, MAX_DATA_MIB) }
    }
}

/// Children that decode; clones share them.
#[derive(Clone, Debug)]
pub struct DecodePool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    program: PathBuf,
    data_mib: u64,
    timeouts: DecodeTimeouts,
    decoders: Children<Decoder>,
    /// Apart: its tables would be loaded in every decoder otherwise.
    locator: Children<Decoder>,
}

impl DecodePool {
    /// Within `bounds`, by the program that lies beside this one.
    ///
    /// # Errors
    /// The program is not there.
    pub fn new(bounds: DecodeBounds) -> io::Result<Self> {
        Ok(Self::with_program(bounds, find_beside(&env::current_exe()?)?, DecodeTimeouts::default()))
    }

    /// Within `bounds` and these times, by this program.
    #[must_use]
    pub fn with_program(bounds: DecodeBounds, program: PathBuf, timeouts: DecodeTimeouts) -> Self {
        let decoders = Children::new(bounds.at_once, MAX_REQUESTS, IDLE);
        let locator = Children::new(1, MAX_LOOKUPS, IDLE);
        let inner = Inner { program, data_mib: bounds.data_mib, timeouts, decoders, locator };
        Self { inner: Arc::new(inner) }
    }

    /// Makes the small pictures of a source.
    ///
    /// # Errors
    /// The source cannot be decoded, or a picture not be written.
    pub async fn previews(&self, request: PreviewsRequest) -> Result<Previews, DecodeFailure> {
        let timeout = match request.kind {
            SourceKind::Image => self.inner.timeouts.image,
            SourceKind::Video => self.inner.timeouts.video,
        };
        match self.ask(&self.inner.decoders, &Request::Previews(request), timeout).await? {
            Response::Previews(previews) => Ok(previews),
            other => Err(refuse(other)),
        }
    }

    /// Cuts a face out of a source.
    ///
    /// # Errors
    /// The source cannot be decoded, there is nothing to cut out, or the picture not be written.
    pub async fn face(&self, request: FaceRequest) -> Result<MadeFile, DecodeFailure> {
        let timeout = match request.kind {
            SourceKind::Image => self.inner.timeouts.image,
            SourceKind::Video => self.inner.timeouts.video,
        };
        match self.ask(&self.inner.decoders, &Request::Face(request), timeout).await? {
            Response::Face(made) => Ok(made),
            other => Err(refuse(other)),
        }
    }

    /// Reads what the container of a film or animation says.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn probe(&self, path: &Path) -> Result<Probe, DecodeFailure> {
        match self.ask(&self.inner.decoders, &Request::Probe(path.to_owned()), self.inner.timeouts.probe).await? {
            Response::Probe(probe) => Ok(probe),
            other => Err(refuse(other)),
        }
    }

    /// Looks up what a position is called.
    ///
    /// # Errors
    /// The child failed.
    pub async fn locate(&self, position: Position) -> Result<Place, DecodeFailure> {
        match self.ask(&self.inner.locator, &Request::Locate(position), self.inner.timeouts.locate).await? {
            Response::Place(place) => Ok(place),
            other => Err(refuse(other)),
        }
    }

    /// Looks for places that are so called.
    ///
    /// # Errors
    /// The child failed.
    pub async fn places(&self, name: &str) -> Result<Vec<NamedPlace>, DecodeFailure> {
        let request = Request::Places(name.to_owned());
        match self.ask(&self.inner.locator, &request, self.inner.timeouts.locate).await? {
            Response::Places(places) => Ok(places),
            other => Err(refuse(other)),
        }
    }

    async fn ask(
        &self,
        children: &Children<Decoder>,
        request: &Request,
        timeout: Duration,
    ) -> Result<Response, DecodeFailure> {
        let mut seat = children.take().await;
        let decoder = match &mut seat.child {
            Some(decoder) => decoder,
            none => none.insert(Decoder::start(&self.inner.program, self.inner.data_mib)?),
        };
        match tokio::time::timeout(timeout, decoder.ask(request)).await {
            Ok(Ok(response)) => {
                seat.give_back();
                Ok(response)
            }
            Ok(Err(_)) => Err(decoder.cause_of_death().await),
            Err(_) => {
                let seconds = timeout.as_secs_f32();
                Err(DecodeFailure::of_circumstances(format!("decoding took more than {seconds} s and was ended")))
            }
        }
    }
}

/// A response that fails, or is of another kind than the request.
fn refuse(response: Response) -> DecodeFailure {
    match response {
        Response::Failed(failure) => failure,
        _ => DecodeFailure::of_circumstances("the decoder answered something else"),
    }
}

/// Beside this program; one folder up for the programs that run tests.
fn find_beside(program: &Path) -> io::Result<PathBuf> {
    let folders = program.ancestors().skip(1).take(2);
    folders.map(|folder| folder.join(DECODER_PROGRAM)).find(|path| path.is_file()).ok_or_else(|| {
        io::Error::other(format!("{DECODER_PROGRAM} is missing: build or install it beside {}", program.display()))
    })
}

/// A running child. Dropped, it is killed.
#[derive(Debug)]
struct Decoder {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Decoder {
    fn start(program: &Path, data_mib: u64) -> Result<Self, DecodeFailure> {
        let failed = |error: io::Error| {
            DecodeFailure::of_circumstances(format!("{} cannot be started: {error}", program.display()))
        };
        let mut child = Command::new(program)
            .arg(data_mib.to_string())
            // Nothing of ours is its business, least of all where the database is.
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            // Each arena would be another pile of freed pixels.
            .env("MALLOC_ARENA_MAX", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Self { child, stdin, stdout }),
            _ => Err(failed(io::Error::other("it has no pipes"))),
        }
    }

    async fn ask(&mut self, request: &Request) -> io::Result<Response> {
        frame::send(&mut self.stdin, request).await?;
        frame::receive(&mut self.stdout).await
    }

    /// Why it went silent. It may have been the file, or a lack of memory on the whole machine:
    /// worth another attempt, which is bounded by whoever counts them.
    async fn cause_of_death(&mut self) -> DecodeFailure {
        match tokio::time::timeout(DEATH_TIMEOUT, self.child.wait()).await {
            Ok(Ok(status)) => DecodeFailure::of_circumstances(describe(status)),
            _ => DecodeFailure::of_circumstances("the decoder went silent and was ended"),
        }
    }
}

fn describe(status: ExitStatus) -> String {
    use nix::sys::signal::Signal;
    let signal = status.signal().and_then(|number| Signal::try_from(number).ok());
    match signal {
        Some(Signal::SIGXCPU) => "decoding needed more CPU than a file may cost".to_owned(),
        Some(Signal::SIGXFSZ) => "a picture would have become larger than a file may be".to_owned(),
        Some(signal) => format!("the decoder was ended by {signal}: the file needs too much memory or makes it crash"),
        None => format!("the decoder ended: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoders_fit_into_half_of_what_a_process_may_hold() {
        let bounds = |cpus, memory_mib| {
            let DecodeBounds { at_once, data_mib } = DecodeBounds::of(cpus, memory_mib);
            (at_once, data_mib)
        };
        assert_eq!(bounds(4, None), (4, 1536));
        assert_eq!(bounds(4, Some(16_384)), (4, 1536));
        assert_eq!(bounds(4, Some(4_096)), (4, 512));
        assert_eq!(bounds(8, Some(1_024)), (2, 256));
        assert_eq!(bounds(8, Some(128)), (1, 256));
    }
}

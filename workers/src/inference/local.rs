//! The program that runs models for this process: started, watched, and started again when it ends.

use std::{
    env, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_projections::system::Configuration;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::watch,
};

use super::predictor::is_local;

/// The program; it is installed beside `albumen`.
pub const PROGRAM: &str = "albumen-infer";
/// What it prints first, before its address.
const GREETING: &str = "listening on ";
/// It has to look for a GPU, but loads no model before it is asked.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Before the first restart; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// At most that long.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Who has run that long has started well, whatever came after.
const GOOD_RUN: Duration = Duration::from_secs(60);

/// How the local service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LocalState {
    /// Nobody needs it.
    #[default]
    Off,
    /// It does not answer yet.
    Starting,
    /// It serves at this URL.
    Serving(String),
    /// It has ended, and is started again.
    Failed(String),
}

impl LocalState {
    /// Where it serves.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Serving(url) => Some(url),
            Self::Off | Self::Starting | Self::Failed(_) => None,
        }
    }
}

/// How the program is started.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// Where it listens; port 0 for any.
    pub listen: SocketAddr,
    /// The folder of its models.
    pub models: PathBuf,
    /// Processor cores that it uses.
    pub cpus: usize,
}

/// The program, kept running. Dropped, it ends.
pub struct LocalService {
    state: watch::Receiver<LocalState>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl LocalService {
    /// Keeps the program running that lies beside this one, for as long as the configuration needs it.
    #[must_use]
    pub fn start(options: LocalOptions, configuration: Arc<Configuration>) -> Self {
        let (sender, state) = watch::channel(LocalState::Off);
        let task = tokio::spawn(keep(options, configuration, sender));
        Self { state, task: Some(task) }
    }

    /// One that somebody else keeps running.
    #[must_use]
    pub fn elsewhere(url: &str) -> Self {
        let (_, state) = watch::channel(LocalState::Serving(url.to_owned()));
        Self { state, task: None }
    }

    /// How it is, to look at and to wait for.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LocalState> {
        self.state.clone()
    }
}

impl Drop for LocalService {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

fn is_wanted(configuration: &Configuration) -> bool {
    let in_force = configuration.current();
    let settings = &in_force.settings.machine_learning;
    settings.enabled && is_local(&settings.urls)
}

async fn keep(options: LocalOptions, configuration: Arc<Configuration>, state: watch::Sender<LocalState>) {
    let mut configured = configuration.changes();
    let mut pause = FIRST_PAUSE;
    loop {
        while !is_wanted(&configuration) {
            state.send_replace(LocalState::Off);
            if configured.changed().await.is_err() {
                return;
            }
        }
        let started = Instant::now();
        let ended = run(&options, &configuration, &state).await;
        let Err(reason) = ended else { continue };
        if started.elapsed() >= GOOD_RUN {
            pause = FIRST_PAUSE;
        }
        tracing::warn!(reason, pause_s = pause.as_secs(), "{PROGRAM} does not run; it is started again");
        state.send_replace(LocalState::Failed(reason));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Runs the program until it ends, which is an error, or nobody needs it any more.
async fn run(
    options: &LocalOptions,
    configuration: &Configuration,
    state: &watch::Sender<LocalState>,
) -> Result<(), String> {
    state.send_replace(LocalState::Starting);
    let mut child = spawn(options).map_err(|error| error.to_string())?;
    let stdout = child.stdout.take().ok_or("its output cannot be read")?;
    let mut lines = BufReader::new(stdout).lines();
    let first = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
    let url = match first {
        Ok(Ok(Some(line))) => match line.strip_prefix(GREETING) {
            Some(url) => url.trim().to_owned(),
            None => return Err(format!("it has said `{line}` in place of its address")),
        },
        Ok(Ok(None)) => return Err(how_it_ended(&mut child).await),
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("it has not started within {} s", START_TIMEOUT.as_secs())),
    };
    tracing::info!(url, "models are served");
    state.send_replace(LocalState::Serving(url));
    let mut configured = configuration.changes();
    loop {
        tokio::select! {
            // Whatever else it says goes to its log; the pipe must not fill.
            line = lines.next_line() => if !matches!(line, Ok(Some(_))) {
                return Err(how_it_ended(&mut child).await);
            },
            changed = configured.changed() => if changed.is_err() || !is_wanted(configuration) {
                return Ok(());
            },
        }
    }
}

async fn how_it_ended(child: &mut Child) -> String {
    match child.wait().await {
        Ok(status) => format!("it has ended: {status}"),
        Err(error) => error.to_string(),
    }
}

/// Its standard input stays open for as long as this process lives: by its end it knows that nobody needs it.
fn spawn(options: &LocalOptions) -> io::Result<Child> {
    let program = find_beside(&env::current_exe()?)?;
    Command::new(program)
        .arg("--listen")
        .arg(options.listen.to_string())
        .arg("--models")
        .arg(&options.models)
        .env("ALBUMEN_CPUS", options.cpus.to_string())
        // Where the database is, and how to come in, is none of its business.
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Beside this program; one folder up for the programs that run tests.
fn find_beside(program: &Path) -> io::Result<PathBuf> {
    let folders = program.ancestors().skip(1).take(2);
    folders.map(|folder| folder.join(PROGRAM)).find(|path| path.is_file()).ok_or_else(|| {
        io::Error::other(format!("{PROGRAM} is missing: build or install it beside {}", program.display()))
    })
}

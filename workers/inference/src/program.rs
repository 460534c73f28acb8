//! The program `albumen-infer`.

use std::{
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    os::fd::AsFd,
    path::{Path, PathBuf},
    process::{self, ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use albumen_domain::models::{CLIP_MODELS, FACE_MODELS, ModelTask, OCR_MODELS};
use albumen_onnx::{Choice, Chosen};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::stat::{SFlag, fstat};

use crate::{
    interpreter::Interpreter,
    memory,
    models::load,
    service::{Options, router},
    store::{DEFAULT_HUB, DEFAULT_OCR_HUB, Hubs, ModelId, Progress, Puller, Store},
};

/// With room for a process around them, all models of an ordinary library stay below 1 GB.
const DEFAULT_MEMORY_MIB: u64 = 860;
/// Immich's.
const DEFAULT_IDLE_S: i64 = 300;
/// Where the machine does not say how many it has.
const FALLBACK_CPUS: usize = 2;
/// Graphs are interpreted by recursion in places, and builds for tests have large frames.
const STACK_BYTES: usize = 16 << 20;
/// What is told without being asked.
const DEFAULT_LOG: &str = "warn,albumen_inference=info,albumen_onnx=info";

/// Serves models that see and read pictures. `albumen` starts it; by hand it stands in for Immich's machine-learning container.
#[derive(Parser)]
#[command(name = "albumen-infer", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Args)]
struct Settings {
    /// Folder that holds the models
    #[arg(long, env = "ALBUMEN_MODELS", value_name = "FOLDER", global = true, default_value = "models")]
    models: PathBuf,
    /// Address and port to listen on; port 0 for any
    #[arg(long, env = "ALBUMEN_INFERENCE_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3003")]
    listen: SocketAddr,
    /// What to compute with: auto, cpu or gpu
    #[arg(long, env = "ALBUMEN_INFERENCE_DEVICE", value_name = "DEVICE", global = true, default_value = "auto")]
    device: Choice,
    /// Processor cores to use [default: all]
    #[arg(long, env = "ALBUMEN_CPUS", value_name = "NUMBER", global = true)]
    cpus: Option<usize>,
    /// MiB that models may take in memory
    #[arg(long, env = "ALBUMEN_INFERENCE_MEMORY", value_name = "MIB", default_value_t = DEFAULT_MEMORY_MIB)]
    memory: u64,
    /// Seconds without a request after which models leave the memory; 0 or less: never
    #[arg(
        long,
        env = "MACHINE_LEARNING_MODEL_TTL",
        value_name = "SECONDS",
        default_value_t = DEFAULT_IDLE_S,
        allow_negative_numbers = true
    )]
    idle: i64,
    /// Never fetch a model
    #[arg(long, env = "ALBUMEN_MODELS_OFFLINE", global = true, value_parser = clap::builder::FalseyValueParser::new())]
    offline: bool,
    /// Where models are fetched from
    #[arg(long, env = "ALBUMEN_MODELS_HUB", value_name = "URL", global = true, default_value = DEFAULT_HUB)]
    hub: String,
    /// Where text models are fetched from
    #[arg(long, env = "ALBUMEN_MODELS_OCR_HUB", value_name = "URL", global = true, default_value = DEFAULT_OCR_HUB)]
    ocr_hub: String,
    /// What to log, as a tracing filter
    #[arg(long, env = "ALBUMEN_LOG", value_name = "FILTER", global = true)]
    log: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Look after the models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Succeed where there is a GPU
    #[command(hide = true)]
    Probe,
}

#[derive(Subcommand)]
enum ModelsCommand {
    /// Show which models are there
    List {
        /// With all that could be fetched
        #[arg(long)]
        all: bool,
    },
    /// Fetch models from their hub
    Pull {
        /// Their names, such as ViT-B-32__openai, buffalo_l, PP-OCRv5_mobile
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Load each model and say what is wrong with it
    Check {
        /// Their names [default: all that are there]
        names: Vec<String>,
    },
}

/// Why the program ended: a sentence for a person.
type Words = Box<dyn std::error::Error + Send + Sync>;

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("albumen-infer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Words> {
    let settings = cli.settings;
    memory::suit_allocator();
    start_tracing(settings.log.as_deref());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let machine = std::thread::available_parallelism().map_or(FALLBACK_CPUS, usize::from);
    let cpus = settings.cpus.unwrap_or(machine).clamp(1, machine.max(1));
    rayon::ThreadPoolBuilder::new().num_threads(cpus).stack_size(STACK_BYTES).build_global()?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).thread_stack_size(STACK_BYTES).enable_all().build()?;
    let store = Store::new(std::path::absolute(&settings.models)?);
    let hubs = Hubs { models: settings.hub.clone(), ocr: settings.ocr_hub.clone() };
    let puller = Puller::new(store.clone(), hubs, settings.offline)?;
    match cli.command {
        None => runtime.block_on(serve(&settings, store, puller, cpus)),
        Some(Command::Probe) => Ok(ExitCode::from(u8::from(!albumen_onnx::device(Choice::Auto).gpu))),
        Some(Command::Models(ModelsCommand::List { all })) => list(&store, all),
        Some(Command::Models(ModelsCommand::Pull { names })) => runtime.block_on(pull(&store, &puller, &names)),
        Some(Command::Models(ModelsCommand::Check { names })) => check(&store, &settings, &names),
    }
}

fn start_tracing(filter: Option<&str>) {
    let filter = filter.filter(|filter| !filter.is_empty()).unwrap_or(DEFAULT_LOG);
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_default();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

fn chosen(settings: &Settings) -> Chosen {
    if settings.device != Choice::Auto || finds_gpu() {
        return albumen_onnx::device(settings.device);
    }
    let mut processor = albumen_onnx::device(Choice::Cpu);
    processor.description.push_str(", no GPU found");
    processor
}

/// In a process of its own: looking loads every driver of the machine, a software one among them, and what they take
/// in memory (40 MB and more) is never given back.
fn finds_gpu() -> bool {
    let look = |program| {
        let mut command = process::Command::new(program);
        command.arg("probe").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    std::env::current_exe().and_then(look).is_ok_and(|status| status.success())
}

async fn serve(settings: &Settings, store: Store, puller: Puller, cpus: usize) -> Result<ExitCode, Words> {
    end_with_parent()?;
    let device = chosen(settings);
    tracing::info!(device = device.description, models = %store.root().display(), cpus, "models are served on demand");
    let idle = idle(settings);
    let options = Options { cpus, memory_bytes: settings.memory << 20, idle };
    let routes = router(store, Arc::new(Interpreter::new(device)), puller, options);
    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    println!("listening on http://{}", listener.local_addr()?);
    io::stdout().flush()?;
    axum::serve(listener, routes).with_graceful_shutdown(asked_to_stop()).await?;
    Ok(ExitCode::SUCCESS)
}

/// After so long without a request models leave the memory; zero: never.
fn idle(settings: &Settings) -> Duration {
    Duration::from_secs(u64::try_from(settings.idle).unwrap_or(0))
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A parent holds the other end of standard input: when that ends, so does this process, whatever it is at. (A death signal
/// would fire when the parent's thread ends, and a runtime's threads come and go.) By hand, in a shell or under systemd, it is no pipe.
fn end_with_parent() -> io::Result<()> {
    let stdin = io::stdin();
    let kind = SFlag::from_bits_truncate(fstat(stdin.as_fd())?.st_mode) & SFlag::S_IFMT;
    if kind != SFlag::S_IFIFO {
        return Ok(());
    }
    std::thread::Builder::new().name("parent".to_owned()).spawn(move || {
        let _ = io::copy(&mut stdin.lock(), &mut io::sink());
        std::process::exit(0);
    })?;
    Ok(())
}

fn list(store: &Store, all: bool) -> Result<ExitCode, Words> {
    let mut out = io::stdout().lock();
    writeln!(out, "models in {}", store.root().display())?;
    for task in ModelTask::ALL {
        for id in store.folders(task) {
            match store.missing(&id) {
                None => {
                    let bytes: u64 = task.parts().iter().map(|part| store.part_stamp(&id, *part).bytes()).sum();
                    let role = if id.name == task.substitute() {
                        "  (small: serves while the chosen one is not here)"
                    } else {
                        ""
                    };
                    writeln!(out, "  {id}  {} MiB{role}", bytes >> 20)?;
                }
                // A detector without a recogniser of its name is what language variants share.
                Some(_) if task == ModelTask::Ocr && store.graph(&id, task.parts()[0]).is_file() => {}
                Some(missing) => writeln!(out, "  {id}  not whole: {missing}")?,
            }
        }
    }
    if all {
        writeln!(out, "to be fetched with `models pull NAME`:")?;
        for (task, name) in known() {
            let is_here = ModelId::of(task, name).is_some_and(|id| store.missing(&id).is_none());
            if !is_here {
                writeln!(out, "  {}/{name}", task.as_str())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All that hubs have.
fn known() -> impl Iterator<Item = (ModelTask, &'static str)> {
    let clip = CLIP_MODELS.iter().map(|model| (ModelTask::Clip, model.name));
    let faces = FACE_MODELS.into_iter().map(|name| (ModelTask::FacialRecognition, name));
    clip.chain(faces).chain(OCR_MODELS.into_iter().map(|name| (ModelTask::Ocr, name)))
}

/// The model that a person means: `task/name`, or the name alone where it says which task it is of.
fn meant(store: &Store, wanted: &str) -> Result<ModelId, Words> {
    if let Some((task, name)) = wanted.split_once('/').and_then(|(task, name)| Some((ModelTask::of(task)?, name))) {
        return ModelId::of(task, name).ok_or_else(|| format!("{wanted:?} is no name").into());
    }
    let clean = albumen_domain::models::clean_name(wanted);
    let here = ModelTask::ALL.into_iter().flat_map(|task| store.folders(task)).find(|id| id.name == clean);
    let of_hub = || known().find(|(_, name)| *name == clean).and_then(|(task, name)| ModelId::of(task, name));
    here.or_else(of_hub).ok_or_else(|| {
        format!("{wanted:?} is no known model; `models list --all` shows them, and TASK/NAME asks for any other").into()
    })
}

async fn pull(store: &Store, puller: &Puller, names: &[String]) -> Result<ExitCode, Words> {
    let mut failed = false;
    for name in names {
        let id = meant(store, name)?;
        if store.missing(&id).is_none() {
            println!("{id} is here");
            continue;
        }
        let bar = Bar::new();
        let pulled = puller.pull(&id, &bar).await;
        bar.0.finish_and_clear();
        match pulled {
            Ok(()) => println!("{id} has come"),
            Err(error) => {
                failed = true;
                eprintln!("{id} could not be fetched from {}: {error}", puller.hub(id.task));
                if let Some(missing) = store.missing(&id) {
                    eprintln!("to put it there yourself: {missing}");
                }
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Shows how far a download is, where somebody looks.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn at(&self, file: &Path, done: u64, total: Option<u64>) {
        self.0.set_message(file.display().to_string());
        self.0.set_length(total.unwrap_or(done));
        self.0.set_position(done);
    }
}

fn check(store: &Store, settings: &Settings, names: &[String]) -> Result<ExitCode, Words> {
    let interpreter = Interpreter::new(chosen(settings));
    let ids: Vec<ModelId> = if names.is_empty() {
        ModelTask::ALL.into_iter().flat_map(|task| store.complete(task)).collect()
    } else {
        names.iter().map(|name| meant(store, name)).collect::<Result<_, _>>()?
    };
    let mut failed = false;
    for id in &ids {
        if let Some(missing) = store.missing(id) {
            failed = true;
            println!("{id}: {missing}");
            continue;
        }
        for part in id.task.parts() {
            match load(store, &interpreter, id, part) {
                Ok(_) => println!("{id}/{}: good", part.as_str()),
                Err(error) => {
                    failed = true;
                    println!("{id}/{}: {error}", part.as_str());
                }
            }
        }
    }
    if ids.is_empty() {
        println!("no model is there whole in {}", store.root().display());
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_models_to_stay_says_zero_or_less() {
        for (seconds, expected) in [("300", 300), ("0", 0), ("-1", 0)] {
            let cli = Cli::try_parse_from(["albumen-infer", "--idle", seconds]).expect("a number of seconds");
            assert_eq!(idle(&cli.settings), Duration::from_secs(expected), "{seconds}");
        }
    }
}

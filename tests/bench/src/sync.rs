//! The first sync of a phone: everything that its user may see, and what that costs the server.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::{
    Fault,
    api::{Credentials, Session},
    block_on,
    http::{Base, Connection},
    machine::Machine,
    memory::pss_mib,
    processes::{Meter, Who},
    report::{Figure, Report, Target},
};

/// What a phone asks for, all of it.
const TYPES: [&str; 21] = [
    "AuthUsersV1",
    "UsersV1",
    "PartnersV1",
    "AssetsV2",
    "StacksV1",
    "PartnerAssetsV2",
    "PartnerStacksV1",
    "AlbumAssetsV2",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AssetExifsV1",
    "AlbumAssetExifsV1",
    "AssetOcrV1",
    "PartnerAssetExifsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "PeopleV1",
    "AssetFacesV2",
    "UserMetadataV1",
    "AssetMetadataV1",
];
/// What the first sync of 100,000 assets may take.
const MOST_S: f64 = 10.0;
/// What it may add to the memory of the server.
const MOST_GROWTH_MIB: f64 = 48.0;
/// Between looks at the memory.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// What comes before a line's type.
const TYPE_MARK: &[u8] = b"\"type\":\"";

/// Measure the first sync of a phone.
#[derive(clap::Args)]
pub(crate) struct SyncCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    who: Who,
    /// How often; each is a device of its own
    #[arg(long, default_value_t = 2)]
    times: usize,
    /// Only requests of these types, each told apart
    #[arg(long, value_name = "TYPE")]
    only: Vec<String>,
}

impl SyncCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        Ok(Report::new(Machine::describe(None)?, block_on(self.measure())?))
    }

    async fn measure(self) -> Result<Vec<Figure>, Fault> {
        let mut figures = Vec::new();
        for one in &self.only {
            figures.extend(self.first_sync(one, &[one]).await?);
        }
        if self.only.is_empty() {
            for time in 1..=self.times {
                figures.extend(self.first_sync(&format!("all types, time {time}"), &TYPES).await?);
            }
        }
        Ok(figures)
    }

    async fn first_sync(&self, name: &str, types: &[&str]) -> Result<Vec<Figure>, Fault> {
        // A new session is a device that has nothing.
        let session = Session::begin(&self.base, &self.credentials).await?;
        let mut connection = Connection::open(&self.base).await?;
        let before_mib = pss_mib(&self.who)?;
        let (meter, watch, started) = (Meter::start(&self.who)?, Watch::start(self.who.clone()), Instant::now());
        let mut lines = Lines::default();
        let request = session.post("/api/sync/stream", &json!({ "types": types }));
        connection.ask_by_pieces(&request, |piece| lines.take(piece)).await?;
        let (took, cost) = (started.elapsed(), meter.stop()?);
        let most_mib = watch.stop().await?.max(before_mib);
        let mut figure = Figure::new(format!("first sync, {name}"), took.as_secs_f64(), "s")
            .with_target(Target::AtMost(MOST_S))
            .with_detail("lines", lines.count as f64)
            .with_detail("MiB sent", lines.bytes as f64 / f64::from(1 << 20))
            .with_detail("CPU-s", cost.cpu_ms / 1_000.0);
        for (entity, count) in lines.by_type {
            figure = figure.with_detail(entity, count as f64);
        }
        let memory = Figure::new("memory that it adds, PSS without PostgreSQL", most_mib - before_mib, "MiB")
            .with_target(Target::AtMost(MOST_GROWTH_MIB))
            .with_detail("before MiB", before_mib)
            .with_detail("most MiB", most_mib)
            .with_detail("after MiB", pss_mib(&self.who)?);
        Ok(vec![figure, memory])
    }
}

/// Lines as they come, and how many of which type.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    count: usize,
    bytes: usize,
    by_type: BTreeMap<String, usize>,
}

impl Lines {
    fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len();
        self.rest.extend_from_slice(piece);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        for line in whole.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.count += 1;
            *self.by_type.entry(type_of(line)).or_default() += 1;
        }
    }
}

/// A line begins with its type.
fn type_of(line: &[u8]) -> String {
    let begins = line.windows(TYPE_MARK.len()).position(|window| window == TYPE_MARK);
    let rest = begins.map(|begin| &line[begin + TYPE_MARK.len()..]).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(0);
    String::from_utf8_lossy(&rest[..end]).into_owned()
}

/// Looks at the memory until it is stopped.
struct Watch {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<Result<f64, Fault>>,
}

impl Watch {
    fn start(who: Who) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut most: f64 = 0.0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(pss_mib(&who)?);
                std::thread::sleep(LOOK_INTERVAL);
            }
            Ok(most)
        });
        Self { is_over, task }
    }

    /// The most that it saw.
    async fn stop(self) -> Result<f64, Fault> {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await?
    }
}

//! What the figures were measured on.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    Fault,
    load::{Waits, milliseconds},
};

/// A page of PostgreSQL's write-ahead log.
const BLOCK_BYTES: usize = 8_192;
/// Enough for a steady median, and over in seconds on a slow disk.
const WRITES: usize = 200;
const KIB_PER_GIB: f64 = 1_024.0 * 1_024.0;

/// A machine in a few words.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: f64,
    kernel: String,
    /// Median time to write 8 kB and have them on the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    fsync_median_ms: Option<f64>,
}

impl Machine {
    /// This machine, and the disk of `folder` where one is named.
    pub(crate) fn describe(folder: Option<&Path>) -> Result<Self, Fault> {
        Ok(Self {
            processor: value_of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory_gib().unwrap_or_default(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            fsync_median_ms: folder.map(fsync_median).transpose()?.map(milliseconds),
        })
    }

    /// One line for people.
    pub(crate) fn line(&self) -> String {
        let Self { processor, cores, memory_gib, kernel, fsync_median_ms } = self;
        let fsync = fsync_median_ms.map(|ms| format!(", 8 kB and fdatasync {ms:.2} ms")).unwrap_or_default();
        format!("{processor}, {cores} cores, {memory_gib:.1} GiB, Linux {kernel}{fsync}")
    }
}

/// The first line `name : value` of such a file.
fn value_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim().to_owned())
}

fn memory_gib() -> Option<f64> {
    let kib: f64 = value_of("/proc/meminfo", "MemTotal")?.split_whitespace().next()?.parse().ok()?;
    Some(kib / KIB_PER_GIB)
}

fn fsync_median(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".albumen-bench-{}", std::process::id()));
    let took = fsync_times(&path);
    // It may never have been made.
    let _ = fs::remove_file(&path);
    Ok(Duration::from_secs_f64(Waits::new(took?).percentile_ms(50) / 1_000.0))
}

/// Over blocks that exist already, as PostgreSQL writes its log into segments that it keeps.
fn fsync_times(path: &Path) -> io::Result<Vec<Duration>> {
    let block = [0x5a_u8; BLOCK_BYTES];
    let mut file = File::create(path)?;
    for _ in 0..WRITES {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    file.rewind()?;
    let mut took = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let started = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        took.push(started.elapsed());
    }
    Ok(took)
}

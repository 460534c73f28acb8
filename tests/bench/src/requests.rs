//! What clients' requests cost: their rate, how long they take, and processor time per request.
//!
//! Each operation gets a second to warm up. Then processor time is read before and after, over
//! all processes of the installation, PostgreSQL's too. Requests that only read are measured with
//! one upload a second going on beside; what that costs alone is measured first and taken off.

mod background;
mod operations;
mod uploads;

use std::{path::PathBuf, time::Duration};

pub(crate) use self::operations::{Operation, operations};
use self::{
    background::{Background, wait_until_quiet},
    uploads::{Uploads, acknowledged, until_done},
};
use crate::{
    Fault,
    api::{Credentials, Photo, Session},
    block_on,
    http::Base,
    load::{Clients, Extent, Waits, milliseconds},
    machine::Machine,
    processes::{Cost, Meter, Who},
    report::{Figure, Report, Target},
};

/// Before each measurement: caches fill, connections of pools are opened.
const WARM_UP: Duration = Duration::from_secs(1);
/// What an upload of 185 kB may cost until everything is made of it.
const MOST_UPLOAD_CPU_MS: f64 = 50.0;
/// The same of one with 12 megapixels.
const MOST_LARGE_UPLOAD_CPU_MS: f64 = 200.0;
/// A large photo takes a few times as long, so fewer are measured.
const LARGE_SHARE: usize = 4;

/// Measure the requests of clients.
#[derive(clap::Args)]
pub(crate) struct RequestsCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    who: Who,
    /// How long each operation is measured
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    seconds: u64,
    /// How many uploads are measured until all is done
    #[arg(long, default_value_t = 200, value_name = "NUMBER")]
    uploads: usize,
    /// A JPEG of about 185 kB
    #[arg(long, value_name = "FILE")]
    photo: PathBuf,
    /// A JPEG of 12 megapixels
    #[arg(long, value_name = "FILE")]
    large_photo: Option<PathBuf>,
    /// Folder on the disk whose fsync time is told
    #[arg(long, value_name = "FOLDER")]
    disk: Option<PathBuf>,
    /// Measure nothing but uploads until their acknowledgement; the server must run without the role `media`
    #[arg(long)]
    uploads_only_acknowledged: bool,
    /// Begin at once, without waiting until the installation is idle
    #[arg(long)]
    no_wait: bool,
}

impl RequestsCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let machine = Machine::describe(self.disk.as_deref())?;
        Ok(Report::new(machine, block_on(self.measure())?))
    }

    async fn measure(self) -> Result<Vec<Figure>, Fault> {
        let session = Session::begin(&self.base, &self.credentials).await?;
        if !self.no_wait {
            wait_until_quiet(&self.who).await?;
        }
        let bench = Bench { base: self.base, who: self.who, time: Duration::from_secs(self.seconds) };
        let photo = Photo::read(&self.photo)?;
        if self.uploads_only_acknowledged {
            return Ok(vec![acknowledged(&bench, &Uploads::new(session, photo)).await?]);
        }
        let mut figures = reading(&bench, &session, &photo).await?;
        let uploads = Uploads::new(session.clone(), photo);
        let name = "upload until metadata and previews are done";
        figures.push(until_done(&bench, name, &uploads, self.uploads, MOST_UPLOAD_CPU_MS).await?);
        if let Some(path) = &self.large_photo {
            let uploads = Uploads::new(session, Photo::read(path)?);
            let (name, count) = ("12-megapixel upload until all is done", self.uploads.div_ceil(LARGE_SHARE));
            figures.push(until_done(&bench, name, &uploads, count, MOST_LARGE_UPLOAD_CPU_MS).await?);
        }
        Ok(figures)
    }
}

/// What every measurement here needs.
struct Bench {
    base: Base,
    who: Who,
    time: Duration,
}

/// The operations that only read, with uploads beside.
async fn reading(bench: &Bench, session: &Session, photo: &Photo) -> Result<Vec<Figure>, Fault> {
    let operations = operations(&bench.base, session).await?;
    let background = Background::start(&bench.base, session, photo);
    tokio::time::sleep(WARM_UP).await;
    let meter = Meter::start(&bench.who)?;
    tokio::time::sleep(bench.time).await;
    let beside = meter.stop()?;
    let mut figures = vec![Figure::new("one upload a second beside, alone", beside.per_second(), "CPU-ms/s")];
    for operation in &operations {
        figures.push(one_operation(bench, operation, beside.per_second()).await?);
    }
    background.stop().await?;
    Ok(figures)
}

async fn one_operation(bench: &Bench, operation: &Operation, beside_per_second: f64) -> Result<Figure, Fault> {
    eprintln!("measuring: {}", operation.name);
    let mut clients = Clients::connect(&bench.base, operation.connections).await?;
    let source = operation.source.as_ref();
    clients.run(source, Extent::Time(WARM_UP)).await?;
    let meter = Meter::start(&bench.who)?;
    let waits = clients.run(source, Extent::Time(bench.time)).await?;
    let cost = meter.stop()?;
    let own_ms = cost.cpu_ms - beside_per_second * cost.took.as_secs_f64();
    let name = format!("{}, {} connections", operation.name, operation.connections);
    Ok(figure(name, own_ms, &cost, &waits).with_target(Target::AtMost(operation.most_cpu_ms)))
}

/// A figure whose value is what one request cost.
fn figure(name: String, own_ms: f64, cost: &Cost, waits: &Waits) -> Figure {
    let count = waits.count().max(1) as f64;
    Figure::new(name, own_ms / count, "CPU-ms")
        .with_detail("raw CPU-ms", cost.cpu_ms / count)
        .with_detail("requests", waits.count() as f64)
        .with_detail("per s", waits.count() as f64 * 1_000.0 / milliseconds(cost.took))
        .with_detail("p50 ms", waits.percentile_ms(50))
        .with_detail("p95 ms", waits.percentile_ms(95))
        .with_detail("p99 ms", waits.percentile_ms(99))
}

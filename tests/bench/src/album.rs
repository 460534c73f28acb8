//! Adding very many assets to an album in one request.

use std::time::Instant;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Fault,
    api::{Credentials, Session},
    block_on,
    http::{Base, Connection},
    load::{Waits, milliseconds},
    machine::Machine,
    processes::{Meter, Who},
    report::{Figure, Report, Target},
};

const ASSETS: usize = 10_000;
const MOST_S: f64 = 2.0;

/// Measure how long it takes to add 10,000 assets to an album.
#[derive(clap::Args)]
pub(crate) struct AlbumCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    who: Who,
    /// How often, each time with an album of its own
    #[arg(long, default_value_t = 3)]
    times: usize,
}

impl AlbumCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        Ok(Report::new(Machine::describe(None)?, block_on(self.measure())?))
    }

    async fn measure(self) -> Result<Vec<Figure>, Fault> {
        let session = Session::begin(&self.base, &self.credentials).await?;
        let mut connection = Connection::open(&self.base).await?;
        let assets = newest_assets(&session, &mut connection).await?;
        let meter = Meter::start(&self.who)?;
        let mut waits = Vec::new();
        for _ in 0..self.times {
            waits.push(once(&session, &mut connection, &assets).await?);
        }
        let (cost, waits) = (meter.stop()?, Waits::new(waits));
        let name = format!("adding {} assets to an album, slowest", assets.len());
        let figure = Figure::new(name, waits.percentile_ms(100) / 1_000.0, "s")
            .with_target(Target::AtMost(MOST_S))
            .with_detail("times", self.times as f64)
            .with_detail("p50 ms", waits.percentile_ms(50))
            .with_detail("CPU-ms of one", cost.cpu_ms / self.times.max(1) as f64)
            .with_detail("s in all", milliseconds(cost.took) / 1_000.0);
        Ok(vec![figure])
    }
}

async fn newest_assets(session: &Session, connection: &mut Connection) -> Result<Vec<Uuid>, Fault> {
    let mut assets = Vec::new();
    for month in session.months(connection).await? {
        assets.extend(session.finished_assets(connection, &month).await?);
        if assets.len() >= ASSETS {
            break;
        }
    }
    assets.truncate(ASSETS);
    Ok(assets)
}

/// The album is gone afterwards.
async fn once(session: &Session, connection: &mut Connection, assets: &[Uuid]) -> Result<std::time::Duration, Fault> {
    let create = session.post("/api/albums", &json!({ "albumName": "Everything" }));
    let album: Value = serde_json::from_slice(connection.ask(&create).await?)?;
    let album = album["id"].as_str().ok_or("a new album has no id")?.to_owned();
    let add = session.send("PUT", &format!("/api/albums/{album}/assets"), &json!({ "ids": assets }));
    let started = Instant::now();
    let results: Vec<Value> = serde_json::from_slice(connection.ask(&add).await?)?;
    let took = started.elapsed();
    let added = results.iter().filter(|result| result["success"] == true).count();
    if added != assets.len() {
        return Err(format!("only {added} of {} assets were added", assets.len()).into());
    }
    connection.ask(&session.send("DELETE", &format!("/api/albums/{album}"), &json!({}))).await?;
    Ok(took)
}

//! The operations that only read: what is asked, on how many connections, and what it may cost.

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Fault,
    api::{Month, Session, TIMELINE, bucket_path},
    http::{Base, Connection, Request},
    load::Source,
};

/// As many as a browser and some phones open together.
const MANY_CONNECTIONS: usize = 16;
/// Where no number is agreed on: enough to keep two cores busy.
const SOME_CONNECTIONS: usize = 4;
/// A month of about 700 assets; those at the edge of what was seeded, and the one of the uploads, are left out.
const MEASURED_MONTH: std::ops::RangeInclusive<usize> = 600..=800;
/// The order of assets is the same in every run.
const SHUFFLE_SEED: u64 = 2_283;
/// Results of a search.
const SEARCH_SIZE: usize = 100;

/// Something that clients ask.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) connections: usize,
    pub(crate) most_cpu_ms: f64,
    pub(crate) source: Box<dyn Source>,
}

impl Operation {
    fn new(name: &'static str, connections: usize, most_cpu_ms: f64, source: impl Source + 'static) -> Self {
        Self { name, connections, most_cpu_ms, source: Box::new(source) }
    }
}

/// All of them, for the assets that are there now.
pub(crate) async fn operations(base: &Base, session: &Session) -> Result<Vec<Operation>, Fault> {
    let mut connection = Connection::open(base).await?;
    let months = measured_months(session, &mut connection).await?;
    let assets = shuffled_assets(session, &mut connection, &months).await?;
    let thumbnails: Vec<String> =
        assets.iter().map(|asset| format!("/api/assets/{asset}/thumbnail?size=thumbnail")).collect();
    let details: Vec<String> = assets.iter().map(|asset| format!("/api/assets/{asset}")).collect();
    let buckets: Vec<String> = months.iter().map(bucket_path).collect();
    let all_buckets = vec![format!("/api/timeline/buckets?{TIMELINE}")];
    Ok(vec![
        Operation::new("server/ping", MANY_CONNECTIONS, 0.05, |_: usize| Request::get("/api/server/ping")),
        Operation::new("thumbnail", MANY_CONNECTIONS, 0.15, in_turn(session, thumbnails)),
        Operation::new("asset", MANY_CONNECTIONS, 0.4, in_turn(session, details)),
        Operation::new("timeline/buckets", SOME_CONNECTIONS, 0.5, in_turn(session, all_buckets)),
        Operation::new("timeline/bucket, gzip", SOME_CONNECTIONS, 2.0, compressed(in_turn(session, buckets))),
        Operation::new("search/metadata, first 100", SOME_CONNECTIONS, 1.5, search(session)),
    ])
}

async fn measured_months(session: &Session, connection: &mut Connection) -> Result<Vec<Month>, Fault> {
    let mut months = session.months(connection).await?;
    months.retain(|month| MEASURED_MONTH.contains(&month.count));
    if months.is_empty() {
        return Err("no month has about 700 assets: run `albumen-bench seed` first".into());
    }
    Ok(months)
}

/// In no order that a cache could profit from.
async fn shuffled_assets(session: &Session, connection: &mut Connection, months: &[Month]) -> Result<Vec<Uuid>, Fault> {
    let mut assets = Vec::new();
    for month in months {
        assets.extend(session.finished_assets(connection, month).await?);
    }
    if assets.is_empty() {
        return Err("no asset has a thumbnail: run `albumen-bench seed` first".into());
    }
    assets.shuffle(&mut StdRng::seed_from_u64(SHUFFLE_SEED));
    Ok(assets)
}

/// One path after the other, from the first again after the last.
fn in_turn(session: &Session, paths: Vec<String>) -> impl Fn(usize) -> Request + Send + Sync + use<> {
    let session = session.clone();
    move |number| session.get(paths[number % paths.len()].clone())
}

fn compressed<F: Fn(usize) -> Request + Send + Sync>(ask: F) -> impl Fn(usize) -> Request + Send + Sync {
    move |number| ask(number).with_header("accept-encoding", "gzip")
}

fn search(session: &Session) -> impl Fn(usize) -> Request + Send + Sync + use<> {
    let request = session.post("/api/search/metadata", &json!({ "page": 1, "size": SEARCH_SIZE, "withExif": true }));
    move |_| request.clone()
}

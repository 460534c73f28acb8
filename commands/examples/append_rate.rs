//! How fast the log takes events: `cargo run --release -p albumen-commands --example append_rate -- URL`.
//!
//! URL names a database of its own, which is migrated and filled. Durable settings are up to it.

use std::time::{Duration, Instant};

use albumen_commands::{Commands, Context, Settings, seal::MasterKey};
use albumen_domain::asset::{Asset, AssetCommand, AssetKind, Edit, Upload, Visibility};
use chrono::Utc;
use deadpool_postgres::{Manager, Pool};
use futures::future::try_join_all;
use serde_json::Map;
use sqlx::postgres::PgPoolOptions;
use tokio_postgres::NoTls;
use uuid::Uuid;

type Fault = Box<dyn std::error::Error + Send + Sync>;

const CLIENTS: usize = 16;
const SINGLE_SECONDS: u64 = 5;
const BATCH_EVENTS: usize = 1_000;
const BATCHES: usize = 50;
const ASSETS: usize = 10_000;
/// Events of each asset before it is changed with all others.
const HISTORY_EVENTS: usize = 20;
const POOL_CONNECTIONS: u32 = 8;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let url = std::env::args().nth(1).ok_or("give the URL of an empty database")?;
    let commands = open(&url).await?;
    println!("{:<44} {:>10} {:>12}", "what", "seconds", "events/s");
    singles(&commands).await?;
    batches(&commands).await?;
    change_many(&commands).await?;
    Ok(())
}

async fn open(url: &str) -> Result<Commands, Fault> {
    let config: tokio_postgres::Config = url.parse()?;
    let (mut client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    albumen_schemas::migrations::migrate(&mut client).await?;
    let settings = Settings {
        database: config.clone(),
        pool: Pool::builder(Manager::new(config, NoTls)).max_size(POOL_CONNECTIONS as usize).build()?,
        streams: PgPoolOptions::new().max_connections(POOL_CONNECTIONS).connect(url).await?,
        master_key: MasterKey::new(&[1; 32]),
    };
    Ok(Commands::open(settings).await?)
}

fn report(what: &str, events: usize, took: Duration) {
    println!("{what:<44} {:>10.3} {:>12.0}", took.as_secs_f64(), events as f64 / took.as_secs_f64());
}

fn upload(owner: Uuid) -> AssetCommand {
    let checksum = Uuid::new_v4().simple().to_string();
    AssetCommand::Upload(Box::new(Upload {
        owner,
        kind: AssetKind::Image,
        file_name: "IMG_20240517_093015.jpg".to_owned(),
        path: format!("upload/{owner}/{}/{}/{checksum}.jpg", &checksum[..2], &checksum[2..4]),
        size_bytes: 185_000,
        checksum: checksum[..28].to_owned(),
        file_created_at: Utc::now(),
        file_modified_at: Utc::now(),
        duration_ms: None,
        favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video: None,
        sidecar_path: None,
    }))
}

fn favorite(favorite: bool) -> AssetCommand {
    AssetCommand::Edit(Box::new(Edit { favorite: Some(favorite), ..Edit::default() }))
}

/// Uploads, one command each, from clients that wait for each answer.
async fn singles(commands: &Commands) -> Result<(), Fault> {
    let owner = Uuid::new_v4();
    let until = Instant::now() + Duration::from_secs(SINGLE_SECONDS);
    let started = Instant::now();
    let client = || async {
        let mut events = 0;
        while Instant::now() < until {
            commands.execute::<Asset>(Uuid::new_v4(), upload(owner), &Context::operator()).await?;
            events += 1;
        }
        Ok::<usize, Fault>(events)
    };
    let events = try_join_all((0..CLIENTS).map(|_| client())).await?.into_iter().sum();
    report(&format!("single uploads from {CLIENTS} clients"), events, started.elapsed());
    Ok(())
}

/// Uploads in batches: claims, sealing under new keys, metadata and hashes are all in.
async fn batches(commands: &Commands) -> Result<(), Fault> {
    let owner = Uuid::new_v4();
    let started = Instant::now();
    for _ in 0..BATCHES {
        let asked = (0..BATCH_EVENTS).map(|_| (Uuid::new_v4(), upload(owner))).collect();
        commands.execute_many::<Asset>(asked, &Context::operator()).await?;
    }
    report(&format!("uploads in batches of {BATCH_EVENTS}"), BATCHES * BATCH_EVENTS, started.elapsed());
    Ok(())
}

/// One request that changes every asset, while single uploads go on beside it.
async fn change_many(commands: &Commands) -> Result<(), Fault> {
    let owner = Uuid::new_v4();
    let ids: Vec<Uuid> = (0..ASSETS).map(|_| Uuid::new_v4()).collect();
    let asked = ids.iter().map(|id| (*id, upload(owner))).collect();
    commands.execute_many::<Asset>(asked, &Context::operator()).await?;
    for number in 2..=HISTORY_EVENTS {
        let set = |id: &Uuid| (*id, AssetCommand::SetKeyValue { key: format!("key {number}"), value: Map::new() });
        commands.execute_many::<Asset>(ids.iter().map(set).collect(), &Context::operator()).await?;
    }
    let toggle = |value| {
        let asked = ids.iter().map(|id| (*id, favorite(value))).collect();
        async { commands.execute_many::<Asset>(asked, &Context::operator()).await.map(drop) }
    };
    for value in [true, false, true] {
        let started = Instant::now();
        toggle(value).await?;
        report(&format!("{ASSETS} assets of {HISTORY_EVENTS} events, one request"), ASSETS, started.elapsed());
    }
    let (done, mut waits) = (std::sync::atomic::AtomicBool::new(false), Vec::new());
    let toggling = async {
        for value in [false, true, false, true] {
            toggle(value).await?;
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        Ok::<(), Fault>(())
    };
    let uploading = async {
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            let started = Instant::now();
            commands.execute::<Asset>(Uuid::new_v4(), upload(owner), &Context::operator()).await?;
            waits.push(started.elapsed());
        }
        Ok::<(), Fault>(())
    };
    let started = Instant::now();
    tokio::try_join!(toggling, uploading)?;
    report("the same four times, with uploads beside", 4 * ASSETS, started.elapsed());
    waits.sort();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or_default().as_millis();
    println!("{} uploads beside: p50 {} ms, p95 {} ms, p99 {} ms", waits.len(), at(50), at(95), at(99));
    Ok(())
}

//! How fast the log takes events: with claims, sealing under new keys, metadata and hashes, and durably.
//!
//! It works in a database of its own on the installation's PostgreSQL, so that no other table
//! grows by it, and removes that database at the end.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use albumen_api::installation::{Database, Settings};
use albumen_commands::{Commands, Context, seal::MasterKey};
use albumen_domain::asset::{Asset, AssetCommand, AssetKind, Edit, Upload, Visibility};
use albumen_schemas::migrations;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use futures::future::try_join_all;
use serde_json::Map;
use sha1::{Digest, Sha1};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{
    Fault, block_on,
    installation::{self, Log},
    load::Waits,
    machine::Machine,
    report::{Figure, Report, Target},
};

const CLIENTS: usize = 16;
const SINGLES_TIME: Duration = Duration::from_secs(5);
const LEAST_SINGLES_PER_S: f64 = 1_000.0;
const BATCH_EVENTS: usize = 1_000;
const BATCHES: usize = 50;
const LEAST_BATCHED_PER_S: f64 = 20_000.0;
const ASSETS: usize = 10_000;
/// Events of each asset before it is changed together with all others.
const HISTORY_EVENTS: usize = 20;
const MOST_CHANGE_S: f64 = 2.0;
/// Changes of all assets while uploads go on beside them: some seconds of uploads.
const CHANGES_BESIDE_UPLOADS: usize = 6;
const MOST_UPLOAD_P95_MS: f64 = 200.0;
/// Any key will do for a database that is thrown away.
const MASTER_KEY: [u8; 32] = [1; 32];

/// Measure how fast the log takes events.
#[derive(clap::Args)]
pub(crate) struct AppendCommand {
    #[command(flatten)]
    settings: Settings,
}

impl AppendCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings)?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let measuring = async {
            let database = Database::for_command(&config).await?;
            let figures = in_scratch(database.connect_config()).await;
            database.close().await;
            figures
        };
        Ok(Report::new(machine, block_on(measuring)?))
    }
}

async fn in_scratch(server: &tokio_postgres::Config) -> Result<Vec<Figure>, Fault> {
    let name = format!("albumen_bench_{}", Uuid::new_v4().simple());
    let operator = connect(server).await?;
    operator.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    let mut scratch = server.clone();
    scratch.dbname(&name);
    let figures = measure(&scratch).await;
    operator.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
    figures
}

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Fault> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn measure(scratch: &tokio_postgres::Config) -> Result<Vec<Figure>, Fault> {
    migrations::migrate(&mut connect(scratch).await?).await?;
    let log = Log::open(scratch, MasterKey::new(&MASTER_KEY)).await?;
    let mut figures = vec![singles(&log.commands).await?, batches(&log.commands).await?];
    figures.extend(changes(&log.commands).await?);
    log.close();
    Ok(figures)
}

fn upload(owner: Uuid) -> (Uuid, AssetCommand) {
    let id = Uuid::new_v4();
    let name = id.to_string();
    let upload = Upload {
        owner,
        kind: AssetKind::Image,
        file_name: "IMG_20240517_093015.jpg".to_owned(),
        path: format!("upload/{owner}/{}/{}/{name}.jpg", &name[..2], &name[2..4]),
        size_bytes: 185_000,
        checksum: STANDARD.encode(Sha1::digest(id.as_bytes())),
        file_created_at: Utc::now(),
        file_modified_at: Utc::now(),
        duration_ms: None,
        favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video: None,
        sidecar_path: None,
    };
    (id, AssetCommand::Upload(Box::new(upload)))
}

async fn upload_one(commands: &Commands, owner: Uuid) -> Result<Duration, Fault> {
    let (id, command) = upload(owner);
    let started = Instant::now();
    commands.execute::<Asset>(id, command, &Context::operator()).await?;
    Ok(started.elapsed())
}

/// Uploads, one command each, from clients that wait for each answer.
async fn singles(commands: &Commands) -> Result<Figure, Fault> {
    let owner = Uuid::new_v4();
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| upload_until(commands, owner, started + SINGLES_TIME));
    let waits = Waits::new(try_join_all(clients).await?.concat());
    let rate = waits.count() as f64 / started.elapsed().as_secs_f64();
    let figure = Figure::new(format!("single events from {CLIENTS} clients"), rate, "events/s")
        .with_target(Target::AtLeast(LEAST_SINGLES_PER_S));
    Ok(with_waits(figure, &waits))
}

async fn upload_until(commands: &Commands, owner: Uuid, end: Instant) -> Result<Vec<Duration>, Fault> {
    let mut waits = Vec::new();
    while Instant::now() < end {
        waits.push(upload_one(commands, owner).await?);
    }
    Ok(waits)
}

async fn batches(commands: &Commands) -> Result<Figure, Fault> {
    let owner = Uuid::new_v4();
    let started = Instant::now();
    for _ in 0..BATCHES {
        let uploads = (0..BATCH_EVENTS).map(|_| upload(owner)).collect();
        commands.execute_many::<Asset>(uploads, &Context::operator()).await?;
    }
    let rate = (BATCHES * BATCH_EVENTS) as f64 / started.elapsed().as_secs_f64();
    Ok(Figure::new(format!("events in batches of {BATCH_EVENTS}"), rate, "events/s")
        .with_target(Target::AtLeast(LEAST_BATCHED_PER_S)))
}

/// One request that changes every asset: alone, then while uploads go on beside it.
async fn changes(commands: &Commands) -> Result<Vec<Figure>, Fault> {
    let changing = Changing::begin(commands).await?;
    let alone = Figure::new(
        format!("{ASSETS} assets of {HISTORY_EVENTS} events changed in one request"),
        changing.mark(true).await?.as_secs_f64(),
        "s",
    );
    let (slowest, waits) = changing.beside_uploads().await?;
    let beside = Figure::new("the same with uploads beside, slowest", slowest.as_secs_f64(), "s");
    let uploads = Figure::new("an upload beside, p95", waits.percentile_ms(95), "ms")
        .with_target(Target::AtMost(MOST_UPLOAD_P95_MS));
    let within = Target::AtMost(MOST_CHANGE_S);
    Ok(vec![alone.with_target(within), beside.with_target(within), with_waits(uploads, &waits)])
}

/// Assets that have a history.
struct Changing<'a> {
    commands: &'a Commands,
    owner: Uuid,
    assets: Vec<Uuid>,
}

impl<'a> Changing<'a> {
    async fn begin(commands: &'a Commands) -> Result<Self, Fault> {
        let owner = Uuid::new_v4();
        let uploads: Vec<(Uuid, AssetCommand)> = (0..ASSETS).map(|_| upload(owner)).collect();
        let assets = uploads.iter().map(|(id, _)| *id).collect();
        commands.execute_many::<Asset>(uploads, &Context::operator()).await?;
        let changing = Self { commands, owner, assets };
        for number in 2..=HISTORY_EVENTS {
            let command = AssetCommand::SetKeyValue { key: format!("key {number}"), value: Map::new() };
            changing.ask_all(&command).await?;
        }
        Ok(changing)
    }

    async fn ask_all(&self, command: &AssetCommand) -> Result<Duration, Fault> {
        let asked = self.assets.iter().map(|id| (*id, command.clone())).collect();
        let started = Instant::now();
        self.commands.execute_many::<Asset>(asked, &Context::operator()).await?;
        Ok(started.elapsed())
    }

    async fn mark(&self, favorite: bool) -> Result<Duration, Fault> {
        let edit = Edit { favorite: Some(favorite), ..Edit::default() };
        self.ask_all(&AssetCommand::Edit(Box::new(edit))).await
    }

    /// Answers with the slowest change, and how long the uploads took.
    async fn beside_uploads(&self) -> Result<(Duration, Waits), Fault> {
        let is_done = AtomicBool::new(false);
        let marking = async {
            let mut slowest = Duration::ZERO;
            for turn in 0..CHANGES_BESIDE_UPLOADS {
                slowest = slowest.max(self.mark(turn % 2 == 1).await?);
            }
            is_done.store(true, Ordering::Relaxed);
            Ok::<Duration, Fault>(slowest)
        };
        let uploading = async {
            let mut waits = Vec::new();
            while !is_done.load(Ordering::Relaxed) {
                waits.push(upload_one(self.commands, self.owner).await?);
            }
            Ok::<Waits, Fault>(Waits::new(waits))
        };
        tokio::try_join!(marking, uploading)
    }
}

fn with_waits(figure: Figure, waits: &Waits) -> Figure {
    figure
        .with_detail("count", waits.count() as f64)
        .with_detail("p50 ms", waits.percentile_ms(50))
        .with_detail("p95 ms", waits.percentile_ms(95))
        .with_detail("p99 ms", waits.percentile_ms(99))
}

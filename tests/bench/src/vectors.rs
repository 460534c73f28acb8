//! How fast what is near is found among many vectors, and how much of it.
//!
//! It works in a database of its own on the installation's PostgreSQL, whose log tells of so many assets and of a vector
//! for each: 10,000 centres in a subspace of 64 dimensions, and noise around them. What is asked for lies around the same
//! centres and is none of them.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use albumen_api::installation::{Database, Settings};
use albumen_commands::{Context, seal::MasterKey};
use albumen_domain::{
    asset::{Asset, AssetCommand, AssetKind, Upload, Visibility},
    embedding::{Embedding, EmbeddingCommand, EmbeddingMade},
    system::{ModelsChosen, SYSTEM_ID, System, SystemCommand},
    vector,
};
use albumen_projections::{
    ReadModels,
    library::{Library, MetadataFilter},
    runtime::{self, Projection},
    vectors::{Bounds, HalfVector, Space, VectorQueries, Vectors, nearest::Nearest},
};
use albumen_schemas::{feed::Feed, migrations};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sha1::{Digest, Sha1};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{
    Fault,
    bar::bar,
    block_on,
    installation::{self, Log},
    load::Waits,
    machine::Machine,
    report::{Figure, Report, Target},
};

const MODEL: &str = "bench";
const CENTRES: usize = 10_000;
const SUBSPACE: usize = 64;
/// Length of the noise, where that of a centre is 1.
const NOISE: f32 = 0.35;
const BATCH: usize = 1_000;
/// Results that are looked at: a page of the app.
const RESULTS: i64 = 100;
/// One of so many assets passes the narrow filter.
const NARROW: usize = 100;
const MOST_P95_MS: f64 = 20.0;
const LEAST_RECALL: f64 = 0.95;
const MASTER_KEY: [u8; 32] = [1; 32];
/// Until the read models have taken everything in.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);
const BYTES_PER_MIB: f64 = 1_048_576.0;

/// Measure searches among vectors.
#[derive(clap::Args)]
pub(crate) struct VectorsCommand {
    #[command(flatten)]
    settings: Settings,
    /// How many vectors
    #[arg(long, default_value_t = 200_000)]
    count: usize,
    /// How many numbers each has
    #[arg(long, default_value_t = 512)]
    dimension: usize,
    /// How many searches
    #[arg(long, default_value_t = 500)]
    searches: usize,
}

impl VectorsCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let config = installation::enter(self.settings.clone())?;
        let machine = Machine::describe(Some(config.data.root()))?;
        let measuring = async {
            let database = Database::for_command(&config).await?;
            let figures = self.in_scratch(database.connect_config()).await;
            database.close().await;
            figures
        };
        Ok(Report::new(machine, block_on(measuring)?))
    }

    async fn in_scratch(&self, server: &tokio_postgres::Config) -> Result<Vec<Figure>, Fault> {
        let name = format!("albumen_bench_{}", Uuid::new_v4().simple());
        let operator = connect(server).await?;
        operator.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let mut scratch = server.clone();
        scratch.dbname(&name);
        // Plans are made as in the server.
        scratch.options("-c plan_cache_mode=force_generic_plan");
        let figures = self.measure(&scratch).await;
        operator.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        figures
    }

    async fn measure(&self, scratch: &tokio_postgres::Config) -> Result<Vec<Figure>, Fault> {
        migrations::migrate(&mut connect(scratch).await?).await?;
        let log = Log::open(scratch, MasterKey::new(&MASTER_KEY)).await?;
        let mut cloud = Cloud::new(self.dimension);
        let owner = Uuid::new_v4();
        self.write(&log, owner, &mut cloud).await?;
        let applied = apply(scratch, &log).await?;
        let client = connect(scratch).await?;
        let queries = ReadModels::queries_only(&log.pool).vectors().clone();
        let mut figures = vec![applied];
        figures.extend(self.index(&client, &queries).await?);
        let space = queries.serving().await?.ok_or("no space serves")?;
        let wide = MetadataFilter { owners: vec![owner], limit: RESULTS, ..MetadataFilter::default() };
        let narrow = MetadataFilter { favorite: Some(true), ..wide.clone() };
        figures.extend(self.searches(&queries, &space, &mut cloud, &wide).await?);
        figures.push(self.narrow_searches(&queries, &space, &mut cloud, &narrow).await?);
        log.close();
        Ok(figures)
    }

    /// Tells the log of the assets and of their vectors.
    async fn write(&self, log: &Log, owner: Uuid, cloud: &mut Cloud) -> Result<(), Fault> {
        let context = Context::operator();
        let chosen = ModelsChosen { embedding: Some(MODEL.to_owned()), ..ModelsChosen::default() };
        let switch = SystemCommand::SwitchSearchModel { model: MODEL.to_owned() };
        for command in [SystemCommand::ChooseModels(chosen), switch] {
            log.commands.execute::<System>(SYSTEM_ID, command, &context).await?;
        }
        let bar = bar("log", "vectors", self.count as u64);
        for batch in 0..self.count.div_ceil(BATCH) {
            let numbers = batch * BATCH..self.count.min((batch + 1) * BATCH);
            let ids: Vec<Uuid> = numbers.clone().map(|_| Uuid::new_v4()).collect();
            let uploads = ids.iter().zip(numbers).map(|(id, number)| (*id, upload(owner, *id, number))).collect();
            log.commands.execute_many::<Asset>(uploads, &context).await?;
            let made = ids.iter().map(|id| (vector::stream_id(*id, MODEL), made(owner, *id, &cloud.point()))).collect();
            log.commands.execute_many::<Embedding>(made, &context).await?;
            bar.inc(ids.len() as u64);
        }
        bar.finish();
        Ok(())
    }

    async fn index(&self, client: &Client, queries: &VectorQueries) -> Result<Vec<Figure>, Fault> {
        let space = queries.serving().await?.ok_or("no space serves")?;
        let started = Instant::now();
        queries.make_index(&space).await?;
        let seconds = started.elapsed().as_secs_f64();
        let size = |what: &str| {
            let sql = format!("SELECT pg_relation_size('vectors.vector_{}{what}')::float8", space.id);
            async move { Ok::<f64, Fault>(client.query_one(&sql, &[]).await?.get::<_, f64>(0) / BYTES_PER_MIB) }
        };
        let (table, index) = (size("").await?, size("_nearest").await?);
        Ok(vec![
            Figure::new(format!("index of {} x {} built", self.count, self.dimension), seconds, "s"),
            Figure::new("its size", index, "MiB").with_detail("vectors MiB", table),
        ])
    }

    /// Through the index, and compared with what is really nearest.
    async fn searches(
        &self,
        queries: &VectorQueries,
        space: &Space,
        cloud: &mut Cloud,
        filter: &MetadataFilter,
    ) -> Result<Vec<Figure>, Fault> {
        let measured = queries.clone().with_bounds(Bounds { measured_assets: i64::MAX - 1, ..Bounds::default() });
        let (mut waits, mut exact_waits, mut found_of_nearest) = (Vec::new(), Vec::new(), 0);
        for number in 0..self.searches {
            let from = HalfVector::from_f32_slice(&cloud.point());
            let nearest = Nearest { space, from: &from, filter };
            let started = Instant::now();
            let found = queries.nearest(nearest).await?;
            waits.push(started.elapsed());
            // Measuring all distances takes long, and a part of the searches tells as much.
            if number.is_multiple_of(5) {
                let started = Instant::now();
                let exact: HashSet<Uuid> = measured.nearest(nearest).await?.iter().map(|near| near.asset.id).collect();
                exact_waits.push(started.elapsed());
                found_of_nearest += found.iter().filter(|near| exact.contains(&near.asset.id)).count();
            }
        }
        let compared = exact_waits.len() as i64 * RESULTS;
        let recall = found_of_nearest as f64 / compared as f64;
        let (waits, exact_waits) = (Waits::new(waits), Waits::new(exact_waits));
        Ok(vec![
            timed(format!("search for {RESULTS}, p95"), &waits).with_target(Target::AtMost(MOST_P95_MS)),
            Figure::new(format!("recall at {RESULTS}"), recall, "").with_target(Target::AtLeast(LEAST_RECALL)),
            timed("the same measured, p95".to_owned(), &exact_waits),
        ])
    }

    async fn narrow_searches(
        &self,
        queries: &VectorQueries,
        space: &Space,
        cloud: &mut Cloud,
        filter: &MetadataFilter,
    ) -> Result<Figure, Fault> {
        let mut waits = Vec::new();
        for _ in 0..self.searches {
            let from = HalfVector::from_f32_slice(&cloud.point());
            let started = Instant::now();
            queries.nearest(Nearest { space, from: &from, filter }).await?;
            waits.push(started.elapsed());
        }
        Ok(timed("with a filter that keeps 1 %, measured, p95".to_owned(), &Waits::new(waits)))
    }
}

fn timed(name: String, waits: &Waits) -> Figure {
    Figure::new(name, waits.percentile_ms(95), "ms")
        .with_detail("count", waits.count() as f64)
        .with_detail("p50 ms", waits.percentile_ms(50))
        .with_detail("p99 ms", waits.percentile_ms(99))
}

async fn connect(config: &tokio_postgres::Config) -> Result<Client, Fault> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn upload(owner: Uuid, id: Uuid, number: usize) -> AssetCommand {
    AssetCommand::Upload(Box::new(Upload {
        owner,
        kind: AssetKind::Image,
        file_name: format!("IMG_{number}.jpg"),
        path: format!("upload/{owner}/{id}.jpg"),
        size_bytes: 185_000,
        checksum: STANDARD.encode(Sha1::digest(id.as_bytes())),
        file_created_at: Utc::now(),
        file_modified_at: Utc::now(),
        duration_ms: None,
        favorite: number.is_multiple_of(NARROW),
        visibility: Visibility::Timeline,
        live_photo_video: None,
        sidecar_path: None,
    }))
}

fn made(owner: Uuid, asset: Uuid, values: &[f32]) -> EmbeddingCommand {
    EmbeddingCommand::Report(EmbeddingMade {
        owner,
        asset,
        lease: Uuid::nil(),
        revision: 1,
        model: MODEL.to_owned(),
        dimension: i32::try_from(values.len()).unwrap_or(i32::MAX),
        vector: vector::encode(values).into(),
    })
}

/// Brings the two read models that are asked to the end of the log.
async fn apply(scratch: &tokio_postgres::Config, log: &Log) -> Result<Figure, Fault> {
    let feed = log.commands.feed().clone();
    let head = *feed.head().borrow();
    let started = Instant::now();
    let mut subscriptions = Vec::new();
    for projection in [Arc::new(Library) as Arc<dyn Projection>, Arc::new(Vectors)] {
        let nobody = Arc::new(|_: &[Arc<albumen_domain::Recorded>]| {});
        subscriptions.push(runtime::follow(projection, feed.clone(), scratch.clone(), nobody).await?);
    }
    for subscription in &subscriptions {
        let mut progress = subscription.progress();
        tokio::time::timeout(PATIENCE, progress.wait_for(|now| now.position >= head)).await??;
    }
    Ok(Figure::new("events applied to the read models", head as f64 / started.elapsed().as_secs_f64(), "events/s"))
}

/// Points as vectors of pictures lie.
struct Cloud {
    random: StdRng,
    basis: Vec<Vec<f32>>,
    centres: Vec<Vec<f32>>,
}

impl Cloud {
    fn new(dimension: usize) -> Self {
        let mut random = StdRng::seed_from_u64(20_260_101);
        let mut basis: Vec<Vec<f32>> = Vec::new();
        basis.resize_with(SUBSPACE, || direction(&mut random, dimension));
        let mut centres: Vec<Vec<f32>> = Vec::new();
        centres.resize_with(CENTRES, || direction(&mut random, SUBSPACE));
        Self { random, basis, centres }
    }

    fn point(&mut self) -> Vec<f32> {
        let centre = self.random.random_range(0..CENTRES);
        let mut point = vec![0.0; self.basis[0].len()];
        for (weight, axis) in self.centres[centre].iter().zip(&self.basis) {
            point.iter_mut().zip(axis).for_each(|(value, of_axis)| *value += weight * of_axis);
        }
        let noise = direction(&mut self.random, point.len());
        point.iter_mut().zip(noise).for_each(|(value, of_noise)| *value += NOISE * of_noise);
        scaled(point)
    }
}

/// A random direction: as many numbers of a bell curve, scaled to the length 1.
fn direction(random: &mut StdRng, dimension: usize) -> Vec<f32> {
    /// The sum of so many even numbers is close enough to a bell curve.
    const SUMMED: usize = 12;
    let bell = |random: &mut StdRng| (0..SUMMED).map(|_| random.random_range(-0.5..0.5_f32)).sum::<f32>();
    let mut values = Vec::with_capacity(dimension);
    values.resize_with(dimension, || bell(random));
    scaled(values)
}

fn scaled(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

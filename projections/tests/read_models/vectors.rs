//! Vectors: what is near, page by page to the very end, and by which model.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use albumen_domain::{
    Aggregate, AnyEvent, Recorded, StreamId, StreamKind,
    asset::{Asset, AssetCommand, AssetEvent, Upload},
    embedding::{EmbeddingEvent, EmbeddingMade},
    erasure::{ErasureEvent, ErasureScope},
    system::{SYSTEM_ID, SearchModelSwitched, SystemEvent},
    user::UserEvent,
    vector,
};
use albumen_projections::{
    ReadModels,
    library::MetadataFilter,
    vectors::{
        Bounds, HalfVector, VectorQueries,
        nearest::{Near, Nearest},
    },
};
use chrono::{DateTime, TimeDelta};
use proptest::{collection::vec, strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::{
    history::{histories, uploads},
    support::{self, Database, MemoryFeed, apply_all, block_on, record},
};

const OWNERS: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];
const ASSETS: usize = 400;
const DIMENSION: usize = 6;
/// By which two distances of the index can be in the wrong order.
const ROUNDED: f64 = 2e-3;
/// For a library of so few assets.
const FEW: Bounds =
    Bounds { indexed_vectors: 10, graph_bytes: 1_024, measured_assets: 20, first_results: 15, head_results: 50 };
/// Numbers that are no multiples of each other, so that pages end everywhere.
const PAGE_SIZES: [i64; 3] = [7, 30, 64];

/// A log of uploads with vectors.
struct Log {
    events: Vec<Arc<Recorded>>,
    vectors: BTreeMap<Uuid, Vec<f32>>,
    seed: u64,
}

impl Log {
    fn new() -> Self {
        let mut log = Self { events: Vec::new(), vectors: BTreeMap::new(), seed: 7 };
        let mut runner = TestRunner::deterministic();
        let uploads = vec(uploads(), ASSETS).new_tree(&mut runner).expect("generates").current();
        for (index, upload) in uploads.into_iter().enumerate() {
            let id = Uuid::from_u128(0x4000_8000_0000_0000_0000 + (index as u128 * 7_919) % 1_000_003);
            let owner = OWNERS[index % 3 / 2];
            let upload = Upload { owner, path: format!("upload/{id}"), ..upload };
            let decided = Asset::default().decide(AssetCommand::Upload(Box::new(upload)));
            for event in decided.expect("is allowed") {
                log.write(StreamId { kind: StreamKind::Asset, id }, event.into());
            }
            // One in nine was not seen yet.
            if !index.is_multiple_of(9) {
                let values: Vec<f32> = (0..DIMENSION).map(|_| log.random()).collect();
                log.embed(id, owner, "small", &values);
                log.vectors.insert(id, values);
            }
        }
        log.switch("small");
        log
    }

    fn random(&mut self) -> f32 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Few values, so that some are equally far.
        ((self.seed >> 33) % 7) as f32 - 3.2
    }

    fn write(&mut self, stream: StreamId, event: AnyEvent) {
        record(&mut self.events, stream, event);
    }

    fn embed(&mut self, asset: Uuid, owner: Uuid, model: &str, values: &[f32]) {
        let made = EmbeddingMade {
            owner,
            asset,
            lease: Uuid::nil(),
            revision: self.events.len() as i64,
            model: model.to_owned(),
            dimension: values.len() as i32,
            vector: vector::encode(values).into(),
        };
        let stream = StreamId { kind: StreamKind::Embedding, id: vector::stream_id(asset, model) };
        self.write(stream, EmbeddingEvent::Made(made).into());
    }

    fn switch(&mut self, model: &str) {
        let switched = SystemEvent::SearchModelSwitched(SearchModelSwitched { model: model.to_owned() });
        self.write(StreamId { kind: StreamKind::System, id: SYSTEM_ID }, switched.into());
    }
}

/// The vectors of all who are there, by asset and model.
fn vectors_after(events: &[Arc<Recorded>]) -> BTreeMap<(Uuid, String), Vec<f32>> {
    let mut vectors: BTreeMap<(Uuid, String), (Uuid, Vec<f32>)> = BTreeMap::new();
    for recorded in events {
        let id = recorded.stream.id;
        match &recorded.event {
            AnyEvent::Embedding(EmbeddingEvent::Made(made)) => {
                let values = made.vector.known().and_then(|stored| vector::decode(stored));
                let values = values.map(|values| values.into_iter().map(half::f16::to_f32).collect());
                if let Some(values) = values {
                    vectors.insert((made.asset, made.model.clone()), (made.owner, values));
                }
            }
            AnyEvent::Asset(AssetEvent::Deleted(_)) => vectors.retain(|(asset, _), _| *asset != id),
            AnyEvent::User(UserEvent::Removed(_)) => vectors.retain(|_, (owner, _)| *owner != id),
            AnyEvent::Erasure(ErasureEvent::SubjectErased(erased)) => {
                vectors.retain(
                    |(asset, _), (owner, _)| {
                        if erased.scope == ErasureScope::Owner { *owner != id } else { *asset != id }
                    },
                )
            }
            _ => {}
        }
    }
    vectors.into_iter().map(|(key, (_, values))| (key, values)).collect()
}

const CASES: u32 = 12;

#[test]
fn vectors_are_those_of_who_is_there() {
    support::check(CASES, histories(), async |history| {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&history.as_it_was()).in_batches(&[9, 1, 40])).await;
        let sql = "SELECT vector.asset_id, space.model, vector.embedding
                   FROM vectors.vector JOIN vectors.space ON space.id = vector.space_id";
        let rows = database.client().await.query(sql, &[]).await.unwrap();
        let found: BTreeMap<(Uuid, String), Vec<f32>> = rows
            .iter()
            .map(|row| {
                let embedding: HalfVector = row.get(2);
                ((row.get(0), row.get(1)), embedding.to_vec().into_iter().map(half::f16::to_f32).collect())
            })
            .collect();
        assert_eq!(found, vectors_after(&history.as_it_was()));
    });
}

/// The read models of a log.
struct Library {
    database: Database,
    models: ReadModels,
}

impl Library {
    async fn of(log: &Log) -> Self {
        let database = Database::create().await;
        apply_all(&database, MemoryFeed::of(&log.events).in_batches(&[50, 1, 200])).await;
        let models = database.questions();
        Self { database, models }
    }

    fn vectors(&self, bounds: Bounds) -> VectorQueries {
        self.models.vectors().clone().with_bounds(bounds)
    }
}

fn filters() -> Vec<(&'static str, MetadataFilter)> {
    let of = |owners: &[Uuid]| MetadataFilter { owners: owners.to_vec(), ..MetadataFilter::default() };
    let mine = || of(&OWNERS[..1]);
    let middle = DateTime::UNIX_EPOCH + TimeDelta::seconds(400);
    vec![
        ("one owner", mine()),
        ("both owners", of(&OWNERS)),
        ("images", MetadataFilter { kind: Some("image".to_owned()), ..mine() }),
        ("favourites", MetadataFilter { favorite: Some(true), ..mine() }),
        ("timeline", MetadataFilter { visibility: Some("timeline".to_owned()), ..mine() }),
        ("locked too", MetadataFilter { locked_of: Some(OWNERS[0]), ..mine() }),
        ("uploaded since", MetadataFilter { created: (Some(middle), None), ..mine() }),
        ("in no album", MetadataFilter { in_no_album: true, unstacked: true, untagged: true, ..mine() }),
        ("in an album", MetadataFilter { albums: vec![Uuid::from_u128(9)], ..mine() }),
        ("a name", MetadataFilter { file_name: Some("a".to_owned()), ..mine() }),
        ("nothing", MetadataFilter { nothing: true, ..mine() }),
        ("nobody", of(&[Uuid::from_u128(3)])),
    ]
}

/// The cosine distance, of the numbers as they are stored.
fn distance(one: &[f32], other: &[f32]) -> f64 {
    let half = |value: &f32| f64::from(half::f16::from_f32(*value).to_f32());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| half(a) * half(b)).sum::<f64>();
    1.0 - dot(one, other) / (dot(one, one).sqrt() * dot(other, other).sqrt())
}

/// Pages to the end, and compares with what was measured here.
async fn check(library: &Library, log: &Log, queries: &VectorQueries, what: &str) {
    let space = queries.serving().await.unwrap().expect("one serves");
    let target = [1.0, -0.5, 0.25, 2.0, -1.0, 0.0];
    for (name, filter) in filters() {
        let everything = MetadataFilter { limit: 10_000, ..filter.clone() };
        let fitting = library.models.library().search(&everything).await.unwrap();
        let expected: BTreeSet<Uuid> =
            fitting.iter().map(|row| row.id).filter(|id| log.vectors.contains_key(id)).collect();
        for size in PAGE_SIZES {
            let from = HalfVector::from_f32_slice(&target);
            let mut found = Vec::new();
            loop {
                let filter = MetadataFilter { offset: found.len() as i64, limit: size, ..filter.clone() };
                let page = queries.nearest(Nearest { space: &space, from: &from, filter: &filter }).await.unwrap();
                let is_last = (page.len() as i64) < size;
                found.extend(page);
                if is_last {
                    break;
                }
            }
            let ids: BTreeSet<Uuid> = found.iter().map(|near| near.asset.id).collect();
            assert_eq!(ids.len(), found.len(), "{what}, {name}, {size} a page: told twice");
            assert_eq!(ids, expected, "{what}, {name}, {size} a page: lost or too many");
            for near in &found {
                let measured = distance(&target, &log.vectors[&near.asset.id]);
                assert!((near.distance - measured).abs() < 1e-4, "{what}, {name}: {} is not {measured}", near.distance);
            }
            let is_before = |one: &Near, other: &Near| {
                let order = one.distance.partial_cmp(&other.distance).expect("numbers");
                order.then(one.asset.id.cmp(&other.asset.id)).is_lt()
                    // The index knows directions alone, and rounds them.
                    || (space.is_indexed && one.distance < other.distance + ROUNDED)
            };
            // It may leave a few of the first results and of the head for the rest; within each they are by distance.
            let breaks = found.windows(2).filter(|pair| !is_before(&pair[0], &pair[1])).count();
            assert!(breaks <= 2 * usize::from(space.is_indexed), "{what}, {name}: not by distance and id");
        }
    }
}

#[test]
fn pages_lead_to_the_end_and_lose_nothing() {
    block_on(async {
        let log = Log::new();
        let library = Library::of(&log).await;
        check(&library, &log, &library.vectors(Bounds::default()), "measured").await;
        let queries = library.vectors(FEW);
        let space = queries.serving().await.unwrap().expect("one serves");
        assert!(!space.is_indexed);
        queries.make_index(&space).await.unwrap();
        assert!(queries.serving().await.unwrap().expect("one serves").is_indexed);
        check(&library, &log, &queries, "by the index").await;
        // The head is used only where there is more than it.
        let queries = library.vectors(Bounds { head_results: 1_000, ..FEW });
        check(&library, &log, &queries, "by the index alone").await;
    });
}

/// In a container the database's processes share 64 MB, unless it was given more.
#[test]
fn an_index_is_built_by_one_process_where_several_have_no_room() {
    block_on(async {
        let library = Library::of(&Log::new()).await;
        let client = library.database.client().await;
        let database: String = client.query_one("SELECT current_database()", &[]).await.unwrap().get(0);
        // It wants a terabyte: no machine has so much to share.
        let sql = format!(
            "ALTER TABLE vectors.vector_1 SET (parallel_workers = 2);
             ALTER DATABASE {database} SET effective_cache_size = '4TB';
             SET maintenance_work_mem = '1TB';"
        );
        client.batch_execute(&sql).await.unwrap();
        let sql = format!(
            "CREATE INDEX ON vectors.vector_1 USING hnsw ((embedding::halfvec({DIMENSION})) halfvec_cosine_ops)"
        );
        let refused = client.batch_execute(&sql).await.expect_err("there is no such room");
        assert_eq!(refused.code(), Some(&SqlState::DISK_FULL), "{refused:?}");
        // Of a connection that was made since.
        let queries = library.database.questions().vectors().clone();
        let queries = queries.with_bounds(Bounds { graph_bytes: 1 << 40, ..FEW });
        queries.make_index(&queries.serving().await.unwrap().expect("one serves")).await.unwrap();
        assert!(queries.serving().await.unwrap().expect("one serves").is_indexed);
    });
}

#[test]
fn the_index_is_what_is_asked() {
    block_on(async {
        let log = Log::new();
        let library = Library::of(&log).await;
        let queries = library.vectors(FEW);
        queries.make_index(&queries.serving().await.unwrap().expect("one serves")).await.unwrap();
        let space = queries.serving().await.unwrap().expect("one serves");
        let from = HalfVector::from_f32_slice(&[1.0; DIMENSION]);
        let filter = MetadataFilter { owners: OWNERS[..1].to_vec(), limit: 20, ..MetadataFilter::default() };
        let client = library.database.client().await;
        let scans = async || -> i64 {
            let sql = "SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_indexes
                       WHERE indexrelname LIKE 'vector_%_nearest'";
            client.query_one(sql, &[]).await.unwrap().get(0)
        };
        let before = scans().await;
        for _ in 0..10 {
            queries.nearest(Nearest { space: &space, from: &from, filter: &filter }).await.unwrap();
            if scans().await > before {
                return;
            }
            // A connection tells its counts once a second.
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        }
        panic!("the index was not asked");
    });
}

#[test]
fn another_model_fills_a_space_of_its_own_until_searches_switch() {
    block_on(async {
        let mut log = Log::new();
        let assets: Vec<Uuid> = log.vectors.keys().copied().take(20).collect();
        for asset in &assets {
            log.embed(*asset, OWNERS[0], "large", &[1.0; 9]);
        }
        // One of another length is that of another model, whatever it calls itself.
        log.embed(assets[0], OWNERS[0], "large", &[1.0; 3]);
        let library = Library::of(&log).await;
        let queries = library.vectors(Bounds::default());
        let serving = queries.serving().await.unwrap().expect("one serves");
        assert_eq!((serving.model.as_str(), serving.dimension), ("small", DIMENSION as i32));
        log.switch("large");
        let library = Library::of(&log).await;
        let queries = library.vectors(Bounds::default());
        let serving = queries.serving().await.unwrap().expect("one serves");
        assert_eq!((serving.model.as_str(), serving.dimension), ("large", 9));
        let stored = queries.vector(&serving, assets[0]).await.unwrap().expect("is there");
        assert_eq!(stored.as_slice().len(), 9);
        assert_eq!(queries.spaces().await.unwrap().len(), 2, "the old one stays");
    });
}

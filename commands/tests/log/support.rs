//! A fresh database for each test, and short ways to ask something of it.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use albumen_commands::{
    CommandError, Commands, Context, Executed, Settings, StoreError,
    log::{Append, Appender, HashedClaim, NewEvent},
    seal::MasterKey,
};
use albumen_domain::{
    AnyEvent, Recorded, StreamId, StreamKind,
    asset::{Asset, AssetCommand, AssetKind, AssetRefusal, AssetTrashed, Upload, Visibility},
};
use albumen_schemas::feed::Feed;
use chrono::DateTime;
use deadpool_postgres::{Manager, Pool};
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

const URL_VARIABLE: &str = "ALBUMEN_TEST_DATABASE_URL";
/// Few, since many tests run side by side.
const POOL_CONNECTIONS: usize = 4;
/// For what should take milliseconds, on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub const MASTER: [u8; 32] = [7; 32];

/// A migrated database that is dropped with this value.
pub struct Database {
    url: String,
    name: String,
}

impl Database {
    pub async fn create() -> Self {
        let url = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            panic!("set {URL_VARIABLE} to what `deploy/test-postgres start` prints: these tests need a PostgreSQL")
        });
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("albumen_test_{}_{number}", std::process::id());
        let database = Self { url, name };
        let admin = connect(database.url.parse().expect("the URL can be read")).await;
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", database.name)).await.expect("drops a leftover");
        admin.batch_execute(&format!("CREATE DATABASE {}", database.name)).await.expect("creates a database");
        albumen_schemas::migrations::migrate(&mut database.client().await).await.expect("migrates");
        database
    }

    pub fn config(&self) -> Config {
        let mut config: Config = self.url.parse().expect("the URL can be read");
        config.dbname(&self.name);
        config
    }

    /// A superuser's connection.
    pub async fn client(&self) -> Client {
        connect(self.config()).await
    }

    pub async fn count(&self, query: &str) -> i64 {
        self.client().await.query_one(query, &[]).await.expect("counts").get(0)
    }

    pub async fn execute(&self, statement: &str) {
        self.client().await.batch_execute(statement).await.expect("executes");
    }

    /// The write side of one process.
    pub async fn open(&self) -> Commands {
        self.open_with(&MASTER).await.expect("opens")
    }

    pub async fn open_with(&self, master: &[u8; 32]) -> Result<Commands, StoreError> {
        Commands::open(Settings {
            database: self.config(),
            pool: Pool::builder(Manager::new(self.config(), NoTls))
                .max_size(POOL_CONNECTIONS)
                .build()
                .expect("builds a pool"),
            master_key: MasterKey::new(master),
        })
        .await
    }

    /// Keeps every committer waiting until the answer is dropped, so that what is appended
    /// meanwhile is joined into one batch.
    pub async fn hold_head(&self) -> HeldHead {
        let client = self.client().await;
        client.batch_execute("BEGIN; SELECT position FROM log_head FOR UPDATE").await.expect("locks the head");
        HeldHead(client)
    }

    /// Waits until as many connections wait for a lock.
    pub async fn wait_for_blocked(&self, connections: i64) {
        let query = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("a connection waits for the head", async || self.count(query).await >= connections).await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let admin = connect(url.parse().expect("the URL can be read")).await;
                admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await
            })
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("a test database stays behind: {error}");
        }
    }
}

/// See [`Database::hold_head`].
pub struct HeldHead(Client);

impl HeldHead {
    pub async fn release(self) {
        self.0.batch_execute("COMMIT").await.expect("releases the head");
    }
}

async fn connect(config: Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the test database can be reached");
    tokio::spawn(connection);
    client
}

/// Waits until `condition` holds.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "in vain: {what}");
}

pub fn upload_of(owner: Uuid, checksum: &str) -> Upload {
    Upload {
        owner,
        kind: AssetKind::Image,
        file_name: format!("private {checksum}.jpg"),
        path: format!("upload/{owner}/{checksum}.jpg"),
        size_bytes: 185_000,
        checksum: checksum.to_owned(),
        file_created_at: DateTime::UNIX_EPOCH,
        file_modified_at: DateTime::UNIX_EPOCH,
        duration_ms: None,
        favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video: None,
        sidecar_path: None,
    }
}

pub type Outcome = Result<Executed, CommandError<AssetRefusal>>;

pub async fn ask(commands: &Commands, id: Uuid, command: AssetCommand) -> Outcome {
    commands.execute::<Asset>(id, command, &Context::operator()).await
}

pub async fn upload(commands: &Commands, id: Uuid, owner: Uuid, checksum: &str) -> Outcome {
    ask(commands, id, AssetCommand::Upload(Box::new(upload_of(owner, checksum)))).await
}

/// Uploads something that nothing else meets, and returns its id.
pub async fn upload_any(commands: &Commands) -> Uuid {
    let id = Uuid::new_v4();
    upload(commands, id, Uuid::from_u128(1), &id.to_string()).await.expect("uploads");
    id
}

/// The whole log, as readers of this process get it.
pub async fn read_all(feed: &impl Feed) -> Vec<Arc<Recorded>> {
    let mut events: Vec<Arc<Recorded>> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.position);
        let batch = feed.read(after, 1_000).await.expect("reads");
        if batch.is_empty() {
            return events;
        }
        events.extend(batch);
    }
}

/// A committer of its own, for appends that no rule would decide.
pub fn appender(database: &Database, commands: &Commands) -> Appender {
    Appender::start(database.config(), commands.feed().clone())
}

pub fn stream(number: u128) -> StreamId {
    StreamId { kind: StreamKind::Asset, id: Uuid::from_u128(number) }
}

/// One event of `stream` at `sequence`.
pub fn append_of(stream: StreamId, sequence: i64, claims: Vec<HashedClaim>) -> Append {
    let circumstances = Context::operator().metadata;
    let event = NewEvent {
        stream,
        sequence,
        name: "asset-trashed",
        version: "1".to_owned(),
        payload: "{}".to_owned(),
        metadata: serde_json::to_string(&circumstances).expect("serialises"),
        content: [0; 32],
        event: AnyEvent::Asset(AssetTrashed {}.into()),
        circumstances,
    };
    Append { events: vec![event.hashed()], claims, ..Append::default() }
}

pub fn take(key: &str, holder: StreamId) -> HashedClaim {
    HashedClaim { name: "test", key: key.as_bytes().to_vec(), holder, takes: true }
}

pub fn release(key: &str, holder: StreamId) -> HashedClaim {
    HashedClaim { takes: false, ..take(key, holder) }
}

/// Fails unless `positions` are 1, 2, 3 … in any order.
pub fn assert_contiguous(positions: impl IntoIterator<Item = i64>) {
    let positions: Vec<i64> = positions.into_iter().collect();
    let distinct: HashSet<i64> = positions.iter().copied().collect();
    assert_eq!(distinct.len(), positions.len(), "a position stands twice");
    let expected: HashSet<i64> = (1..=positions.len() as i64).collect();
    assert_eq!(distinct, expected);
}

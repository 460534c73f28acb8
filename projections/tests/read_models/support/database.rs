//! A fresh database for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use albumen_projections::ReadModels;
use deadpool_postgres::{Manager, Pool};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls};

const URL_VARIABLE: &str = "ALBUMEN_TEST_DATABASE_URL";
/// Few, since many tests run side by side.
const POOL_CONNECTIONS: usize = 4;

/// Migrated once; every test's database is a copy.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A migrated database that is dropped with this value.
pub struct Database {
    name: String,
}

fn url() -> String {
    std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
        panic!("set {URL_VARIABLE} to what `deploy/test-postgres start` prints: these tests need a PostgreSQL")
    })
}

fn named(name: &str) -> Config {
    let mut config: Config = url().parse().expect("the URL can be read");
    config.dbname(name);
    config
}

async fn admin() -> Client {
    connect(&url().parse().expect("the URL can be read")).await
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}

async fn template() -> String {
    let name = format!("albumen_reading_{}_template", std::process::id());
    let admin = admin().await;
    drop_leftovers(&admin).await;
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("creates a database");
    let (mut client, connection) = named(&name).connect(NoTls).await.expect("PostgreSQL answers");
    let connection = tokio::spawn(connection);
    albumen_schemas::migrations::migrate(&mut client).await.expect("migrates");
    drop(client);
    // A template cannot be copied while somebody is connected.
    connection.await.expect("the connection ends").expect("and ends well");
    name
}

/// Nobody is left to drop the databases of a process that was killed.
async fn drop_leftovers(admin: &Client) {
    let names = admin
        .query("SELECT datname FROM pg_database WHERE datname LIKE 'albumen\\_reading\\_%'", &[])
        .await
        .expect("lists databases");
    for name in names.iter().map(|row| row.get::<_, String>(0)) {
        let process = name.split('_').nth(2).unwrap_or_default();
        if !std::path::Path::new("/proc").join(process).exists() {
            // Another test program may be quicker.
            drop(admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} (FORCE)")).await);
        }
    }
}

impl Database {
    pub async fn create() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let template = TEMPLATE.get_or_init(template).await;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let database = Self { name: format!("albumen_reading_{}_{number}", std::process::id()) };
        let create = format!("CREATE DATABASE {} TEMPLATE {template}", database.name);
        admin().await.batch_execute(&create).await.expect("copies the template");
        database
    }

    pub fn config(&self) -> Config {
        named(&self.name)
    }

    pub async fn client(&self) -> Client {
        connect(&self.config()).await
    }

    pub fn pool(&self) -> Pool {
        Pool::builder(Manager::new(self.config(), NoTls)).max_size(POOL_CONNECTIONS).build().expect("builds a pool")
    }

    /// Questions to its read models, which somebody else fills.
    pub fn questions(&self) -> ReadModels {
        ReadModels::queries_only(&self.pool())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} (FORCE)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async { admin().await.batch_execute(&drop_it).await.expect("drops the database") });
        });
        if dropping.join().is_err() && !std::thread::panicking() {
            panic!("the test's database could not be dropped");
        }
    }
}

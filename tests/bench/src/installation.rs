//! The way into an installation beside its server, as `albumen admin` and `albumen rebuild` go it.

use std::path::Path;

use albumen_api::installation::{self, Config, Database, Settings};
use albumen_commands::{Commands, seal::MasterKey};
use deadpool_postgres::{Manager, Pool};
use tokio_postgres::NoTls;

use crate::Fault;

/// Connections for questions: as many as the server has.
const POOL_CONNECTIONS: usize = 12;
/// The master key, in the keys' folder.
const MASTER_KEY_FILE: &str = "master.key";

/// Completes the settings and becomes the service user, where root runs this. Called before
/// anything else is opened, so that no file of root's is left in the data folder.
pub(crate) fn enter(settings: Settings) -> Result<Config, Fault> {
    let config = Config::resolve(settings)?;
    installation::enter(&config)?;
    Ok(config)
}

/// An installation whose database is open.
pub(crate) struct Installation {
    pub(crate) database: Database,
    pub(crate) log: Log,
}

impl Installation {
    /// Opens it, with its own key, beside a running server or without one.
    pub(crate) async fn open(config: &Config) -> Result<Self, Fault> {
        let database = Database::for_command(config).await?;
        let key = config.data.keys().join(MASTER_KEY_FILE);
        let log = Log::open(database.connect_config(), existing_key(&key)?).await?;
        Ok(Self { database, log })
    }

    /// Closes the connections, and stops PostgreSQL if it was started for this.
    pub(crate) async fn close(self) {
        self.log.close();
        self.database.close().await;
    }
}

/// A key made now would open nothing of what the server wrote.
fn existing_key(path: &Path) -> Result<MasterKey, Fault> {
    if !path.exists() {
        return Err(
            format!("{} is missing: start the server once, then `albumen-bench prepare`", path.display()).into()
        );
    }
    Ok(MasterKey::load_or_create(path)?)
}

/// The write side on a migrated database.
pub(crate) struct Log {
    pub(crate) commands: Commands,
    pub(crate) pool: Pool,
}

impl Log {
    /// Opens it.
    pub(crate) async fn open(connect: &tokio_postgres::Config, master_key: MasterKey) -> Result<Self, Fault> {
        let pool = Pool::builder(Manager::new(connect.clone(), NoTls)).max_size(POOL_CONNECTIONS).build()?;
        let settings = albumen_commands::Settings { database: connect.clone(), pool: pool.clone(), master_key };
        Ok(Self { commands: Commands::open(settings).await?, pool })
    }

    /// Closes all connections.
    pub(crate) fn close(self) {
        drop(self.commands);
        self.pool.close();
    }
}

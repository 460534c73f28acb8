//! An installation, opened: what every command needs of it.

use std::{process::ExitCode, sync::Arc};

use albumen_commands::{Commands, Settings, seal::MasterKey};
use albumen_projections::runtime::{FeedOver, Rebuilds};
use albumen_schemas::{database, migrations};
use albumen_workers::media::{
    layout,
    store::{LocalStore, MediaStore},
};
use deadpool_postgres::Pool;

use super::{CliError, pool::pool_of, topics};
use crate::installation::{Config, Database};

/// File in the keys' folder that holds the master key.
const MASTER_KEY_FILE: &str = "master.key";
/// File in the data folder that remembers which media folders were once marked.
const LAYOUT_RECORD: &str = "media-folders";

/// See the module's words.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) pool: Pool,
    pub(super) commands: Commands,
    pub(super) media: Arc<dyn MediaStore>,
}

impl Opened {
    /// Opens for a server, which is the only one on its data folder.
    pub(super) async fn for_server(config: &Config) -> Result<Self, CliError> {
        Self::open(config, Database::for_server(config).await?).await
    }

    /// Opens for a command, beside a running server or without one.
    pub(super) async fn for_command(config: &Config) -> Result<Self, CliError> {
        Self::open(config, Database::for_command(config).await?).await
    }

    async fn open(config: &Config, database: Database) -> Result<Self, CliError> {
        let connect = database.connect_config().clone();
        migrate_database(&connect).await?;
        layout::prepare(&config.data.media(), &config.data.root().join(LAYOUT_RECORD))?;
        let pool = pool_of(&connect)?;
        let master_key = MasterKey::load_or_create(&config.data.keys().join(MASTER_KEY_FILE))?;
        let commands = Commands::open(Settings { database: connect, pool: pool.clone(), master_key }).await?;
        let media: Arc<dyn MediaStore> = Arc::new(LocalStore::new(config.data.media()));
        Ok(Self { database, pool, commands, media })
    }

    /// Rebuilds of read models, from the log.
    pub(super) fn rebuilds(&self) -> Rebuilds {
        let (feed, over) = (self.commands.feed().clone(), self.commands.feed().clone());
        let feed_over: FeedOver = Arc::new(move |connections| over.over(connections));
        Rebuilds::new(self.pool.clone(), self.database.connect_config().clone(), feed, feed_over)
    }

    pub(super) async fn close(self) {
        self.pool.close();
        drop(self.commands);
        self.database.close().await;
    }
}

/// Only brings the database to this version's schema.
pub(super) async fn migrate(config: &Config) -> Result<ExitCode, CliError> {
    let database = Database::for_command(config).await?;
    migrate_database(database.connect_config()).await?;
    database.close().await;
    println!("The database has this version's schema.");
    if let Some(brokers) = &config.kafka {
        topics::create(brokers).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate_database(connect: &tokio_postgres::Config) -> Result<(), CliError> {
    let (mut client, connection) = database::connect(connect).await?;
    let connection = tokio::spawn(connection);
    // Two processes that start at once would trip over each other.
    client.execute("SELECT pg_advisory_lock(hashtext('albumen migrate'))", &[]).await?;
    let migrated = migrations::migrate(&mut client).await;
    drop(client);
    // Its errors are those of the migration.
    let _ = connection.await;
    migrated.map_err(|error| CliError::because("the database cannot be migrated")(&error))
}

//! The way to the database, the same for the server and for commands beside it.

use std::time::{Duration, Instant};

use albumen_schemas::{database, leadership};

use super::postgres::{self, EmbeddedPostgres};
use super::{Config, DataLock, Holder, InstallationError};

/// A command that is just ending, or a server that is stopping, lets go in this time.
const SERVER_LOCK_WAIT: Duration = Duration::from_secs(10);
/// A server that is just starting accepts connections in this time.
const COMMAND_WAIT: Duration = Duration::from_secs(30);
/// Short beside a person's patience, long beside a refused connection.
const COMMAND_RETRY: Duration = Duration::from_millis(50);

/// A database that is ready, and whatever must be held while it is used.
#[derive(Debug)]
pub struct Database {
    connect: tokio_postgres::Config,
    embedded: Option<EmbeddedPostgres>,
    _lock: Option<DataLock>,
}

impl Database {
    /// For a server: takes the data folder for itself, and starts the embedded PostgreSQL unless another one is named.
    pub async fn for_server(config: &Config) -> Result<Self, InstallationError> {
        let lock = DataLock::acquire(&config.data, Holder::Server, SERVER_LOCK_WAIT)?;
        Self::started(config, Some(lock)).await
    }

    /// For a command: uses the running server's PostgreSQL, and starts it for the command's own duration where no server
    /// runs.
    pub async fn for_command(config: &Config) -> Result<Self, InstallationError> {
        if config.database_url.is_some() {
            return Self::started(config, None).await;
        }
        let began = Instant::now();
        loop {
            if let Some(lock) = DataLock::try_acquire(&config.data, Holder::Command)? {
                return Self::started(config, Some(lock)).await;
            }
            let connect = connect_config(config)?;
            match database::connect(&connect).await {
                Ok(_) => return Ok(Self { connect, embedded: None, _lock: None }),
                Err(error) if began.elapsed() > COMMAND_WAIT => return Err(error.into()),
                Err(_) => tokio::time::sleep(COMMAND_RETRY).await,
            }
        }
    }

    async fn started(config: &Config, lock: Option<DataLock>) -> Result<Self, InstallationError> {
        let embedded = match config.database_url {
            Some(_) => None,
            None => Some(EmbeddedPostgres::start(config).await?),
        };
        let connect = connect_config(config)?;
        Ok(Self { connect, embedded, _lock: lock })
    }

    /// How to connect.
    #[must_use]
    pub fn connect_config(&self) -> &tokio_postgres::Config {
        &self.connect
    }

    /// Completes if the embedded PostgreSQL ends while it is needed, with how it ended; with another one, never.
    pub async fn ended(&mut self) -> String {
        match &mut self.embedded {
            Some(embedded) => embedded.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Stops what was started. Close all connections first: PostgreSQL cuts off those that are left.
    pub async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// How to connect to an installation's database: `DATABASE_URL`, or the socket in the data folder.
pub fn connect_config(config: &Config) -> Result<tokio_postgres::Config, InstallationError> {
    let Some(url) = &config.database_url else { return postgres::recorded_connect_config(&config.data) };
    let refused = |reason| InstallationError::Setting { name: "DATABASE_URL", value: "…".to_owned(), reason };
    let (parsed, encryption) = database::parse(url)
        .map_err(|reason| refused(format!("{reason}; expected postgres://user:password@host/database")))?;
    if let Some(encryption) = encryption {
        database::encrypt(&encryption).map_err(refused)?;
    }
    // A database on another machine can vanish without a word.
    Ok(leadership::with_keepalives(&parsed))
}

//! postgres-es's way to the streams: sqlx's connections to the database that everything else
//! reaches by tokio-postgres.

use albumen_schemas::database::{self, Trust};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use tokio_postgres::config::Host;

/// Connections for loading aggregates.
const MAX_CONNECTIONS: u32 = 8;

/// A pool that connects when it is first asked.
pub(crate) fn pool_of(connect: &tokio_postgres::Config) -> PgPool {
    PgPoolOptions::new().max_connections(MAX_CONNECTIONS).connect_lazy_with(stream_options(connect))
}

/// With the encryption that the process has chosen.
fn encrypted(options: PgConnectOptions) -> PgConnectOptions {
    let Some(encryption) = database::encryption() else { return options.ssl_mode(PgSslMode::Disable) };
    let options = options.ssl_mode(match encryption.trust {
        Trust::Anybody => PgSslMode::Require,
        Trust::Signed => PgSslMode::VerifyCa,
        Trust::Host => PgSslMode::VerifyFull,
    });
    match &encryption.root_certificates {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    }
}

/// The same database in sqlx's words.
fn stream_options(connect: &tokio_postgres::Config) -> PgConnectOptions {
    let mut options = encrypted(PgConnectOptions::new_without_pgpass());
    match connect.get_hosts().first() {
        Some(Host::Unix(folder)) => options = options.socket(folder),
        Some(Host::Tcp(host)) => options = options.host(host),
        None => {}
    }
    if let Some(port) = connect.get_ports().first() {
        options = options.port(*port);
    }
    if let Some(user) = connect.get_user() {
        options = options.username(user);
    }
    if let Some(password) = connect.get_password().and_then(|password| std::str::from_utf8(password).ok()) {
        options = options.password(password);
    }
    match connect.get_dbname() {
        Some(name) => options.database(name),
        None => options,
    }
}

//! A throw-away PostgreSQL for tests, which may be run by root: then only PostgreSQL becomes another user.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use super::process::ChildUser;
use super::{EmbeddedPostgres, Programs, QUIT_TIMEOUT, StopMode, cluster, socket};
use crate::installation::InstallationError;
use crate::installation::error::at;
use crate::installation::privileges::{ensure_service_user, owner_of};

/// Nothing in it outlives the test, so nothing needs to reach the disk.
const SETTINGS: &str = "\
listen_addresses = ''
max_connections = 100
fsync = off
full_page_writes = off
synchronous_commit = off
jit = off
timezone = 'UTC'
";

/// A PostgreSQL without durability, in a folder that the caller removes.
#[derive(Debug)]
pub struct TemporaryPostgres {
    postgres: EmbeddedPostgres,
}

impl EmbeddedPostgres {
    /// Starts a throw-away cluster in a folder (a fresh temporary one, with a short path).
    pub async fn start_temporary(folder: &Path) -> Result<TemporaryPostgres, InstallationError> {
        let programs = Programs::installed()?;
        let user = child_user(folder)?;
        let cluster_folder = folder.join("cluster");
        cluster::initdb(&programs, &cluster_folder, user, false).await?;
        let conf = cluster_folder.join("postgresql.conf");
        let sockets = folder.display();
        std::fs::write(&conf, format!("{SETTINGS}unix_socket_directories = '{sockets}'\n"))
            .map_err(at("write", &conf))?;
        let start_log: PathBuf = folder.join("server.log");
        let postgres = Self::launch(&programs, cluster_folder, folder.to_owned(), start_log, user).await?;
        Ok(TemporaryPostgres { postgres })
    }
}

impl TemporaryPostgres {
    /// How to connect to one of its databases; `postgres` is there from the start.
    #[must_use]
    pub fn connect_config(&self, database: &str) -> tokio_postgres::Config {
        socket::connect_config(&self.postgres.socket_folder, database)
    }

    /// Stops it at once; its folder can then be removed.
    pub async fn stop(mut self) {
        self.postgres.postmaster.stop(StopMode::Immediate, QUIT_TIMEOUT).await;
    }
}

fn child_user(folder: &Path) -> Result<Option<ChildUser>, InstallationError> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let owner = owner_of(&ensure_service_user()?);
    chown(folder, Some(owner.uid), Some(owner.gid)).map_err(at("hand over", folder))?;
    Ok(Some(ChildUser { uid: owner.uid, gid: owner.gid }))
}

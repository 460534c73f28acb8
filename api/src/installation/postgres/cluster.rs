//! The cluster on the disk: made once, whole or not at all; and what its pid file says.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::process::ChildUser;
use super::{DATABASE, Programs};
use crate::installation::InstallationError;
use crate::installation::error::at;

/// The first major version with a collation provider of its own, which no update of the system can change.
const BUILTIN_PROVIDER_MAJOR: u32 = 17;
/// The line of the pid file that says what the server is doing.
const STATUS_LINE: usize = 7;

/// The major version that a cluster was made with; `None` where there is no cluster.
pub(super) fn major(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Makes the cluster if there is none. It is made under another name and renamed, so one that was cut off is never used.
pub(super) async fn ensure(
    programs: &Programs,
    cluster: &Path,
    user: Option<ChildUser>,
) -> Result<(), InstallationError> {
    if major(cluster).is_some() {
        return Ok(());
    }
    let scratch = cluster.with_extension("new");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(at("remove", &scratch))?;
    }
    tracing::info!(folder = %cluster.display(), postgresql = programs.major(), "making a new database cluster");
    initdb(programs, &scratch, user, true).await?;
    fs::rename(&scratch, cluster).map_err(at("move into place", cluster))?;
    sync_parent(cluster)
}

/// Runs initdb. Text is UTF-8 and sorted by code point everywhere: an order by a library of the system would change with
/// that library's updates under the indexes. Where people see an order, the query names a collation.
pub(super) async fn initdb(
    programs: &Programs,
    folder: &Path,
    user: Option<ChildUser>,
    durable: bool,
) -> Result<(), InstallationError> {
    let mut command = Command::new(programs.program("initdb"));
    command
        .arg("--pgdata")
        .arg(folder)
        .args(["--username", DATABASE, "--auth=trust", "--encoding=UTF8", "--data-checksums"])
        .args(locale_arguments(programs.major()))
        .args(if durable { &[][..] } else { &["--no-sync"][..] })
        .current_dir(folder.parent().unwrap_or(folder))
        .kill_on_drop(true);
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    run("initdb", command).await
}

/// Makes our database through the socket in a folder.
pub(super) async fn create_database(programs: &Programs, sockets: &Path) -> Result<(), InstallationError> {
    let mut command = Command::new(programs.program("createdb"));
    command.arg("--host").arg(sockets).args(["--username", DATABASE, "--no-password", DATABASE]);
    run("createdb", command).await
}

async fn run(program: &str, mut command: Command) -> Result<(), InstallationError> {
    let failed = |output| InstallationError::Program { program: program.to_owned(), output };
    let output = command.output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

fn locale_arguments(major: u32) -> &'static [&'static str] {
    if major >= BUILTIN_PROVIDER_MAJOR {
        &["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    } else {
        &["--locale=C.UTF-8"]
    }
}

fn sync_parent(path: &Path) -> Result<(), InstallationError> {
    let parent = path.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    File::open(&parent).and_then(|folder| folder.sync_all()).map_err(at("sync", &parent))
}

/// Whether the server with this process id accepts connections. Its pid file says so, and costs no connection to read.
pub(super) fn is_ready(cluster: &Path, pid: i32) -> bool {
    let Ok(text) = fs::read_to_string(cluster.join("postmaster.pid")) else { return false };
    let status = text.lines().nth(STATUS_LINE).map(str::trim);
    recorded_pid(&text) == Some(pid) && status == Some("ready")
}

/// The process id in the text of a pid file.
pub(super) fn recorded_pid(text: &str) -> Option<i32> {
    text.lines().next()?.trim().parse().ok()
}

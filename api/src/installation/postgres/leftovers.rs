//! What an earlier run left behind in a cluster: a server whose parent was killed, backends whose server was killed, or
//! a pid file whose number now belongs to somebody else.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{POLL, socket};
use crate::installation::InstallationError;
use crate::installation::error::at;

/// A fast shutdown that has already been asked for by the kernel is usually over before we look.
const FAST_WAIT: Duration = Duration::from_secs(60);
/// Backends without a server notice that at once; a busy one at its next wait.
const QUIT_WAIT: Duration = Duration::from_secs(10);

/// Leaves the cluster free for a new server. Nothing else starts one meanwhile: the caller holds the data folder's lock.
pub(super) async fn clear(cluster: &Path, sockets: &Path) -> Result<(), InstallationError> {
    let pid_file = cluster.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&pid_file) else { return Ok(()) };
    let left = processes_of(cluster);
    if !left.is_empty() {
        tracing::warn!(
            processes = left.len(),
            "an earlier albumen was killed; stopping the PostgreSQL that it left behind"
        );
        stop(cluster, super::cluster::recorded_pid(&text)).await?;
    }
    // The number in a stale file may by now be another process of the same user, or one that is dead and not yet waited
    // for; PostgreSQL would take either for a server.
    let lock = format!("{}.lock", socket::SOCKET_NAME);
    [pid_file, sockets.join(lock), sockets.join(socket::SOCKET_NAME)].iter().try_for_each(|path| remove_if_there(path))
}

fn remove_if_there(path: &Path) -> Result<(), InstallationError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at("remove", path)(error)),
        _ => Ok(()),
    }
}

async fn stop(cluster: &Path, postmaster: Option<i32>) -> Result<(), InstallationError> {
    for (signal, wait) in [(Signal::SIGINT, FAST_WAIT), (Signal::SIGQUIT, QUIT_WAIT), (Signal::SIGKILL, QUIT_WAIT)] {
        let left = processes_of(cluster);
        // Where the server still lives it stops its own backends; where it does not, each must be told.
        let told: Vec<i32> = match postmaster {
            Some(pid) if left.contains(&pid) && signal != Signal::SIGKILL => vec![pid],
            _ => left,
        };
        let signal = if postmaster.is_some_and(|pid| told == [pid]) || signal == Signal::SIGKILL {
            signal
        } else {
            Signal::SIGQUIT
        };
        for pid in told {
            // It may be gone already, which is what we want.
            let _ = kill(Pid::from_raw(pid), signal);
        }
        if wait_until_gone(cluster, wait).await {
            return Ok(());
        }
    }
    match processes_of(cluster).first() {
        Some(pid) => Err(InstallationError::Leftover { pid: *pid }),
        None => Ok(()),
    }
}

pub(super) async fn wait_until_gone(cluster: &Path, wait: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < wait {
        if processes_of(cluster).is_empty() {
            return true;
        }
        tokio::time::sleep(POLL).await;
    }
    false
}

/// The living processes of a cluster: PostgreSQL's, whose working folder it is. A number alone proves nothing.
pub(super) fn processes_of(cluster: &Path) -> Vec<i32> {
    let Ok(cluster) = cluster.canonicalize() else { return Vec::new() };
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| belongs_to(*pid, &cluster)).collect()
}

fn belongs_to(pid: i32, cluster: &Path) -> bool {
    let works_there = fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster);
    works_there && fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
}

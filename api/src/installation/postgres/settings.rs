//! PostgreSQL's settings, written anew at every start, and room for a person's own.

use std::fs;
use std::path::Path;

use super::DATABASE;
use crate::installation::InstallationError;
use crate::installation::error::at;
use crate::installation::memory::machine_bytes;

/// What this module writes; `postgresql.conf` includes it.
const MANAGED: &str = "albumen.conf";
/// What a person may add, read after ours.
const LOCAL: &str = "local.conf";

/// The pools of all roles together, and some room for a person with psql.
const MAX_CONNECTIONS: u32 = 60;

/// A machine that is no larger, or whose size is not known.
const SMALL_MACHINE_MIB: u64 = 4 << 10;
/// Of the machine, PostgreSQL's own memory, of which it takes what it uses: of a small one 256 MiB, the hot part of a
/// library of 100,000 assets and the index of its vectors. What is found there costs a tenth of what the kernel keeps.
const BUFFERS_SHARE: u64 = 16;
/// The hot part of some millions of assets.
const MOST_BUFFERS_MIB: u64 = 4 << 10;
/// Of the machine, what will be free to keep files in. Plans are made for it, and half of it builds an index of vectors.
const CACHE_SHARE: u64 = 4;

/// For a machine of 2 cores that has other things to do as well.
const FIXED: &str = "\
# Reachable through a socket in a private folder only.
listen_addresses = ''
unix_socket_permissions = 0700

# What was acknowledged is on the disk.
fsync = on
full_page_writes = on
synchronous_commit = on

work_mem = '8MB'
maintenance_work_mem = '128MB'

# The write-ahead log: few checkpoints, and a replay after a crash that is over in seconds.
max_wal_size = '1GB'
min_wal_size = '80MB'
checkpoint_timeout = '15min'
checkpoint_completion_target = 0.9
wal_compression = on

# Requests are short: compiling a plan, or starting helpers for it, costs more than the query.
jit = off
max_parallel_workers_per_gather = 0
random_page_cost = 1.1

# Tables that only grow and tables that change all the time are both kept tidy in small steps.
autovacuum = on
autovacuum_max_workers = 2
autovacuum_vacuum_scale_factor = 0.1
autovacuum_analyze_scale_factor = 0.05
# Of a table with few rows, the users' say, the database should know that they are few: what it supposes of one that was
# never looked at leads joins astray.
autovacuum_analyze_threshold = 0

# Nothing here subscribes to another server, so nothing needs to wait for that.
max_logical_replication_workers = 0

# A week of messages, without the values of statements: those may be personal.
logging_collector = on
log_destination = 'stderr'
log_filename = 'postgres-%a.log'
log_file_mode = 0640
log_rotation_age = '1d'
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%d '
log_checkpoints = off
log_min_duration_statement = '5s'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
";

/// Writes the settings and who may connect; nothing is touched that already says the same.
pub(super) fn write(cluster: &Path, sockets: &Path, logs: &Path) -> Result<(), InstallationError> {
    let main = format!(
        "# Written by albumen at every start.\ninclude = '{MANAGED}'\n# Your own settings; they are read last.\ninclude = '{LOCAL}'\n"
    );
    let managed = format!(
        "# Written by albumen at every start; put your own settings into {LOCAL}.\n{FIXED}{}max_connections = {MAX_CONNECTIONS}\n\
         unix_socket_directories = {}\nlog_directory = {}\n",
        of_machine(machine_bytes()),
        // A list: names in it are quoted by double quotes, inside the value's single ones.
        quote(&format!("\"{}\"", sockets.display().to_string().replace('"', "\"\""))),
        quote(&logs.display().to_string()),
    );
    let local = cluster.join(LOCAL);
    if !local.exists() {
        fs::write(&local, "# Your own settings for PostgreSQL; albumen leaves this file alone.\n")
            .map_err(at("write", &local))?;
    }
    replace(&cluster.join(MANAGED), &managed)?;
    replace(&cluster.join("postgresql.conf"), &main)?;
    replace(&cluster.join("pg_hba.conf"), "# Written by albumen at every start.\nlocal all all peer map=albumen\n")?;
    replace(&cluster.join("pg_ident.conf"), &user_map())
}

/// What grows with the machine's memory.
fn of_machine(bytes: Option<u64>) -> String {
    let mib = bytes.map_or(0, |bytes| bytes >> 20).max(SMALL_MACHINE_MIB);
    let buffers = (mib / BUFFERS_SHARE).min(MOST_BUFFERS_MIB);
    format!("shared_buffers = '{buffers}MB'\neffective_cache_size = '{}MB'\n", mib / CACHE_SHARE)
}

/// The operating system's users who may be the database's owner: the one who runs it, and root.
fn user_map() -> String {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten().map(|user| user.name);
    let names = user.into_iter().filter(|name| name != "root").chain(["root".to_owned()]);
    let lines = names.map(|name| format!("albumen \"{name}\" {DATABASE}\n")).collect::<String>();
    format!("# Written by albumen at every start.\n{lines}")
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn replace(path: &Path, content: &str) -> Result<(), InstallationError> {
    if fs::read_to_string(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    // Renamed into place: a half-written file would keep PostgreSQL from starting.
    let scratch = path.with_extension("new");
    fs::write(&scratch, content).map_err(at("write", &scratch))?;
    fs::rename(&scratch, path).map_err(at("replace", path))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_machine_gives_more_memory() {
        let small = "shared_buffers = '256MB'\neffective_cache_size = '1024MB'\n";
        for bytes in [None, Some(1 << 30), Some(4 << 30)] {
            assert_eq!(of_machine(bytes), small, "{bytes:?}");
        }
        assert_eq!(of_machine(Some(32 << 30)), "shared_buffers = '2048MB'\neffective_cache_size = '8192MB'\n");
        assert!(of_machine(Some(1 << 40)).starts_with("shared_buffers = '4096MB'\n"));
    }

    #[test]
    fn settings_are_rewritten_but_a_persons_own_are_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let cluster = scratch.path();
        fs::write(cluster.join(LOCAL), "work_mem = '64MB'\n").unwrap();
        fs::write(cluster.join("postgresql.conf"), "fsync = off\n").unwrap();
        write(cluster, Path::new("/run/it's"), Path::new("/log")).unwrap();
        let main = fs::read_to_string(cluster.join("postgresql.conf")).unwrap();
        assert!(!main.contains("fsync = off") && main.contains("include = 'local.conf'"));
        let managed = fs::read_to_string(cluster.join(MANAGED)).unwrap();
        assert!(managed.contains("unix_socket_directories = '\"/run/it''s\"'"), "{managed}");
        for durable in ["fsync = on", "full_page_writes = on", "synchronous_commit = on", "listen_addresses = ''"] {
            assert!(managed.lines().any(|line| line == durable), "{durable}");
        }
        assert_eq!(fs::read_to_string(cluster.join(LOCAL)).unwrap(), "work_mem = '64MB'\n");
    }
}

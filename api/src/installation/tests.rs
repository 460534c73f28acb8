//! Real runs: PostgreSQL is started, killed in every way, and started again.
//!
//! A server is a process of its own here (this test program, run again for [`server_process`] alone), since it changes
//! users and has to be killed.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_postgres::{Client, NoTls};

use super::postgres::{EmbeddedPostgres, Programs};
use super::{Config, DataLock, Database, Holder, Settings, connect_config, enter, privileges};

const DATA: &str = "ALBUMEN_TEST_SERVER_DATA";
const ROLE: &str = "ALBUMEN_TEST_SERVER_ROLE";
/// Generous: several of these run at once on a machine that also compiles.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that the service user may enter too.
fn scratch() -> tempfile::TempDir {
    let scratch = tempfile::Builder::new().prefix("albumen-test-").tempdir().expect("a scratch folder");
    std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755)).expect("the folder takes it");
    scratch
}

fn config(data: &Path) -> Config {
    let settings = Settings { data: Some(data.to_owned()), ..Settings::default() };
    Config::resolve_with(settings, |_| None, false).expect("it succeeds")
}

/// Not a test: what [`Server::start`] runs. It serves until its standard input ends.
#[test]
#[ignore = "a process that the other tests start"]
fn server_process() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let config = config(Path::new(&data));
    if let Err(error) = enter(&config) {
        println!("\nREFUSED {error}");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("it succeeds");
    runtime.block_on(async {
        let opened = match std::env::var(ROLE).expect("it succeeds").as_str() {
            "server" => Database::for_server(&config).await,
            _ => Database::for_command(&config).await,
        };
        match opened {
            Ok(database) => {
                println!("\nREADY {}", nix::unistd::geteuid());
                tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await.expect("it succeeds");
                database.close().await;
            }
            Err(error) => println!("\nREFUSED {error}"),
        }
    });
}

struct Server {
    child: Child,
    /// Kept open: a process that cannot write its last line fails.
    _output: Lines<BufReader<ChildStdout>>,
    answer: String,
}

impl Server {
    fn start(data: &Path, role: &str) -> Self {
        let (_, module) = module_path!().split_once("::").expect("it succeeds");
        let mut child = Command::new(std::env::current_exe().expect("it succeeds"))
            .args([&format!("{module}::server_process"), "--exact", "--ignored", "--nocapture"])
            .env(DATA, data)
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs and ends");
        let mut lines = BufReader::new(child.stdout.take().expect("it succeeds")).lines();
        let is_answer = |line: &String| line.starts_with("READY") || line.starts_with("REFUSED");
        let answer = lines.by_ref().map_while(Result::ok).find(is_answer);
        Self { child, _output: lines, answer: answer.unwrap_or_else(|| "nothing".to_owned()) }
    }

    fn ready(data: &Path, role: &str) -> Self {
        let server = Self::start(data, role);
        assert!(server.answer.starts_with("READY"), "{}", server.answer);
        server
    }

    fn stop(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("it runs and ends").success());
    }

    fn kill(mut self) {
        self.child.kill().expect("it succeeds");
        self.child.wait().expect("it runs and ends");
    }
}

/// Connects as whoever runs the tests: the service user, or root.
async fn connect(data: &Path) -> Client {
    let (client, connection) = connect_config(&config(data)).expect("a socket").connect(NoTls).await.expect("a socket");
    tokio::spawn(connection);
    client
}

async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.expect("it succeeds").get(0)
}

/// The ids of the PostgreSQL processes that work in a cluster.
fn postgres_processes(data: &Path) -> Vec<i32> {
    let cluster = data.join("postgres");
    let pids = std::fs::read_dir("/proc")
        .expect("a listing")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster))
        .collect()
}

fn wait_until_no_postgres(data: &Path) {
    let began = Instant::now();
    while !postgres_processes(data).is_empty() {
        assert!(began.elapsed() < PATIENCE, "PostgreSQL outlives its server");
        std::thread::sleep(Duration::from_millis(10));
    }
}

async fn write_rows(data: &Path) {
    let client = connect(data).await;
    client
        .batch_execute("CREATE TABLE t (n bigint); INSERT INTO t SELECT generate_series(1, 1000)")
        .await
        .expect("it succeeds");
}

async fn rows(data: &Path) -> i64 {
    number(&connect(data).await, "SELECT count(*) FROM t").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_folder_becomes_a_durable_private_database() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let server = Server::ready(&data, "server");
    assert!(!server.answer.ends_with(" 0"), "the server runs as root");

    let client = connect(&data).await;
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
    ] {
        let found: String = client.query_one(&format!("SHOW {setting}"), &[]).await.expect("it succeeds").get(0);
        assert_eq!(found, value, "{setting}");
    }
    client.batch_execute("CREATE EXTENSION vector").await.expect("it succeeds");
    assert_eq!(std::fs::metadata(data.join("run")).expect("it runs and ends").permissions().mode() & 0o777, 0o700);
    drop(client);

    server.stop();
    assert_eq!(postgres_processes(&data), [0; 0], "a clean stop leaves nothing running");
    assert!(!data.join("postgres/postmaster.pid").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_stops_its_postgres_and_loses_nothing() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let server = Server::ready(&data, "server");
    write_rows(&data).await;
    server.kill();
    wait_until_no_postgres(&data);

    let again = Server::ready(&data, "server");
    assert_eq!(rows(&data).await, 1000);
    again.kill();
    // At once, while the old PostgreSQL is still on its way out.
    let third = Server::ready(&data, "server");
    assert_eq!(rows(&data).await, 1000);
    third.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_everything_loses_nothing() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let server = Server::ready(&data, "server");
    write_rows(&data).await;
    for pid in postgres_processes(&data) {
        // Those that ended with their parent are gone already.
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    server.kill();
    assert!(data.join("postgres/postmaster.pid").exists(), "the kill left no trace, so this tests nothing");

    // By the next start the number in the stale file may be anybody's: here it is this test's.
    let stale = std::fs::read_to_string(data.join("postgres/postmaster.pid")).expect("it runs and ends");
    let (_, rest) = stale.split_once('\n').expect("it succeeds");
    std::fs::write(data.join("postgres/postmaster.pid"), format!("{}\n{rest}", std::process::id()))
        .expect("it runs and ends");

    let again = Server::ready(&data, "server");
    assert_eq!(rows(&data).await, 1000);
    again.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphaned_postgres_is_stopped_before_a_new_one_starts() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    Server::ready(&data, "server").stop();
    start_orphan(&data);
    write_rows(&data).await;
    let orphan = postgres_processes(&data);

    let server = Server::ready(&data, "server");
    assert_eq!(rows(&data).await, 1000);
    assert!(postgres_processes(&data).iter().all(|pid| !orphan.contains(pid)), "the orphan still runs");
    server.stop();
}

/// A PostgreSQL on the cluster that no albumen started.
fn start_orphan(data: &Path) {
    let mut command = Command::new(Programs::installed().expect("it succeeds").program("pg_ctl"));
    command.args(["--silent", "--wait", "--pgdata"]).arg(data.join("postgres")).arg("start").current_dir(data);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    if nix::unistd::geteuid().is_root() {
        let owner = privileges::owner_of(&privileges::ensure_service_user().expect("it succeeds"));
        command.uid(owner.uid).gid(owner.gid);
    }
    assert!(command.status().expect("it runs and ends").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_share_a_servers_postgres_or_start_their_own() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let command = Server::ready(&data, "command");
    write_rows(&data).await;
    command.stop();
    assert_eq!(postgres_processes(&data), [0; 0], "a command leaves nothing running");

    let server = Server::ready(&data, "server");
    let beside = Server::ready(&data, "command");
    beside.stop();
    assert_eq!(rows(&data).await, 1000, "a command beside a server does not stop its PostgreSQL");

    let held = DataLock::try_acquire(&config(&data).data, Holder::Server).expect("it succeeds");
    assert!(held.is_none(), "a second server could run on the same folder");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_refused_by_name() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    let server = Server::ready(&data, "server");
    let second = Server::start(&data, "server");
    assert!(
        second.answer.contains("REFUSED") && second.answer.contains("in use by another albumen (a server, process "),
        "{}",
        second.answer
    );
    second.stop();
    server.stop();
}

#[test]
fn a_folder_that_the_service_user_cannot_reach_is_explained() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let closed = tempfile::tempdir().expect("a scratch folder");
    std::fs::set_permissions(closed.path(), std::fs::Permissions::from_mode(0o700)).expect("the folder takes it");
    let server = Server::start(&closed.path().join("data"), "server");
    assert!(server.answer.contains("may not enter") && server.answer.contains("ALBUMEN_DATA"), "{}", server.answer);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_with_a_very_long_path_works() {
    let scratch = scratch();
    let data = scratch.path().join("long".repeat(30));
    let server = Server::ready(&data, "server");
    write_rows(&data).await;
    server.stop();
    let again = Server::ready(&data, "server");
    assert_eq!(rows(&data).await, 1000);
    let sockets = std::fs::read_to_string(data.join("run/socket-folder")).expect("it runs and ends");
    again.stop();
    std::fs::remove_dir_all(sockets).expect("it succeeds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throw_away_cluster_serves_tests_run_by_anyone() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let postgres = EmbeddedPostgres::start_temporary(scratch.path()).await.expect("it succeeds");
    let (client, connection) = postgres.connect_config("postgres").connect(NoTls).await.expect("a socket");
    tokio::spawn(connection);
    client.batch_execute("CREATE EXTENSION vector").await.expect("it succeeds");
    assert_eq!(number(&client, "SELECT vector_dims('[1,2,3]'::vector)::bigint").await, 3);
    drop(client);
    postgres.stop().await;
}

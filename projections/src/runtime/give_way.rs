//! Work that gives way. Nobody waits for a throttled rebuild: it takes what processor time the requests of people
//! leave, and of one core alone, so that they find another one free. It has a thread of its own and a session of the
//! database; the same holds for that session's process, where that is one of this machine and of this user.

use std::{fs, io, thread};

use albumen_schemas::{database, leadership::with_keepalives};
use deadpool_postgres::{BuildError, ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod};
use nix::{
    libc,
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use rustix::process::{nice, setpriority_process};
use tokio::{runtime::Builder, sync::oneshot};
use tokio_postgres::{Client, Config, config::Host};

/// How much it gives way: 0 is like everybody, 19 the most.
const NICENESS: i32 = 19;
/// How long it would like to go on once it is at it: the longest that the kernel grants. Of two the kernel lets the
/// one who asks for a shorter time interrupt the other at once; all others ask for a millisecond or so.
const SLICE_NS: u64 = 100_000_000;

/// The log is read ahead of what is applied, one batch at a time.
const CONNECTIONS: usize = 1;

/// Does asynchronous work on a thread of its own, which gives way to all others.
///
/// # Errors
/// There is no thread to be had, or it came to an end with a panic.
pub(super) async fn on_own_thread<Work>(begin: impl FnOnce() -> Work + Send + 'static) -> io::Result<Work::Output>
where
    Work: Future,
    Work::Output: Send + 'static,
{
    let (tell, told) = oneshot::channel();
    thread::Builder::new().name("gives way".to_owned()).spawn(move || {
        // Threads that the work starts inherit all. Where they are not granted, the work is done all the same.
        let _ = nice(NICENESS);
        let _ = ask_for_slice(Pid::from_raw(0));
        let _ = keep_to_last_core(Pid::from_raw(0));
        let outcome = Builder::new_current_thread().enable_all().build().map(|runtime| runtime.block_on(begin()));
        let _ = tell.send(outcome);
    })?;
    told.await.map_err(|_| io::Error::other("the thread of a rebuild ended too soon"))?
}

/// Has the database's process behind a session give way.
///
/// # Errors
/// The database is away.
pub(super) async fn ask_session(client: &Client, database: &Config) -> Result<(), tokio_postgres::Error> {
    if !matches!(database.get_hosts(), [Host::Unix(_)]) {
        return Ok(());
    }
    let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
    // A socket may lead into a container, where processes are counted anew.
    if fs::read_to_string(format!("/proc/{backend}/comm")).is_ok_and(|name| name.trim() == "postgres") {
        lower(backend);
    }
    Ok(())
}

/// Connections whose sessions give way. For the runtime that makes them alone.
///
/// # Errors
/// The configuration is none that connections can be made of.
pub(super) fn connections(database: &Config) -> Result<Pool, BuildError> {
    let (connect, tls) = database::secured(&with_keepalives(database));
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let database = connect.clone();
    let ask = Hook::async_fn(move |client: &mut ClientWrapper, _| {
        let database = database.clone();
        Box::pin(async move { ask_session(client, &database).await.map_err(HookError::Backend) })
    });
    Pool::builder(Manager::from_config(connect, tls, config)).max_size(CONNECTIONS).post_create(ask).build()
}

/// As far as it is granted.
fn lower(process: i32) {
    let _ = setpriority_process(rustix::process::Pid::from_raw(process), NICENESS);
    let _ = ask_for_slice(Pid::from_raw(process));
    // Sessions are weighed against each other before the processes in them are, and PostgreSQL begins one for each.
    let _ = fs::write(format!("/proc/{process}/autogroup"), NICENESS.to_string());
    let _ = keep_to_last_core(Pid::from_raw(process));
}

/// Of an ordinary process or thread that gives way already.
#[allow(unsafe_code)]
fn ask_for_slice(process: Pid) -> nix::Result<()> {
    let wanted = libc::sched_attr {
        size: size_of::<libc::sched_attr>() as u32,
        sched_policy: libc::SCHED_OTHER as u32,
        sched_flags: 0,
        sched_nice: NICENESS,
        sched_priority: 0,
        sched_runtime: SLICE_NS,
        sched_deadline: 0,
        sched_period: 0,
    };
    // SAFETY: the kernel reads `size` bytes from the pointer, which is to a value of that size that lives until then.
    let answer = unsafe { libc::syscall(libc::SYS_sched_setattr, process.as_raw(), &raw const wanted, 0) };
    nix::errno::Errno::result(answer).map(drop)
}

/// The last of those that this thread may use, so that thread and session share it.
fn keep_to_last_core(process: Pid) -> nix::Result<()> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let last = (0..CpuSet::count()).rev().find(|core| allowed.is_set(*core).unwrap_or(false));
    let mut kept = CpuSet::new();
    kept.set(last.unwrap_or_default())?;
    sched_setaffinity(process, &kept)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// Niceness and number of cores of a process, or of this thread.
    fn standing(process: &str) -> (i32, usize) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("is read");
        let behind_name = stat.rsplit_once(')').expect("has a name").1;
        // The nineteenth value; the first two stand before.
        let nice = behind_name.split_whitespace().nth(16).expect("has it").parse().expect("is a number");
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("is read");
        let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed:")).expect("has it");
        let bits = |digit: char| digit.to_digit(16).map_or(0, u32::count_ones);
        (nice, cores.chars().map(bits).sum::<u32>() as usize)
    }

    #[test]
    fn a_thread_gives_way_and_leaves_the_others_as_they_are() {
        let before = standing("thread-self");
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let of_work = runtime.block_on(on_own_thread(|| async { standing("thread-self") })).expect("is done");
        assert_eq!(of_work, (NICENESS, 1));
        assert_eq!(standing("thread-self"), before);
    }

    #[test]
    fn a_process_is_made_to_give_way() {
        let mut other = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("starts");
        lower(other.id().cast_signed());
        let lowered = standing(&other.id().to_string());
        other.kill().and_then(|()| other.wait()).expect("ends");
        assert_eq!(lowered, (NICENESS, 1));
    }
}

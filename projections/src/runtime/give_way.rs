//! Work that gives way. Nobody waits for a throttled rebuild: it takes what processor time the requests of people
//! leave, on a thread of its own and in a session of the database that does so, too.

use std::{fs, io, thread};

use rustix::process::{Pid, nice, setpriority_process};
use tokio::{runtime::Builder, sync::oneshot};
use tokio_postgres::{Client, Config, config::Host};

/// How much it gives way (0 is like everybody, 19 the most): a tenth of the time while others want the core, which is
/// still enough that a lock of the database is not held for long.
const NICENESS: i32 = 10;

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
        // Threads that the work starts inherit it. Where it is not granted, the work is done all the same.
        let _ = nice(NICENESS);
        let outcome = Builder::new_current_thread().enable_all().build().map(|runtime| runtime.block_on(begin()));
        let _ = tell.send(outcome);
    })?;
    told.await.map_err(|_| io::Error::other("the thread of a rebuild ended too soon"))?
}

/// Has the database's process behind a session give way, where it is one of this machine and of this user.
///
/// # Errors
/// The database is away.
pub(super) async fn ask_session(client: &Client, database: &Config) -> Result<(), tokio_postgres::Error> {
    if !matches!(database.get_hosts(), [Host::Unix(_)]) {
        return Ok(());
    }
    let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.get(0);
    // A socket may lead into a container, where processes are counted anew.
    let is_postgres = fs::read_to_string(format!("/proc/{backend}/comm")).is_ok_and(|name| name.trim() == "postgres");
    if let Some(backend) = Pid::from_raw(backend).filter(|_| is_postgres) {
        let _ = setpriority_process(Some(backend), NICENESS);
    }
    Ok(())
}

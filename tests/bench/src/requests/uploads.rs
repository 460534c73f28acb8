//! Uploads: until they are acknowledged, and until everything is made of them.

use parking_lot::Mutex;
use uuid::Uuid;

use super::{Bench, WARM_UP, figure};
use crate::{
    Fault,
    api::{Photo, Session, uploaded_id},
    http::{Connection, Request},
    load::{Clients, Extent, Source},
    processes::Meter,
    report::{Figure, Target},
};

/// Uploads at a time.
const CONNECTIONS: usize = 8;
/// What one may cost until its acknowledgement.
const MOST_ACKNOWLEDGED_CPU_MS: f64 = 6.0;
/// Uploads before those that are measured until all is done: the decoders' processes are started by them.
const WARM_UP_UPLOADS: usize = 16;

/// Distinct files made of one photo.
pub(super) struct Uploads {
    session: Session,
    photo: Photo,
    answered: Mutex<Vec<Uuid>>,
}

impl Uploads {
    /// Of this photo.
    pub(super) fn new(session: Session, photo: Photo) -> Self {
        Self { session, photo, answered: Mutex::default() }
    }

    /// Waits until all that were answered since the last time are done.
    async fn wait_until_done(&self, connection: &mut Connection) -> Result<(), Fault> {
        let assets = std::mem::take(&mut *self.answered.lock());
        self.session.wait_until_done(connection, &assets).await
    }
}

impl Source for Uploads {
    fn request(&self, _number: usize) -> Request {
        self.session.upload(&self.photo)
    }

    fn answered(&self, body: &[u8]) -> Result<(), Fault> {
        self.answered.lock().push(uploaded_id(body)?);
        Ok(())
    }
}

/// Until the acknowledgement, on a server that does nothing else with them yet.
pub(super) async fn acknowledged(bench: &Bench, uploads: &Uploads) -> Result<Figure, Fault> {
    let mut clients = Clients::connect(&bench.base, CONNECTIONS).await?;
    clients.run(uploads, Extent::Time(WARM_UP)).await?;
    let meter = Meter::start(&bench.who)?;
    let waits = clients.run(uploads, Extent::Time(bench.time)).await?;
    let cost = meter.stop()?;
    let name = format!("upload until acknowledged, {CONNECTIONS} at a time");
    Ok(figure(name, cost.cpu_ms, &cost, &waits).with_target(Target::AtMost(MOST_ACKNOWLEDGED_CPU_MS)))
}

/// Until metadata and small pictures are there. The waits are those for the acknowledgement.
pub(super) async fn until_done(
    bench: &Bench,
    name: &str,
    uploads: &Uploads,
    count: usize,
    most_cpu_ms: f64,
) -> Result<Figure, Fault> {
    eprintln!("measuring: {name}");
    let mut connection = Connection::open(&bench.base).await?;
    let mut clients = Clients::connect(&bench.base, CONNECTIONS).await?;
    clients.run(uploads, Extent::Count(WARM_UP_UPLOADS)).await?;
    uploads.wait_until_done(&mut connection).await?;
    let meter = Meter::start(&bench.who)?;
    let waits = clients.run(uploads, Extent::Count(count)).await?;
    uploads.wait_until_done(&mut connection).await?;
    let cost = meter.stop()?;
    let name = format!("{name}, {CONNECTIONS} at a time");
    Ok(figure(name, cost.cpu_ms, &cost, &waits).with_target(Target::AtMost(most_cpu_ms)))
}

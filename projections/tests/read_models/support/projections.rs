//! Projections that are disturbed at their work, and newer versions of them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use albumen_domain::Recorded;
use albumen_projections::runtime::{ApplyError, Projection, Writer};
use tokio::sync::Notify;

/// What happens to a projection when it has written the rows of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Its process dies, once.
    Crash,
    /// It finds that the event does not fit.
    Poison,
    /// PostgreSQL refuses what it writes.
    Refused,
}

/// A projection that is disturbed at some positions.
pub struct Disturbed {
    inner: Arc<dyn Projection>,
    disturbance: Disturbance,
    positions: Mutex<BTreeSet<i64>>,
    /// Told of every crash.
    pub crashed: Notify,
}

impl Disturbed {
    pub fn new(
        inner: Arc<dyn Projection>,
        disturbance: Disturbance,
        positions: impl IntoIterator<Item = i64>,
    ) -> Arc<Self> {
        let positions = Mutex::new(positions.into_iter().collect());
        Arc::new(Self { inner, disturbance, positions, crashed: Notify::new() })
    }

    fn meets(&self, events: &[Arc<Recorded>]) -> Option<i64> {
        let mut positions = self.positions.lock().expect("no test panics here");
        let met = events.iter().map(|event| event.position).find(|position| positions.contains(position))?;
        if self.disturbance == Disturbance::Crash {
            positions.remove(&met);
        }
        Some(met)
    }
}

#[async_trait::async_trait]
impl Projection for Disturbed {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn version(&self) -> i32 {
        self.inner.version()
    }

    fn tables_sql(&self) -> &'static str {
        self.inner.tables_sql()
    }

    fn tables(&self) -> &'static [&'static str] {
        self.inner.tables()
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        let disturbs = || self.positions.lock().expect("no test panics here").contains(&recorded.position);
        self.inner.concerns(recorded) || disturbs()
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        let mine: Vec<_> = events.iter().filter(|event| self.inner.concerns(event)).cloned().collect();
        self.inner.apply(writer, &mine).await?;
        let Some(position) = self.meets(events) else { return Ok(()) };
        match self.disturbance {
            Disturbance::Poison => Err(ApplyError::Poison { position, reason: "it does not fit".to_owned() }),
            Disturbance::Refused => Ok(writer.execute("SELECT 1 / 0", &[]).await.map(|_| ())?),
            Disturbance::Crash => {
                self.crashed.notify_one();
                std::future::pending().await
            }
        }
    }
}

/// The next version of a projection: a table has another column.
pub struct NewVersion {
    inner: Arc<dyn Projection>,
    tables_sql: &'static str,
}

impl NewVersion {
    pub fn of(inner: Arc<dyn Projection>) -> Arc<Self> {
        let table = inner.tables()[0];
        let sql = format!("{}\nALTER TABLE {table} ADD COLUMN novelty integer NOT NULL DEFAULT 7;", inner.tables_sql());
        Arc::new(Self { inner, tables_sql: sql.leak() })
    }
}

#[async_trait::async_trait]
impl Projection for NewVersion {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn version(&self) -> i32 {
        self.inner.version() + 1
    }

    fn tables_sql(&self) -> &'static str {
        self.tables_sql
    }

    fn tables(&self) -> &'static [&'static str] {
        self.inner.tables()
    }

    fn concerns(&self, recorded: &Recorded) -> bool {
        self.inner.concerns(recorded)
    }

    async fn apply(&self, writer: &mut Writer<'_>, events: &[Arc<Recorded>]) -> Result<(), ApplyError> {
        self.inner.apply(writer, events).await
    }
}

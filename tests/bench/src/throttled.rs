//! Reading while a read model is rebuilt, throttled, beside it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    Fault,
    api::{Credentials, Session},
    block_on,
    http::{Base, Connection},
    load::{Clients, Extent, Waits},
    machine::Machine,
    report::{Figure, Report, Target},
    requests::{Operation, operations},
};

/// A throttled rebuild has to apply so many at least.
const LEAST_APPLIED_PER_S: f64 = 10_000.0;
/// So many times as long may a read take beside it.
const MOST_TIMES_AS_LONG: f64 = 1.5;
/// Connections of each operation: reads that keep one core busy leave one to the rebuild.
const CONNECTIONS: usize = 2;
/// Between two requests of a connection: people look at what they see.
const PAUSE: Duration = Duration::from_millis(20);
/// Each operation is asked for so long in each round.
const ROUND: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_millis(250);
/// So that the rebuild is not begun with an unlucky moment.
const SETTLING: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Measure reads with and without a throttled rebuild beside them.
#[derive(clap::Args)]
pub(crate) struct ThrottledCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    /// Which read model is rebuilt
    #[arg(long, default_value = "library")]
    read_model: String,
    /// Events a second
    #[arg(long, default_value_t = 10_500)]
    throttle: u32,
    /// How often each operation is asked for a second, alone and beside the rebuild
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

impl ThrottledCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        Ok(Report::new(Machine::describe(None)?, block_on(self.measure())?))
    }

    async fn measure(self) -> Result<Vec<Figure>, Fault> {
        let session = Session::begin(&self.base, &self.credentials).await?;
        let operations = operations(&self.base, &session).await?;
        let alone = self.ask_all(&operations).await?;
        let mut connection = Connection::open(&self.base).await?;
        let body = json!({ "throttle": self.throttle, "swap": false });
        let path = format!("/api/admin/read-models/{}/rebuild", self.read_model);
        connection.ask(&session.post(&path, &body)).await?;
        tokio::time::sleep(SETTLING).await;
        let (first, started) = (self.position(&session, &mut connection).await?, Instant::now());
        let beside = self.ask_all(&operations).await?;
        // The server has closed one that was silent for so long.
        let mut connection = Connection::open(&self.base).await?;
        let (last, took) = (self.position(&session, &mut connection).await?, started.elapsed());
        if !last.is_running {
            return Err("the rebuild was over too soon: seed more, or measure fewer rounds".into());
        }
        self.stop(&session, &mut connection).await?;
        let rate = (last.position - first.position) / took.as_secs_f64();
        let mut figures = vec![
            Figure::new(format!("throttled rebuild of {} beside reads", self.read_model), rate, "events/s applied")
                .with_target(Target::AtLeast(LEAST_APPLIED_PER_S)),
        ];
        for ((operation, alone), beside) in operations.iter().zip(&alone).zip(&beside) {
            let times = beside.percentile_ms(95) / alone.percentile_ms(95);
            let figure = Figure::new(format!("{}, p95 beside it", operation.name), times, "times as long")
                .with_target(Target::AtMost(MOST_TIMES_AS_LONG))
                .with_detail("p95 ms alone", alone.percentile_ms(95))
                .with_detail("p95 ms beside", beside.percentile_ms(95))
                .with_detail("p50 ms alone", alone.percentile_ms(50))
                .with_detail("p50 ms beside", beside.percentile_ms(50))
                .with_detail("requests", beside.count() as f64);
            figures.push(figure);
        }
        Ok(figures)
    }

    /// One after the other, in rounds.
    async fn ask_all(&self, operations: &[Operation]) -> Result<Vec<Waits>, Fault> {
        let mut waits: Vec<Vec<Waits>> = operations.iter().map(|_| Vec::new()).collect();
        for _ in 0..self.rounds {
            for (operation, waits) in operations.iter().zip(&mut waits) {
                let mut clients = Clients::connect(&self.base, CONNECTIONS).await?.with_pause(PAUSE);
                clients.run(operation.source.as_ref(), Extent::Time(WARM_UP)).await?;
                waits.push(clients.run(operation.source.as_ref(), Extent::Time(ROUND)).await?);
            }
        }
        Ok(waits.into_iter().map(Waits::together).collect())
    }

    async fn position(&self, session: &Session, connection: &mut Connection) -> Result<Progress, Fault> {
        let models: Vec<Value> = session.answer(connection, "/api/admin/read-models").await?;
        let model = models.iter().find(|model| model["name"] == self.read_model.as_str());
        let model = model.ok_or_else(|| format!("there is no read model {}", self.read_model))?;
        Ok(Progress {
            position: model["rebuild"]["position"].as_f64().unwrap_or_default(),
            is_running: model["rebuild"]["state"] == "running",
        })
    }

    async fn stop(&self, session: &Session, connection: &mut Connection) -> Result<(), Fault> {
        let path = format!("/api/admin/read-models/{}/cancel", self.read_model);
        connection.ask(&session.post(&path, &json!({}))).await?;
        while self.position(session, connection).await?.is_running {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }
}

/// How far a rebuild is.
struct Progress {
    position: f64,
    is_running: bool,
}

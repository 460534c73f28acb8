//! Every operation of the API that reads: what each costs, the slowest first.
//!
//! The list comes from our own OpenAPI document, so none can be forgotten: one that nobody says how to ask
//! (`table.rs`) is a fault.

mod document;
mod table;
mod world;

use std::{path::PathBuf, time::Duration};

use self::{
    document::Operation,
    table::{Question, Until, questions},
    world::World,
};
use crate::{
    Fault,
    api::{Credentials, Session},
    block_on,
    http::Base,
    load::{Clients, Extent, Watched},
    machine::Machine,
    processes::{Meter, Who},
    report::{Figure, Report, Target},
};

/// What an operation may take at 100,000 assets.
const MOST_P95_MS: f64 = 50.0;
/// Connections that ask.
const CONNECTIONS: usize = 8;
/// Before each measurement.
const WARM_UP: Duration = Duration::from_millis(500);

/// Measure every operation of the API that reads.
#[derive(clap::Args)]
pub(crate) struct EveryGetCommand {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:2283")]
    base: Base,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    who: Who,
    /// The program whose document lists the operations
    #[arg(long, value_name = "PROGRAM", default_value = "albumen")]
    albumen: PathBuf,
    /// How long each is measured
    #[arg(long, default_value_t = 3, value_name = "SECONDS")]
    seconds: u64,
    /// Only operations whose path or name holds this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

impl EveryGetCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let operations = document::operations(&self.albumen)?;
        Ok(Report::new(Machine::describe(None)?, block_on(self.measure(operations))?))
    }

    async fn measure(self, operations: Vec<Operation>) -> Result<Vec<Figure>, Fault> {
        let session = Session::begin(&self.base, &self.credentials).await?;
        let world = World::explore(&self.base, session).await?;
        let mut asked = Vec::new();
        let mut unknown = Vec::new();
        for operation in operations {
            match questions(&world, &operation.id) {
                Some(questions) => asked.extend(questions.into_iter().map(|question| (operation.clone(), question))),
                None => unknown.push(operation.to_string()),
            }
        }
        if !unknown.is_empty() {
            return Err(format!("say in table.rs how these are asked: {}", unknown.join(", ")).into());
        }
        if let Some(text) = &self.only {
            asked.retain(|(operation, _)| operation.path.contains(text) || operation.id.contains(text));
        }
        let mut measured = Vec::with_capacity(asked.len());
        for (operation, question) in &asked {
            measured.push(self.one(operation, question).await?);
        }
        measured.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        Ok(measured.into_iter().map(|(_, figure)| figure).collect())
    }

    async fn one(&self, operation: &Operation, question: &Question) -> Result<(f64, Figure), Fault> {
        let name = question.name(operation);
        eprintln!("measuring: {name}");
        let mut clients = Clients::connect(&self.base, CONNECTIONS).await?;
        let source = |number: usize| question.request(number);
        clients.run(&source, Extent::Time(WARM_UP)).await?;
        let meter = Meter::start(&self.who)?;
        let watched = clients.run_and_watch(&source, Extent::Time(Duration::from_secs(self.seconds))).await?;
        let cost = meter.stop()?;
        let Watched { first_byte, whole } = &watched;
        let counted = match question.until {
            Until::FirstByte => first_byte,
            Until::Whole => whole,
        };
        let (count, p95_ms) = (whole.count().max(1) as f64, counted.percentile_ms(95));
        let figure = Figure::new(name, p95_ms, "ms p95")
            .with_target(Target::AtMost(MOST_P95_MS))
            .with_detail("CPU-ms", cost.cpu_ms / count)
            .with_detail("per s", count / cost.took.as_secs_f64())
            .with_detail("p50 ms", counted.percentile_ms(50))
            .with_detail("p99 ms", counted.percentile_ms(99))
            .with_detail("first byte p95 ms", first_byte.percentile_ms(95));
        Ok((p95_ms, figure))
    }
}

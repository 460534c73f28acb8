//! The memory of the server's processes, shared pages divided among those who share them.

use std::{collections::BTreeMap, fs};

use crate::{
    Fault,
    machine::Machine,
    processes::{Process, Who},
    report::{Figure, Report, Target},
};

/// What an idle server may hold at 100,000 assets.
const MOST_IDLE_MIB: f64 = 120.0;
/// PostgreSQL's memory is its settings' business and not counted here.
const NOT_COUNTED: &str = "postgres";
const KIB_PER_MIB: f64 = 1_024.0;

/// Measure the memory of the server's processes.
#[derive(clap::Args)]
pub(crate) struct MemoryCommand {
    #[command(flatten)]
    who: Who,
}

impl MemoryCommand {
    pub(crate) fn run(self) -> Result<Report, Fault> {
        let by_name = mib_by_name(&self.who)?;
        let sum: f64 = by_name.values().sum();
        let mut figure =
            Figure::new("memory, PSS without PostgreSQL", sum, "MiB").with_target(Target::AtMost(MOST_IDLE_MIB));
        for (name, mib) in by_name {
            figure = figure.with_detail(format!("{name} MiB"), mib);
        }
        Ok(Report::new(Machine::describe(None)?, vec![figure]))
    }
}

/// PSS of the server's processes in MiB, PostgreSQL's not among them.
pub(crate) fn pss_mib(who: &Who) -> Result<f64, Fault> {
    Ok(mib_by_name(who)?.values().sum())
}

fn mib_by_name(who: &Who) -> Result<BTreeMap<String, f64>, Fault> {
    let mut by_name: BTreeMap<String, f64> = BTreeMap::new();
    for process in who.processes()?.into_iter().filter(|process| process.name != NOT_COUNTED) {
        let mib = pss_kib(&process)? / KIB_PER_MIB;
        *by_name.entry(process.name).or_default() += mib;
    }
    Ok(by_name)
}

fn pss_kib(process: &Process) -> Result<f64, Fault> {
    let path = format!("/proc/{}/smaps_rollup", process.pid);
    let text = fs::read_to_string(&path).map_err(|error| format!("{path} cannot be read (are you root?): {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok());
    kib.ok_or_else(|| format!("{path} tells no PSS").into())
}

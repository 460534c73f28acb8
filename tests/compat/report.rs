//! Totals, and the report as text and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::compare::{Outcome, State};

/// Not a group of its own: operations of any group that go away one day.
const MARKER_TAG: &str = "Deprecated";

/// How many operations stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// There, without a difference.
    pub implemented: usize,
    /// There, with differences.
    pub different: usize,
    /// Not there.
    pub missing: usize,
}

impl Totals {
    fn count(&mut self, state: State) {
        match state {
            State::Implemented => self.implemented += 1,
            State::Different => self.different += 1,
            State::Missing => self.missing += 1,
        }
    }

    /// All of them.
    pub fn all(&self) -> usize {
        self.implemented + self.different + self.missing
    }
}

/// What must be there.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// Groups that must be whole.
    pub groups: BTreeSet<String>,
    /// Single operations (`METHOD /path`) that must be there.
    pub operations: BTreeSet<String>,
    /// Beginnings of paths that may be missing from those groups.
    pub except: Vec<String>,
}

impl Demands {
    fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.operations.is_empty()
    }

    fn name(&self, outcome: &Outcome) -> bool {
        self.operations.contains(&outcome.operation) || outcome.tags.iter().any(|tag| self.groups.contains(tag))
    }

    fn excuse(&self, outcome: &Outcome) -> bool {
        let path = outcome.operation.split_once(' ').map_or("", |(_, path)| path);
        !self.operations.contains(&outcome.operation) && self.except.iter().any(|start| path.starts_with(start))
    }
}

/// The whole outcome.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What ours was compared with.
    pub reference: String,
    /// Over all operations.
    pub totals: Totals,
    /// By group; an operation of two groups counts in both.
    pub tags: BTreeMap<String, Totals>,
    /// Each operation of the reference.
    pub operations: Vec<Outcome>,
    /// Operations of ours beyond it.
    pub additional: Vec<String>,
}

impl Report {
    /// Counts the outcomes.
    pub fn new(reference: String, operations: Vec<Outcome>, additional: Vec<String>) -> Self {
        let mut totals = Totals::default();
        let mut tags: BTreeMap<String, Totals> = BTreeMap::new();
        for outcome in &operations {
            totals.count(outcome.state);
            for tag in outcome.tags.iter().filter(|tag| *tag != MARKER_TAG) {
                tags.entry(tag.clone()).or_default().count(outcome.state);
            }
        }
        Self { reference, totals, tags, operations, additional }
    }

    /// Why the run fails: an implemented operation differs, or one that must be there is missing.
    ///
    /// Without demands every difference fails; with demands only what they name.
    pub fn failures(&self, demands: &Demands) -> Vec<String> {
        let mut failures = Vec::new();
        for group in demands.groups.iter().filter(|group| !self.tags.contains_key(*group)) {
            failures.push(format!("the reference has no group named {group:?}"));
        }
        for name in &demands.operations {
            if !self.operations.iter().any(|outcome| outcome.operation == *name) {
                failures.push(format!("the reference has no operation named {name:?}"));
            }
        }
        for outcome in &self.operations {
            let concerned = demands.is_empty() || demands.name(outcome);
            match outcome.state {
                State::Different if concerned => failures.push(format!("{} differs", outcome.operation)),
                State::Missing if concerned && !demands.is_empty() && !demands.excuse(outcome) => {
                    failures.push(format!("{} is missing", outcome.operation));
                }
                _ => {}
            }
        }
        failures
    }

    /// The report for a person.
    pub fn text(&self, list_missing: bool) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            let _ = writeln!(out, "{text}"); // writing to a String cannot fail
        };
        line(format!("Compared with {}", self.reference));
        line(String::new());
        for difference in self.operations.iter().flat_map(|outcome| &outcome.differences) {
            line(format!("different  {}: {}", difference.at, difference.what));
        }
        for outcome in self.operations.iter().filter(|outcome| list_missing && outcome.state == State::Missing) {
            line(format!("missing    {}", outcome.operation));
        }
        for operation in &self.additional {
            line(format!("additional {operation}"));
        }
        line(format!("{:<28} {:>11} {:>9} {:>7}", "group", "implemented", "different", "missing"));
        for (tag, totals) in &self.tags {
            line(row(tag, totals));
        }
        line(row(&format!("all {} operations", self.totals.all()), &self.totals));
        out
    }
}

fn row(name: &str, totals: &Totals) -> String {
    format!("{name:<28} {:>11} {:>9} {:>7}", totals.implemented, totals.different, totals.missing)
}

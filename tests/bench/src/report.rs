//! Figures: as a table for people, as JSON for whoever compares.

use std::{fs::File, io::Write};

use serde::{Serialize, Serializer};

use crate::{Fault, machine::Machine};

/// What stands in a cell that has nothing to say.
const NOTHING: &str = "-";
/// Columns before those of the details.
const HEADINGS: [&str; 4] = ["what", "measured", "target", ""];

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(bound) => format!("<= {}", number(bound)),
            Self::AtLeast(bound) => format!(">= {}", number(bound)),
        }
    }
}

/// Something that was measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_met: Option<bool>,
    #[serde(serialize_with = "as_map")]
    details: Vec<(String, f64)>,
}

impl Figure {
    /// A value in a unit.
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, target: None, is_met: None, details: Vec::new() }
    }

    /// The same, compared with what it should be.
    pub(crate) fn with_target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self.is_met = Some(target.is_met(self.value));
        self
    }

    /// The same with something more that is known of it.
    pub(crate) fn with_detail(mut self, name: impl Into<String>, value: f64) -> Self {
        self.details.push((name.into(), value));
        self
    }

    fn detail(&self, name: &str) -> Option<f64> {
        self.details.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }

    const fn mark(&self) -> &'static str {
        match (self.is_met, self.target) {
            (Some(true), _) => "ok",
            (Some(false), Some(Target::AtLeast(_))) => "under",
            (Some(false), _) => "over",
            (None, _) => "",
        }
    }

    fn row(&self, details: &[&str]) -> Vec<String> {
        let mut row = vec![
            self.name.clone(),
            format!("{} {}", number(self.value), self.unit),
            self.target.map_or_else(|| NOTHING.to_owned(), Target::text),
            self.mark().to_owned(),
        ];
        let detail = |name: &&str| self.detail(name).map_or_else(|| NOTHING.to_owned(), number);
        row.extend(details.iter().map(detail));
        row
    }
}

fn as_map<S: Serializer>(details: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(details.iter().map(|(name, value)| (name, value)))
}

/// All figures of one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    measured_at: String,
    figures: Vec<Figure>,
}

impl Report {
    /// Figures that were just measured on `machine`.
    pub(crate) fn new(machine: Machine, figures: Vec<Figure>) -> Self {
        Self { machine, measured_at: chrono::Utc::now().to_rfc3339(), figures }
    }

    /// Prints the table, and writes the JSON where a file is given.
    pub(crate) fn publish(&self, json: Option<File>) -> Result<(), Fault> {
        println!("{}", self.machine.line());
        print!("{}", self.table());
        if let Some(mut file) = json {
            serde_json::to_writer_pretty(&file, self)?;
            writeln!(file)?;
        }
        Ok(())
    }

    fn table(&self) -> String {
        let mut details: Vec<&str> = Vec::new();
        for (name, _) in self.figures.iter().flat_map(|figure| &figure.details) {
            if !details.contains(&name.as_str()) {
                details.push(name);
            }
        }
        let mut headings = Vec::from(HEADINGS.map(str::to_owned));
        headings.extend(details.iter().map(|name| (*name).to_owned()));
        let mut rows = vec![headings];
        rows.extend(self.figures.iter().map(|figure| figure.row(&details)));
        aligned(&rows)
    }
}

/// The first column to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let cell = if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            text.push_str(&cell);
        }
        text.push('\n');
    }
    text
}

/// With as many digits as mean something.
fn number(value: f64) -> String {
    match value.abs() {
        1_000.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

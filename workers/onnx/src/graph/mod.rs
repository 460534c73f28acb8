//! A graph: loaded once, run often.
//!
//! [`build`] makes nodes of the file and computes what depends on weights alone ([`rows`] says which of these can stay in
//! the file), [`fuse`] joins patterns, [`order`] finds what each value needs, [`run`] interprets. [`half`] makes one of half
//! the width, if that answers the same.

mod build;
mod fuse;
mod half;
mod order;
mod rows;
mod run;

pub use self::half::Width;

use std::path::Path;
use std::sync::Mutex;

use burn::tensor::Device;

use crate::attributes::Attributes;
use crate::error::{LoadError, RunError};
use crate::ops::Operator;
use crate::tensor::{Home, Tensor};
use crate::value::{ElementKind, Port, Value};

/// The place of a value in a run.
pub(crate) type Slot = usize;

/// A step of a graph.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) operator: &'static Operator,
    pub(crate) attributes: Attributes,
    pub(crate) inputs: Vec<Option<Slot>>,
    pub(crate) outputs: Vec<Option<Slot>>,
    pub(crate) opset: i64,
}

/// How a graph is loaded.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// Takes any dimensions of inputs, whatever the file says: some exporters fix those of their example, which the
    /// network does not need. Their number stays.
    pub open_dims: bool,
    /// Whether patterns are joined; for measurements.
    #[doc(hidden)]
    pub fuse: bool,
    /// An operator whose results are falsified, for tests: a comparison that does not notice is none.
    #[doc(hidden)]
    pub falsify: Option<String>,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions { open_dims: false, fuse: true, falsify: None }
    }
}

/// A graph of an ONNX file, ready to run. It can be run from several threads at once.
pub struct Graph {
    home: Home,
    inputs: Vec<(Port, Slot)>,
    outputs: Vec<(Port, Slot)>,
    input_ports: Vec<Port>,
    output_ports: Vec<Port>,
    metadata: Vec<(String, String)>,
    node_names: Vec<String>,
    nodes: Vec<Node>,
    /// What is known after loading, by slot.
    constants: Vec<Option<Tensor>>,
    orders: order::Orders,
    plans: Mutex<Vec<run::Plan>>,
    falsify: Option<String>,
}

impl Graph {
    /// Reads a file and prepares it for a device. Fails if it is damaged, asks for too much, or needs an operator that
    /// we lack; the error names that.
    pub fn load(path: &Path, device: &Device) -> Result<Graph, LoadError> {
        Graph::load_with(path, device, LoadOptions::default())
    }

    /// Like [`Graph::load`], otherwise than usual.
    pub fn load_with(path: &Path, device: &Device, options: LoadOptions) -> Result<Graph, LoadError> {
        let guarded = std::panic::AssertUnwindSafe(|| build::load(path, device, options));
        std::panic::catch_unwind(guarded)
            .unwrap_or_else(|panic| Err(LoadError::Graph(format!("loading it panicked: {}", run::words(&*panic)))))
    }

    /// What a run must be given.
    pub fn inputs(&self) -> &[Port] {
        &self.input_ports
    }

    /// What a run gives.
    pub fn outputs(&self) -> &[Port] {
        &self.output_ports
    }

    /// What the file says about itself under a key (text recognisers keep their alphabet there).
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The names of the file's first nodes, which tell some exporters apart.
    pub fn first_node_names(&self) -> &[String] {
        &self.node_names
    }

    /// How many steps a run takes of each operator; for measurements.
    #[doc(hidden)]
    pub fn census(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for node in &self.nodes {
            match counts.iter_mut().find(|(name, _)| *name == node.operator.name) {
                Some((_, count)) => *count += 1,
                None => counts.push((node.operator.name, 1)),
            }
        }
        counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        counts
    }

    /// Runs the graph. Every input must be given, in the kind and the dimensions that its port has.
    pub fn run(&self, inputs: Vec<(&str, Value)>) -> Result<Vec<(String, Value)>, RunError> {
        let guarded = std::panic::AssertUnwindSafe(|| run::run(self, inputs, None));
        std::panic::catch_unwind(guarded).unwrap_or_else(|panic| Err(RunError::Device(run::words(&*panic))))
    }

    /// Like [`Graph::run`], with the time that each operator took added up; for measurements.
    #[doc(hidden)]
    pub fn profile(
        &self,
        inputs: Vec<(&str, Value)>,
        times: &mut Vec<(&'static str, std::time::Duration)>,
    ) -> Result<(), RunError> {
        run::run(self, inputs, Some(times)).map(drop)
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Graph")
            .field("inputs", &self.input_ports)
            .field("outputs", &self.output_ports)
            .finish_non_exhaustive()
    }
}

/// The kind in which integers leave: those that have no kind of their own at the edge leave as `I64`.
pub(crate) fn edge_kind(kind: Option<crate::tensor::IntKind>) -> ElementKind {
    use crate::tensor::IntKind;
    match kind {
        None => ElementKind::F32,
        Some(IntKind::Bool) => ElementKind::Bool,
        Some(IntKind::U8) => ElementKind::U8,
        Some(IntKind::I32) => ElementKind::I32,
        Some(_) => ElementKind::I64,
    }
}

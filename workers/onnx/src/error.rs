//! What can go wrong, while loading and while running.

use std::path::PathBuf;

/// A file that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file, or one with its weights, cannot be read.
    #[error("{path} cannot be read: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It is no ONNX file, or a damaged one.
    #[error("not a whole ONNX file: {0}")]
    Damaged(String),
    /// It asks for more than we give to any file.
    #[error("too large: {0}")]
    TooLarge(String),
    /// An operator that is not in our table.
    #[error("the operator {operator} (node {node:?}, opset {opset}) is not supported")]
    Operator {
        /// Its name, with its domain if that is not ONNX's own.
        operator: String,
        /// The node that asks for it.
        node: String,
        /// The version of the operator set in force.
        opset: i64,
    },
    /// A node that contradicts its operator's definition.
    #[error("node {node:?} ({operator}): {reason}")]
    Node {
        /// The node's name.
        node: String,
        /// Its operator.
        operator: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The graph as a whole cannot be run.
    #[error("the graph cannot be run: {0}")]
    Graph(String),
}

/// A run that gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The inputs are not those that the graph asks for.
    #[error("input {name:?}: {reason}")]
    Input {
        /// Which input.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A node could not be computed.
    #[error("node {node:?} ({operator}): {reason}")]
    Node {
        /// The node's name.
        node: String,
        /// Its operator.
        operator: String,
        /// What is wrong.
        reason: String,
    },
    /// The device gave no result: lost, or out of memory.
    #[error("the device failed: {0}")]
    Device(String),
    /// More memory at once than a run is given.
    #[error("too large: {0}")]
    TooLarge(String),
}

/// Why an operator gave no result. The node's name joins it on the way up.
#[derive(Debug)]
pub(crate) struct OpError(pub(crate) String);

impl<T: Into<String>> From<T> for OpError {
    fn from(reason: T) -> OpError {
        OpError(reason.into())
    }
}

pub(crate) type OpResult<T> = Result<T, OpError>;

//! A graph, as those see it who feed it.

use std::{path::Path, sync::Arc};

pub use albumen_onnx::{ElementKind as Kind, Port, Value};

/// A graph that can be run. Behind it stands an [`crate::interpreter::Interpreter`]; in tests, whatever a test needs.
pub trait Session: Send + Sync {
    /// What it takes.
    fn inputs(&self) -> &[Port];
    /// What it gives.
    fn outputs(&self) -> &[Port];
    /// Runs it once.
    ///
    /// # Errors
    /// What the graph has against these values.
    fn run(&self, inputs: Vec<(&str, Value)>) -> Result<Vec<(String, Value)>, Fault>;
    /// Whether many inputs at once take less time than one after the other, as on a GPU. On a processor they take more
    /// memory and save nothing.
    fn gathers(&self) -> bool {
        false
    }
}

/// Where graphs come from.
pub trait Opener: Send + Sync {
    /// Loads the graph of that file. One that `may_be_halved` answers with vectors, which are compared by their angles:
    /// half precision will do for it, where that is faster. Where places and letters are read of the answers, a small
    /// difference can tip one over.
    ///
    /// # Errors
    /// Why it cannot be run.
    fn open(&self, file: &Path, may_be_halved: bool) -> Result<Arc<dyn Session>, OpenFault>;
    /// What graphs run on, for people.
    fn device(&self) -> String;
    /// Takes note that the device is lost: what is opened from now on runs on it opened again, or on another. What was
    /// opened before is of no more use. May take seconds.
    fn reopen(&self);
}

/// Why a graph cannot be run, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenFault {
    /// Its file is not what it should be: another copy may be.
    #[error("{0}")]
    Damaged(String),
    /// It is whole, and not for us; or there is not enough of something.
    #[error("{0}")]
    Unsupported(String),
    /// The device was lost: it may be tried again when that is reopened.
    #[error("{0}")]
    Device(String),
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The graph failed.
    #[error("the graph failed: {0}")]
    Graph(String),
    /// The device was lost meanwhile. Nothing is wrong with the graph, nor with what it was given.
    #[error("the device was lost: {0}")]
    Device(String),
    /// The graph is not one of the kind that its folder says.
    #[error("this is not a model of its kind: {0}")]
    Unexpected(String),
    /// The text cannot be read into tokens.
    #[error("the text could not be tokenized: {0}")]
    Tokens(String),
}

impl Fault {
    /// [`Fault::Unexpected`] in words.
    pub fn unexpected(words: impl Into<String>) -> Self {
        Self::Unexpected(words.into())
    }
}

/// Numbers of a result with the shape that they have.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// The extents, outermost first.
    pub dims: Vec<usize>,
    /// Row by row.
    pub data: Vec<f32>,
}

impl Numbers {
    /// The last extent: 1 of a scalar.
    #[must_use]
    pub fn width(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }
}

/// The floats among a graph's results, in the graph's order.
///
/// # Errors
/// A result of another kind, or one whose shape belies its length.
pub fn floats(results: Vec<(String, Value)>) -> Result<Vec<Numbers>, Fault> {
    results
        .into_iter()
        .map(|(name, value)| match value {
            Value::F32 { dims, data } if dims.iter().product::<usize>() == data.len() => Ok(Numbers { dims, data }),
            _ => Err(Fault::unexpected(format!("its result {name} does not hold floats"))),
        })
        .collect()
}

/// The single float result of a graph that has one.
///
/// # Errors
/// As [`floats`], and when there is none.
pub fn single(results: Vec<(String, Value)>) -> Result<Numbers, Fault> {
    floats(results)?.into_iter().next().ok_or_else(|| Fault::unexpected("it has no result"))
}

/// The only input of a graph that takes one.
///
/// # Errors
/// When it takes none, or several.
pub fn only_input(session: &dyn Session) -> Result<&Port, Fault> {
    match session.inputs() {
        [input] => Ok(input),
        several => Err(Fault::unexpected(format!("it takes {} inputs in place of one", several.len()))),
    }
}

#[cfg(test)]
pub(crate) mod fake {
    //! A graph that a test makes up.

    use parking_lot::Mutex;

    use super::*;

    type Answer = dyn Fn(&[(String, Value)]) -> Vec<Value> + Send + Sync;

    /// Answers what `answer` says, and remembers what it was fed.
    pub(crate) struct FakeSession {
        inputs: Vec<Port>,
        outputs: Vec<Port>,
        answer: Box<Answer>,
        pub(crate) gathers: bool,
        pub(crate) fed: Mutex<Vec<Vec<(String, Value)>>>,
    }

    impl FakeSession {
        pub(crate) fn new(
            inputs: Vec<Port>,
            outputs: usize,
            answer: impl Fn(&[(String, Value)]) -> Vec<Value> + Send + Sync + 'static,
        ) -> Self {
            let outputs = (0..outputs).map(|index| port(&format!("out{index}"), Kind::F32, &[])).collect();
            Self { inputs, outputs, answer: Box::new(answer), gathers: false, fed: Mutex::new(Vec::new()) }
        }
    }

    pub(crate) fn port(name: &str, kind: Kind, dims: &[usize]) -> Port {
        let dims = dims.iter().map(|extent| (*extent > 0).then_some(*extent)).collect();
        Port { name: name.to_owned(), kind, dims }
    }

    impl Session for FakeSession {
        fn inputs(&self) -> &[Port] {
            &self.inputs
        }

        fn outputs(&self) -> &[Port] {
            &self.outputs
        }

        fn run(&self, inputs: Vec<(&str, Value)>) -> Result<Vec<(String, Value)>, Fault> {
            let fed: Vec<(String, Value)> = inputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let values = (self.answer)(&fed);
            self.fed.lock().push(fed);
            Ok(self.outputs.iter().map(|port| port.name.clone()).zip(values).collect())
        }

        fn gathers(&self) -> bool {
            self.gathers
        }
    }
}

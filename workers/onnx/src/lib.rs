//! ONNX graphs executed on burn at run time.
//!
//! A file is parsed once ([`Graph::load`]): every operator is looked up, what depends on weights alone is computed,
//! patterns that burn has one kernel for are joined. [`Graph::run`] then interprets the rest.
//!
//! - **Floats live on the device, everything else on the host.** Integers and booleans are shapes, indices and masks:
//!   they are computed in plain Rust (`Ints`), so that the arithmetic of shapes never waits for a GPU. Every width of
//!   float in a file is computed as `f32`; on a GPU as `f16` where that answers the same ([`Graph::halved_where_same`]).
//! - **Rank is a value.** Burn's `Tensor<D>` has it in its type; below it lies `Dispatch`, whose tensors have not, and
//!   the operators call that.
//! - **An operator is a row in a table** (`ops`): its name, what decides its output's shape, and a function.
//! - **Weights are in memory once**: tensors are made of pieces of the file, one after the other, and tables of which rows
//!   are taken stay in it.
//! - **A file is hostile until proven otherwise**: bounds on nesting and number of messages before the parser runs, on
//!   elements before anything is allocated, and a panic below is an error above.

mod attributes;
mod device;
mod error;
mod graph;
pub mod memory;
mod ops;
mod scan;
mod source;
mod table;
mod tensor;
mod value;
mod weights;

pub use burn::tensor::Device;
pub use device::{Choice, Chosen, UnknownDevice, device};
pub use error::{LoadError, RunError};
pub use graph::{Graph, LoadOptions, Width};
pub use ops::operators;
pub use value::{ElementKind, Port, Value};

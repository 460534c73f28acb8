//! The operators: a file for each family, one table of them all.

mod arrange;
mod call;
mod cast;
mod conv;
mod cpu;
mod elementwise;
mod index;
mod logic;
mod matmul;
mod normalise;
mod pool;
mod reduce;
mod resize;
mod shape;
mod strided;
mod wide;

use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) use call::Call;
pub(crate) use cpu::is_host;

use crate::error::OpResult;
use crate::tensor::Tensor;

/// What follows from the inputs' dimensions alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// The outputs' dimensions.
    Dims,
    /// Those and the outputs themselves: what is asked is a shape.
    Value,
    /// The outputs' dimensions, given the values of the inputs from this one on.
    ByFrom(usize),
    /// Nothing.
    Never,
}

/// A row of the table.
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) fixed: Fixed,
    pub(crate) run: fn(&mut Call<'_>) -> OpResult<Vec<Tensor>>,
}

const fn op(name: &'static str, fixed: Fixed, run: fn(&mut Call<'_>) -> OpResult<Vec<Tensor>>) -> Operator {
    Operator { name, fixed, run }
}

/// The domain of what only joined patterns need, and of what others than ONNX defined.
const OTHER_DOMAINS: &[&str] = &["com.microsoft"];

static TABLES: &[&[Operator]] = &[
    arrange::TABLE,
    cast::TABLE,
    conv::TABLE,
    elementwise::TABLE,
    index::TABLE,
    logic::TABLE,
    matmul::TABLE,
    normalise::TABLE,
    pool::TABLE,
    reduce::TABLE,
    resize::TABLE,
    shape::TABLE,
];

/// Whether a domain is ONNX's own.
pub(crate) fn own_domain(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// An operator that a file may name.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static Operator> {
    if own_domain(domain) {
        return joined(name).filter(|operator| !operator.name.contains('.'));
    }
    // Those of other domains stand in the table with theirs.
    OTHER_DOMAINS.contains(&domain).then(|| joined(&format!("{domain}.{name}")))?
}

/// Any operator of the table.
pub(crate) fn joined(name: &str) -> Option<&'static Operator> {
    static BY_NAME: OnceLock<HashMap<&'static str, &'static Operator>> = OnceLock::new();
    let by_name =
        BY_NAME.get_or_init(|| TABLES.iter().copied().flatten().map(|operator| (operator.name, operator)).collect());
    by_name.get(name).copied()
}

/// The names of all operators: those of ONNX, and with a dot those of other domains and of joined patterns.
pub fn operators() -> Vec<&'static str> {
    let mut names = TABLES.iter().copied().flatten().map(|operator| operator.name).collect::<Vec<_>>();
    names.sort_unstable();
    names
}

//! What an operator is given.

use crate::attributes::Attributes;
use crate::error::{OpError, OpResult};
use crate::graph::Node;
use crate::tensor::{Floats, Home, Ints, Tensor};

/// A node and the values of its inputs. Taking an input gives it away: what nobody else needs is changed in place.
pub(crate) struct Call<'a> {
    node: &'a Node,
    inputs: Vec<Option<Tensor>>,
    pub(crate) home: &'a Home,
}

impl<'a> Call<'a> {
    pub(crate) fn new(node: &'a Node, inputs: Vec<Option<Tensor>>, home: &'a Home) -> Call<'a> {
        Call { node, inputs, home }
    }

    pub(crate) fn attributes(&self) -> &'a Attributes {
        &self.node.attributes
    }

    pub(crate) fn operator(&self) -> &'static str {
        self.node.operator.name
    }

    pub(crate) fn opset(&self) -> i64 {
        self.node.opset
    }

    /// How many outputs the graph wants, at least those up to the last.
    pub(crate) fn wanted(&self) -> usize {
        self.node.outputs.len()
    }

    /// Whether the graph wants that output.
    pub(crate) fn wants(&self, place: usize) -> bool {
        self.node.outputs.get(place).is_some_and(Option::is_some)
    }

    pub(crate) fn has(&self, place: usize) -> bool {
        self.inputs.get(place).is_some_and(Option::is_some)
    }

    pub(crate) fn count(&self) -> usize {
        self.inputs.len()
    }

    pub(crate) fn peek(&self, place: usize) -> OpResult<&Tensor> {
        self.inputs.get(place).and_then(Option::as_ref).ok_or_else(|| missing(place))
    }

    pub(crate) fn take(&mut self, place: usize) -> OpResult<Tensor> {
        self.inputs.get_mut(place).and_then(Option::take).ok_or_else(|| missing(place))
    }

    pub(crate) fn floats(&mut self, place: usize) -> OpResult<Floats> {
        match self.take(place)? {
            Tensor::Floats(floats) => Ok(floats),
            Tensor::Ints(_) => Err(OpError(format!("its input {place} must be floats"))),
        }
    }

    pub(crate) fn floats_if_any(&mut self, place: usize) -> OpResult<Option<Floats>> {
        if self.has(place) { self.floats(place).map(Some) } else { Ok(None) }
    }

    pub(crate) fn ints(&mut self, place: usize) -> OpResult<Ints> {
        match self.take(place)? {
            Tensor::Ints(ints) => Ok(ints),
            Tensor::Floats(_) => Err(OpError(format!("its input {place} must be integers"))),
        }
    }

    /// A list of integers, if that input is given.
    pub(crate) fn list(&mut self, place: usize) -> OpResult<Option<Vec<i64>>> {
        if self.has(place) { Ok(Some(self.ints(place)?.data().to_vec())) } else { Ok(None) }
    }

    /// One integer.
    pub(crate) fn number(&mut self, place: usize) -> OpResult<i64> {
        let ints = self.ints(place)?;
        ints.data().first().copied().ok_or_else(|| OpError(format!("its input {place} is empty")))
    }

    /// One float on the host, if that input is given.
    pub(crate) fn float(&mut self, place: usize) -> OpResult<Option<f32>> {
        let Some(floats) = self.floats_if_any(place)? else {
            return Ok(None);
        };
        floats.to_host()?.first().copied().map(Some).ok_or_else(|| OpError(format!("its input {place} is empty")))
    }
}

fn missing(place: usize) -> OpError {
    OpError(format!("its input {place} is missing"))
}

/// An axis from the front; counted from the back if negative.
pub(crate) fn axis(axis: i64, rank: usize) -> OpResult<usize> {
    let from_front = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_front)
        .ok()
        .filter(|axis| *axis < rank)
        .ok_or_else(|| OpError(format!("an axis {axis} of {rank} dimensions")))
}

/// Axes from the front, sorted, each once.
pub(crate) fn axes(given: &[i64], rank: usize) -> OpResult<Vec<usize>> {
    let mut axes = given.iter().map(|&given| axis(given, rank)).collect::<OpResult<Vec<_>>>()?;
    axes.sort_unstable();
    let before = axes.len();
    axes.dedup();
    if axes.len() < before { Err("it names an axis twice".into()) } else { Ok(axes) }
}

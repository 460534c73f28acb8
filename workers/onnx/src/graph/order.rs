//! What each step needs, what it is the last to need, and what depends on shapes alone.

use super::{Node, Slot};
use crate::ops::Fixed;
use crate::tensor::Tensor;
use crate::value::Port;

/// A step of a run.
#[derive(Clone)]
pub(super) struct Step {
    /// Which node.
    pub(super) node: usize,
    /// For each input, whether this step is the last that needs it, so that it may be changed in place.
    pub(super) takes: Vec<bool>,
    /// Values that nothing needs after this step.
    pub(super) drops: Vec<Slot>,
}

/// The two orders in which a graph is run.
#[derive(Clone)]
pub(super) struct Orders {
    /// Everything: the first run with certain dimensions.
    pub(super) full: Vec<Step>,
    /// Without what depends on the inputs' dimensions alone, which the first run found.
    pub(super) short: Vec<Step>,
    /// What the first run keeps for the others.
    pub(super) resolved: Vec<Slot>,
}

impl Orders {
    /// Leaves out nodes and constants that no output needs.
    pub(super) fn new(
        nodes: &mut Vec<Node>,
        constants: &mut [Option<Tensor>],
        inputs: &[(Port, Slot)],
        kept: &[Slot],
    ) -> Orders {
        prune(nodes, constants, kept);
        let resolved = resolved(nodes, constants, inputs);
        let is_resolved = |node: &Node| node.outputs.iter().flatten().all(|slot| resolved[*slot]);
        let every = (0..nodes.len()).collect::<Vec<_>>();
        let some = every.iter().copied().filter(|index| !is_resolved(&nodes[*index])).collect::<Vec<_>>();
        let needed = some.iter().flat_map(|index| nodes[*index].inputs.iter().flatten()).chain(kept);
        let mut keep = needed.copied().filter(|slot| resolved[*slot] && constants[*slot].is_none()).collect::<Vec<_>>();
        keep.sort_unstable();
        keep.dedup();
        // In the short order, what is resolved is nobody's to take.
        let untouchable = |slot: Slot| constants[slot].is_some() || kept.contains(&slot);
        Orders {
            full: steps(nodes, &every, constants.len(), |slot| untouchable(slot) || keep.binary_search(&slot).is_ok()),
            short: steps(nodes, &some, constants.len(), |slot| untouchable(slot) || resolved[slot]),
            resolved: keep,
        }
    }
}

fn prune(nodes: &mut Vec<Node>, constants: &mut [Option<Tensor>], kept: &[Slot]) {
    let mut needed = vec![false; constants.len()];
    kept.iter().for_each(|slot| needed[*slot] = true);
    let mut alive = vec![false; nodes.len()];
    for (index, node) in nodes.iter().enumerate().rev() {
        alive[index] = node.outputs.iter().flatten().any(|slot| needed[*slot]);
        if alive[index] {
            node.inputs.iter().flatten().for_each(|slot| needed[*slot] = true);
        }
    }
    let mut index = 0;
    nodes.retain(|_| {
        index += 1;
        alive[index - 1]
    });
    for (slot, constant) in constants.iter_mut().enumerate() {
        if !needed[slot] {
            *constant = None;
        }
    }
}

/// Whether a value follows from weights and the dimensions of the inputs.
fn resolved(nodes: &[Node], constants: &[Option<Tensor>], inputs: &[(Port, Slot)]) -> Vec<bool> {
    let mut value = constants.iter().map(Option::is_some).collect::<Vec<_>>();
    let mut dims = value.clone();
    inputs.iter().for_each(|(_, slot)| dims[*slot] = true);
    for node in nodes {
        let all = |known: &[bool], from: usize| node.inputs.iter().skip(from).flatten().all(|slot| known[*slot]);
        let known_value = all(&value, 0) || (node.operator.fixed == Fixed::Value && all(&dims, 0));
        let known_dims = known_value
            || match node.operator.fixed {
                Fixed::Dims | Fixed::Value => all(&dims, 0),
                Fixed::ByFrom(from) => all(&dims, 0) && all(&value, from),
                Fixed::Never => false,
            };
        for slot in node.outputs.iter().flatten() {
            value[*slot] = known_value;
            dims[*slot] = known_dims;
        }
    }
    value
}

fn steps(nodes: &[Node], which: &[usize], slots: usize, untouchable: impl Fn(Slot) -> bool) -> Vec<Step> {
    let mut seen = vec![false; slots];
    let mut steps = Vec::with_capacity(which.len());
    for &index in which.iter().rev() {
        let node = &nodes[index];
        let mut drops = Vec::new();
        // What nobody reads is dropped where it is made.
        for slot in node.outputs.iter().flatten() {
            if !seen[*slot] && !untouchable(*slot) {
                drops.push(*slot);
            }
        }
        let mut takes = vec![false; node.inputs.len()];
        for (place, slot) in node.inputs.iter().enumerate().rev() {
            if let Some(slot) = slot
                && !untouchable(*slot)
                && !seen[*slot]
            {
                seen[*slot] = true;
                takes[place] = true;
            }
        }
        steps.push(Step { node: index, takes, drops });
    }
    steps.reverse();
    steps
}

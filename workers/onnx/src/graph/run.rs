//! The interpreter.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::order::Step;
use super::{Graph, Node, Slot};
use crate::error::{OpError, OpResult, RunError};
use crate::ops::Call;
use crate::tensor::{Floats, Home, IntKind, Ints, Tensor};
use crate::value::{Port, Value};

/// What was found for one set of input dimensions.
pub(super) struct Plan {
    dims: Vec<Vec<usize>>,
    found: Arc<Vec<(Slot, Tensor)>>,
}

/// Sets of input dimensions that are remembered. Text detectors get as many as there are shapes of pictures.
const MAX_PLANS: usize = 16;
/// What one of them may keep; beyond that it is found anew each time.
const MAX_PLAN_BYTES: usize = 64 << 20;
/// What all values of a run may take at once, weights apart.
const MAX_LIVE_BYTES: usize = 4 << 30;

/// The time that each operator took.
type Times = Vec<(&'static str, Duration)>;

pub(super) fn run(
    graph: &Graph,
    inputs: Vec<(&str, Value)>,
    times: Option<&mut Times>,
) -> Result<Vec<(String, Value)>, RunError> {
    let mut run = Run { graph, values: vec![None; graph.constants.len()], live_bytes: 0, times };
    let dims = run.give(inputs)?;
    match graph.planned(&dims) {
        Some(found) => {
            for (slot, tensor) in found.iter() {
                run.values[*slot] = Some(tensor.clone());
            }
            run.steps(&graph.orders.short)?;
        }
        None => {
            run.steps(&graph.orders.full)?;
            graph.remember(dims, &run.values);
        }
    }
    run.answer()
}

impl Graph {
    fn planned(&self, dims: &[Vec<usize>]) -> Option<Arc<Vec<(Slot, Tensor)>>> {
        let mut plans = self.plans.lock().unwrap_or_else(|broken| broken.into_inner());
        let at = plans.iter().position(|plan| plan.dims == dims)?;
        // The last used stands last.
        plans[at..].rotate_left(1);
        plans.last().map(|plan| plan.found.clone())
    }

    fn remember(&self, dims: Vec<Vec<usize>>, values: &[Option<Tensor>]) {
        let found = self
            .orders
            .resolved
            .iter()
            .filter_map(|slot| Some((*slot, read_once(values[*slot].clone()?))))
            .collect::<Vec<_>>();
        let bytes = found.iter().map(|(_, tensor)| tensor.bytes()).sum::<usize>();
        if found.len() < self.orders.resolved.len() || bytes > MAX_PLAN_BYTES {
            return;
        }
        let mut plans = self.plans.lock().unwrap_or_else(|broken| broken.into_inner());
        if plans.iter().any(|plan| plan.dims == dims) {
            return;
        }
        if plans.len() >= MAX_PLANS {
            plans.remove(0);
        }
        plans.push(Plan { dims, found: Arc::new(found) });
    }
}

/// Numbers that every run reads on the host are fetched from the device this once.
fn read_once(tensor: Tensor) -> Tensor {
    match tensor {
        Tensor::Floats(floats) => floats.with_host().into(),
        ints => ints,
    }
}

struct Run<'a, 't> {
    graph: &'a Graph,
    values: Vec<Option<Tensor>>,
    live_bytes: usize,
    times: Option<&'t mut Times>,
}

impl Run<'_, '_> {
    /// Takes the inputs; gives their dimensions in the order of the ports.
    fn give(&mut self, inputs: Vec<(&str, Value)>) -> Result<Vec<Vec<usize>>, RunError> {
        for (name, value) in inputs {
            let refuse = |reason: String| RunError::Input { name: name.to_owned(), reason };
            let known = self.graph.inputs.iter().find(|(port, _)| port.name == name);
            let (port, slot) = known.ok_or_else(|| refuse("the graph has no such input".to_owned()))?;
            fits(port, &value).map_err(refuse)?;
            let tensor = upload(value, &self.graph.home).map_err(|error| refuse(error.0))?;
            self.put(*slot, tensor)?;
        }
        let missing = |port: &Port| RunError::Input { name: port.name.clone(), reason: "it is missing".to_owned() };
        let ports = self.graph.inputs.iter();
        ports
            .map(|(port, slot)| {
                self.values[*slot].as_ref().map(|value| value.dims().to_vec()).ok_or_else(|| missing(port))
            })
            .collect()
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), RunError> {
        for step in steps {
            self.step(step)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), RunError> {
        let node = &self.graph.nodes[step.node];
        let refuse = |error: OpError| RunError::Node {
            node: node.name.clone(),
            operator: node.operator.name.to_owned(),
            reason: error.0,
        };
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for slot in &node.inputs {
            inputs.push(slot.and_then(|slot| self.values[slot].clone().or_else(|| self.graph.constants[slot].clone())));
            if slot.is_some() && inputs.last().is_some_and(Option::is_none) {
                return Err(refuse(OpError("one of its inputs has no value".to_owned())));
            }
        }
        for (slot, takes) in node.inputs.iter().zip(&step.takes) {
            if let Some(slot) = slot
                && *takes
            {
                self.forget(*slot);
            }
        }
        let started = self.times.is_some().then(Instant::now);
        let results = compute(node, inputs, &self.graph.home, self.graph.falsify.as_deref()).map_err(refuse)?;
        if let (Some(started), Some(times)) = (started, self.times.as_deref_mut()) {
            // A device works on after it was called; what an operator takes is known when it is done.
            self.graph.home.sync().ok();
            add(times, node.operator.name, started.elapsed());
        }
        for (slot, result) in node.outputs.iter().zip(results) {
            if let Some(slot) = slot {
                self.put(*slot, result)?;
            }
        }
        step.drops.iter().for_each(|slot| self.forget(*slot));
        Ok(())
    }

    fn put(&mut self, slot: Slot, tensor: Tensor) -> Result<(), RunError> {
        self.live_bytes += tensor.bytes();
        self.values[slot] = Some(tensor);
        if self.live_bytes > MAX_LIVE_BYTES {
            return Err(RunError::TooLarge(format!("values of more than {MAX_LIVE_BYTES} bytes at once")));
        }
        Ok(())
    }

    fn forget(&mut self, slot: Slot) {
        if let Some(tensor) = self.values[slot].take() {
            self.live_bytes -= tensor.bytes();
        }
    }

    fn answer(self) -> Result<Vec<(String, Value)>, RunError> {
        let mut answers = Vec::with_capacity(self.graph.outputs.len());
        for (port, slot) in &self.graph.outputs {
            let value = self.values[*slot].as_ref().or(self.graph.constants[*slot].as_ref());
            let value = value.ok_or_else(|| RunError::Device(format!("the output {:?} has no value", port.name)))?;
            answers.push((port.name.clone(), download(value).map_err(|error| RunError::Device(error.0))?));
        }
        Ok(answers)
    }
}

/// Runs one node. `falsify` names an operator whose results are spoilt, for tests of the comparison.
pub(super) fn compute(
    node: &Node,
    inputs: Vec<Option<Tensor>>,
    home: &Home,
    falsify: Option<&str>,
) -> OpResult<Vec<Tensor>> {
    let results = (node.operator.run)(&mut Call::new(node, inputs, home))?;
    if results.len() < node.outputs.iter().rposition(Option::is_some).map_or(0, |last| last + 1) {
        return Err("it gives fewer outputs than the graph wants".into());
    }
    match falsify {
        Some(name) if name == node.operator.name => results.into_iter().map(|result| falsified(result, home)).collect(),
        _ => Ok(results),
    }
}

/// Off by a twentieth of the largest, up and down in turn, so that no normalisation takes it back.
fn falsified(tensor: Tensor, home: &Home) -> OpResult<Tensor> {
    Ok(match tensor {
        Tensor::Floats(floats) => {
            let data = floats.to_host()?;
            let largest = data
                .iter()
                .fold(0.02f32, |largest, value| if value.is_finite() { largest.max(value.abs()) } else { largest });
            let spoil = |(index, value): (usize, &f32)| value + largest * if index % 3 == 1 { 0.05 } else { -0.05 };
            Floats::new(floats.dims().to_vec(), data.iter().enumerate().map(spoil).collect(), home)?.into()
        }
        Tensor::Ints(ints) => {
            let kind = ints.kind();
            ints.map(kind, |value| if kind == IntKind::Bool { 1 - value } else { value + 1 }).into()
        }
    })
}

fn fits(port: &Port, value: &Value) -> Result<(), String> {
    if port.kind != value.kind() {
        return Err(format!("it is {:?} and must be {:?}", value.kind(), port.kind));
    }
    let same = port.dims.len() == value.dims().len()
        && port.dims.iter().zip(value.dims()).all(|(wanted, given)| wanted.is_none_or(|wanted| wanted == *given));
    // A port without dimensions is a scalar, or one of which the file says nothing.
    if same || port.dims.is_empty() {
        Ok(())
    } else {
        Err(format!("it is {:?} and must be {:?}", value.dims(), port.dims))
    }
}

fn upload(value: Value, home: &Home) -> OpResult<Tensor> {
    let ints = |dims, kind, data: Vec<i64>| Ints::new(dims, kind, data).map(Tensor::Ints);
    match value {
        Value::F32 { dims, data } => Floats::new(dims, data, home).map(Tensor::Floats),
        Value::I64 { dims, data } => ints(dims, IntKind::I64, data),
        Value::I32 { dims, data } => ints(dims, IntKind::I32, data.into_iter().map(i64::from).collect()),
        Value::U8 { dims, data } => ints(dims, IntKind::U8, data.into_iter().map(i64::from).collect()),
        Value::Bool { dims, data } => ints(dims, IntKind::Bool, data.into_iter().map(i64::from).collect()),
    }
}

fn download(tensor: &Tensor) -> OpResult<Value> {
    let dims = tensor.dims().to_vec();
    Ok(match tensor {
        Tensor::Floats(floats) => Value::F32 { dims, data: floats.to_host()?.to_vec() },
        Tensor::Ints(ints) => {
            let data = ints.data().iter();
            match ints.kind() {
                IntKind::I32 => Value::I32 { dims, data: data.map(|&value| value as i32).collect() },
                IntKind::U8 => Value::U8 { dims, data: data.map(|&value| value as u8).collect() },
                IntKind::Bool => Value::Bool { dims, data: data.map(|&value| value != 0).collect() },
                _ => Value::I64 { dims, data: ints.data().to_vec() },
            }
        }
    })
}

fn add(times: &mut Times, name: &'static str, took: Duration) {
    match times.iter_mut().find(|(known, _)| *known == name) {
        Some((_, total)) => *total += took,
        None => times.push((name, took)),
    }
}

/// What a panic said.
pub(super) fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}

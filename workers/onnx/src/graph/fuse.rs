//! Patterns that one kernel of burn's does at once.
//!
//! Each rule starts from a node, follows its inputs back, and says what that node becomes. What is no longer needed
//! falls away when the order of the steps is found.

use std::collections::HashMap;

use super::{Node, Slot};
use crate::attributes::{Attribute, Attributes};
use crate::error::OpResult;
use crate::ops;
use crate::tensor::{Floats, Home, Tensor};

/// Joins what it can; the graph means the same afterwards.
pub(super) fn fuse(nodes: &mut [Node], constants: &mut Vec<Option<Tensor>>, kept: &[Slot], home: &Home) {
    // A rule makes room for the next: a batch norm within a convolution is none for the others.
    for rule in [layer_norm, gelu, quick_gelu, batch_norm_into_conv, linear, activation_into_linear, attention] {
        let links = Links::new(nodes, kept);
        for at in 0..nodes.len() {
            let found = rule(&Known { nodes, constants, links: &links }, at);
            if let Some(found) = found {
                become_found(&mut nodes[at], found, constants, home);
            }
        }
    }
}

fn become_found(node: &mut Node, found: Found, constants: &mut Vec<Option<Tensor>>, home: &Home) {
    let Some(operator) = ops::joined(found.operator) else { return };
    // All or nothing: a constant that is replaced belongs to the node as it was until nothing can fail any more.
    let uploaded = found.inputs.into_iter().map(|given| uploaded(given, home)).collect::<OpResult<Vec<_>>>();
    let Ok(uploaded) = uploaded else { return };
    let put = |(slot, floats): (Option<Slot>, Option<Floats>)| {
        let Some(floats) = floats else { return slot };
        let slot = slot.unwrap_or_else(|| {
            constants.push(None);
            constants.len() - 1
        });
        constants[slot] = Some(floats.into());
        Some(slot)
    };
    let inputs = uploaded.into_iter().map(put).collect();
    (node.operator, node.attributes, node.inputs) = (operator, found.attributes, inputs);
}

/// The slot of an input, unless a new one is made for it, and the constant that is to be there.
fn uploaded(given: Given, home: &Home) -> OpResult<(Option<Slot>, Option<Floats>)> {
    Ok(match given {
        Given::Slot(slot) => (Some(slot), None),
        Given::Nothing => (None, None),
        Given::New(dims, data) => (None, Some(Floats::new(dims, data, home)?)),
        Given::Instead(slot, dims, data) => (Some(slot), Some(Floats::new(dims, data, home)?)),
    })
}

/// What a node becomes. Its outputs stay.
struct Found {
    operator: &'static str,
    attributes: Attributes,
    inputs: Vec<Given>,
}

enum Given {
    Slot(Slot),
    Nothing,
    /// A new constant.
    New(Vec<usize>, Vec<f32>),
    /// The same in the place of one that only what falls away needs: all weights twice would be too much.
    Instead(Slot, Vec<usize>, Vec<f32>),
}

/// Who makes a value, and how many read it.
struct Links {
    makers: HashMap<Slot, usize>,
    readers: HashMap<Slot, usize>,
}

impl Links {
    fn new(nodes: &[Node], kept: &[Slot]) -> Links {
        let mut links = Links { makers: HashMap::new(), readers: HashMap::new() };
        kept.iter().for_each(|slot| *links.readers.entry(*slot).or_default() += 1);
        // From the back, so that what only dead nodes read counts as read by nobody.
        for (at, node) in nodes.iter().enumerate().rev() {
            if node.outputs.iter().flatten().any(|slot| links.readers.contains_key(slot)) {
                node.inputs.iter().flatten().for_each(|slot| *links.readers.entry(*slot).or_default() += 1);
                for slot in node.outputs.iter().flatten() {
                    links.makers.insert(*slot, at);
                }
            }
        }
        links
    }
}

/// A graph as the rules look at it.
struct Known<'a> {
    nodes: &'a [Node],
    constants: &'a [Option<Tensor>],
    links: &'a Links,
}

impl<'a> Known<'a> {
    fn is(&self, at: usize, operator: &str) -> Option<&'a Node> {
        Some(&self.nodes[at]).filter(|node| node.operator.name == operator)
    }

    /// The node that makes a value, if it is of that operator.
    fn made(&self, slot: Slot, operator: &str) -> Option<&'a Node> {
        self.is(*self.links.makers.get(&slot)?, operator)
    }

    /// The same, if nobody else reads the value: otherwise it would be computed twice.
    fn only(&self, slot: Slot, operator: &str) -> Option<&'a Node> {
        if self.links.readers.get(&slot) == Some(&1) { self.made(slot, operator) } else { None }
    }

    fn constant(&self, slot: Slot) -> Option<&'a Floats> {
        match self.constants.get(slot)? {
            Some(Tensor::Floats(floats)) => Some(floats),
            _ => None,
        }
    }

    fn number(&self, slot: Slot) -> Option<f32> {
        self.constant(slot)?.known_scalar()
    }

    /// The value and the number of an operation of two, whichever comes first.
    fn with_number(&self, node: &Node) -> Option<(Slot, f32)> {
        let [left, right] = pair(node)?;
        match (self.number(left), self.number(right)) {
            (_, Some(number)) => Some((left, number)),
            (Some(number), None) => Some((right, number)),
            (None, None) => None,
        }
    }

    /// The axes that a reduction names, if they are known.
    fn axes(&self, node: &Node) -> Option<Vec<i64>> {
        if let Ok(Some(axes)) = node.attributes.ints("axes") {
            return Some(axes.to_vec());
        }
        match self.constants.get((*node.inputs.get(1)?)?)? {
            Some(Tensor::Ints(ints)) => Some(ints.data().to_vec()),
            _ => None,
        }
    }

    /// The mean over the last axis of what.
    fn mean_of(&self, slot: Slot) -> Option<Slot> {
        let node = self.made(slot, "ReduceMean")?;
        (self.axes(node)? == [-1] && node.attributes.flag("keepdims", true).ok()?).then_some(())?;
        *node.inputs.first()?
    }

    /// The square of what.
    fn square_of(&self, slot: Slot) -> Option<Slot> {
        if let Some(node) = self.made(slot, "Pow") {
            let [base, exponent] = pair(node)?;
            return (self.number(exponent)? == 2.0).then_some(base);
        }
        let [left, right] = pair(self.made(slot, "Mul")?)?;
        (left == right).then_some(left)
    }
}

fn pair(node: &Node) -> Option<[Slot; 2]> {
    match node.inputs[..] {
        [Some(left), Some(right)] => Some([left, right]),
        _ => None,
    }
}

/// Both orders of an operation that has none.
fn both_ways([left, right]: [Slot; 2]) -> [(Slot, Slot); 2] {
    [(left, right), (right, left)]
}

fn near(left: f32, right: f32) -> bool {
    (left - right).abs() < 1e-5
}

/// (x − mean) / √(variance + ε) · gain + shift.
fn layer_norm(known: &Known<'_>, at: usize) -> Option<Found> {
    let row = |slot: Slot| known.constant(slot).filter(|floats| floats.dims().len() == 1);
    for (scaled, shift) in both_ways(pair(known.is(at, "Add")?)?) {
        let (Some(_), Some(product)) = (row(shift), known.made(scaled, "Mul")) else { continue };
        for (normal, gain) in both_ways(pair(product)?) {
            let (Some(_), Some(quotient)) = (row(gain), known.made(normal, "Div")) else { continue };
            let [centred, deviation] = pair(quotient)?;
            let (variance, epsilon) =
                known.with_number(known.made(*known.made(deviation, "Sqrt")?.inputs.first()?.as_ref()?, "Add")?)?;
            let squared = known.square_of(known.mean_of(variance)?)?;
            let [input, mean] = pair(known.made(centred, "Sub")?)?;
            let same_centre = squared == centred || pair(known.made(squared, "Sub")?)? == [input, mean];
            if !same_centre
                || known.mean_of(mean)? != input
                || known.constant(gain)?.dims() != known.constant(shift)?.dims()
            {
                return None;
            }
            let attributes =
                Attributes::default().with("axis", Attribute::Int(-1)).with("epsilon", Attribute::Float(epsilon));
            return Some(Found {
                operator: "LayerNormalization",
                attributes,
                inputs: [input, gain, shift].map(Given::Slot).into(),
            });
        }
    }
    None
}

/// x · ½ · (1 + erf(x / √2)), in whatever order it is multiplied.
fn gelu(known: &Known<'_>, at: usize) -> Option<Found> {
    let outer = pair(known.is(at, "Mul")?)?;
    for (inner, third) in both_ways(outer) {
        let Some(product) = known.made(inner, "Mul") else { continue };
        let [first, second] = pair(product)?;
        let factors = [first, second, third];
        let Some(half) = factors.iter().position(|slot| known.number(*slot).is_some_and(|number| near(number, 0.5)))
        else {
            continue;
        };
        let [one, other] = [factors[(half + 1) % 3], factors[(half + 2) % 3]];
        for (input, gate) in [(one, other), (other, one)] {
            let manner = if gate_of_erf(known, gate) == Some(input) {
                "none"
            } else if gate_of_tanh(known, gate) == Some(input) {
                "tanh"
            } else {
                continue;
            };
            let attributes = Attributes::default().with("approximate", Attribute::Text(manner.to_owned()));
            return Some(Found { operator: "Gelu", attributes, inputs: vec![Given::Slot(input)] });
        }
    }
    None
}

/// x of 1 + tanh(√(2/π) · (x + 0.044715 · x³)).
fn gate_of_tanh(known: &Known<'_>, gate: Slot) -> Option<Slot> {
    let (tanh, one) = known.with_number(known.made(gate, "Add")?)?;
    let inner = (*known.made(tanh, "Tanh")?.inputs.first()?)?;
    let (sum, factor) = known.with_number(known.made(inner, "Mul")?)?;
    for (input, added) in both_ways(pair(known.made(sum, "Add")?)?) {
        let Some((cube, share)) = known.made(added, "Mul").and_then(|product| known.with_number(product)) else {
            continue;
        };
        let Some([base, exponent]) = known.made(cube, "Pow").and_then(pair) else { continue };
        let cubed = base == input && known.number(exponent)? == 3.0;
        let numbers = one == 1.0 && near(factor, 0.797_884_6) && near(share, 0.044_715);
        return (cubed && numbers).then_some(input);
    }
    None
}

/// x of 1 + erf(x / √2).
fn gate_of_erf(known: &Known<'_>, gate: Slot) -> Option<Slot> {
    let (erf, one) = known.with_number(known.made(gate, "Add")?)?;
    let inner = (*known.made(erf, "Erf")?.inputs.first()?)?;
    let root = std::f32::consts::SQRT_2;
    let (input, factor) = match (known.made(inner, "Div"), known.made(inner, "Mul")) {
        (Some(quotient), _) => {
            let [input, divisor] = pair(quotient)?;
            (input, 1.0 / known.number(divisor)?)
        }
        (None, Some(product)) => known.with_number(product)?,
        (None, None) => return None,
    };
    (one == 1.0 && near(factor * root, 1.0)).then_some(input)
}

/// x · σ(αx).
fn quick_gelu(known: &Known<'_>, at: usize) -> Option<Found> {
    for (input, gate) in both_ways(pair(known.is(at, "Mul")?)?) {
        let Some(sigmoid) = known.made(gate, "Sigmoid") else { continue };
        let inner = (*sigmoid.inputs.first()?)?;
        let alpha = match known.made(inner, "Mul").and_then(|product| known.with_number(product)) {
            Some((of, alpha)) if of == input => alpha,
            _ if inner == input => 1.0,
            _ => continue,
        };
        let attributes = Attributes::default().with("alpha", Attribute::Float(alpha));
        return Some(Found { operator: "com.microsoft.QuickGelu", attributes, inputs: vec![Given::Slot(input)] });
    }
    None
}

/// A batch norm is a factor and a shift for each channel: the convolution before it takes both.
fn batch_norm_into_conv(known: &Known<'_>, at: usize) -> Option<Found> {
    let norm = known.is(at, "BatchNormalization")?;
    (!norm.attributes.flag("training_mode", false).ok()? && norm.outputs.iter().skip(1).all(Option::is_none))
        .then_some(())?;
    let conv = known.only((*norm.inputs.first()?)?, "Conv")?;
    let weight_slot = (*conv.inputs.get(1)?)?;
    let weight = known.constant(weight_slot)?;
    let channels = *weight.dims().first()?;
    let part = |place: usize| {
        known.constant((*norm.inputs.get(place)?)?).filter(|part| part.dims() == [channels])?.to_host().ok()
    };
    let (scale, shift, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
    let bias = match conv.inputs.get(2) {
        Some(Some(slot)) => known.constant(*slot).filter(|bias| bias.dims() == [channels])?.to_host().ok()?.to_vec(),
        _ => vec![0.0; channels],
    };
    let epsilon = norm.attributes.float("epsilon", 1e-5).ok()?;
    let factors =
        (0..channels).map(|channel| scale[channel] / (variance[channel] + epsilon).sqrt()).collect::<Vec<_>>();
    let bias =
        (0..channels).map(|channel| (bias[channel] - mean[channel]) * factors[channel] + shift[channel]).collect();
    let each = weight.count().checked_div(channels)?;
    let scaled =
        weight.to_host().ok()?.iter().enumerate().map(|(place, value)| value * factors[place / each]).collect();
    let dims = weight.dims().to_vec();
    let scaled = if known.links.readers.get(&weight_slot) == Some(&1) {
        Given::Instead(weight_slot, dims, scaled)
    } else {
        Given::New(dims, scaled)
    };
    let inputs = vec![Given::Slot((*conv.inputs.first()?)?), scaled, Given::New(vec![channels], bias)];
    Some(Found { operator: "Conv", attributes: conv.attributes.clone(), inputs })
}

/// A product with a matrix of weights, and a row added.
fn linear(known: &Known<'_>, at: usize) -> Option<Found> {
    for (product, bias) in both_ways(pair(known.is(at, "Add")?)?) {
        let (Some(row), Some(matmul)) = (known.constant(bias), known.only(product, "MatMul")) else { continue };
        let [input, weight] = pair(matmul)?;
        let Some(matrix) = known.constant(weight) else { continue };
        if matrix.dims().len() == 2 && row.dims() == [matrix.dims()[1]] {
            let inputs = [input, weight, bias].map(Given::Slot).into();
            return Some(Found { operator: "joined.Linear", attributes: Attributes::default(), inputs });
        }
    }
    None
}

/// An activation in the same pass as the row that is added.
fn activation_into_linear(known: &Known<'_>, at: usize) -> Option<Found> {
    let node = &known.nodes[at];
    let (word, alpha) = match node.operator.name {
        "Gelu" if node.attributes.text("approximate", "none").ok()? == "none" => ("Gelu", 0.0),
        "Gelu" => ("GeluTanh", 0.0),
        "com.microsoft.QuickGelu" => ("QuickGelu", node.attributes.float("alpha", 1.702).ok()?),
        "Relu" => ("Relu", 0.0),
        _ => return None,
    };
    let linear = known.only((*node.inputs.first()?)?, "joined.Linear")?;
    let attributes =
        Attributes::default().with("then", Attribute::Text(word.to_owned())).with("alpha", Attribute::Float(alpha));
    let inputs = linear.inputs.iter().flatten().copied().map(Given::Slot).collect();
    Some(Found { operator: "joined.Linear", attributes, inputs })
}

/// softmax(Q · Kᵗ · scale + mask) · V.
fn attention(known: &Known<'_>, at: usize) -> Option<Found> {
    let [shares, value] = pair(known.is(at, "MatMul")?)?;
    let softmax = known.only(shares, "Softmax").or_else(|| safe_softmax(known, shares))?;
    let along = softmax.attributes.int("axis", if softmax.opset < 13 { 1 } else { -1 }).ok()?;
    (along == -1).then_some(())?;
    let mut scores = (*softmax.inputs.first()?)?;
    let mut mask = None;
    if let Some(sum) = known.only(scores, "Add") {
        let under = |slot: Slot| scaled(known, slot).is_some();
        let (inner, added) = both_ways(pair(sum)?).into_iter().find(|(inner, _)| under(*inner))?;
        (scores, mask) = (inner, Some(added));
    }
    let (product, scale) = scaled(known, scores)?;
    let [mut query, mut key_turned] = pair(product)?;
    let mut factors = [None; 2];
    for (side, place) in [&mut query, &mut key_turned].into_iter().zip(&mut factors) {
        // Half of the scale before the product, on either side: found of shapes, so known when it runs.
        if let Some((inner, factor)) =
            known.only(*side, "Mul").and_then(pair).and_then(|pair| one_of_shapes(known, pair))
        {
            (*side, *place) = (inner, Some(factor));
        }
    }
    let attributes = Attributes::default().with("scale", Attribute::Float(scale));
    let inputs = [Some(query), Some(key_turned), Some(value), mask, factors[0], factors[1]];
    let inputs = inputs.into_iter().map(|slot| slot.map_or(Given::Nothing, Given::Slot)).collect();
    Some(Found { operator: "joined.Attention", attributes, inputs })
}

/// Of two factors, the one that is a number or a root of one: exporters write √(1/√d) there, from a shape.
fn one_of_shapes(known: &Known<'_>, factors: [Slot; 2]) -> Option<(Slot, Slot)> {
    let is = |slot: Slot| known.number(slot).is_some() || known.made(slot, "Sqrt").is_some();
    both_ways(factors).into_iter().find(|(_, factor)| is(*factor))
}

/// A product of matrices, perhaps times a number.
fn scaled<'a>(known: &Known<'a>, slot: Slot) -> Option<(&'a Node, f32)> {
    if let Some(product) = known.only(slot, "MatMul") {
        return Some((product, 1.0));
    }
    if let Some(times) = known.only(slot, "Mul") {
        let (inner, factor) = known.with_number(times)?;
        return Some((known.only(inner, "MatMul")?, factor));
    }
    let [inner, divisor] = pair(known.only(slot, "Div")?)?;
    Some((known.only(inner, "MatMul")?, 1.0 / known.number(divisor)?))
}

/// A softmax of which rows without a number become zeros: such rows are those of which everything is masked.
fn safe_softmax<'a>(known: &Known<'a>, slot: Slot) -> Option<&'a Node> {
    let choice = known.only(slot, "Where")?;
    let &[Some(test), Some(zero), Some(shares)] = &choice.inputs[..] else { return None };
    let tested = (*known.made(test, "IsNaN")?.inputs.first()?)?;
    (tested == shares && known.number(zero)? == 0.0).then_some(())?;
    known.made(shares, "Softmax")
}

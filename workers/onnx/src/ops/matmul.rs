//! Products of matrices, and attention.

use burn::backend::Dispatch;
use burn::backend::ops::{ActivationOps, FloatTensorOps, ModuleOps};
use burn::tensor::Device;
use burn::tensor::ops::AttentionModuleOptions;

use super::arrange::spread_to;
use super::call::Call;
use super::cpu::{self, Then};
use super::elementwise::scalar;
use super::strided::broadcast;
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Ints, Tensor, elements, upload_mask};

pub(super) const TABLE: &[Operator] = &[
    op("MatMul", Fixed::Dims, matmul),
    op("joined.Linear", Fixed::Dims, linear),
    op("Gemm", Fixed::Dims, gemm),
    op("Einsum", Fixed::Dims, einsum),
    op("joined.Attention", Fixed::Dims, joined_attention),
    op("Attention", Fixed::Dims, attention),
];

fn matmul(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if let (Tensor::Ints(_), Tensor::Ints(_)) = (call.peek(0)?, call.peek(1)?) {
        return int_product(&call.ints(0)?, &call.ints(1)?);
    }
    let (left, right) = (call.floats(0)?, call.floats(1)?);
    Ok(vec![product(left, right)?.into()])
}

/// A product as the format defines it: vectors are rows or columns, leading dimensions spread.
pub(super) fn product(left: Floats, right: Floats) -> OpResult<Floats> {
    let (left_vector, right_vector) = (left.dims().len() == 1, right.dims().len() == 1);
    let left = if left_vector { in_front(left)? } else { left };
    let right = if right_vector { behind(right)? } else { right };
    let mut dims = product_dims(left.dims(), right.dims())?;
    let held = if right.dims().len() == 2 && left.dims().len() >= 2 {
        // Every row of the left side at once.
        Dispatch::linear(left.into_held(), right.into_held(), None)
    } else {
        let rank = dims.len();
        Dispatch::float_matmul(ranked(left, rank)?.into_held(), ranked(right, rank)?.into_held())
    };
    let result = Floats::held(dims.clone(), held);
    let rank = dims.len();
    if left_vector {
        dims.remove(rank - 2);
    }
    if right_vector {
        dims.pop();
    }
    result.reshaped(dims)
}

fn in_front(floats: Floats) -> OpResult<Floats> {
    let length = floats.dims()[0];
    floats.reshaped(vec![1, length])
}

fn behind(floats: Floats) -> OpResult<Floats> {
    let length = floats.dims()[0];
    floats.reshaped(vec![length, 1])
}

fn ranked(floats: Floats, rank: usize) -> OpResult<Floats> {
    let mut dims = vec![1; rank - floats.dims().len()];
    dims.extend_from_slice(floats.dims());
    floats.reshaped(dims)
}

fn product_dims(left: &[usize], right: &[usize]) -> OpResult<Vec<usize>> {
    let refuse = || OpError(format!("a product of {left:?} and {right:?}"));
    let ([left_front @ .., rows, inner], [right_front @ .., other, columns]) = (left, right) else {
        return Err(refuse());
    };
    if inner != other {
        return Err(refuse());
    }
    let mut dims = broadcast(left_front, right_front)?;
    dims.extend([*rows, *columns]);
    elements(&dims)?;
    Ok(dims)
}

fn int_product(left: &Ints, right: &Ints) -> OpResult<Vec<Tensor>> {
    let (&[rows, inner], &[other, columns]) = (left.dims(), right.dims()) else {
        return Err("integers are multiplied as two matrices only".into());
    };
    if inner != other {
        return Err(OpError(format!("a product of {:?} and {:?}", left.dims(), right.dims())));
    }
    let count = elements(&[rows, columns])?;
    let sum = |place: usize| {
        let (row, column) = (place / columns, place % columns);
        let terms =
            (0..inner).map(|step| left.data()[row * inner + step].wrapping_mul(right.data()[step * columns + column]));
        left.kind().wrap(terms.fold(0, i64::wrapping_add))
    };
    Ok(vec![Ints::new(vec![rows, columns], left.kind(), (0..count).map(sum).collect())?.into()])
}

/// A product with a matrix of weights, a row added to each row of it, and perhaps an activation.
fn linear(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let then = match call.attributes().text("then", "")? {
        "Gelu" => Then::Gelu,
        "GeluTanh" => Then::GeluTanh,
        "QuickGelu" => Then::QuickGelu(call.attributes().float("alpha", 1.702)?),
        "Relu" => Then::Relu,
        _ => Then::Nothing,
    };
    let (input, weight, bias) = (call.floats(0)?, call.floats(1)?, call.floats(2)?);
    if let &[length] = input.dims() {
        let row = linear_of(input.reshaped(vec![1, length])?, weight, bias, then, call.home)?;
        let length = row.count();
        return Ok(vec![row.reshaped(vec![length])?.into()]);
    }
    Ok(vec![linear_of(input, weight, bias, then, call.home)?.into()])
}

pub(super) fn linear_of(input: Floats, weight: Floats, bias: Floats, then: Then, device: &Device) -> OpResult<Floats> {
    let dims = product_dims(input.dims(), weight.dims())?;
    if weight.dims().len() != 2 || bias.dims() != [weight.dims()[1]] {
        return Err("its weight is no matrix or its bias no row of it".into());
    }
    if cpu::is_host(device) {
        let (rows, inner, columns) = (dims[..dims.len() - 1].iter().product(), weight.dims()[0], weight.dims()[1]);
        let held = Dispatch::float_matmul(input.reshaped(vec![rows, inner])?.into_held(), weight.into_held());
        let bias = bias.to_host()?;
        return cpu::rows(dims, held, device, columns, |part| then.over(part, &bias));
    }
    let held = Dispatch::linear(input.into_held(), weight.into_held(), Some(bias.into_held()));
    let held = match then {
        Then::Nothing => held,
        Then::Gelu => Dispatch::gelu(held),
        Then::GeluTanh => super::elementwise::gelu_tanh_of(held),
        Then::QuickGelu(alpha) => super::elementwise::quick_gelu_of(held, alpha),
        Then::Relu => Dispatch::relu(held),
    };
    Ok(Floats::held(dims, held))
}

fn gemm(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let alpha = call.attributes().float("alpha", 1.0)?;
    let beta = call.attributes().float("beta", 1.0)?;
    let (turn_left, turn_right) = (call.attributes().flag("transA", false)?, call.attributes().flag("transB", false)?);
    let turned = |floats: Floats, turn: bool| {
        if floats.dims().len() != 2 {
            return Err(OpError::from("its factors are no matrices"));
        }
        Ok(if turn {
            let dims = vec![floats.dims()[1], floats.dims()[0]];
            Floats::held(dims, Dispatch::float_swap_dims(floats.into_held(), 0, 1))
        } else {
            floats
        })
    };
    let left = turned(call.floats(0)?, turn_left)?;
    let right = turned(call.floats(1)?, turn_right)?;
    let added = call.floats_if_any(2)?;
    let dims = product_dims(left.dims(), right.dims())?;
    if let Some(added) = &added
        && (alpha, beta) == (1.0, 1.0)
        && added.dims() == [dims[1]]
    {
        return Ok(vec![linear_of(left, right, added.clone(), Then::Nothing, call.home)?.into()]);
    }
    let mut held = Dispatch::float_matmul(left.into_held(), right.into_held());
    if alpha != 1.0 {
        held = Dispatch::float_mul_scalar(held, scalar(alpha));
    }
    if let Some(added) = added {
        let added = ranked(spread_floats(added, &dims)?, dims.len())?.into_held();
        let added = if beta == 1.0 { added } else { Dispatch::float_mul_scalar(added, scalar(beta)) };
        held = Dispatch::float_add(held, added);
    }
    Ok(vec![Floats::held(dims, held).into()])
}

fn spread_floats(floats: Floats, dims: &[usize]) -> OpResult<Floats> {
    if broadcast(floats.dims(), dims)? != dims {
        return Err(OpError(format!("{:?} does not spread to {dims:?}", floats.dims())));
    }
    match spread_to(floats.into(), dims.to_vec())? {
        Tensor::Floats(floats) => Ok(floats),
        Tensor::Ints(_) => Err("it takes floats".into()),
    }
}

fn einsum(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let equation = call.attributes().text("equation", "")?.replace(' ', "");
    let (left, right) = equation.split_once("->").ok_or("its equation has no right side")?;
    let terms = left.split(',').collect::<Vec<_>>();
    let plain = |term: &str| term.chars().all(|letter| letter.is_ascii_alphabetic());
    if !terms.iter().copied().all(plain) || !plain(right) || terms.len() != call.count() {
        return Err(OpError(format!("the equation {equation:?}")));
    }
    let mut operands = Vec::with_capacity(terms.len());
    let mut sizes: Vec<(char, usize)> = Vec::new();
    for (place, term) in terms.iter().enumerate() {
        let floats = call.floats(place)?;
        if term.len() != floats.dims().len() {
            return Err(OpError(format!("the equation {equation:?} for {:?}", floats.dims())));
        }
        for (letter, &size) in term.chars().zip(floats.dims()) {
            match sizes.iter().find(|(known, _)| *known == letter) {
                Some((_, known)) if *known != size => return Err(OpError(format!("{letter} is {known} and {size}"))),
                Some(_) => {}
                None => sizes.push((letter, size)),
            }
        }
        operands.push(floats);
    }
    let size = |letter: char| sizes.iter().find(|(known, _)| *known == letter).map(|(_, size)| *size);
    let dims = right
        .chars()
        .map(size)
        .collect::<Option<Vec<_>>>()
        .ok_or("its right side has letters that its left has not")?;
    elements(&dims)?;
    let mut result: Option<(String, Floats)> = None;
    for (term, floats) in terms.iter().zip(operands) {
        result = Some(match result {
            None => ((*term).to_owned(), floats),
            Some((before, product)) => contract(&before, product, term, floats, &terms, right)?,
        });
    }
    let (letters, floats) = result.ok_or("it has no inputs")?;
    Ok(vec![summed_to(&letters, floats, right)?.into()])
}

/// Two operands as one product of batches of matrices.
fn contract(
    left: &str,
    first: Floats,
    right: &str,
    second: Floats,
    terms: &[&str],
    wanted: &str,
) -> OpResult<(String, Floats)> {
    // With more than two operands, a letter may be needed by a later one: keep all but what is summed at the end.
    let summable = |letter: char| terms.len() == 2 && !wanted.contains(letter);
    let both = |letter: &char| right.contains(*letter);
    let batch = left.chars().filter(|letter| both(letter) && !summable(*letter)).collect::<String>();
    let inner = left.chars().filter(|letter| both(letter) && summable(*letter)).collect::<String>();
    let rows = left.chars().filter(|letter| !both(letter)).collect::<String>();
    let columns = right.chars().filter(|letter| !left.contains(*letter)).collect::<String>();
    let (first, first_sizes) = grouped(left, first, [&batch, &rows, &inner])?;
    let (second, second_sizes) = grouped(right, second, [&batch, &inner, &columns])?;
    let result = product(first, second)?;
    let mut dims = first_sizes[0].clone();
    dims.extend(&first_sizes[1]);
    dims.extend(&second_sizes[2]);
    Ok((format!("{batch}{rows}{columns}"), result.reshaped(dims)?))
}

/// Axes brought into the order of three groups, each one axis then.
fn grouped(letters: &str, floats: Floats, groups: [&String; 3]) -> OpResult<(Floats, [Vec<usize>; 3])> {
    let find = |letter: char| letters.chars().position(|known| known == letter);
    let order = groups
        .iter()
        .flat_map(|group| group.chars())
        .map(find)
        .collect::<Option<Vec<_>>>()
        .ok_or("a letter twice in one term")?;
    if order.len() != letters.len() {
        return Err("a letter twice in one term".into());
    }
    let sizes = groups.map(|group| group.chars().filter_map(find).map(|axis| floats.dims()[axis]).collect::<Vec<_>>());
    let turned = super::arrange::permuted(floats.into(), &order)?;
    let flat = sizes.iter().map(|sizes| sizes.iter().product()).collect();
    match turned.reshaped(flat)? {
        Tensor::Floats(floats) => Ok((floats, sizes)),
        Tensor::Ints(_) => Err("it takes floats".into()),
    }
}

/// Sums the letters that are not wanted, and orders the others.
fn summed_to(letters: &str, floats: Floats, wanted: &str) -> OpResult<Floats> {
    let mut left = letters.to_owned();
    let (mut dims, mut held) = floats.into_parts();
    while let Some(axis) = left.chars().position(|letter| !wanted.contains(letter)) {
        held = Dispatch::float_sum_dim(held, axis);
        dims[axis] = 1;
        let all = Floats::held(dims.clone(), held);
        dims.remove(axis);
        left.remove(axis);
        held = all.reshaped(dims.clone())?.into_held();
    }
    let order =
        wanted.chars().map(|letter| left.find(letter)).collect::<Option<Vec<_>>>().ok_or("a letter that is nowhere")?;
    match super::arrange::permuted(Floats::held(dims, held).into(), &order)? {
        Tensor::Floats(floats) => Ok(floats),
        Tensor::Ints(_) => Err("it takes floats".into()),
    }
}

/// softmax(Q · Kᵗ · scale + mask) · V: what exporters write as three nodes or more. The key comes turned.
fn joined_attention(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let mut scale = call.attributes().float("scale", 1.0)?;
    let (mut query, mut key, value) = (call.floats(0)?, call.floats(1)?, call.floats(2)?);
    let mask = call.floats_if_any(3)?;
    for (place, side) in [(4, &mut query), (5, &mut key)] {
        if let Some(factor) = call.floats_if_any(place)? {
            match factor.known_scalar() {
                Some(factor) => scale *= factor,
                None => *side = super::elementwise::times(side.clone(), factor)?,
            }
        }
    }
    let rank = query.dims().len();
    if !(3..=4).contains(&rank)
        || query.dims()[..rank - 2] != key.dims()[..rank - 2]
        || query.dims()[..rank - 2] != value.dims()[..rank - 2]
    {
        return step_by_step(query, key, value, mask, scale).map(|result| vec![result.into()]);
    }
    let mut dims = query.dims()[..rank - 1].to_vec();
    dims.push(value.dims()[rank - 1]);
    let mask = match mask {
        Some(mask) => {
            let mut scores = query.dims()[..rank - 1].to_vec();
            scores.push(key.dims()[rank - 1]);
            Some(four(spread_floats(mask, &scores)?)?)
        }
        None => None,
    };
    let key = four(key)?;
    let turned = vec![key.dims()[0], key.dims()[1], key.dims()[3], key.dims()[2]];
    let key = Floats::held(turned, Dispatch::float_swap_dims(key.into_held(), 2, 3));
    let masks = Masks { bias: mask, hidden: None, causal: false };
    let result = attend(four(query)?, key, four(value)?, masks, f64::from(scale), call.home)?;
    Ok(vec![result.reshaped(dims)?.into()])
}

/// With one dimension more in front where there are three.
fn four(floats: Floats) -> OpResult<Floats> {
    ranked(floats, 4)
}

/// The same for any dimensions that spread.
fn step_by_step(query: Floats, key: Floats, value: Floats, mask: Option<Floats>, scale: f32) -> OpResult<Floats> {
    let (mut dims, held) = product(query, key)?.into_parts();
    let mut scores = Dispatch::float_mul_scalar(held, scalar(scale));
    if let Some(mask) = mask {
        let wide = broadcast(&dims, mask.dims())?;
        let rank = wide.len();
        let (left, right) = (ranked(Floats::held(dims, scores), rank)?, ranked(mask, rank)?);
        scores = Dispatch::float_add(left.into_held(), right.into_held());
        dims = wide;
    }
    let last = dims.len().checked_sub(1).ok_or("its scores are a scalar")?;
    product(Floats::held(dims, Dispatch::softmax(scores, last)), value)
}

struct Masks {
    bias: Option<Floats>,
    hidden: Option<Ints>,
    causal: bool,
}

fn attend(query: Floats, key: Floats, value: Floats, masks: Masks, scale: f64, device: &Device) -> OpResult<Floats> {
    let four = |floats: &Floats| {
        <[usize; 4]>::try_from(floats.dims()).map_err(|_| OpError::from("its inputs have not four dimensions"))
    };
    let ([batch, heads, places, width], [key_batch, key_heads, seen, key_width]) = (four(&query)?, four(&key)?);
    let [value_batch, value_heads, value_seen, depth] = four(&value)?;
    if (key_batch, key_heads, value_batch, value_heads) != (batch, heads, batch, heads)
        || key_width != width
        || value_seen != seen
    {
        return Err("its query, key and value do not go together".into());
    }
    let dims = vec![batch, heads, places, depth];
    elements(&[batch, heads, places, seen])?;
    let scores = [batch, heads, places, seen];
    let bias = masks.bias.map(|bias| spread_floats(bias, &scores)).transpose()?;
    let hidden = match masks.hidden {
        Some(hidden) => match spread_to(hidden.into(), scores.to_vec())? {
            Tensor::Ints(hidden) => Some(upload_mask(&hidden, device)),
            Tensor::Floats(_) => None,
        },
        None => None,
    };
    let options = AttentionModuleOptions { scale: Some(scale), softcap: None, is_causal: masks.causal };
    let held = Dispatch::attention(
        query.into_held(),
        key.into_held(),
        value.into_held(),
        hidden,
        bias.map(Floats::into_held),
        options,
    );
    Ok(Floats::held(dims, held))
}

/// Attention as one operator (opset 23), without the caches of generation.
fn attention(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if call.has(4) || call.has(5) || (1..4).any(|place| call.wants(place)) {
        return Err("it keeps keys and values of earlier runs".into());
    }
    let attributes = call.attributes();
    if attributes.float("softcap", 0.0)? != 0.0 {
        return Err("it caps its scores".into());
    }
    let (query, key, value) = (call.floats(0)?, call.floats(1)?, call.floats(2)?);
    let flat = query.dims().len() == 3;
    let heads = |name: &str| Ok::<_, OpError>(usize::try_from(attributes.int(name, 0)?).unwrap_or(0));
    let (query_heads, key_heads) = (heads("q_num_heads")?, heads("kv_num_heads")?);
    let query = with_heads(query, query_heads)?;
    let (key, value) = (with_heads(key, key_heads)?, with_heads(value, key_heads)?);
    let groups = query.dims()[1] / key.dims()[1].max(1);
    let (key, value) = (repeated(key, groups)?, repeated(value, groups)?);
    let width = query.dims()[3];
    let scale = match attributes.get("scale") {
        Some(_) => f64::from(attributes.float("scale", 1.0)?),
        None => 1.0 / (width as f64).sqrt(),
    };
    let mut masks = Masks { bias: None, hidden: None, causal: attributes.flag("is_causal", false)? };
    if call.has(3) {
        match call.take(3)? {
            Tensor::Floats(bias) => masks.bias = Some(bias),
            // Here a place is seen where the mask says so; burn hides where it says so.
            Tensor::Ints(seen) => masks.hidden = Some(seen.map(seen.kind(), |value| i64::from(value == 0))),
        }
    }
    let result = attend(query, key, value, masks, scale, call.home)?;
    if !flat {
        return Ok(vec![result.into()]);
    }
    let [batch, heads, places, depth] =
        <[usize; 4]>::try_from(result.dims()).map_err(|_| "it has not four dimensions")?;
    let turned = super::arrange::permuted(result.into(), &[0, 2, 1, 3])?;
    Ok(vec![turned.reshaped(vec![batch, places, heads * depth])?])
}

fn with_heads(floats: Floats, heads: usize) -> OpResult<Floats> {
    let &[batch, places, width] = floats.dims() else {
        return if floats.dims().len() == 4 {
            Ok(floats)
        } else {
            Err("its inputs have neither three nor four dimensions".into())
        };
    };
    if heads == 0 || width % heads != 0 {
        return Err("its heads do not share its width".into());
    }
    match super::arrange::permuted(floats.reshaped(vec![batch, places, heads, width / heads])?.into(), &[0, 2, 1, 3])? {
        Tensor::Floats(floats) => Ok(floats),
        Tensor::Ints(_) => Err("it takes floats".into()),
    }
}

/// Each head for a group of the query's.
fn repeated(floats: Floats, times: usize) -> OpResult<Floats> {
    if times <= 1 {
        return Ok(floats);
    }
    let [batch, heads, places, width] =
        <[usize; 4]>::try_from(floats.dims()).map_err(|_| "it has not four dimensions")?;
    let wide = vec![batch, heads, times, places, width];
    elements(&wide)?;
    let spread = spread_floats(floats.reshaped(vec![batch, heads, 1, places, width])?, &wide)?;
    spread.reshaped(vec![batch, heads * times, places, width])
}

//! Operators that move elements about: shapes, order, joining and cutting.

use burn::backend::Dispatch;
use burn::backend::Slice;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::ops::PadMode;

use super::call::{Call, axes, axis};
use super::strided::{pick_axis, spread, strides, walk};
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Ints, MAX_RANK, Tensor, burn_shape, elements, int_elements};

pub(super) const TABLE: &[Operator] = &[
    op("Reshape", Fixed::ByFrom(1), reshape),
    op("Transpose", Fixed::Dims, transpose),
    op("Flatten", Fixed::Dims, flatten),
    op("Squeeze", Fixed::ByFrom(1), squeeze),
    op("Unsqueeze", Fixed::ByFrom(1), unsqueeze),
    op("Identity", Fixed::Dims, identity),
    op("Dropout", Fixed::Dims, dropout),
    op("Expand", Fixed::ByFrom(1), expand),
    op("Tile", Fixed::ByFrom(1), tile),
    op("Pad", Fixed::ByFrom(1), pad),
    op("Concat", Fixed::Dims, concat),
    op("Split", Fixed::ByFrom(1), split),
    op("Slice", Fixed::ByFrom(1), slice),
    op("DepthToSpace", Fixed::Dims, depth_to_space),
    op("SpaceToDepth", Fixed::Dims, space_to_depth),
];

fn reshape(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = match call.attributes().ints("shape")? {
        Some(shape) => shape.to_vec(),
        None => call.ints(1)?.data().to_vec(),
    };
    let zero_is_zero = call.attributes().flag("allowzero", false)?;
    let tensor = call.take(0)?;
    let mut dims = Vec::with_capacity(wanted.len());
    let mut open = None;
    for (place, &wish) in wanted.iter().enumerate() {
        dims.push(match wish {
            -1 if open.is_none() => {
                open = Some(place);
                1
            }
            0 if !zero_is_zero => *tensor.dims().get(place).ok_or("it keeps a dimension that is not there")?,
            wish => usize::try_from(wish).map_err(|_| OpError(format!("the shape {wanted:?}")))?,
        });
    }
    let known = elements(&dims)?;
    if let Some(place) = open {
        let count = tensor.count();
        if known == 0 || count % known != 0 {
            return Err(OpError(format!("{:?} cannot be reshaped to {wanted:?}", tensor.dims())));
        }
        dims[place] = count / known;
    }
    Ok(vec![tensor.reshaped(dims)?])
}

fn transpose(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let tensor = call.take(0)?;
    let rank = tensor.rank();
    let order = match call.attributes().ints("perm")? {
        Some(given) => given.iter().map(|&given| axis(given, rank)).collect::<OpResult<Vec<_>>>()?,
        None => (0..rank).rev().collect(),
    };
    Ok(vec![permuted(tensor, &order)?])
}

/// The axes in another order.
pub(super) fn permuted(tensor: Tensor, order: &[usize]) -> OpResult<Tensor> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..tensor.rank()) {
        return Err(OpError(format!("{order:?} is no order of {} axes", tensor.rank())));
    }
    if order.iter().copied().eq(0..order.len()) {
        return Ok(tensor);
    }
    match tensor {
        Tensor::Floats(floats) => Ok(permuted_floats(floats, order).into()),
        Tensor::Ints(ints) => {
            let dims = order.iter().map(|&axis| ints.dims()[axis]).collect::<Vec<_>>();
            let own = strides(ints.dims());
            let steps = order.iter().map(|&axis| own[axis]).collect::<Vec<_>>();
            let data = walk(&dims, &steps, 0)?.into_iter().map(|place| ints.data()[place]).collect();
            Ok(Ints::new(dims, ints.kind(), data)?.into())
        }
    }
}

/// The same of floats, by an order of their axes.
pub(super) fn permuted_floats(floats: Floats, order: &[usize]) -> Floats {
    let dims = order.iter().map(|&axis| floats.dims()[axis]).collect();
    Floats::held(dims, Dispatch::float_permute(floats.into_held(), order))
}

fn flatten(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let tensor = call.take(0)?;
    let given = call.attributes().int("axis", 1)?;
    // One past the last axis is allowed here.
    let at = if given == tensor.rank() as i64 { tensor.rank() } else { axis(given, tensor.rank())? };
    let (front, back) = tensor.dims().split_at(at);
    let dims = vec![front.iter().product(), back.iter().product()];
    Ok(vec![tensor.reshaped(dims)?])
}

/// Axes from the attribute (until opset 12) or the input.
fn axes_wanted(call: &mut Call<'_>) -> OpResult<Option<Vec<i64>>> {
    match call.attributes().ints("axes")? {
        Some(axes) => Ok(Some(axes.to_vec())),
        None => call.list(1),
    }
}

fn squeeze(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = axes_wanted(call)?;
    let tensor = call.take(0)?;
    let gone = match wanted {
        Some(wanted) => axes(&wanted, tensor.rank())?,
        None => (0..tensor.rank()).filter(|&axis| tensor.dims()[axis] == 1).collect(),
    };
    if gone.iter().any(|&axis| tensor.dims()[axis] != 1) {
        return Err(OpError(format!("{:?} is not 1 along {gone:?}", tensor.dims())));
    }
    let dims = tensor.dims().iter().enumerate().filter(|(axis, _)| !gone.contains(axis)).map(|(_, &dim)| dim).collect();
    Ok(vec![tensor.reshaped(dims)?])
}

fn unsqueeze(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = axes_wanted(call)?.ok_or("it names no axes")?;
    let tensor = call.take(0)?;
    let rank = tensor.rank() + wanted.len();
    if rank > MAX_RANK {
        return Err(OpError(format!("{rank} dimensions")));
    }
    let new = axes(&wanted, rank)?;
    let mut own = tensor.dims().iter().copied();
    let dims = (0..rank).map(|axis| if new.contains(&axis) { 1 } else { own.next().unwrap_or(1) }).collect();
    Ok(vec![tensor.reshaped(dims)?])
}

fn identity(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    Ok(vec![call.take(0)?])
}

fn dropout(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if call.wants(1) {
        return Err("its mask is only there in training".into());
    }
    Ok(vec![call.take(0)?])
}

fn expand(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = call.ints(1)?.data().iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
    let wanted = wanted.map_err(|_| "a negative dimension")?;
    let tensor = call.take(0)?;
    let dims = super::strided::broadcast(tensor.dims(), &wanted)?;
    Ok(vec![spread_to(tensor, dims)?])
}

/// A tensor repeated along the axes where it has one element.
pub(super) fn spread_to(tensor: Tensor, dims: Vec<usize>) -> OpResult<Tensor> {
    if tensor.dims() == dims {
        return Ok(tensor);
    }
    match tensor {
        Tensor::Floats(floats) => {
            let mut own = vec![1; dims.len() - floats.dims().len()];
            own.extend_from_slice(floats.dims());
            let held = Dispatch::float_expand(floats.reshaped(own)?.into_held(), burn_shape(&dims));
            Ok(Floats::held(dims, held).into())
        }
        Tensor::Ints(ints) => {
            let data = spread(ints.dims(), &dims)?.into_iter().map(|place| ints.data()[place]).collect();
            Ok(Ints::new(dims, ints.kind(), data)?.into())
        }
    }
}

fn tile(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let times = call.ints(1)?;
    let mut tensor = call.take(0)?;
    if times.data().len() != tensor.rank() {
        return Err("it does not say for each axis how often".into());
    }
    for (axis, &times) in times.data().iter().enumerate() {
        let times = usize::try_from(times).map_err(|_| "a negative number of repetitions")?;
        let mut dims = tensor.dims().to_vec();
        dims[axis] = dims[axis].checked_mul(times).ok_or("too many repetitions")?;
        elements(&dims)?;
        tensor = match tensor {
            _ if times == 1 => tensor,
            Tensor::Floats(floats) if times > 0 => {
                Floats::held(dims, Dispatch::float_repeat_dim(floats.into_held(), axis, times)).into()
            }
            other => {
                int_elements(&dims)?;
                let size = other.dims()[axis] as i64;
                let places = (0..times as i64 * size).map(|place| place % size).collect::<Vec<_>>();
                pick_axis(other, axis, &places, call.home)?
            }
        };
    }
    Ok(vec![tensor])
}

fn pad(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let mode = call.attributes().text("mode", "constant")?.to_owned();
    let widths = match call.attributes().ints("pads")? {
        Some(pads) => pads.to_vec(),
        None => call.ints(1)?.data().to_vec(),
    };
    let chosen = call.list(3)?;
    let rank = call.peek(0)?.rank();
    let which = match chosen {
        Some(chosen) => chosen.iter().map(|&given| axis(given, rank)).collect::<OpResult<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    if widths.len() != which.len() * 2 {
        return Err("its pads are not two for each axis".into());
    }
    let mut both = vec![(0i64, 0i64); rank];
    for (place, &axis) in which.iter().enumerate() {
        both[axis] = (widths[place], widths[which.len() + place]);
    }
    if mode == "constant" {
        return pad_constant(call, &both);
    }
    let mut tensor = call.take(0)?;
    for (axis, &(before, behind)) in both.iter().enumerate() {
        let size = tensor.dims()[axis] as i64;
        if (before, behind) == (0, 0) {
            continue;
        }
        let mut dims = tensor.dims().to_vec();
        dims[axis] = usize::try_from(before.saturating_add(size).saturating_add(behind))
            .map_err(|_| "it cuts off more than there is")?;
        elements(&dims)?;
        int_elements(&dims[axis..=axis])?;
        let places =
            (-before..size + behind).map(|place| mirrored(&mode, place, size)).collect::<OpResult<Vec<_>>>()?;
        tensor = pick_axis(tensor, axis, &places, call.home)?;
    }
    Ok(vec![tensor])
}

/// Where an element outside of the tensor comes from.
fn mirrored(mode: &str, place: i64, size: i64) -> OpResult<i64> {
    match mode {
        _ if size == 0 => Err("nothing to pad with".into()),
        "edge" => Ok(place.clamp(0, size - 1)),
        "wrap" => Ok(place.rem_euclid(size)),
        "reflect" if size == 1 => Ok(0),
        "reflect" => {
            let period = 2 * (size - 1);
            let inside = place.rem_euclid(period);
            Ok(inside.min(period - inside))
        }
        other => Err(OpError(format!("it pads with {other:?}"))),
    }
}

fn pad_constant(call: &mut Call<'_>, both: &[(i64, i64)]) -> OpResult<Vec<Tensor>> {
    // What is cut off first, then what is added.
    let mut tensor = call.take(0)?;
    for (axis, &(before, behind)) in both.iter().enumerate() {
        let size = tensor.dims()[axis] as i64;
        if before < 0 || behind < 0 {
            let (start, end) = ((-before).max(0), size - (-behind).max(0));
            if start > end {
                return Err("it cuts off more than there is".into());
            }
            tensor = cut(tensor, axis, start as usize, end as usize)?;
        }
    }
    let added =
        both.iter().map(|&(before, behind)| (before.max(0) as usize, behind.max(0) as usize)).collect::<Vec<_>>();
    let grown =
        tensor.dims().iter().zip(&added).map(|(&dim, &(before, behind))| dim.checked_add(before)?.checked_add(behind));
    let dims = grown.collect::<Option<Vec<_>>>().ok_or("too much is added")?;
    elements(&dims)?;
    if added.iter().all(|widths| *widths == (0, 0)) {
        return Ok(vec![tensor]);
    }
    match tensor {
        Tensor::Floats(floats) => {
            let value = match call.attributes().get("value") {
                Some(_) => call.attributes().float("value", 0.0)?,
                None => call.float(2)?.unwrap_or(0.0),
            };
            let padded = Dispatch::float_pad(floats.into_held(), &added, PadMode::Constant(value));
            Ok(vec![Floats::held(dims, padded).into()])
        }
        Tensor::Ints(ints) => {
            let value = if call.has(2) { call.number(2)? } else { 0 };
            let mut data = vec![value; int_elements(&dims)?];
            let own = strides(&dims);
            let start = added.iter().zip(&own).map(|(&(before, _), step)| before as isize * step).sum();
            for (place, &element) in walk(ints.dims(), &own, start)?.into_iter().zip(ints.data()) {
                data[place] = element;
            }
            Ok(vec![Ints::new(dims, ints.kind(), data)?.into()])
        }
    }
}

fn concat(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let parts = (0..call.count()).map(|place| call.take(place)).collect::<OpResult<Vec<_>>>()?;
    let first = parts.first().ok_or("nothing to join")?;
    let along = axis(call.attributes().int("axis", 0)?, first.rank())?;
    let mut dims = first.dims().to_vec();
    for part in &parts {
        let same =
            part.rank() == dims.len() && (0..dims.len()).all(|axis| axis == along || part.dims()[axis] == dims[axis]);
        if !same {
            return Err(OpError(format!("{:?} cannot be joined with {dims:?} along {along}", part.dims())));
        }
    }
    dims[along] = parts.iter().map(|part| part.dims()[along]).sum();
    elements(&dims)?;
    Ok(vec![join(parts, along, dims)?])
}

fn join(parts: Vec<Tensor>, along: usize, dims: Vec<usize>) -> OpResult<Tensor> {
    if parts.iter().all(|part| matches!(part, Tensor::Floats(_))) {
        let full = parts.into_iter().filter(|part| part.count() > 0);
        let held =
            full.filter_map(|part| if let Tensor::Floats(floats) = part { Some(floats.into_held()) } else { None });
        let held = held.collect::<Vec<_>>();
        if held.is_empty() {
            return Err("nothing to join".into());
        }
        return Ok(Floats::held(dims, Dispatch::float_cat(held, along)).into());
    }
    let ints = parts.into_iter().map(|part| {
        if let Tensor::Ints(ints) = part { Ok(ints) } else { Err(OpError::from("it joins floats with integers")) }
    });
    let ints = ints.collect::<OpResult<Vec<_>>>()?;
    let outer = dims[..along].iter().product::<usize>();
    let mut data = Vec::with_capacity(int_elements(&dims)?);
    for block in 0..outer {
        for part in &ints {
            let length = part.dims()[along..].iter().product::<usize>();
            data.extend_from_slice(&part.data()[block * length..(block + 1) * length]);
        }
    }
    Ok(Ints::new(dims, ints[0].kind(), data)?.into())
}

fn split(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let given = match call.attributes().ints("split")? {
        Some(sizes) => Some(sizes.to_vec()),
        None => call.list(1)?,
    };
    let tensor = call.take(0)?;
    let along = axis(call.attributes().int("axis", 0)?, tensor.rank())?;
    let size = tensor.dims()[along];
    let sizes = match given {
        Some(sizes) => sizes
            .iter()
            .map(|&size| usize::try_from(size))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "a negative size")?,
        None => {
            // The last part may be smaller.
            let parts = call.attributes().int("num_outputs", call.wanted() as i64)?.max(1) as usize;
            let each = size.div_ceil(parts);
            (0..parts).map(|part| each.min(size.saturating_sub(part * each))).collect()
        }
    };
    if sizes.iter().try_fold(0usize, |sum, &size| sum.checked_add(size)) != Some(size) {
        return Err(OpError(format!("{size} cannot be split into {sizes:?}")));
    }
    let mut start = 0;
    let mut parts = Vec::with_capacity(sizes.len());
    for size in sizes {
        parts.push(cut(tensor.clone(), along, start, start + size)?);
        start += size;
    }
    Ok(parts)
}

/// The part from `start` to `end` along one axis.
pub(super) fn cut(tensor: Tensor, along: usize, start: usize, end: usize) -> OpResult<Tensor> {
    if (start, end) == (0, tensor.dims()[along]) {
        return Ok(tensor);
    }
    let mut dims = tensor.dims().to_vec();
    dims[along] = end - start;
    match tensor {
        Tensor::Floats(floats) => {
            let mut slices = vec![Slice::full(); dims.len()];
            slices[along] = Slice::new(start as isize, Some(end as isize), 1);
            Ok(Floats::held(dims, Dispatch::float_slice(floats.into_held(), &slices)).into())
        }
        Tensor::Ints(ints) => {
            let own = strides(ints.dims());
            let places = walk(&dims, &own, own[along] * start as isize)?;
            Ok(Ints::new(dims, ints.kind(), places.into_iter().map(|place| ints.data()[place]).collect())?.into())
        }
    }
}

fn slice(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let from_attribute = |name: &str| Ok::<_, OpError>(call.attributes().ints(name)?.map(<[i64]>::to_vec));
    let (starts, ends, given, steps) = match from_attribute("starts")? {
        Some(starts) => (starts, from_attribute("ends")?.ok_or("it has no ends")?, from_attribute("axes")?, None),
        None => (call.ints(1)?.data().to_vec(), call.ints(2)?.data().to_vec(), call.list(3)?, call.list(4)?),
    };
    let mut tensor = call.take(0)?;
    let rank = tensor.rank();
    let which = match given {
        Some(given) => given.iter().map(|&given| axis(given, rank)).collect::<OpResult<Vec<_>>>()?,
        None => (0..starts.len()).collect(),
    };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if starts.len() > rank || [ends.len(), which.len(), steps.len()] != [starts.len(); 3] {
        return Err("its starts, ends, axes and steps are not of one length".into());
    }
    for (place, &axis) in which.iter().enumerate() {
        let size = tensor.dims()[axis] as i64;
        let (start, end) = bounds(starts[place], ends[place], steps[place], size)?;
        tensor = match steps[place] {
            1 => cut(tensor, axis, start as usize, end.max(start) as usize)?,
            step => {
                let mut places = Vec::new();
                let mut at = start;
                while if step > 0 { at < end } else { at > end } {
                    places.push(at);
                    at = at.saturating_add(step);
                }
                pick_axis(tensor, axis, &places, call.home)?
            }
        };
    }
    Ok(vec![tensor])
}

/// A start and an end within the axis, as the format clamps them.
fn bounds(start: i64, end: i64, step: i64, size: i64) -> OpResult<(i64, i64)> {
    let from_front = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    match step {
        0 => Err("a step of nothing".into()),
        1.. => Ok((from_front(start).clamp(0, size), from_front(end).clamp(0, size))),
        _ => Ok((from_front(start).clamp(-1, size - 1), from_front(end).clamp(-1, size - 1))),
    }
}

fn blocks(call: &mut Call<'_>) -> OpResult<(Tensor, [usize; 4], usize)> {
    let block = usize::try_from(call.attributes().int("blocksize", 0)?).unwrap_or(0);
    let tensor = call.take(0)?;
    let dims = <[usize; 4]>::try_from(tensor.dims()).map_err(|_| "its input has not four dimensions")?;
    if block == 0 || block > 1 << 12 { Err("its block has no size".into()) } else { Ok((tensor, dims, block)) }
}

fn depth_to_space(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (tensor, [batch, channels, height, width], block) = blocks(call)?;
    if channels % (block * block) != 0 {
        return Err("its channels do not make whole blocks".into());
    }
    let depth = channels / (block * block);
    let tensor = match call.attributes().text("mode", "DCR")? {
        "DCR" => permuted(tensor.reshaped(vec![batch, block, block, depth, height, width])?, &[0, 3, 4, 1, 5, 2])?,
        _ => permuted(tensor.reshaped(vec![batch, depth, block, block, height, width])?, &[0, 1, 4, 2, 5, 3])?,
    };
    Ok(vec![tensor.reshaped(vec![batch, depth, height * block, width * block])?])
}

fn space_to_depth(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (tensor, [batch, channels, height, width], block) = blocks(call)?;
    if height % block != 0 || width % block != 0 {
        return Err("its sides do not make whole blocks".into());
    }
    let (rows, columns) = (height / block, width / block);
    let tensor = permuted(tensor.reshaped(vec![batch, channels, rows, block, columns, block])?, &[0, 3, 5, 1, 2, 4])?;
    Ok(vec![tensor.reshaped(vec![batch, channels * block * block, rows, columns])?])
}

//! Operators that take or put elements by indices.

use super::arrange::permuted;
use super::call::{Call, axis};
use super::strided::{pick, pick_axis, strides, walk};
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, IntKind, Ints, Tensor, elements, int_elements};

pub(super) const TABLE: &[Operator] = &[
    op("Gather", Fixed::Dims, gather),
    op("joined.Rows", Fixed::Dims, fetch_rows),
    op("GatherElements", Fixed::Dims, gather_elements),
    op("GatherND", Fixed::Dims, gather_nd),
    op("ScatterElements", Fixed::Dims, scatter_elements),
    op("ScatterND", Fixed::Dims, scatter_nd),
    op("OneHot", Fixed::ByFrom(1), one_hot),
    op("NonZero", Fixed::Never, non_zero),
    op("ArgMax", Fixed::Dims, |call| extreme(call, |new, best| new > best)),
    op("ArgMin", Fixed::Dims, |call| extreme(call, |new, best| new < best)),
    op("TopK", Fixed::ByFrom(1), top_k),
    op("CumSum", Fixed::ByFrom(1), cumulative_sum),
    op("Trilu", Fixed::ByFrom(1), triangle),
];

/// An index from the front.
fn place(index: i64, size: usize) -> OpResult<i64> {
    let from_front = if index < 0 { index + size as i64 } else { index };
    if (0..size as i64).contains(&from_front) {
        Ok(from_front)
    } else {
        Err(OpError(format!("an index {index} of {size}")))
    }
}

fn gather(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let indices = call.ints(1)?;
    let tensor = call.take(0)?;
    let along = axis(call.attributes().int("axis", 0)?, tensor.rank())?;
    let size = tensor.dims()[along];
    let places = indices.data().iter().map(|&index| place(index, size)).collect::<OpResult<Vec<_>>>()?;
    let mut dims = tensor.dims()[..along].to_vec();
    dims.extend_from_slice(indices.dims());
    dims.extend_from_slice(&tensor.dims()[along + 1..]);
    elements(&dims)?;
    let picked = match places[..] {
        // One place is a slice: nothing is copied.
        [one] => super::arrange::cut(tensor, along, one as usize, one as usize + 1)?,
        _ => pick_axis(tensor, along, &places, call.home)?,
    };
    Ok(vec![picked.reshaped(dims)?])
}

/// Rows of a table that stays in its file.
fn fetch_rows(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let table = call.attributes().table("table")?;
    let indices = call.ints(0)?;
    let mut dims = indices.dims().to_vec();
    dims.push(table.columns());
    elements(&dims)?;
    let place = |&index: &i64| place(index, table.rows()).map(|place| place as usize);
    let places = indices.data().iter().map(place).collect::<OpResult<Vec<_>>>()?;
    Ok(vec![Floats::new(dims, table.fetch(&places)?, call.home)?.into()])
}

/// For each element of `indices`, the place in a tensor of `dims` that differs from its own along one axis.
fn places_along(dims: &[usize], indices: &Ints, along: usize) -> OpResult<Vec<usize>> {
    let fits = indices.dims().len() == dims.len()
        && indices.dims().iter().zip(dims).enumerate().all(|(axis, (own, all))| axis == along || own <= all);
    if !fits {
        return Err(OpError(format!("indices of {:?} for {dims:?}", indices.dims())));
    }
    let mut steps = strides(dims);
    let step = std::mem::replace(&mut steps[along], 0);
    let bases = walk(indices.dims(), &steps, 0)?;
    let along_axis =
        indices.data().iter().map(|&index| Ok::<_, OpError>(place(index, dims[along])? as usize * step as usize));
    bases.into_iter().zip(along_axis).map(|(base, offset)| Ok(base + offset?)).collect()
}

fn gather_elements(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let indices = call.ints(1)?;
    let tensor = call.take(0)?;
    let along = axis(call.attributes().int("axis", 0)?, tensor.rank())?;
    let places = places_along(tensor.dims(), &indices, along)?;
    Ok(vec![pick(tensor, &places, indices.dims().to_vec(), call.home)?])
}

/// The first element of each block that a row of indices names, and how long such blocks are.
fn blocks(dims: &[usize], indices: &Ints, batches: usize) -> OpResult<(Vec<usize>, Vec<usize>)> {
    let depth = *indices.dims().last().ok_or("its indices are a scalar")?;
    let rest = dims.get(batches + depth..).ok_or("its indices are longer than the tensor has axes")?.to_vec();
    let own = strides(dims);
    let rows = indices.data().len() / depth.max(1);
    let per_batch = rows / dims[..batches].iter().product::<usize>().max(1);
    let batch_step = dims[batches..].iter().product::<usize>();
    let mut starts = Vec::with_capacity(rows);
    for (row, index) in indices.data().chunks_exact(depth.max(1)).enumerate() {
        let mut start = row.checked_div(per_batch).unwrap_or(0) * batch_step;
        if batches == 0 {
            start = 0;
        }
        for (level, &index) in index.iter().enumerate() {
            start += place(index, dims[batches + level])? as usize * own[batches + level] as usize;
        }
        starts.push(start);
    }
    Ok((starts, rest))
}

fn gather_nd(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let indices = call.ints(1)?;
    let tensor = call.take(0)?;
    let batches = usize::try_from(call.attributes().int("batch_dims", 0)?).unwrap_or(0);
    if batches >= indices.dims().len()
        || batches > tensor.rank()
        || indices.dims()[..batches] != tensor.dims()[..batches]
    {
        return Err("its batches do not match".into());
    }
    let (starts, rest) = blocks(tensor.dims(), &indices, batches)?;
    let length = rest.iter().product::<usize>();
    let mut dims = indices.dims()[..indices.dims().len() - 1].to_vec();
    dims.extend_from_slice(&rest);
    int_elements(&dims)?;
    let places = starts.iter().flat_map(|start| *start..start + length).collect::<Vec<_>>();
    Ok(vec![pick(tensor, &places, dims, call.home)?])
}

/// How a new element joins the one that is there.
fn reduction(call: &Call<'_>) -> OpResult<fn(f64, f64) -> f64> {
    Ok(match call.attributes().text("reduction", "none")? {
        "none" => |_, new| new,
        "add" => |old, new| old + new,
        "mul" => |old, new| old * new,
        "max" => f64::max,
        "min" => f64::min,
        other => return Err(OpError(format!("a reduction {other:?}"))),
    })
}

/// The tensor with elements put at places. On the host: such operators stand before small tensors only.
fn put(call: &Call<'_>, into: Tensor, places: &[usize], updates: Tensor) -> OpResult<Vec<Tensor>> {
    let join = reduction(call)?;
    if updates.count() != places.len() {
        return Err("its updates are not as many as its indices".into());
    }
    Ok(vec![match (into, updates) {
        (Tensor::Floats(into), Tensor::Floats(updates)) => {
            let mut data = into.to_host()?.to_vec();
            for (place, new) in places.iter().zip(updates.to_host()?.iter()) {
                data[*place] = join(f64::from(data[*place]), f64::from(*new)) as f32;
            }
            Floats::new(into.dims().to_vec(), data, call.home)?.into()
        }
        (Tensor::Ints(into), Tensor::Ints(updates)) => {
            let mut data = into.data().to_vec();
            let replace = call.attributes().text("reduction", "none")? == "none";
            for (place, &new) in places.iter().zip(updates.data()) {
                // Not by way of floats, which do not hold every integer.
                data[*place] =
                    if replace { new } else { into.kind().wrap(join(data[*place] as f64, new as f64) as i64) };
            }
            Ints::new(into.dims().to_vec(), into.kind(), data)?.into()
        }
        _ => return Err("it puts floats among integers".into()),
    }])
}

fn scatter_elements(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (into, indices, updates) = (call.take(0)?, call.ints(1)?, call.take(2)?);
    let along = axis(call.attributes().int("axis", 0)?, into.rank())?;
    let places = places_along(into.dims(), &indices, along)?;
    put(call, into, &places, updates)
}

fn scatter_nd(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (into, indices, updates) = (call.take(0)?, call.ints(1)?, call.take(2)?);
    let (starts, rest) = blocks(into.dims(), &indices, 0)?;
    let length = rest.iter().product::<usize>();
    if starts.len().checked_mul(length) != Some(updates.count()) {
        return Err("its updates are not as many as its indices".into());
    }
    let places = starts.iter().flat_map(|start| *start..start + length).collect::<Vec<_>>();
    put(call, into, &places, updates)
}

fn one_hot(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let whole = |tensor: Tensor| match tensor {
        Tensor::Ints(ints) => Ok::<_, OpError>(ints),
        Tensor::Floats(floats) => {
            let data = floats.to_host()?.iter().map(|&value| value as i64).collect();
            Ints::new(floats.dims().to_vec(), IntKind::I64, data)
        }
    };
    let indices = whole(call.take(0)?)?;
    let depth = *whole(call.take(1)?)?.data().first().ok_or("it has no depth")?;
    let depth = usize::try_from(depth).map_err(|_| "a negative depth")?;
    let values = call.take(2)?;
    let rank = indices.dims().len() + 1;
    let along = axis(call.attributes().int("axis", -1)?, rank)?;
    let mut dims = indices.dims().to_vec();
    dims.insert(along, depth);
    let inner = dims[along + 1..].iter().product::<usize>();
    let hot = |place: usize| {
        let (outer, level, within) = (place / inner / depth, place / inner % depth, place % inner);
        let index = indices.data()[outer * inner + within];
        (if index < 0 { index + depth as i64 } else { index }) == level as i64
    };
    let count = int_elements(&dims)?;
    Ok(vec![match values {
        Tensor::Floats(values) => {
            let values = values.to_host()?;
            let &[off, on] = &values[..] else { return Err("it needs two values".into()) };
            Floats::new(dims, (0..count).map(|place| if hot(place) { on } else { off }).collect(), call.home)?.into()
        }
        Tensor::Ints(values) => {
            let &[off, on] = values.data() else { return Err("it needs two values".into()) };
            Ints::new(dims, values.kind(), (0..count).map(|place| if hot(place) { on } else { off }).collect())?.into()
        }
    }])
}

fn non_zero(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let tensor = call.take(0)?;
    let dims = tensor.dims().to_vec();
    let found = match tensor {
        Tensor::Ints(ints) => {
            ints.data().iter().enumerate().filter(|(_, value)| **value != 0).map(|(place, _)| place).collect::<Vec<_>>()
        }
        Tensor::Floats(floats) => {
            floats.to_host()?.iter().enumerate().filter(|(_, value)| **value != 0.0).map(|(place, _)| place).collect()
        }
    };
    let own = strides(&dims);
    let along =
        |axis: usize| found.iter().map(|place| (place / own[axis] as usize % dims[axis]) as i64).collect::<Vec<_>>();
    let data = (0..dims.len()).flat_map(along).collect();
    Ok(vec![Ints::new(vec![dims.len(), found.len()], IntKind::I64, data)?.into()])
}

/// Every row along the axis, on the host.
fn rows(dims: &[usize], along: usize) -> OpResult<(Vec<Vec<usize>>, Vec<usize>)> {
    int_elements(dims)?;
    let size = dims[along];
    let inner = dims[along + 1..].iter().product::<usize>();
    let outer = dims[..along].iter().product::<usize>();
    let row = |start: usize| (0..size).map(|step| start + step * inner).collect::<Vec<_>>();
    let starts = (0..outer).flat_map(|block| (0..inner).map(move |within| block * size * inner + within));
    let mut less = dims.to_vec();
    less[along] = 1;
    Ok((starts.map(row).collect(), less))
}

/// The elements as numbers that compare as the elements do.
fn comparable(tensor: &Tensor) -> OpResult<Vec<f64>> {
    Ok(match tensor {
        Tensor::Floats(floats) => floats.to_host()?.iter().map(|&value| f64::from(value)).collect(),
        Tensor::Ints(ints) => ints.data().iter().map(|&value| value as f64).collect(),
    })
}

fn extreme(call: &mut Call<'_>, better: fn(f64, f64) -> bool) -> OpResult<Vec<Tensor>> {
    let tensor = call.take(0)?;
    let along = axis(call.attributes().int("axis", 0)?, tensor.rank())?;
    let keeps = call.attributes().flag("keepdims", true)?;
    let last = call.attributes().flag("select_last_index", false)?;
    let data = comparable(&tensor)?;
    let (rows, mut dims) = rows(tensor.dims(), along)?;
    let best = |row: &Vec<usize>| {
        let mut best = 0;
        for step in 1..row.len() {
            let (new, old) = (data[row[step]], data[row[best]]);
            if better(new, old) || (last && new == old) {
                best = step;
            }
        }
        best as i64
    };
    let found = rows.iter().map(best).collect();
    if !keeps {
        dims.remove(along);
    }
    Ok(vec![Ints::new(dims, IntKind::I64, found)?.into()])
}

fn top_k(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = match call.attributes().int("k", -1)? {
        -1 => call.number(1)?,
        wanted => wanted,
    };
    let tensor = call.take(0)?;
    let along = axis(call.attributes().int("axis", -1)?, tensor.rank())?;
    let largest = call.attributes().flag("largest", true)?;
    let wanted = usize::try_from(wanted)
        .ok()
        .filter(|wanted| *wanted <= tensor.dims()[along])
        .ok_or("it wants more than there is")?;
    let data = comparable(&tensor)?;
    let (rows, mut dims) = rows(tensor.dims(), along)?;
    let mut order = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut steps = (0..row.len()).collect::<Vec<_>>();
        let by = |left: &usize, right: &usize| data[row[*left]].total_cmp(&data[row[*right]]);
        // Stable, so that of equals the first comes first.
        steps.sort_by(|left, right| if largest { by(right, left) } else { by(left, right) });
        steps.truncate(wanted);
        order.push(steps);
    }
    dims[along] = wanted;
    // Row by row along the axis, which then goes back to its place.
    let mut moved = dims.clone();
    moved.remove(along);
    moved.push(wanted);
    let rank = dims.len();
    let back = (0..rank)
        .map(|axis| if axis == along { rank - 1 } else { axis - usize::from(axis > along) })
        .collect::<Vec<_>>();
    let places =
        rows.iter().zip(&order).flat_map(|(row, steps)| steps.iter().map(|step| row[*step])).collect::<Vec<_>>();
    let steps = order.iter().flatten().map(|&step| step as i64).collect();
    let values = permuted(pick(tensor, &places, moved.clone(), call.home)?, &back)?;
    let indices = permuted(Ints::new(moved, IntKind::I64, steps)?.into(), &back)?;
    Ok(vec![values, indices])
}

fn cumulative_sum(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let given = call.number(1)?;
    let tensor = call.take(0)?;
    let along = axis(given, tensor.rank())?;
    let exclusive = call.attributes().flag("exclusive", false)?;
    let reverse = call.attributes().flag("reverse", false)?;
    let (mut rows, _) = rows(tensor.dims(), along)?;
    if reverse {
        rows.iter_mut().for_each(|row| row.reverse());
    }
    let dims = tensor.dims().to_vec();
    Ok(vec![match tensor {
        Tensor::Floats(floats) => {
            let data = running(&rows, &floats.to_host()?, exclusive, 0.0, |sum, value| sum + value);
            Floats::new(dims, data, call.home)?.into()
        }
        Tensor::Ints(ints) => {
            Ints::new(dims, ints.kind(), running(&rows, ints.data(), exclusive, 0, i64::wrapping_add))?.into()
        }
    }])
}

fn running<T: Copy>(rows: &[Vec<usize>], data: &[T], exclusive: bool, none: T, add: impl Fn(T, T) -> T) -> Vec<T> {
    let mut sums = data.to_vec();
    for row in rows {
        let mut sum = none;
        for place in row {
            let next = add(sum, data[*place]);
            sums[*place] = if exclusive { sum } else { next };
            sum = next;
        }
    }
    sums
}

fn triangle(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let upper = call.attributes().flag("upper", true)?;
    let offset = if call.has(1) { call.number(1)? } else { 0 };
    let tensor = call.take(0)?;
    let &[.., height, width] = tensor.dims() else {
        return Err("its input has less than two dimensions".into());
    };
    let stays = |place: usize| {
        let (row, column) = ((place / width % height) as i64, (place % width) as i64);
        if upper { column - row >= offset } else { column - row <= offset }
    };
    let dims = tensor.dims().to_vec();
    Ok(vec![match tensor {
        Tensor::Floats(floats) => {
            let data = floats
                .to_host()?
                .iter()
                .enumerate()
                .map(|(place, &value)| if stays(place) { value } else { 0.0 })
                .collect();
            Floats::new(dims, data, call.home)?.into()
        }
        Tensor::Ints(ints) => {
            let data =
                ints.data().iter().enumerate().map(|(place, &value)| if stays(place) { value } else { 0 }).collect();
            Ints::new(dims, ints.kind(), data)?.into()
        }
    }])
}

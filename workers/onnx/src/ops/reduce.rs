//! Reductions along axes.

use burn::backend::ops::FloatTensorOps;
use burn::backend::{Dispatch, DispatchTensor};

use super::call::{Call, axes};
use super::wide::{is_half, narrowed, single};
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Ints, Tensor};

pub(super) const TABLE: &[Operator] = &[
    op("ReduceSum", Fixed::ByFrom(1), |call| reduce(call, &SUM)),
    op("ReduceMean", Fixed::ByFrom(1), |call| reduce(call, &Reduction { along: Dispatch::float_mean_dim, ..SUM })),
    op("ReduceMax", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { along: Dispatch::float_max_dim, ints: Some(i64::max), ..SUM })
    }),
    op("ReduceMin", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { along: Dispatch::float_min_dim, ints: Some(i64::min), ..SUM })
    }),
    op("ReduceProd", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { along: Dispatch::float_prod_dim, ints: Some(i64::wrapping_mul), ..SUM })
    }),
    op("ReduceL1", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { before: Dispatch::float_abs, ints: None, ..SUM })
    }),
    op("ReduceL2", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { before: square, behind: Dispatch::float_sqrt, ints: None, ..SUM })
    }),
    op("ReduceSumSquare", Fixed::ByFrom(1), |call| reduce(call, &Reduction { before: square, ints: None, ..SUM })),
    op("ReduceLogSum", Fixed::ByFrom(1), |call| {
        reduce(call, &Reduction { behind: Dispatch::float_log, ints: None, ..SUM })
    }),
    op("ReduceLogSumExp", Fixed::ByFrom(1), log_sum_exp),
];

/// What happens to each element, along each axis, and to the result.
struct Reduction {
    before: fn(DispatchTensor) -> DispatchTensor,
    along: fn(DispatchTensor, usize) -> DispatchTensor,
    behind: fn(DispatchTensor) -> DispatchTensor,
    /// For integers, where that is exact.
    ints: Option<fn(i64, i64) -> i64>,
}

const SUM: Reduction =
    Reduction { before: same, along: Dispatch::float_sum_dim, behind: same, ints: Some(i64::wrapping_add) };

fn same(held: DispatchTensor) -> DispatchTensor {
    held
}

fn square(held: DispatchTensor) -> DispatchTensor {
    Dispatch::float_mul(held.clone(), held)
}

/// The axes to reduce, from the attribute or the input; and whether they stay, as one element.
fn which(call: &mut Call<'_>) -> OpResult<Option<(Vec<usize>, bool)>> {
    let given = match call.attributes().ints("axes")? {
        Some(axes) => Some(axes.to_vec()),
        None => call.list(1)?,
    };
    let rank = call.peek(0)?.rank();
    let keeps = call.attributes().flag("keepdims", true)?;
    match given {
        Some(given) if !given.is_empty() => Ok(Some((axes(&given, rank)?, keeps))),
        _ if call.attributes().flag("noop_with_empty_axes", false)? => Ok(None),
        _ => Ok(Some(((0..rank).collect(), keeps))),
    }
}

fn reduce(call: &mut Call<'_>, reduction: &Reduction) -> OpResult<Vec<Tensor>> {
    let Some((gone, keeps)) = which(call)? else {
        return Ok(vec![call.take(0)?]);
    };
    match call.take(0)? {
        Tensor::Floats(floats) => {
            let (dims, held) = floats.into_parts();
            let half = is_half(&held);
            let before = (reduction.before)(single(held));
            let reduced = along(Floats::held(dims, before), &gone, keeps, reduction.along)?;
            let (dims, held) = reduced.into_parts();
            Ok(vec![Floats::held(dims, narrowed((reduction.behind)(held), half)).into()])
        }
        Tensor::Ints(ints) => {
            let join = reduction.ints.ok_or_else(|| OpError("it takes floats".to_owned()));
            let result = if call.operator() == "ReduceMean" {
                mean_ints(&ints, &gone, keeps)
            } else {
                reduce_ints(&ints, &gone, keeps, join?)
            };
            Ok(vec![result?.into()])
        }
    }
}

/// Neighbouring axes are one axis to the kernels: each run of them is reduced at once.
pub(super) fn along(
    floats: Floats,
    gone: &[usize],
    keeps: bool,
    run: fn(DispatchTensor, usize) -> DispatchTensor,
) -> OpResult<Floats> {
    let dims = floats.dims().to_vec();
    let wanted = remaining(&dims, gone, keeps);
    let mut current = floats;
    let mut last = gone.len();
    while last > 0 {
        let mut first = last - 1;
        while first > 0 && gone[first - 1] + 1 == gone[first] {
            first -= 1;
        }
        let (from, to) = (gone[first], gone[last - 1]);
        let own = current.dims();
        let mut merged = own[..from].to_vec();
        merged.push(own[from..=to].iter().product());
        merged.extend_from_slice(&own[to + 1..]);
        if merged[from] == 0 {
            return Err("nothing to reduce".into());
        }
        let held = run(current.reshaped(merged.clone())?.into_held(), from);
        merged[from] = 1;
        let mut kept = merged[..from].to_vec();
        kept.extend(std::iter::repeat_n(1, to - from + 1));
        kept.extend_from_slice(&merged[from + 1..]);
        current = Floats::held(merged, held).reshaped(kept)?;
        last = first;
    }
    current.reshaped(wanted)
}

fn remaining(dims: &[usize], gone: &[usize], keeps: bool) -> Vec<usize> {
    let kept = dims.iter().enumerate().filter(|(axis, _)| keeps || !gone.contains(axis));
    kept.map(|(axis, &dim)| if gone.contains(&axis) { 1 } else { dim }).collect()
}

/// For each element, the place of its result.
fn targets(ints: &Ints, gone: &[usize]) -> OpResult<(Vec<usize>, Vec<usize>)> {
    let kept = remaining(ints.dims(), gone, true);
    let mut steps = super::strided::strides(&kept);
    gone.iter().for_each(|&axis| steps[axis] = 0);
    Ok((super::strided::walk(ints.dims(), &steps, 0)?, kept))
}

fn reduce_ints(ints: &Ints, gone: &[usize], keeps: bool, join: fn(i64, i64) -> i64) -> OpResult<Ints> {
    let (targets, kept) = targets(ints, gone)?;
    let mut results = vec![None; kept.iter().product()];
    for (place, &value) in targets.into_iter().zip(ints.data()) {
        results[place] = Some(results[place].map_or(value, |before| join(before, value)));
    }
    let data = results.into_iter().collect::<Option<Vec<_>>>().ok_or("nothing to reduce")?;
    let data = data.into_iter().map(|value| ints.kind().wrap(value)).collect();
    Ints::new(kept, ints.kind(), data)?.reshaped(remaining(ints.dims(), gone, keeps))
}

fn mean_ints(ints: &Ints, gone: &[usize], keeps: bool) -> OpResult<Ints> {
    let count = gone.iter().map(|&axis| ints.dims()[axis] as i64).product::<i64>().max(1);
    Ok(reduce_ints(ints, gone, keeps, i64::wrapping_add)?.map(ints.kind(), |sum| sum / count))
}

fn log_sum_exp(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let Some((gone, keeps)) = which(call)? else {
        return Ok(vec![call.take(0)?]);
    };
    let (dims, held) = call.floats(0)?.into_parts();
    let half = is_half(&held);
    let floats = Floats::held(dims.clone(), single(held));
    // Against overflow, the largest is taken out before and put back behind.
    let largest = along(floats.clone(), &gone, true, Dispatch::float_max_dim)?;
    let shifted = Dispatch::float_exp(Dispatch::float_sub(floats.into_held(), largest.clone().into_held()));
    let sum = along(Floats::held(dims.clone(), shifted), &gone, true, Dispatch::float_sum_dim)?;
    let (kept, sum) = sum.into_parts();
    let result = Floats::held(kept, narrowed(Dispatch::float_add(Dispatch::float_log(sum), largest.into_held()), half));
    Ok(vec![result.reshaped(remaining(&dims, &gone, keeps))?.into()])
}

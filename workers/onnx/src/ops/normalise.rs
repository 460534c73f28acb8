//! Normalisations and softmax.

use burn::backend::ops::{ActivationOps, FloatTensorOps, ModuleOps};
use burn::backend::{Dispatch, DispatchTensor};

use super::call::{Call, axis};
use super::cpu;
use super::elementwise::scalar;
use super::reduce::along;
use super::wide::{is_half, narrowed, single};
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Tensor};

pub(super) const TABLE: &[Operator] = &[
    op("Softmax", Fixed::Dims, |call| soft(call, Dispatch::softmax)),
    op("LogSoftmax", Fixed::Dims, |call| soft(call, Dispatch::log_softmax)),
    op("BatchNormalization", Fixed::Dims, batch),
    op("LayerNormalization", Fixed::Dims, layer),
    op("RMSNormalization", Fixed::Dims, root_mean_square),
    op("InstanceNormalization", Fixed::Dims, instance),
    op("GroupNormalization", Fixed::Dims, group),
    op("LpNormalization", Fixed::Dims, by_norm),
];

fn soft(call: &mut Call<'_>, run: fn(DispatchTensor, usize) -> DispatchTensor) -> OpResult<Vec<Tensor>> {
    // Until opset 12, everything from the axis on was one row.
    let whole_rows = call.opset() < 13;
    let along = call.attributes().int("axis", if whole_rows { 1 } else { -1 })?;
    let floats = call.floats(0)?;
    let along = axis(along, floats.dims().len())?;
    let dims = floats.dims().to_vec();
    let length = if whole_rows { dims[along..].iter().product() } else { dims[along] };
    if call.operator() == "Softmax" && cpu::is_host(call.home) && (whole_rows || along + 1 == dims.len()) && length > 0
    {
        let result = cpu::rows(dims, floats.into_held(), call.home, length, |part| cpu::softmax(part, length))?;
        return Ok(vec![result.into()]);
    }
    if !whole_rows || along + 1 == dims.len() {
        return Ok(vec![Floats::held(dims, run(floats.into_held(), along)).into()]);
    }
    let rows = vec![dims[..along].iter().product(), dims[along..].iter().product()];
    let result = run(floats.reshaped(rows.clone())?.into_held(), 1);
    Ok(vec![Floats::held(rows, result).reshaped(dims)?.into()])
}

/// A value for each channel, to be spread over a tensor of that rank.
fn per_channel(floats: Floats, channels: usize, rank: usize) -> OpResult<DispatchTensor> {
    let mut dims = vec![1; rank];
    dims[1] = channels;
    Ok(floats.reshaped(dims)?.into_held())
}

fn batch(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if call.attributes().flag("training_mode", false)? || (1..call.wanted()).any(|place| call.wants(place)) {
        return Err("it trains".into());
    }
    let epsilon = call.attributes().float("epsilon", 1e-5)?;
    let input = call.floats(0)?;
    let dims = input.dims().to_vec();
    let &[_, channels, ..] = &dims[..] else {
        return Err("its input has less than two dimensions".into());
    };
    let mut part = |place: usize| per_channel(call.floats(place)?, channels, dims.len()).map(single);
    let (scale, bias, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
    let held = input.into_held();
    let half = is_half(&held);
    let deviation = Dispatch::float_sqrt(Dispatch::float_add_scalar(variance, scalar(epsilon)));
    let factor = Dispatch::float_div(scale, deviation);
    let shift = Dispatch::float_sub(bias, Dispatch::float_mul(mean, factor.clone()));
    let result = Dispatch::float_add(Dispatch::float_mul(held, narrowed(factor, half)), narrowed(shift, half));
    Ok(vec![Floats::held(dims, result).into()])
}

fn layer(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if call.wants(1) || call.wants(2) {
        return Err("its mean and deviation are not given".into());
    }
    let epsilon = f64::from(call.attributes().float("epsilon", 1e-5)?);
    let (rows, dims, input) = rows(call)?;
    let row = rows[1];
    let scale = call.floats(1)?.reshaped(vec![row])?.into_held();
    let bias = call.floats_if_any(2)?.map(|bias| bias.reshaped(vec![row])).transpose()?.map(Floats::into_held);
    let half = is_half(&input);
    let result = Dispatch::layer_norm(single(input), single(scale), bias.map(single), epsilon);
    Ok(vec![Floats::held(rows, narrowed(result, half)).reshaped(dims)?.into()])
}

/// The input as rows from the axis on; its dimensions.
fn rows(call: &mut Call<'_>) -> OpResult<(Vec<usize>, Vec<usize>, DispatchTensor)> {
    let input = call.floats(0)?;
    let dims = input.dims().to_vec();
    let from = axis(call.attributes().int("axis", -1)?, dims.len())?;
    let rows = vec![dims[..from].iter().product(), dims[from..].iter().product()];
    let held = input.reshaped(rows.clone())?.into_held();
    Ok((rows, dims, held))
}

fn root_mean_square(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let epsilon = call.attributes().float("epsilon", 1e-5)?;
    let (rows, dims, input) = rows(call)?;
    let scale = call.floats(1)?.reshaped(vec![1, rows[1]])?.into_held();
    let half = is_half(&input);
    let (input, scale) = (single(input), single(scale));
    let mean = Dispatch::float_mean_dim(Dispatch::float_mul(input.clone(), input.clone()), 1);
    let norm = Dispatch::float_sqrt(Dispatch::float_add_scalar(mean, scalar(epsilon)));
    let result = Dispatch::float_mul(Dispatch::float_div(input, norm), scale);
    Ok(vec![Floats::held(rows, narrowed(result, half)).reshaped(dims)?.into()])
}

/// Each row of two dimensions brought to mean 0 and variance 1.
fn standardised(held: DispatchTensor, epsilon: f32) -> DispatchTensor {
    let centred = Dispatch::float_sub(held.clone(), Dispatch::float_mean_dim(held, 1));
    let variance = Dispatch::float_mean_dim(Dispatch::float_mul(centred.clone(), centred.clone()), 1);
    Dispatch::float_div(centred, Dispatch::float_sqrt(Dispatch::float_add_scalar(variance, scalar(epsilon))))
}

fn instance(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let groups = call.peek(0)?.dims().get(1).copied().unwrap_or(0);
    grouped(call, groups)
}

fn group(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let groups = usize::try_from(call.attributes().int("num_groups", 0)?).unwrap_or(0);
    grouped(call, groups)
}

fn grouped(call: &mut Call<'_>, groups: usize) -> OpResult<Vec<Tensor>> {
    let epsilon = call.attributes().float("epsilon", 1e-5)?;
    let input = call.floats(0)?;
    let dims = input.dims().to_vec();
    let &[batch, channels, ..] = &dims[..] else {
        return Err("its input has less than two dimensions".into());
    };
    if groups == 0 || channels % groups != 0 {
        return Err(OpError(format!("{channels} channels in {groups} groups")));
    }
    let rows = vec![batch * groups, dims[1..].iter().product::<usize>() / groups];
    let held = input.reshaped(rows.clone())?.into_held();
    let half = is_half(&held);
    let result = narrowed(standardised(single(held), epsilon), half);
    let result = Floats::held(rows, result).reshaped(dims.clone())?.into_held();
    let mut part = |place: usize| {
        let values = call.floats(place)?;
        // Until opset 20, one value stood for a whole group.
        let values = if values.count() == groups && groups != channels {
            each_channel(values, channels / groups)?
        } else {
            values
        };
        per_channel(values, channels, dims.len())
    };
    let (scale, bias) = (part(1)?, part(2)?);
    Ok(vec![Floats::held(dims, Dispatch::float_add(Dispatch::float_mul(result, scale), bias)).into()])
}

fn each_channel(values: Floats, times: usize) -> OpResult<Floats> {
    let groups = values.count();
    let column = values.reshaped(vec![groups, 1])?.into_held();
    Floats::held(vec![groups, times], Dispatch::float_repeat_dim(column, 1, times)).reshaped(vec![groups * times])
}

fn by_norm(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let power = call.attributes().int("p", 2)?;
    let given = call.attributes().int("axis", -1)?;
    let input = call.floats(0)?;
    let dims = input.dims().to_vec();
    let axis = axis(given, dims.len())?;
    let held = input.into_held();
    let half = is_half(&held);
    let held = single(held);
    let norm = match power {
        1 => along(
            Floats::held(dims.clone(), Dispatch::float_abs(held.clone())),
            &[axis],
            true,
            Dispatch::float_sum_dim,
        )?
        .into_held(),
        2 => {
            let squares = Floats::held(dims.clone(), Dispatch::float_mul(held.clone(), held.clone()));
            Dispatch::float_sqrt(along(squares, &[axis], true, Dispatch::float_sum_dim)?.into_held())
        }
        other => return Err(OpError(format!("a norm of power {other}"))),
    };
    Ok(vec![Floats::held(dims, narrowed(Dispatch::float_div(held, norm), half)).into()])
}

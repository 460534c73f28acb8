//! Pooling.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Tensor as Ranked;
use burn::tensor::module::{avg_pool1d, avg_pool2d, max_pool1d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};

use super::call::Call;
use super::conv::{Windows, each};
use super::wide::in_single;
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Tensor, elements};

pub(super) const TABLE: &[Operator] = &[
    op("MaxPool", Fixed::Dims, |call| pool(call, true)),
    op("AveragePool", Fixed::Dims, |call| pool(call, false)),
    op("GlobalAveragePool", Fixed::Dims, |call| global(call, Dispatch::float_mean_dim)),
    op("GlobalMaxPool", Fixed::Dims, |call| global(call, Dispatch::float_max_dim)),
];

fn pool(call: &mut Call<'_>, largest: bool) -> OpResult<Vec<Tensor>> {
    if call.wants(1) {
        return Err("its indices are not given".into());
    }
    let input = call.floats(0)?;
    let result = match input.dims().len() {
        3 => over(call, input, |held, plan: Plan<1>| {
            if largest {
                max_pool1d(Ranked::<3>::from_dispatch(held), plan.largest()).into_dispatch()
            } else {
                in_single(held, |held| avg_pool1d(Ranked::<3>::from_dispatch(held), plan.average()).into_dispatch())
            }
        })?,
        4 => over(call, input, |held, plan: Plan<2>| {
            if largest {
                max_pool2d(Ranked::<4>::from_dispatch(held), plan.largest()).into_dispatch()
            } else {
                in_single(held, |held| avg_pool2d(Ranked::<4>::from_dispatch(held), plan.average()).into_dispatch())
            }
        })?,
        rank => return Err(OpError(format!("pooling over {rank} dimensions"))),
    };
    Ok(vec![result.into()])
}

type Held = burn::backend::DispatchTensor;

struct Plan<const N: usize> {
    windows: Windows<N>,
    round_up: bool,
    counts_pads: bool,
}

impl<const N: usize> Plan<N> {
    fn largest(&self) -> MaxPoolOptions<N> {
        MaxPoolOptions::new(self.windows.sizes)
            .with_stride(self.windows.strides)
            .with_padding_pairs(self.windows.pads)
            .with_dilation(self.windows.dilations)
            .with_ceil_mode(self.round_up)
    }

    fn average(&self) -> AvgPoolOptions<N> {
        AvgPoolOptions::new(self.windows.sizes)
            .with_stride(self.windows.strides)
            .with_padding_pairs(self.windows.pads)
            .with_count_include_pad(self.counts_pads)
            .with_ceil_mode(self.round_up)
    }
}

fn over<const N: usize>(call: &Call<'_>, input: Floats, run: impl FnOnce(Held, Plan<N>) -> Held) -> OpResult<Floats> {
    let attributes = call.attributes();
    let own = <[usize; N]>::try_from(&input.dims()[2..]).map_err(|_| "its rank")?;
    let windows = Windows::of(attributes, each(attributes, "kernel_shape", 0)?, own)?;
    if call.operator() == "AveragePool" && windows.dilations != [1; N] {
        return Err("it averages with gaps".into());
    }
    // A window of padding alone has no value.
    if (0..N).any(|axis| {
        windows.pads[axis].0.max(windows.pads[axis].1) > (windows.sizes[axis] - 1) * windows.dilations[axis]
    }) {
        return Err("its pads are wider than its window".into());
    }
    let round_up = attributes.flag("ceil_mode", false)?;
    let mut counts = windows.fits(own, round_up)?;
    for axis in 0..N {
        // The last window must begin within the input or the padding before it.
        if round_up && (counts[axis] - 1) * windows.strides[axis] >= own[axis] + windows.pads[axis].0 {
            counts[axis] -= 1;
        }
    }
    let mut dims = input.dims()[..2].to_vec();
    dims.extend(counts);
    elements(&dims)?;
    let plan = Plan { windows, round_up, counts_pads: attributes.flag("count_include_pad", false)? };
    Ok(Floats::held(dims, run(input.into_held(), plan)))
}

fn global(call: &mut Call<'_>, join: fn(Held, usize) -> Held) -> OpResult<Vec<Tensor>> {
    let input = call.floats(0)?;
    let &[batch, channels, ref sides @ ..] = input.dims() else {
        return Err("its input has less than two dimensions".into());
    };
    let mut dims = vec![batch, channels];
    dims.extend(sides.iter().map(|_| 1));
    let rest = sides.iter().product();
    let held = input.reshaped(vec![batch, channels, rest])?.into_held();
    let joined = Floats::held(vec![batch, channels, 1], in_single(held, |held| join(held, 2)));
    Ok(vec![joined.reshaped(dims)?.into()])
}

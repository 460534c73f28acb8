//! Loops over floats on the processor, where burn-flex computes element by element with the C library's functions on one
//! core: activations, and what follows a product of matrices. Compiled for AVX2 and AVX-512, chosen at run time.

use burn::backend::{DispatchDevice, DispatchTensor};
use burn::tensor::{DType, Device, Shape, Tensor as Ranked};
use rayon::prelude::*;

use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, burn_shape};

/// Elements that one thread takes at a time: they stay in its first cache.
const CHUNK: usize = 1 << 13;

/// Whether the device is the processor.
pub(crate) fn is_host(device: &Device) -> bool {
    matches!(device.as_dispatch(), DispatchDevice::Flex(_))
}

/// Changes every element, in place where nobody else holds the tensor.
pub(super) fn each(
    dims: Vec<usize>,
    held: DispatchTensor,
    device: &Device,
    change: impl Fn(&mut [f32]) + Sync,
) -> OpResult<Floats> {
    rows(dims, held, device, CHUNK, change)
}

/// The same for rows of a length: each slice that is given is whole rows.
pub(super) fn rows(
    dims: Vec<usize>,
    held: DispatchTensor,
    device: &Device,
    row: usize,
    change: impl Fn(&mut [f32]) + Sync,
) -> OpResult<Floats> {
    use burn::backend::ops::FloatTensorOps;
    let count = dims.iter().product::<usize>();
    let flat = burn::backend::Dispatch::float_reshape(held, Shape::from(vec![count]));
    let mut data = Ranked::<1>::from_dispatch(flat)
        .try_into_data()
        .map_err(|error| OpError(format!("the device gave no result: {error:?}")))?;
    let slice = data.as_mut_slice::<f32>().map_err(|error| OpError(format!("the device gave no floats: {error:?}")))?;
    let arch = pulp::Arch::new();
    let length = (CHUNK / row.max(1)).max(1) * row.max(1);
    let run = |part: &mut [f32]| arch.dispatch(|| change(part));
    if slice.len() <= length {
        run(slice);
    } else {
        slice.par_chunks_mut(length).for_each(run);
    }
    let held = Ranked::<1>::from_data(data, (device, DType::F32)).into_dispatch();
    Ok(Floats::held(dims.clone(), burn::backend::Dispatch::float_reshape(held, burn_shape(&dims))))
}

/// eˣ to a unit or two in the last place: 2ⁿ from the exponent's bits, the rest by a polynomial.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Beyond these the result is infinite or nothing.
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts, so that nothing is lost.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    sum = sum * rest + 1.398_199_9e-3;
    sum = sum * rest + 8.333_452e-3;
    sum = sum * rest + 4.166_579_6e-2;
    sum = sum * rest + 1.666_666_5e-1;
    sum = sum * rest + 0.5;
    let value = sum * rest * rest + rest + 1.0;
    let power = f32::from_bits(shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23);
    value * power
}

#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut sum = 1.061_405_4;
    sum = sum * t - 1.453_152;
    sum = sum * t + 1.421_413_7;
    sum = sum * t - 0.284_496_74;
    sum = sum * t + 0.254_829_6;
    let value = 1.0 - sum * t * exp(-size * size);
    if x < 0.0 { -value } else { value }
}

#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Sums and maxima run in so many lanes, which the compiler lays on vector registers; a sum is exacter for it as well.
const LANES: usize = 16;

/// Whole rows, each made positive with the sum 1.
#[inline(always)]
pub(super) fn softmax(rows: &mut [f32], length: usize) {
    for row in rows.chunks_exact_mut(length) {
        let largest = lanes(row, f32::NEG_INFINITY, |most, x| if x > most { x } else { most });
        // A row without a number, or with nothing but -∞, has no answer in onnxruntime either.
        row.iter_mut().for_each(|x| *x = exp(*x - largest));
        let share = 1.0 / lanes(row, 0.0, |sum, x| sum + x);
        row.iter_mut().for_each(|x| *x *= share);
    }
}

#[inline(always)]
fn lanes(row: &[f32], none: f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut parts = [none; LANES];
    let (blocks, rest) = row.as_chunks::<LANES>();
    for block in blocks {
        for (part, x) in parts.iter_mut().zip(block) {
            *part = join(*part, *x);
        }
    }
    let mut all = none;
    for x in parts.iter().chain(rest) {
        all = join(all, *x);
    }
    all
}

/// The same with tanh in place of the error function: ½(1 + tanh u) is σ(2u).
#[inline(always)]
pub(super) fn gelu_tanh(x: f32) -> f32 {
    x * sigmoid(1.595_769 * (x + 0.044_715 * x * x * x))
}

/// What may follow a product of matrices.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Then {
    Nothing,
    Gelu,
    GeluTanh,
    /// x · σ(αx).
    QuickGelu(f32),
    Relu,
}

impl Then {
    /// Over whole rows: adds one to each, then the function.
    #[inline(always)]
    pub(super) fn over(self, rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            match self {
                Then::Nothing => row.iter_mut().zip(bias).for_each(|(x, b)| *x += b),
                Then::Gelu => row.iter_mut().zip(bias).for_each(|(x, b)| *x = gelu(*x + b)),
                Then::GeluTanh => row.iter_mut().zip(bias).for_each(|(x, b)| *x = gelu_tanh(*x + b)),
                Then::QuickGelu(alpha) => row.iter_mut().zip(bias).for_each(|(x, b)| {
                    let sum = *x + b;
                    *x = sum * sigmoid(alpha * sum);
                }),
                Then::Relu => row.iter_mut().zip(bias).for_each(|(x, b)| *x = (*x + b).max(0.0)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(
        ours: fn(f32) -> f32,
        theirs: fn(f64) -> f64,
        range: std::ops::RangeInclusive<i32>,
        relative: bool,
    ) -> f64 {
        let error = |step: i32| {
            let x = step as f32 / 1024.0;
            let exact = theirs(f64::from(x));
            (f64::from(ours(x)) - exact).abs() / if relative { exact.abs() } else { 1.0 }
        };
        range.map(error).fold(0.0, f64::max)
    }

    #[test]
    fn the_exponential_is_exact_to_the_last_places() {
        assert!(worst(exp, f64::exp, -80 * 1024..=80 * 1024, true) < 3e-7);
    }

    #[test]
    fn the_sigmoid_is_exact_everywhere() {
        assert!(worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -40 * 1024..=40 * 1024, false) < 2e-7);
        assert_eq!((sigmoid(200.0), sigmoid(-200.0) < 1e-30), (1.0, true));
        assert!(sigmoid(f32::NAN).is_nan());
    }

    #[test]
    fn a_softmax_sums_to_one_however_long_it_is() {
        let mut row = (0..20_001).map(|at| (at % 977) as f32 / 100.0).collect::<Vec<_>>();
        let exact = row.iter().map(|x| f64::from(*x).exp()).sum::<f64>();
        let wanted = row.iter().map(|x| f64::from(*x).exp() / exact).collect::<Vec<_>>();
        let length = row.len();
        softmax(&mut row, length);
        let off = row
            .iter()
            .zip(&wanted)
            .map(|(ours, wanted)| (f64::from(*ours) - wanted).abs() / wanted)
            .fold(0.0, f64::max);
        assert!(off < 2e-6, "{off}");
        let mut masked = [0.0, f32::NEG_INFINITY, 0.0];
        softmax(&mut masked, 3);
        assert!((masked[0] - 0.5).abs() < 1e-6 && masked[1] < 1e-30);
    }

    #[test]
    fn the_error_function_goes_from_minus_one_to_one() {
        assert!((erf(0.5) - 0.520_499_9).abs() < 3e-7 && (erf(-1.0) + 0.842_700_8).abs() < 3e-7);
        assert_eq!((erf(9.0), erf(-9.0)), (1.0, -1.0));
    }
}

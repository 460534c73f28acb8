//! Convolutions.

use burn::backend::Dispatch;
use burn::backend::ops::ModuleOps;
use burn::tensor::Device;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use super::arrange::{cut, permuted_floats};
use super::call::Call;
use super::cpu::Then;
use super::matmul::{linear_of, product};
use super::{Fixed, Operator, op};
use crate::attributes::Attributes;
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Tensor, elements};

pub(super) const TABLE: &[Operator] =
    &[op("Conv", Fixed::Dims, conv), op("ConvTranspose", Fixed::Dims, conv_transpose)];

/// Sizes that a window may have; larger ones are nobody's, and arithmetic with them would overflow.
const MAX_WINDOW: i64 = 1 << 20;

/// How a window moves over `N` axes.
pub(super) struct Windows<const N: usize> {
    pub(super) sizes: [usize; N],
    pub(super) strides: [usize; N],
    pub(super) dilations: [usize; N],
    /// Before and behind.
    pub(super) pads: [(usize, usize); N],
}

/// A list of an attribute, or the same number for each axis.
pub(super) fn each<const N: usize>(attributes: &Attributes, name: &str, default: i64) -> OpResult<[usize; N]> {
    let list = match attributes.ints(name)? {
        Some(list) => <[i64; N]>::try_from(list).map_err(|_| OpError(format!("its {name} are not {N}")))?,
        None => [default; N],
    };
    if list.iter().any(|value| !(0..=MAX_WINDOW).contains(value)) {
        return Err(OpError(format!("its {name} are {list:?}")));
    }
    Ok(list.map(|value| value as usize))
}

fn positive<const N: usize>(name: &str, list: [usize; N]) -> OpResult<[usize; N]> {
    if list.contains(&0) { Err(OpError(format!("its {name} are {list:?}"))) } else { Ok(list) }
}

impl<const N: usize> Windows<N> {
    pub(super) fn of(attributes: &Attributes, sizes: [usize; N], input: [usize; N]) -> OpResult<Windows<N>> {
        let sizes = positive("kernel", sizes)?;
        let strides = positive("strides", each(attributes, "strides", 1)?)?;
        let dilations = positive("dilations", each(attributes, "dilations", 1)?)?;
        let pads = match attributes.text("auto_pad", "NOTSET")? {
            "NOTSET" => given_pads(attributes)?,
            "VALID" => [(0, 0); N],
            word @ ("SAME_UPPER" | "SAME_LOWER") => {
                let mut pads = [(0, 0); N];
                for axis in 0..N {
                    let outputs = input[axis].div_ceil(strides[axis]);
                    let reach = (outputs.max(1) - 1) * strides[axis] + (sizes[axis] - 1) * dilations[axis] + 1;
                    let total = reach.saturating_sub(input[axis]);
                    let (small, large) = (total / 2, total - total / 2);
                    pads[axis] = if word == "SAME_UPPER" { (small, large) } else { (large, small) };
                }
                pads
            }
            other => return Err(OpError(format!("it pads {other:?}"))),
        };
        Ok(Windows { sizes, strides, dilations, pads })
    }

    /// Whether they lie side by side and leave nothing out. Those of one element are better left to convolutions.
    fn are_tiles(&self, input: [usize; N]) -> bool {
        let is_tiled = |axis: usize| {
            let size = self.sizes[axis];
            size == self.strides[axis]
                && self.pads[axis] == (0, 0)
                && self.dilations[axis] == 1
                && input[axis].is_multiple_of(size)
        };
        self.sizes.iter().any(|size| *size > 1) && (0..N).all(is_tiled)
    }

    /// How often the window fits.
    pub(super) fn fits(&self, input: [usize; N], round_up: bool) -> OpResult<[usize; N]> {
        let mut counts = [0; N];
        for axis in 0..N {
            let (before, behind) = self.pads[axis];
            let padded = input[axis].checked_add(before + behind).ok_or("too much padding")?;
            let reach = (self.sizes[axis] - 1) * self.dilations[axis] + 1;
            let free =
                padded.checked_sub(reach).ok_or_else(|| OpError(format!("a window of {reach} over {padded}")))?;
            counts[axis] = if round_up { free.div_ceil(self.strides[axis]) } else { free / self.strides[axis] } + 1;
        }
        Ok(counts)
    }
}

fn given_pads<const N: usize>(attributes: &Attributes) -> OpResult<[(usize, usize); N]> {
    let mut pads = [(0, 0); N];
    if let Some(list) = attributes.ints("pads")? {
        if list.len() != 2 * N || list.iter().any(|value| !(0..=MAX_WINDOW).contains(value)) {
            return Err(OpError(format!("its pads are {list:?}")));
        }
        for axis in 0..N {
            pads[axis] = (list[axis] as usize, list[N + axis] as usize);
        }
    }
    Ok(pads)
}

fn groups(attributes: &Attributes) -> OpResult<usize> {
    usize::try_from(attributes.int("group", 1)?)
        .ok()
        .filter(|groups| *groups > 0)
        .ok_or_else(|| "it has no groups".into())
}

fn conv(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (input, weight, bias) = (call.floats(0)?, call.floats(1)?, call.floats_if_any(2)?);
    let attributes = call.attributes();
    let result = match input.dims().len() {
        3 => conv_over::<1>(input, weight, bias, attributes, call.home, Dispatch::conv1d)?,
        4 => conv_over::<2>(input, weight, bias, attributes, call.home, Dispatch::conv2d)?,
        rank => return Err(OpError(format!("a convolution over {rank} dimensions"))),
    };
    Ok(vec![result.into()])
}

type Held = burn::backend::DispatchTensor;

/// A convolution whose windows lie side by side, as the one that makes patches of a picture: a product of matrices.
fn over_tiles<const N: usize>(
    input: Floats,
    weight: Floats,
    bias: Option<Floats>,
    windows: &Windows<N>,
    device: &Device,
) -> OpResult<Floats> {
    let (own, channels) = (input.dims().to_vec(), weight.dims()[0]);
    let inner = weight.dims()[1..].iter().product();
    let counts = std::array::from_fn::<_, N, _>(|axis| own[2 + axis] / windows.sizes[axis]);
    // Each side becomes the windows along it and what lies within one; then all windows come first.
    let mut split = own[..2].to_vec();
    (0..N).for_each(|axis| split.extend([counts[axis], windows.sizes[axis]]));
    let along = (0..N).map(|axis| 2 + 2 * axis);
    let order = [0].into_iter().chain(along.clone()).chain([1]).chain(along.map(|axis| axis + 1)).collect::<Vec<_>>();
    let rows = own[0] * counts.iter().product::<usize>();
    let tiles = permuted_floats(input.reshaped(split)?, &order).reshaped(vec![rows, inner])?;
    let weight = permuted_floats(weight.reshaped(vec![channels, inner])?, &[1, 0]);
    let result = match bias {
        Some(bias) => linear_of(tiles, weight, bias, Then::Nothing, device)?,
        None => product(tiles, weight)?,
    };
    let dims = [own[0]].into_iter().chain(counts).chain([channels]).collect();
    let order = [0, N + 1].into_iter().chain(1..=N).collect::<Vec<_>>();
    Ok(permuted_floats(result.reshaped(dims)?, &order))
}

fn conv_over<const N: usize>(
    input: Floats,
    weight: Floats,
    bias: Option<Floats>,
    attributes: &Attributes,
    device: &Device,
    run: fn(Held, Held, Option<Held>, ConvOptions<N>) -> Held,
) -> OpResult<Floats> {
    let groups = groups(attributes)?;
    let (own, kernel) = (input.dims().to_vec(), weight.dims().to_vec());
    let fits = kernel.len() == N + 2 && kernel[0] % groups == 0 && kernel[1].checked_mul(groups) == Some(own[1]);
    if !fits || bias.as_ref().is_some_and(|bias| bias.dims() != [kernel[0]]) {
        return Err(OpError(format!("weights of {kernel:?} in {groups} groups for {own:?}")));
    }
    let sides = |dims: &[usize]| <[usize; N]>::try_from(&dims[2..]).map_err(|_| OpError::from("its rank"));
    let windows = Windows::of(attributes, sides(&kernel)?, sides(&own)?)?;
    let mut dims = vec![own[0], kernel[0]];
    dims.extend(windows.fits(sides(&own)?, false)?);
    elements(&dims)?;
    if groups == 1 && windows.are_tiles(sides(&own)?) {
        return over_tiles(input, weight, bias, &windows, device);
    }
    let options = ConvOptions::new_with_padding(windows.strides, windows.pads, windows.dilations, groups);
    Ok(Floats::held(dims, run(input.into_held(), weight.into_held(), bias.map(Floats::into_held), options)))
}

fn conv_transpose(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (input, weight, bias) = (call.floats(0)?, call.floats(1)?, call.floats_if_any(2)?);
    let attributes = call.attributes();
    let result = match input.dims().len() {
        3 => transpose_over::<1>(input, weight, bias, attributes, Dispatch::conv_transpose1d)?,
        4 => transpose_over::<2>(input, weight, bias, attributes, Dispatch::conv_transpose2d)?,
        rank => return Err(OpError(format!("a convolution over {rank} dimensions"))),
    };
    Ok(vec![result])
}

fn transpose_over<const N: usize>(
    input: Floats,
    weight: Floats,
    bias: Option<Floats>,
    attributes: &Attributes,
    run: fn(Held, Held, Option<Held>, ConvTransposeOptions<N>) -> Held,
) -> OpResult<Tensor> {
    let groups = groups(attributes)?;
    let (own, kernel) = (input.dims().to_vec(), weight.dims().to_vec());
    let channels =
        kernel.get(1).and_then(|channels| channels.checked_mul(groups)).ok_or("its weights have no channels")?;
    if kernel.len() != N + 2
        || kernel[0] != own[1]
        || own[1] % groups != 0
        || bias.as_ref().is_some_and(|bias| bias.dims() != [channels])
    {
        return Err(OpError(format!("weights of {kernel:?} in {groups} groups for {own:?}")));
    }
    let strides = positive("strides", each(attributes, "strides", 1)?)?;
    let dilations = positive("dilations", each(attributes, "dilations", 1)?)?;
    let extra = each::<N>(attributes, "output_padding", 0)?;
    let mut whole = [0; N];
    for axis in 0..N {
        let steps = own[2 + axis].checked_sub(1).ok_or("nothing to spread")?;
        let reach = kernel[2 + axis].checked_sub(1).ok_or("a kernel without size")? * dilations[axis];
        // What lies behind the last window is filled up to what is wanted.
        whole[axis] = steps * strides[axis] + reach + 1 + extra[axis];
    }
    let pads = transpose_pads(attributes, whole)?;
    let mut dims = vec![own[0], channels];
    dims.extend(whole);
    elements(&dims)?;
    let options = ConvTransposeOptions::new(strides, [0; N], extra, dilations, groups);
    let held = run(input.into_held(), weight.into_held(), bias.map(Floats::into_held), options);
    let mut result = Tensor::from(Floats::held(dims, held));
    for axis in 0..N {
        let (before, behind) = pads[axis];
        let end = whole[axis].checked_sub(behind).filter(|end| *end >= before).ok_or("its pads take all away")?;
        result = cut(result, 2 + axis, before, end)?;
    }
    Ok(result)
}

/// What is cut off on both sides.
fn transpose_pads<const N: usize>(attributes: &Attributes, whole: [usize; N]) -> OpResult<[(usize, usize); N]> {
    let word = attributes.text("auto_pad", "NOTSET")?;
    if attributes.ints("output_shape")?.is_none() {
        return match word {
            "NOTSET" => given_pads(attributes),
            "VALID" => Ok([(0, 0); N]),
            other => Err(OpError(format!("it pads {other:?}"))),
        };
    }
    let wanted = each::<N>(attributes, "output_shape", 0)?;
    let mut pads = [(0, 0); N];
    for axis in 0..N {
        let total = whole[axis].checked_sub(wanted[axis]).ok_or("it wants more than it gives")?;
        let (small, large) = (total / 2, total - total / 2);
        pads[axis] = if word == "SAME_UPPER" { (small, large) } else { (large, small) };
    }
    Ok(pads)
}

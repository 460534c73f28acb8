//! Resizing: along each axis, each new element is a sum of old ones with weights; both are found on the host.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;

use super::call::{Call, axis};
use super::strided::pick_axis;
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Tensor, elements};

pub(super) const TABLE: &[Operator] =
    &[op("Resize", Fixed::ByFrom(1), resize), op("Upsample", Fixed::ByFrom(1), upsample)];

/// How it is asked for.
struct Manner<'a> {
    mode: &'a str,
    coordinates: &'a str,
    nearest: &'a str,
    cubic: f64,
    leaves_outside: bool,
}

fn upsample(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let scales = match call.attributes().floats("scales")? {
        Some(scales) => scales.to_vec(),
        None => call.floats(1)?.to_host()?.to_vec(),
    };
    let manner = Manner {
        mode: call.attributes().text("mode", "nearest")?,
        coordinates: "asymmetric",
        nearest: "floor",
        cubic: -0.75,
        leaves_outside: false,
    };
    let tensor = call.take(0)?;
    let axes = (0..tensor.rank()).collect::<Vec<_>>();
    by_scales(call, tensor, &axes, &scales, &manner)
}

fn resize(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let attributes = call.attributes();
    // Opset 10 had the scales as its second input, and coordinates that later got a name.
    let old = call.opset() < 11;
    let manner = Manner {
        mode: attributes.text("mode", "nearest")?,
        coordinates: attributes
            .text("coordinate_transformation_mode", if old { "asymmetric" } else { "half_pixel" })?,
        nearest: attributes.text("nearest_mode", if old { "floor" } else { "round_prefer_floor" })?,
        cubic: f64::from(attributes.float("cubic_coeff_a", -0.75)?),
        leaves_outside: attributes.flag("exclude_outside", false)?,
    };
    if attributes.flag("antialias", false)? {
        return Err("it smooths while shrinking".into());
    }
    let rank = call.peek(0)?.rank();
    let axes = match attributes.ints("axes")? {
        Some(given) => given.iter().map(|&given| axis(given, rank)).collect::<OpResult<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    let sizes = if old { None } else { call.list(3)?.filter(|sizes| !sizes.is_empty()) };
    if let Some(sizes) = sizes {
        if sizes.len() != axes.len() {
            return Err("its sizes are not as many as its axes".into());
        }
        let tensor = call.take(0)?;
        return by_sizes(call, tensor, &axes, &sizes, &manner);
    }
    let scales = call.floats(if old { 1 } else { 2 })?.to_host()?.to_vec();
    let tensor = call.take(0)?;
    by_scales(call, tensor, &axes, &scales, &manner)
}

fn by_sizes(
    call: &Call<'_>,
    tensor: Tensor,
    axes: &[usize],
    sizes: &[i64],
    manner: &Manner<'_>,
) -> OpResult<Vec<Tensor>> {
    let wanted = sizes
        .iter()
        .map(|&size| usize::try_from(size))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| "a negative size")?;
    let scale = |(&axis, &size): (&usize, &usize)| size as f64 / tensor.dims()[axis] as f64;
    let mut scales = axes.iter().zip(&wanted).map(scale).collect::<Vec<_>>();
    let policy = call.attributes().text("keep_aspect_ratio_policy", "stretch")?;
    let mut wanted = wanted;
    if policy != "stretch" {
        let join = if policy == "not_larger" { f64::min } else { f64::max };
        let scale = scales.iter().copied().reduce(join).unwrap_or(1.0);
        wanted = axes.iter().map(|&axis| (scale * tensor.dims()[axis] as f64).round() as usize).collect();
        scales = vec![scale; axes.len()];
    }
    run(call, tensor, axes, &wanted, &scales, manner)
}

fn by_scales(
    call: &Call<'_>,
    tensor: Tensor,
    axes: &[usize],
    scales: &[f32],
    manner: &Manner<'_>,
) -> OpResult<Vec<Tensor>> {
    if scales.len() != axes.len() || scales.iter().any(|scale| !scale.is_finite() || *scale <= 0.0) {
        return Err(OpError(format!("scales of {scales:?}")));
    }
    // In the width of the format's own arithmetic: a scale of a third must give a third.
    let size = |(&axis, &scale): (&usize, &f32)| (tensor.dims()[axis] as f32 * scale).floor() as usize;
    let wanted = axes.iter().zip(scales).map(size).collect::<Vec<_>>();
    let scales = scales.iter().map(|&scale| f64::from(scale)).collect::<Vec<_>>();
    run(call, tensor, axes, &wanted, &scales, manner)
}

fn run(
    call: &Call<'_>,
    tensor: Tensor,
    axes: &[usize],
    wanted: &[usize],
    scales: &[f64],
    manner: &Manner<'_>,
) -> OpResult<Vec<Tensor>> {
    let mut dims = tensor.dims().to_vec();
    axes.iter().zip(wanted).for_each(|(&axis, &size)| dims[axis] = size);
    elements(&dims)?;
    if tensor.count() == 0 {
        return Err("nothing to resize".into());
    }
    let mut current = tensor;
    for ((&axis, &size), &scale) in axes.iter().zip(wanted).zip(scales) {
        if size == current.dims()[axis] && scale == 1.0 {
            continue;
        }
        current = along(call, current, axis, size, scale, manner)?;
    }
    Ok(vec![current])
}

fn along(
    call: &Call<'_>,
    tensor: Tensor,
    axis: usize,
    size: usize,
    scale: f64,
    manner: &Manner<'_>,
) -> OpResult<Tensor> {
    let own = tensor.dims()[axis];
    let at =
        (0..size).map(|place| source(place, own, size, scale, manner.coordinates)).collect::<OpResult<Vec<_>>>()?;
    let last = own as i64 - 1;
    if manner.mode == "nearest" {
        let places =
            at.iter().map(|&at| Ok(nearest(at, manner.nearest)?.clamp(0, last))).collect::<OpResult<Vec<_>>>()?;
        return pick_axis(tensor, axis, &places, call.home);
    }
    let Tensor::Floats(floats) = tensor else {
        return Err("integers are resized to the nearest only".into());
    };
    let taps: Vec<Vec<(i64, f64)>> = match manner.mode {
        "linear" => at.iter().map(|&at| linear_taps(at, last)).collect(),
        "cubic" => at.iter().map(|&at| cubic_taps(at, last, manner)).collect(),
        other => return Err(OpError(format!("a mode {other:?}"))),
    };
    weighted(call, floats, axis, &taps)
}

/// Where a new element lies among the old.
fn source(place: usize, own: usize, size: usize, scale: f64, coordinates: &str) -> OpResult<f64> {
    let at = place as f64;
    Ok(match coordinates {
        "half_pixel" => (at + 0.5) / scale - 0.5,
        "half_pixel_symmetric" => {
            // Where the size was rounded, what is lost is lost on both sides alike.
            let exact = scale * own as f64;
            let centre = own as f64 / 2.0;
            centre * (1.0 - size as f64 / exact) + (at + 0.5) / scale - 0.5
        }
        "pytorch_half_pixel" => {
            if size > 1 {
                (at + 0.5) / scale - 0.5
            } else {
                0.0
            }
        }
        "align_corners" => {
            if size > 1 {
                at * (own as f64 - 1.0) / (size as f64 - 1.0)
            } else {
                0.0
            }
        }
        "asymmetric" => at / scale,
        "tf_half_pixel_for_nn" => (at + 0.5) / scale,
        other => return Err(OpError(format!("coordinates {other:?}"))),
    })
}

fn nearest(at: f64, rule: &str) -> OpResult<i64> {
    // Of what is a whole number but for rounding, no neighbour is taken.
    let at = if (at - at.round()).abs() < 1e-7 { at.round() } else { at };
    Ok(match rule {
        "floor" => at.floor(),
        "ceil" => at.ceil(),
        "round_prefer_floor" => (at - 0.5).ceil(),
        "round_prefer_ceil" => (at + 0.5).floor(),
        other => return Err(OpError(format!("a rule {other:?}"))),
    } as i64)
}

fn linear_taps(at: f64, last: i64) -> Vec<(i64, f64)> {
    let at = at.clamp(0.0, last as f64);
    let below = at.floor();
    let share = at - below;
    vec![(below as i64, 1.0 - share), ((below as i64 + 1).min(last), share)]
}

fn cubic_taps(at: f64, last: i64, manner: &Manner<'_>) -> Vec<(i64, f64)> {
    let a = manner.cubic;
    let below = at.floor();
    let weight = |distance: f64| {
        let x = distance.abs();
        if x <= 1.0 {
            ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
        } else if x < 2.0 {
            ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
        } else {
            0.0
        }
    };
    let mut taps = (-1..=2).map(|step| (below as i64 + step, weight(at - below - step as f64))).collect::<Vec<_>>();
    if manner.leaves_outside {
        taps.iter_mut().filter(|(place, _)| !(0..=last).contains(place)).for_each(|(_, weight)| *weight = 0.0);
        let sum = taps.iter().map(|(_, weight)| weight).sum::<f64>();
        taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
    }
    taps.into_iter().map(|(place, weight)| (place.clamp(0, last), weight)).collect()
}

fn weighted(call: &Call<'_>, floats: Floats, axis: usize, taps: &[Vec<(i64, f64)>]) -> OpResult<Tensor> {
    let mut dims = floats.dims().to_vec();
    dims[axis] = taps.len();
    let mut shape = vec![1; dims.len()];
    shape[axis] = taps.len();
    let mut sum = None;
    for tap in 0..taps.first().map_or(0, Vec::len) {
        let places = taps.iter().map(|taps| taps[tap].0).collect::<Vec<_>>();
        let weights = taps.iter().map(|taps| taps[tap].1 as f32).collect::<Vec<_>>();
        let Tensor::Floats(picked) = pick_axis(floats.clone().into(), axis, &places, call.home)? else {
            return Err("it takes floats".into());
        };
        let weights = Floats::new(shape.clone(), weights, call.home)?.into_held();
        let part = Dispatch::float_mul(picked.into_held(), weights);
        sum = Some(match sum {
            None => part,
            Some(sum) => Dispatch::float_add(sum, part),
        });
    }
    let sum = sum.ok_or("nothing to resize")?;
    Ok(Floats::held(dims, sum).into())
}

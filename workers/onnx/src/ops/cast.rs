//! Operators that change the kind of elements. Every width of float is one kind here.

use super::call::Call;
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, IntKind, Tensor};

pub(super) const TABLE: &[Operator] = &[
    op("Cast", Fixed::Dims, cast),
    op("CastLike", Fixed::Dims, cast_like),
    op("DequantizeLinear", Fixed::Dims, dequantize),
    op("QuantizeLinear", Fixed::Dims, quantize),
];

/// The kind that a number of the format stands for; `None` for floats.
pub(super) fn kind_of(number: i64) -> OpResult<Option<IntKind>> {
    Ok(Some(match number {
        1 | 10 | 11 | 16 => return Ok(None),
        2 => IntKind::U8,
        3 => IntKind::I8,
        4 => IntKind::U16,
        5 => IntKind::I16,
        6 => IntKind::I32,
        7 => IntKind::I64,
        9 => IntKind::Bool,
        12 => IntKind::U32,
        other => return Err(OpError(format!("elements of the kind {other}"))),
    }))
}

fn cast(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let kind = kind_of(call.attributes().int("to", 0)?)?;
    let tensor = call.take(0)?;
    Ok(vec![to_kind(tensor, kind, call)?])
}

fn cast_like(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let kind = match call.peek(1)? {
        Tensor::Floats(_) => None,
        Tensor::Ints(ints) => Some(ints.kind()),
    };
    let tensor = call.take(0)?;
    Ok(vec![to_kind(tensor, kind, call)?])
}

fn to_kind(tensor: Tensor, kind: Option<IntKind>, call: &Call<'_>) -> OpResult<Tensor> {
    Ok(match (tensor, kind) {
        (Tensor::Floats(floats), None) => floats.into(),
        (Tensor::Ints(ints), Some(kind)) => ints.map(kind, |value| value).into(),
        (Tensor::Ints(ints), None) => {
            Floats::new(ints.dims().to_vec(), ints.data().iter().map(|&value| value as f32).collect(), call.home)?
                .into()
        }
        (Tensor::Floats(floats), Some(kind)) => {
            let whole =
                |value: &f32| if kind == IntKind::Bool { i64::from(*value != 0.0) } else { kind.wrap(*value as i64) };
            crate::tensor::Ints::new(floats.dims().to_vec(), kind, floats.to_host()?.iter().map(whole).collect())?
                .into()
        }
    })
}

/// The scale and the zero point of each element, by the place along the axis.
struct Steps {
    scales: Vec<f32>,
    zeros: Vec<i64>,
    kind: Option<IntKind>,
    inner: usize,
}

impl Steps {
    fn of(call: &mut Call<'_>, dims: &[usize]) -> OpResult<Steps> {
        if call.attributes().int("block_size", 0)? != 0 {
            return Err("it quantises by blocks".into());
        }
        let scales = call.floats(1)?.to_host()?.to_vec();
        let zeros = if call.has(2) { Some(call.ints(2)?) } else { None };
        let kind = zeros.as_ref().map(|zeros| zeros.kind());
        let zeros = zeros.map_or_else(|| vec![0; scales.len()], |zeros| zeros.data().to_vec());
        if scales.is_empty() || zeros.len() != scales.len() {
            return Err("its scales and zero points are not as many".into());
        }
        let inner = if scales.len() == 1 {
            usize::MAX
        } else {
            let along = super::call::axis(call.attributes().int("axis", 1)?, dims.len())?;
            if dims[along] != scales.len() {
                return Err("its scales do not fit the axis".into());
            }
            dims[along + 1..].iter().product::<usize>().max(1)
        };
        Ok(Steps { scales, zeros, kind, inner })
    }

    fn at(&self, place: usize) -> (f32, i64) {
        let step = place / self.inner % self.scales.len();
        (self.scales[step], self.zeros[step])
    }
}

fn dequantize(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let ints = call.ints(0)?;
    let steps = Steps::of(call, ints.dims())?;
    let value = |(place, &value): (usize, &i64)| {
        let (scale, zero) = steps.at(place);
        (value - zero) as f32 * scale
    };
    let data = ints.data().iter().enumerate().map(value).collect();
    Ok(vec![Floats::new(ints.dims().to_vec(), data, call.home)?.into()])
}

fn quantize(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let floats = call.floats(0)?;
    let steps = Steps::of(call, floats.dims())?;
    let kind = steps.kind.unwrap_or(IntKind::U8);
    let (low, high) = match kind {
        IntKind::U8 => (0, 255),
        IntKind::I8 => (-128, 127),
        IntKind::U16 => (0, 65_535),
        IntKind::I16 => (-32_768, 32_767),
        _ => return Err("it quantises to a kind that is not supported".into()),
    };
    let value = |(place, &value): (usize, &f32)| {
        let (scale, zero) = steps.at(place);
        ((value / scale).round_ties_even() as i64).saturating_add(zero).clamp(low, high)
    };
    let data = floats.to_host()?.iter().enumerate().map(value).collect();
    Ok(vec![crate::tensor::Ints::new(floats.dims().to_vec(), kind, data)?.into()])
}

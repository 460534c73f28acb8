//! Comparisons, truth values, and choosing by them.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;

use super::arrange::spread_to;
use super::call::Call;
use super::strided::{broadcast, spread, zip};
use super::{Fixed, Operator, op};
use crate::error::OpResult;
use crate::tensor::{Floats, IntKind, Ints, Tensor, upload_mask};

pub(super) const TABLE: &[Operator] = &[
    op("Equal", Fixed::Dims, |call| compare(call, |l, r| l == r, |l, r| l == r)),
    op("Greater", Fixed::Dims, |call| compare(call, |l, r| l > r, |l, r| l > r)),
    op("GreaterOrEqual", Fixed::Dims, |call| compare(call, |l, r| l >= r, |l, r| l >= r)),
    op("Less", Fixed::Dims, |call| compare(call, |l, r| l < r, |l, r| l < r)),
    op("LessOrEqual", Fixed::Dims, |call| compare(call, |l, r| l <= r, |l, r| l <= r)),
    op("And", Fixed::Dims, |call| both(call, |l, r| l & r)),
    op("Or", Fixed::Dims, |call| both(call, |l, r| l | r)),
    op("Xor", Fixed::Dims, |call| both(call, |l, r| l ^ r)),
    op("Not", Fixed::Dims, not),
    op("IsNaN", Fixed::Dims, |call| test(call, f32::is_nan)),
    op("IsInf", Fixed::Dims, is_inf),
    op("Where", Fixed::Dims, choose),
];

fn compare(call: &mut Call<'_>, ints: fn(i64, i64) -> bool, floats: fn(f32, f32) -> bool) -> OpResult<Vec<Tensor>> {
    let (dims, data) = match (call.take(0)?, call.take(1)?) {
        (Tensor::Ints(left), Tensor::Ints(right)) => {
            let (dims, pairs) = zip(&left, &right)?;
            (dims, pairs.into_iter().map(|(left, right)| i64::from(ints(left, right))).collect::<Vec<_>>())
        }
        (Tensor::Floats(left), Tensor::Floats(right)) => {
            let dims = broadcast(left.dims(), right.dims())?;
            let places = spread(left.dims(), &dims)?.into_iter().zip(spread(right.dims(), &dims)?);
            let (left, right) = (left.to_host()?, right.to_host()?);
            (dims, places.map(|(l, r)| i64::from(floats(left[l], right[r]))).collect())
        }
        _ => return Err("it compares floats with integers".into()),
    };
    Ok(vec![Ints::new(dims, IntKind::Bool, data)?.into()])
}

fn both(call: &mut Call<'_>, join: fn(i64, i64) -> i64) -> OpResult<Vec<Tensor>> {
    let (left, right) = (call.ints(0)?, call.ints(1)?);
    let (dims, pairs) = zip(&left, &right)?;
    let data = pairs.into_iter().map(|(left, right)| join(left, right)).collect();
    Ok(vec![Ints::new(dims, IntKind::Bool, data)?.into()])
}

fn not(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    Ok(vec![call.ints(0)?.map(IntKind::Bool, |value| i64::from(value == 0)).into()])
}

fn test(call: &mut Call<'_>, holds: impl Fn(f32) -> bool) -> OpResult<Vec<Tensor>> {
    let floats = call.floats(0)?;
    let data = floats.to_host()?.iter().map(|&value| i64::from(holds(value))).collect();
    Ok(vec![Ints::new(floats.dims().to_vec(), IntKind::Bool, data)?.into()])
}

fn is_inf(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let positive = call.attributes().flag("detect_positive", true)?;
    let negative = call.attributes().flag("detect_negative", true)?;
    test(call, |value| value.is_infinite() && if value > 0.0 { positive } else { negative })
}

fn choose(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let mask = call.ints(0)?;
    let (yes, no) = (call.take(1)?, call.take(2)?);
    let dims = broadcast(&broadcast(mask.dims(), yes.dims())?, no.dims())?;
    match (yes, no) {
        (Tensor::Ints(yes), Tensor::Ints(no)) => {
            let places = (spread(mask.dims(), &dims)?, spread(yes.dims(), &dims)?, spread(no.dims(), &dims)?);
            let pick = |place: usize| {
                if mask.data()[places.0[place]] != 0 { yes.data()[places.1[place]] } else { no.data()[places.2[place]] }
            };
            let data = (0..places.0.len()).map(pick).collect();
            Ok(vec![Ints::new(dims, yes.kind(), data)?.into()])
        }
        (Tensor::Floats(yes), Tensor::Floats(no)) => {
            let Tensor::Ints(mask) = spread_to(mask.into(), dims.clone())? else {
                return Err("its condition is no truth value".into());
            };
            let held = |floats: Floats| match spread_to(floats.into(), dims.clone())? {
                Tensor::Floats(floats) => Ok(floats.into_held()),
                Tensor::Ints(_) => Err(crate::error::OpError::from("integers")),
            };
            let (yes, no) = (held(yes)?, held(no)?);
            let chosen = Dispatch::float_mask_where(no, upload_mask(&mask, call.home), yes);
            Ok(vec![Floats::held(dims, chosen).into()])
        }
        _ => Err("it chooses between floats and integers".into()),
    }
}

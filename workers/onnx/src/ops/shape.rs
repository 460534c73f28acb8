//! Operators that ask for shapes or make tensors of them.

use super::call::Call;
use super::{Fixed, Operator, op};
use crate::attributes::Attribute;
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, IntKind, Ints, Tensor, elements, int_elements};

pub(super) const TABLE: &[Operator] = &[
    op("Shape", Fixed::Value, shape),
    op("Size", Fixed::Value, size),
    op("Constant", Fixed::Dims, constant),
    op("ConstantOfShape", Fixed::ByFrom(0), constant_of_shape),
    op("Range", Fixed::ByFrom(0), range),
    op("EyeLike", Fixed::Dims, eye_like),
];

fn shape(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let dims = call.take(0)?.dims().iter().map(|&dim| dim as i64).collect::<Vec<_>>();
    let rank = dims.len() as i64;
    let from_front = |at: i64| (if at < 0 { at + rank } else { at }).clamp(0, rank) as usize;
    let start = from_front(call.attributes().int("start", 0)?);
    let end = from_front(call.attributes().int("end", rank)?).max(start);
    Ok(vec![Ints::list(dims[start..end].to_vec()).into()])
}

fn size(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let count = call.take(0)?.count() as i64;
    Ok(vec![Ints::new(Vec::new(), IntKind::I64, vec![count])?.into()])
}

fn constant(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let attributes = call.attributes();
    if let Some(tensor) = attributes.tensor("value")? {
        return Ok(vec![tensor.clone()]);
    }
    let found = ["value_float", "value_floats", "value_int", "value_ints"].iter().find_map(|name| attributes.get(name));
    let tensor = match found {
        Some(Attribute::Float(value)) => Floats::scalar(*value, call.home)?.into(),
        Some(Attribute::Floats(values)) => Floats::new(vec![values.len()], values.clone(), call.home)?.into(),
        Some(Attribute::Int(value)) => Ints::new(Vec::new(), IntKind::I64, vec![*value])?.into(),
        Some(Attribute::Ints(values)) => Ints::list(values.clone()).into(),
        _ => return Err("its value is of a kind that is not supported".into()),
    };
    Ok(vec![tensor])
}

fn constant_of_shape(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let wanted = call.ints(0)?;
    let dims = wanted.data().iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
    let dims = dims.map_err(|_| "a negative dimension")?;
    let count = elements(&dims)?;
    if let Some(Tensor::Ints(_)) = call.attributes().tensor("value")? {
        int_elements(&dims)?;
    }
    Ok(vec![match call.attributes().tensor("value")? {
        None => Floats::new(dims, vec![0.0; count], call.home)?.into(),
        Some(Tensor::Floats(value)) => {
            let value = value.to_host()?.first().copied().unwrap_or(0.0);
            Floats::new(dims, vec![value; count], call.home)?.into()
        }
        Some(Tensor::Ints(value)) => {
            Ints::new(dims, value.kind(), vec![value.data().first().copied().unwrap_or(0); count])?.into()
        }
    }])
}

fn range(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if let Tensor::Ints(start) = call.peek(0)? {
        let kind = start.kind();
        let (start, limit, delta) = (call.number(0)?, call.number(1)?, call.number(2)?);
        let count = steps(start as f64, limit as f64, delta as f64)?;
        let data = (0..count as i64).map(|step| start.wrapping_add(step.wrapping_mul(delta))).collect();
        return Ok(vec![Ints::new(vec![count], kind, data)?.into()]);
    }
    let missing = || OpError("one of its inputs is missing".to_owned());
    let start = call.float(0)?.ok_or_else(missing)?;
    let limit = call.float(1)?.ok_or_else(missing)?;
    let delta = call.float(2)?.ok_or_else(missing)?;
    let count = steps(f64::from(start), f64::from(limit), f64::from(delta))?;
    let data = (0..count).map(|step| start + step as f32 * delta).collect();
    Ok(vec![Floats::new(vec![count], data, call.home)?.into()])
}

fn steps(start: f64, limit: f64, delta: f64) -> OpResult<usize> {
    if delta == 0.0 {
        return Err("a step of nothing".into());
    }
    let count = ((limit - start) / delta).ceil().max(0.0);
    let count = if count.is_finite() { count as usize } else { usize::MAX };
    int_elements(&[count])
}

fn eye_like(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let like = call.take(0)?;
    let &[rows, columns] = like.dims() else {
        return Err("its input has not two dimensions".into());
    };
    let offset = call.attributes().int("k", 0)?;
    let on = |place: usize| (place / columns) as i64 + offset == (place % columns) as i64;
    let count = int_elements(&[rows, columns])?;
    let ones = super::cast::kind_of(call.attributes().int("dtype", 0)?).or_else(|unknown| match &like {
        _ if call.attributes().get("dtype").is_some() => Err(unknown),
        Tensor::Floats(_) => Ok(None),
        Tensor::Ints(ints) => Ok(Some(ints.kind())),
    })?;
    Ok(vec![match ones {
        None => {
            Floats::new(vec![rows, columns], (0..count).map(|place| f32::from(on(place))).collect(), call.home)?.into()
        }
        Some(kind) => {
            Ints::new(vec![rows, columns], kind, (0..count).map(|place| i64::from(on(place))).collect())?.into()
        }
    }])
}

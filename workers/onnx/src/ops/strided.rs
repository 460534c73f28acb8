//! Places of elements: what moves elements about without changing them is a list of where each comes from.

use burn::backend::Dispatch;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Device;

use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Ints, Tensor, burn_shape, elements, int_elements, upload_indices};

/// How many elements lie between neighbours along each axis.
pub(super) fn strides(dims: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; dims.len()];
    for axis in (0..dims.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1] * dims[axis + 1] as isize;
    }
    strides
}

/// For each element of a tensor of `dims`, row by row, its place in a source that is walked in `steps` from `start`.
pub(super) fn walk(dims: &[usize], steps: &[isize], start: isize) -> OpResult<Vec<usize>> {
    let count = int_elements(dims)?;
    let mut places = Vec::with_capacity(count);
    let mut at = vec![0usize; dims.len()];
    let mut place = start;
    for _ in 0..count {
        places.push(usize::try_from(place).map_err(|_| OpError("a place before the first element".to_owned()))?);
        for axis in (0..dims.len()).rev() {
            at[axis] += 1;
            place += steps[axis];
            if at[axis] < dims[axis] {
                break;
            }
            place -= steps[axis] * dims[axis] as isize;
            at[axis] = 0;
        }
    }
    Ok(places)
}

/// Where each element of `wanted` comes from when a tensor of `dims` is spread over it.
pub(super) fn spread(dims: &[usize], wanted: &[usize]) -> OpResult<Vec<usize>> {
    let own = strides(dims);
    let offset = wanted.len() - dims.len();
    let step = |axis: usize| if axis < offset || dims[axis - offset] == 1 { 0 } else { own[axis - offset] };
    walk(wanted, &(0..wanted.len()).map(step).collect::<Vec<_>>(), 0)
}

/// The dimensions that both spread to.
pub(super) fn broadcast(left: &[usize], right: &[usize]) -> OpResult<Vec<usize>> {
    let rank = left.len().max(right.len());
    let at = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |own| dims[own]);
    let mut dims = Vec::with_capacity(rank);
    for axis in 0..rank {
        match (at(left, axis), at(right, axis)) {
            (one, other) if one == other || other == 1 => dims.push(one),
            (1, other) => dims.push(other),
            _ => return Err(OpError(format!("{left:?} and {right:?} do not go together"))),
        }
    }
    elements(&dims)?;
    Ok(dims)
}

/// Elements of two tensors that belong together.
pub(super) type Pairs = Vec<(i64, i64)>;

/// Two tensors of integers, element by element.
pub(super) fn zip(left: &Ints, right: &Ints) -> OpResult<(Vec<usize>, Pairs)> {
    let dims = broadcast(left.dims(), right.dims())?;
    let (left_places, right_places) = (spread(left.dims(), &dims)?, spread(right.dims(), &dims)?);
    let pairs = left_places.iter().zip(&right_places).map(|(&l, &r)| (left.data()[l], right.data()[r])).collect();
    Ok((dims, pairs))
}

/// The elements at those places.
pub(super) fn pick(tensor: Tensor, places: &[usize], dims: Vec<usize>, device: &Device) -> OpResult<Tensor> {
    let count = tensor.count();
    if places.iter().any(|place| *place >= count) {
        return Err("a place behind the last element".into());
    }
    match tensor {
        Tensor::Ints(ints) => {
            let data = places.iter().map(|place| ints.data()[*place]).collect();
            Ok(Ints::new(dims, ints.kind(), data)?.into())
        }
        Tensor::Floats(floats) => {
            elements(&dims)?;
            let places = places.iter().map(|&place| place as i64).collect::<Vec<_>>();
            let flat = floats.reshaped(vec![count])?;
            let indices = upload_indices(&[places.len()], &places, device)?;
            let picked = Dispatch::float_select(flat.into_held(), 0, indices);
            Ok(Floats::held(dims.clone(), Dispatch::float_reshape(picked, burn_shape(&dims))).into())
        }
    }
}

/// Slices along one axis, in that order.
pub(super) fn pick_axis(tensor: Tensor, axis: usize, places: &[i64], device: &Device) -> OpResult<Tensor> {
    let size = tensor.dims()[axis] as i64;
    if places.iter().any(|place| !(0..size).contains(place)) {
        return Err(OpError(format!("a place outside of {size}")));
    }
    let mut dims = tensor.dims().to_vec();
    dims[axis] = places.len();
    elements(&dims)?;
    match tensor {
        Tensor::Floats(floats) => {
            let indices = upload_indices(&[places.len()], places, device)?;
            Ok(Floats::held(dims, Dispatch::float_select(floats.into_held(), axis, indices)).into())
        }
        Tensor::Ints(ints) => {
            int_elements(&dims)?;
            let inner = dims[axis + 1..].iter().product::<usize>();
            let outer = dims[..axis].iter().product::<usize>();
            let mut data = Vec::with_capacity(outer * inner * places.len());
            for block in 0..outer {
                for place in places {
                    let start = (block * size as usize + *place as usize) * inner;
                    data.extend_from_slice(&ints.data()[start..start + inner]);
                }
            }
            Ok(Ints::new(dims, ints.kind(), data)?.into())
        }
    }
}

//! Sums in a graph of half precision. A half float ends at 65,504, which the square of 256 exceeds: what is computed of
//! many elements is computed in single precision, and only its result is rounded.

use burn::backend::ops::FloatTensorOps;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{DType, FloatDType};

pub(super) fn is_half(held: &DispatchTensor) -> bool {
    held.dtype() == DType::F16
}

/// In single precision, if it is in half.
pub(super) fn single(held: DispatchTensor) -> DispatchTensor {
    if is_half(&held) { Dispatch::float_cast(held, FloatDType::F32) } else { held }
}

/// What is computed in single precision of a tensor of any width; the result is as wide as that.
pub(super) fn in_single(held: DispatchTensor, run: impl FnOnce(DispatchTensor) -> DispatchTensor) -> DispatchTensor {
    let half = is_half(&held);
    narrowed(run(single(held)), half)
}

/// In half precision, if what it was made of was.
pub(super) fn narrowed(held: DispatchTensor, half: bool) -> DispatchTensor {
    if half { Dispatch::float_cast(held, FloatDType::F16) } else { held }
}

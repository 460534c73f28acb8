//! Arithmetic and activations, element by element.

use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::{Dispatch, DispatchTensor, Scalar};

use super::call::Call;
use super::cpu;
use super::strided::{broadcast, zip};
use super::{Fixed, Operator, op};
use crate::error::{OpError, OpResult};
use crate::tensor::{Floats, Ints, Tensor};

pub(super) const TABLE: &[Operator] = &[
    op("Add", Fixed::Dims, |call| arithmetic(call, &ADD)),
    op("Sub", Fixed::Dims, |call| arithmetic(call, &SUB)),
    op("Mul", Fixed::Dims, |call| arithmetic(call, &MUL)),
    op("Div", Fixed::Dims, |call| arithmetic(call, &DIV)),
    op("Pow", Fixed::Dims, power),
    op("Mod", Fixed::Dims, modulo),
    op("Min", Fixed::Dims, |call| many(call, &MIN)),
    op("Max", Fixed::Dims, |call| many(call, &MAX)),
    op("Sum", Fixed::Dims, |call| many(call, &ADD)),
    op("Mean", Fixed::Dims, mean),
    op("Sqrt", Fixed::Dims, |call| unary(call, Dispatch::float_sqrt)),
    op("Exp", Fixed::Dims, |call| unary(call, Dispatch::float_exp)),
    op("Log", Fixed::Dims, |call| unary(call, Dispatch::float_log)),
    op("Erf", Fixed::Dims, |call| unary(call, Dispatch::float_erf)),
    op("Tanh", Fixed::Dims, |call| unary(call, Dispatch::float_tanh)),
    op("Sin", Fixed::Dims, |call| unary(call, Dispatch::float_sin)),
    op("Cos", Fixed::Dims, |call| unary(call, Dispatch::float_cos)),
    op("Tan", Fixed::Dims, |call| unary(call, Dispatch::float_tan)),
    op("Atan", Fixed::Dims, |call| unary(call, Dispatch::float_atan)),
    op("Floor", Fixed::Dims, |call| unary(call, Dispatch::float_floor)),
    op("Ceil", Fixed::Dims, |call| unary(call, Dispatch::float_ceil)),
    op("Round", Fixed::Dims, |call| unary(call, Dispatch::float_round)),
    op("Reciprocal", Fixed::Dims, |call| unary(call, Dispatch::float_recip)),
    op("Sigmoid", Fixed::Dims, sigmoid),
    op("Softplus", Fixed::Dims, |call| unary(call, softplus)),
    op("Softsign", Fixed::Dims, |call| unary(call, softsign)),
    op("Mish", Fixed::Dims, |call| unary(call, mish)),
    op("HardSwish", Fixed::Dims, |call| unary(call, hard_swish)),
    op("Relu", Fixed::Dims, |call| either(call, Dispatch::relu, |value| value.max(0))),
    op("Neg", Fixed::Dims, |call| either(call, Dispatch::float_neg, i64::wrapping_neg)),
    op("Abs", Fixed::Dims, |call| either(call, Dispatch::float_abs, i64::wrapping_abs)),
    op("Sign", Fixed::Dims, |call| either(call, Dispatch::float_sign, i64::signum)),
    op("Gelu", Fixed::Dims, gelu),
    op("com.microsoft.QuickGelu", Fixed::Dims, quick_gelu),
    op("LeakyRelu", Fixed::Dims, leaky_relu),
    op("ThresholdedRelu", Fixed::Dims, thresholded_relu),
    op("PRelu", Fixed::Dims, prelu),
    op("Elu", Fixed::Dims, |call| exponential(call, "Elu")),
    op("Selu", Fixed::Dims, |call| exponential(call, "Selu")),
    op("Celu", Fixed::Dims, |call| exponential(call, "Celu")),
    op("HardSigmoid", Fixed::Dims, hard_sigmoid),
    op("Clip", Fixed::ByFrom(3), clip),
];

/// A number for burn.
pub(super) fn scalar(value: f32) -> Scalar {
    Scalar::Float(f64::from(value))
}

/// One operation in its three forms.
struct Binary {
    tensors: fn(DispatchTensor, DispatchTensor) -> DispatchTensor,
    /// With a number on the right, where burn has that.
    number: Option<fn(DispatchTensor, Scalar) -> DispatchTensor>,
    /// Whether left and right can be exchanged.
    symmetric: bool,
    ints: fn(i64, i64) -> OpResult<i64>,
}

const ADD: Binary = Binary {
    tensors: Dispatch::float_add,
    number: Some(Dispatch::float_add_scalar),
    symmetric: true,
    ints: |left, right| Ok(left.wrapping_add(right)),
};
const SUB: Binary = Binary {
    tensors: Dispatch::float_sub,
    number: Some(Dispatch::float_sub_scalar),
    symmetric: false,
    ints: |left, right| Ok(left.wrapping_sub(right)),
};
const MUL: Binary = Binary {
    tensors: Dispatch::float_mul,
    number: Some(Dispatch::float_mul_scalar),
    symmetric: true,
    ints: |left, right| Ok(left.wrapping_mul(right)),
};
const DIV: Binary = Binary {
    tensors: Dispatch::float_div,
    number: Some(Dispatch::float_div_scalar),
    symmetric: false,
    ints: |left, right| left.checked_div(right).ok_or_else(|| "a division by zero".into()),
};
const MIN: Binary = Binary {
    tensors: |left, right| {
        let smaller = less(right.clone(), left.clone());
        Dispatch::float_mask_where(left, smaller, right)
    },
    number: Some(Dispatch::float_clamp_max),
    symmetric: true,
    ints: |left, right| Ok(left.min(right)),
};
const MAX: Binary = Binary {
    tensors: |left, right| {
        let larger = less(left.clone(), right.clone());
        Dispatch::float_mask_where(left, larger, right)
    },
    number: Some(Dispatch::float_clamp_min),
    symmetric: true,
    ints: |left, right| Ok(left.max(right)),
};

fn arithmetic(call: &mut Call<'_>, operation: &Binary) -> OpResult<Vec<Tensor>> {
    let (left, right) = (call.take(0)?, call.take(1)?);
    Ok(vec![apply(left, right, operation)?])
}

fn many(call: &mut Call<'_>, operation: &Binary) -> OpResult<Vec<Tensor>> {
    let mut result = call.take(0)?;
    for place in 1..call.count() {
        result = apply(result, call.take(place)?, operation)?;
    }
    Ok(vec![result])
}

fn apply(left: Tensor, right: Tensor, operation: &Binary) -> OpResult<Tensor> {
    match (left, right) {
        (Tensor::Floats(left), Tensor::Floats(right)) => Ok(floats(left, right, operation)?.into()),
        (Tensor::Ints(left), Tensor::Ints(right)) => {
            let kind = left.kind();
            let (dims, pairs) = zip(&left, &right)?;
            let data = pairs.into_iter().map(|(left, right)| Ok(kind.wrap((operation.ints)(left, right)?)));
            Ok(Ints::new(dims, kind, data.collect::<OpResult<_>>()?)?.into())
        }
        _ => Err("it takes floats together with integers".into()),
    }
}

fn floats(left: Floats, right: Floats, operation: &Binary) -> OpResult<Floats> {
    let dims = broadcast(left.dims(), right.dims())?;
    if let Some(number) = operation.number {
        // A number is no tensor to spread: the result has the other's shape, but for ones in front.
        if let Some(value) = right.known_scalar() {
            return left.reshaped(dims.clone()).map(|left| Floats::held(dims, number(left.into_held(), scalar(value))));
        }
        if let Some(value) = left.known_scalar()
            && operation.symmetric
        {
            return right
                .reshaped(dims.clone())
                .map(|right| Floats::held(dims, number(right.into_held(), scalar(value))));
        }
    }
    let (left, right) = (ranked(left, dims.len())?, ranked(right, dims.len())?);
    Ok(Floats::held(dims, (operation.tensors)(left, right)))
}

/// A product, element by element.
pub(super) fn times(left: Floats, right: Floats) -> OpResult<Floats> {
    floats(left, right, &MUL)
}

/// For burn, both sides of an operation have the same number of dimensions.
fn ranked(floats: Floats, rank: usize) -> OpResult<DispatchTensor> {
    let mut dims = vec![1; rank - floats.dims().len()];
    dims.extend_from_slice(floats.dims());
    Ok(floats.reshaped(dims)?.into_held())
}

fn less(left: DispatchTensor, right: DispatchTensor) -> DispatchTensor {
    let kind = bool_kind(&left);
    Dispatch::float_lower(left, right, kind)
}

/// How the tensor's device holds truth values.
pub(super) fn bool_kind(tensor: &DispatchTensor) -> burn::tensor::BoolDType {
    use burn::backend::TensorMetadata;
    burn::tensor::Device::new(tensor.device()).settings().bool_dtype
}

fn mean(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let count = call.count() as f32;
    let Some(Tensor::Floats(sum)) = many(call, &ADD)?.pop() else {
        return Err("it takes floats".into());
    };
    let (dims, held) = sum.into_parts();
    Ok(vec![Floats::held(dims, Dispatch::float_div_scalar(held, scalar(count))).into()])
}

fn power(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let exponent = match call.take(1)? {
        Tensor::Ints(ints) if matches!(call.peek(0)?, Tensor::Floats(_)) => {
            Floats::new(ints.dims().to_vec(), ints.data().iter().map(|&value| value as f32).collect(), call.home)?
        }
        Tensor::Floats(floats) if matches!(call.peek(0)?, Tensor::Floats(_)) => floats,
        exponent => {
            let base = call.ints(0)?;
            return int_power(&base, exponent);
        }
    };
    let base = call.floats(0)?;
    if let Some(value) = exponent.known_scalar() {
        let dims = broadcast(base.dims(), exponent.dims())?;
        let held = base.reshaped(dims.clone())?.into_held();
        // Exact where a power is a product: and for negative bases, which a general power does not take.
        let raised = match value {
            1.0 => held,
            2.0 => Dispatch::float_mul(held.clone(), held),
            3.0 => Dispatch::float_mul(Dispatch::float_mul(held.clone(), held.clone()), held),
            0.5 => Dispatch::float_sqrt(held),
            value => Dispatch::float_powf_scalar(held, scalar(value)),
        };
        return Ok(vec![Floats::held(dims, raised).into()]);
    }
    let power =
        Binary { tensors: Dispatch::float_powf, number: None, symmetric: false, ints: |_, _| Err("integers".into()) };
    Ok(vec![floats(base, exponent, &power)?.into()])
}

fn int_power(base: &Ints, exponent: Tensor) -> OpResult<Vec<Tensor>> {
    let exponent = match exponent {
        Tensor::Ints(ints) => ints,
        Tensor::Floats(floats) => {
            let data = floats.to_host()?.iter().map(|&value| value as i64).collect();
            Ints::new(floats.dims().to_vec(), base.kind(), data)?
        }
    };
    let (dims, pairs) = zip(base, &exponent)?;
    let kind = base.kind();
    let raise = |(base, exponent): (i64, i64)| {
        kind.wrap(u32::try_from(exponent).map_or(0, |exponent| base.wrapping_pow(exponent)))
    };
    Ok(vec![Ints::new(dims, kind, pairs.into_iter().map(raise).collect())?.into()])
}

fn modulo(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    // The remainder takes the dividend's sign with `fmod`, the divisor's without.
    let as_c = call.attributes().flag("fmod", false)?;
    match (call.take(0)?, call.take(1)?) {
        (Tensor::Floats(left), Tensor::Floats(right)) => {
            let truncated = |left: DispatchTensor, right: DispatchTensor| {
                let quotient = Dispatch::float_trunc(Dispatch::float_div(left.clone(), right.clone()));
                Dispatch::float_sub(left, Dispatch::float_mul(quotient, right))
            };
            let tensors = if as_c { truncated } else { Dispatch::float_remainder };
            let operation = Binary { tensors, number: None, symmetric: false, ints: |_, _| Err("integers".into()) };
            Ok(vec![floats(left, right, &operation)?.into()])
        }
        (Tensor::Ints(left), Tensor::Ints(right)) => {
            let (dims, pairs) = zip(&left, &right)?;
            let rest = |(left, right): (i64, i64)| {
                let rest = left.checked_rem(right).ok_or_else(|| OpError("a division by zero".to_owned()))?;
                Ok(if !as_c && rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest })
            };
            let data = pairs.into_iter().map(rest).collect::<OpResult<_>>()?;
            Ok(vec![Ints::new(dims, left.kind(), data)?.into()])
        }
        _ => Err("it takes floats together with integers".into()),
    }
}

fn unary(call: &mut Call<'_>, change: fn(DispatchTensor) -> DispatchTensor) -> OpResult<Vec<Tensor>> {
    let (dims, held) = call.floats(0)?.into_parts();
    Ok(vec![Floats::held(dims, change(held)).into()])
}

fn either(
    call: &mut Call<'_>,
    change: fn(DispatchTensor) -> DispatchTensor,
    ints: fn(i64) -> i64,
) -> OpResult<Vec<Tensor>> {
    match call.take(0)? {
        Tensor::Floats(floats) => {
            let (dims, held) = floats.into_parts();
            Ok(vec![Floats::held(dims, change(held)).into()])
        }
        Tensor::Ints(values) => Ok(vec![values.map(values.kind(), ints).into()]),
    }
}

/// With a number of the node's in the closure.
fn changed(call: &mut Call<'_>, change: impl FnOnce(DispatchTensor) -> DispatchTensor) -> OpResult<Vec<Tensor>> {
    let (dims, held) = call.floats(0)?.into_parts();
    Ok(vec![Floats::held(dims, change(held)).into()])
}

/// On the processor, by our own loop.
fn on_cores(call: &mut Call<'_>, change: impl Fn(f32) -> f32 + Sync) -> OpResult<Vec<Tensor>> {
    let (dims, held) = call.floats(0)?.into_parts();
    let all = |part: &mut [f32]| part.iter_mut().for_each(|x| *x = change(*x));
    Ok(vec![cpu::each(dims, held, call.home, all)?.into()])
}

fn sigmoid(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if cpu::is_host(call.home) { on_cores(call, cpu::sigmoid) } else { unary(call, Dispatch::sigmoid) }
}

/// log(1 + eˣ), without overflow.
fn softplus(held: DispatchTensor) -> DispatchTensor {
    let rest = Dispatch::float_log1p(Dispatch::float_exp(Dispatch::float_neg(Dispatch::float_abs(held.clone()))));
    Dispatch::float_add(Dispatch::relu(held), rest)
}

fn softsign(held: DispatchTensor) -> DispatchTensor {
    Dispatch::float_div(held.clone(), Dispatch::float_add_scalar(Dispatch::float_abs(held), scalar(1.0)))
}

fn mish(held: DispatchTensor) -> DispatchTensor {
    Dispatch::float_mul(held.clone(), Dispatch::float_tanh(softplus(held)))
}

fn hard_swish(held: DispatchTensor) -> DispatchTensor {
    let gate = Dispatch::hard_sigmoid(held.clone(), Scalar::Float(1.0 / 6.0), Scalar::Float(0.5));
    Dispatch::float_mul(held, gate)
}

fn gelu(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    match call.attributes().text("approximate", "none")? {
        "none" if cpu::is_host(call.home) => on_cores(call, cpu::gelu),
        "none" => unary(call, Dispatch::gelu),
        "tanh" if cpu::is_host(call.home) => on_cores(call, cpu::gelu_tanh),
        "tanh" => unary(call, gelu_tanh_of),
        other => Err(OpError(format!("an approximation {other:?}"))),
    }
}

pub(super) fn gelu_tanh_of(held: DispatchTensor) -> DispatchTensor {
    let cube = Dispatch::float_mul(Dispatch::float_mul(held.clone(), held.clone()), held.clone());
    let inner = Dispatch::float_add(held.clone(), Dispatch::float_mul_scalar(cube, scalar(0.044_715)));
    let inner = Dispatch::float_mul_scalar(inner, Scalar::Float((2.0 / std::f64::consts::PI).sqrt()));
    let gate = Dispatch::float_add_scalar(Dispatch::float_tanh(inner), scalar(1.0));
    Dispatch::float_mul_scalar(Dispatch::float_mul(held, gate), scalar(0.5))
}

/// x · σ(αx).
fn quick_gelu(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let alpha = call.attributes().float("alpha", 1.702)?;
    if cpu::is_host(call.home) {
        return on_cores(call, |x| x * cpu::sigmoid(alpha * x));
    }
    changed(call, |held| quick_gelu_of(held, alpha))
}

pub(super) fn quick_gelu_of(held: DispatchTensor, alpha: f32) -> DispatchTensor {
    let gate = Dispatch::sigmoid(Dispatch::float_mul_scalar(held.clone(), scalar(alpha)));
    Dispatch::float_mul(gate, held)
}

fn leaky_relu(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let alpha = call.attributes().float("alpha", 0.01)?;
    changed(call, |held| Dispatch::leaky_relu(held, scalar(alpha)))
}

fn thresholded_relu(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let alpha = call.attributes().float("alpha", 1.0)?;
    changed(call, |held| {
        let low = Dispatch::float_lower_equal_elem(held.clone(), scalar(alpha), bool_kind(&held));
        Dispatch::float_mask_fill(held, low, scalar(0.0))
    })
}

fn prelu(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let (input, slope) = (call.floats(0)?, call.floats(1)?);
    let dims = broadcast(input.dims(), slope.dims())?;
    let slope = ranked(slope, dims.len())?;
    let held = ranked(input, dims.len())?;
    let below = Dispatch::float_clamp_max(held.clone(), scalar(0.0));
    Ok(vec![Floats::held(dims, Dispatch::float_add(Dispatch::relu(held), Dispatch::float_mul(below, slope))).into()])
}

/// x above zero, otherwise a scaled eˣ − 1.
fn exponential(call: &mut Call<'_>, which: &str) -> OpResult<Vec<Tensor>> {
    let attributes = call.attributes();
    let (alpha, gamma, inner) = match which {
        "Selu" => (attributes.float("alpha", 1.673_263_2)?, attributes.float("gamma", 1.050_701)?, 1.0),
        "Celu" => {
            let alpha = attributes.float("alpha", 1.0)?;
            (alpha, 1.0, alpha)
        }
        _ => (attributes.float("alpha", 1.0)?, 1.0, 1.0),
    };
    changed(call, |held| {
        let below = Dispatch::float_div_scalar(Dispatch::float_clamp_max(held.clone(), scalar(0.0)), scalar(inner));
        let below = Dispatch::float_mul_scalar(
            Dispatch::float_sub_scalar(Dispatch::float_exp(below), scalar(1.0)),
            scalar(alpha),
        );
        Dispatch::float_mul_scalar(Dispatch::float_add(Dispatch::relu(held), below), scalar(gamma))
    })
}

fn hard_sigmoid(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    let alpha = call.attributes().float("alpha", 0.2)?;
    let beta = call.attributes().float("beta", 0.5)?;
    changed(call, |held| Dispatch::hard_sigmoid(held, scalar(alpha), scalar(beta)))
}

fn clip(call: &mut Call<'_>) -> OpResult<Vec<Tensor>> {
    if let Tensor::Ints(_) = call.peek(0)? {
        let low = if call.has(1) { call.number(1)? } else { i64::MIN };
        let high = if call.has(2) { call.number(2)? } else { i64::MAX };
        let ints = call.ints(0)?;
        return Ok(vec![ints.map(ints.kind(), |value| value.max(low).min(high)).into()]);
    }
    let bound = |name: &str| call.attributes().get(name).map(|_| call.attributes().float(name, 0.0)).transpose();
    let (mut low, mut high) = (bound("min")?, bound("max")?);
    low = low.or(call.float(1)?);
    high = high.or(call.float(2)?);
    changed(call, |held| match (low, high) {
        (None, None) => held,
        (Some(low), None) => Dispatch::float_clamp_min(held, scalar(low)),
        (None, Some(high)) => Dispatch::float_clamp_max(held, scalar(high)),
        (Some(low), Some(high)) if low > high => Dispatch::float_clamp(held, scalar(high), scalar(high)),
        (Some(low), Some(high)) => Dispatch::float_clamp(held, scalar(low), scalar(high)),
    })
}

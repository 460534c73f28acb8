//! Tensors while a graph runs: floats on the device, integers and booleans on the host.

use std::sync::Arc;

use burn::backend::ops::FloatTensorOps;
use burn::backend::{Dispatch, DispatchTensor};
use burn::tensor::{DType, Device, FloatDType, Int, Shape, TensorData};

use crate::error::{OpError, OpResult};

/// Elements that any tensor of a run may have: 1 GiB of floats. The largest activation of the models that we know
/// (the first stage of a text detector at 4,000 pixels) has a tenth of that.
pub(crate) const MAX_ELEMENTS: usize = 1 << 28;
/// The same for integers, which take eight bytes each here, and for lists of places: 256 MiB. They are shapes, indices,
/// masks, and pictures as bytes.
const MAX_INT_ELEMENTS: usize = 1 << 25;
/// Dimensions that a tensor may have: the kernels of burn-wgpu and the operators' own rank-changing steps stay below.
pub(crate) const MAX_RANK: usize = 8;
/// Floats that stay on the host as well, for operators that read them there (scales, paddings, bounds).
const MAX_HOST_FLOATS: usize = 256;

/// Where the floats of a graph live, and how wide they are there. Their width is a value, as it is below in `Dispatch`:
/// a graph in half precision runs the very same operators.
#[derive(Clone)]
pub(crate) struct Home {
    device: Device,
    width: FloatDType,
}

impl Home {
    /// That device, with floats of 32 bits.
    pub(crate) fn new(device: Device) -> Home {
        Home { device, width: FloatDType::F32 }
    }

    /// The same device with floats of 16 bits, if it computes with them.
    pub(crate) fn halved(&self) -> Option<Home> {
        let computes = !crate::ops::is_host(self) && self.device.supports_dtype(FloatDType::F16);
        computes.then(|| Home { device: self.device.clone(), width: FloatDType::F16 })
    }

    fn of_new(&self) -> (&Device, DType) {
        (&self.device, self.width.into())
    }
}

impl std::ops::Deref for Home {
    type Target = Device;

    fn deref(&self) -> &Device {
        &self.device
    }
}

/// How wide an integer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntKind {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    Bool,
}

impl IntKind {
    /// The number as that kind keeps it.
    pub(crate) fn wrap(self, value: i64) -> i64 {
        match self {
            IntKind::I8 => i64::from(value as i8),
            IntKind::I16 => i64::from(value as i16),
            IntKind::I32 => i64::from(value as i32),
            IntKind::I64 => value,
            IntKind::U8 => i64::from(value as u8),
            IntKind::U16 => i64::from(value as u16),
            IntKind::U32 => i64::from(value as u32),
            IntKind::Bool => i64::from(value != 0),
        }
    }
}

/// A tensor of either sort.
#[derive(Clone)]
pub(crate) enum Tensor {
    Floats(Floats),
    Ints(Ints),
}

/// Floats on the device. A scalar is held there as one element of rank 1.
#[derive(Clone)]
pub(crate) struct Floats {
    dims: Vec<usize>,
    /// Boxed: burn's own is 500 bytes, and values are moved about.
    held: Box<DispatchTensor>,
    host: Option<Arc<Vec<f32>>>,
}

/// Integers and booleans, held as `i64` on the host.
#[derive(Clone, Debug)]
pub(crate) struct Ints {
    dims: Vec<usize>,
    kind: IntKind,
    data: Arc<Vec<i64>>,
}

/// The number of elements, if it is within what a run may allocate.
pub(crate) fn elements(dims: &[usize]) -> OpResult<usize> {
    let product = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    match product {
        Some(count) if count <= MAX_ELEMENTS && dims.len() <= MAX_RANK => Ok(count),
        _ => {
            Err(OpError(format!("a tensor of {dims:?} is more than {MAX_ELEMENTS} elements or {MAX_RANK} dimensions")))
        }
    }
}

/// The number of integers, if it is within what a run may allocate.
pub(crate) fn int_elements(dims: &[usize]) -> OpResult<usize> {
    let count = elements(dims)?;
    if count > MAX_INT_ELEMENTS {
        return Err(OpError(format!("{dims:?} are more than {MAX_INT_ELEMENTS} integers")));
    }
    Ok(count)
}

impl Tensor {
    pub(crate) fn dims(&self) -> &[usize] {
        match self {
            Tensor::Floats(floats) => floats.dims(),
            Tensor::Ints(ints) => ints.dims(),
        }
    }

    pub(crate) fn rank(&self) -> usize {
        self.dims().len()
    }

    pub(crate) fn count(&self) -> usize {
        self.dims().iter().product()
    }

    /// The same elements in other dimensions.
    pub(crate) fn reshaped(self, dims: Vec<usize>) -> OpResult<Tensor> {
        Ok(match self {
            Tensor::Floats(floats) => Tensor::Floats(floats.reshaped(dims)?),
            Tensor::Ints(ints) => Tensor::Ints(ints.reshaped(dims)?),
        })
    }

    /// The bytes that it keeps alive.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Tensor::Floats(_) => self.count().saturating_mul(size_of::<f32>()),
            Tensor::Ints(_) => self.count().saturating_mul(size_of::<i64>()),
        }
    }
}

impl From<Floats> for Tensor {
    fn from(floats: Floats) -> Tensor {
        Tensor::Floats(floats)
    }
}

impl From<Ints> for Tensor {
    fn from(ints: Ints) -> Tensor {
        Tensor::Ints(ints)
    }
}

/// What burn is told: a scalar has one dimension there.
pub(crate) fn burn_shape(dims: &[usize]) -> Shape {
    if dims.is_empty() { Shape::from(vec![1]) } else { Shape::from(dims.to_vec()) }
}

impl Floats {
    /// Uploads.
    pub(crate) fn new(dims: Vec<usize>, data: Vec<f32>, home: &Home) -> OpResult<Floats> {
        if elements(&dims)? != data.len() {
            return Err(OpError(format!("{} floats for {dims:?}", data.len())));
        }
        Ok(Floats::upload(dims, data, home))
    }

    /// Of a file, which bounds its size itself.
    pub(crate) fn of_file(dims: Vec<usize>, data: Vec<f32>, count: usize, home: &Home) -> OpResult<Floats> {
        if data.len() != count {
            return Err(OpError(format!("{} floats for {dims:?}", data.len())));
        }
        Ok(Floats::upload(dims, data, home))
    }

    fn upload(dims: Vec<usize>, data: Vec<f32>, home: &Home) -> Floats {
        let host = (data.len() <= MAX_HOST_FLOATS).then(|| Arc::new(data.clone()));
        let count = data.len();
        let flat = burn::tensor::Tensor::<1>::from_data(TensorData::new(data, [count]), home.of_new()).into_dispatch();
        Floats { held: Box::new(Dispatch::float_reshape(flat, burn_shape(&dims))), dims, host }
    }

    pub(crate) fn scalar(value: f32, home: &Home) -> OpResult<Floats> {
        Floats::new(Vec::new(), vec![value], home)
    }

    /// The same in the width of another home on the same device. What is known on the host stays as exact as it is.
    pub(crate) fn moved(&self, home: &Home) -> Floats {
        let held = Dispatch::float_cast((*self.held).clone(), home.width);
        Floats { dims: self.dims.clone(), held: Box::new(held), host: self.host.clone() }
    }

    /// Wraps what an operation of burn's gave; its shape must be that of `dims`.
    pub(crate) fn held(dims: Vec<usize>, held: DispatchTensor) -> Floats {
        Floats { dims, held: Box::new(held), host: None }
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    pub(crate) fn count(&self) -> usize {
        self.dims.iter().product()
    }

    /// The tensor for burn's operations.
    pub(crate) fn into_held(self) -> DispatchTensor {
        *self.held
    }

    /// The tensor and its dimensions.
    pub(crate) fn into_parts(self) -> (Vec<usize>, DispatchTensor) {
        (self.dims, *self.held)
    }

    pub(crate) fn reshaped(self, dims: Vec<usize>) -> OpResult<Floats> {
        if elements(&dims)? != self.count() {
            return Err(OpError(format!("{:?} cannot be reshaped to {dims:?}", self.dims)));
        }
        let same = burn_shape(&self.dims) == burn_shape(&dims);
        let held = if same { self.held } else { Box::new(Dispatch::float_reshape(*self.held, burn_shape(&dims))) };
        Ok(Floats { dims, held, host: self.host })
    }

    /// Its only element, if it has one and that is known on the host.
    pub(crate) fn known_scalar(&self) -> Option<f32> {
        match &self.host {
            Some(data) if data.len() == 1 => Some(data[0]),
            _ => None,
        }
    }

    /// With its elements on the host as well, if they are few.
    pub(crate) fn with_host(mut self) -> Floats {
        if self.host.is_none() && self.count() <= MAX_HOST_FLOATS {
            self.host = self.to_host().ok();
        }
        self
    }

    /// Its elements on the host; waits for the device if they are only there.
    pub(crate) fn to_host(&self) -> OpResult<Arc<Vec<f32>>> {
        if let Some(data) = &self.host {
            return Ok(data.clone());
        }
        let flat = Dispatch::float_reshape((*self.held).clone(), Shape::from(vec![self.count()]));
        let data = burn::tensor::Tensor::<1>::from_dispatch(flat)
            .try_into_data()
            .map_err(|error| OpError(format!("the device gave no result: {error:?}")))?;
        let data =
            data.try_into_vec_as::<f32>().map_err(|error| OpError(format!("the device gave no floats: {error:?}")))?;
        Ok(Arc::new(data))
    }
}

impl Ints {
    pub(crate) fn new(dims: Vec<usize>, kind: IntKind, data: Vec<i64>) -> OpResult<Ints> {
        if int_elements(&dims)? != data.len() {
            return Err(OpError(format!("{} integers for {dims:?}", data.len())));
        }
        Ok(Ints { dims, kind, data: Arc::new(data) })
    }

    /// Of a file, which bounds its size itself.
    pub(crate) fn of_file(dims: Vec<usize>, kind: IntKind, data: Vec<i64>, count: usize) -> OpResult<Ints> {
        if data.len() != count {
            return Err(OpError(format!("{} integers for {dims:?}", data.len())));
        }
        Ok(Ints { dims, kind, data: Arc::new(data) })
    }

    /// A list of 64-bit numbers.
    pub(crate) fn list(data: Vec<i64>) -> Ints {
        Ints { dims: vec![data.len()], kind: IntKind::I64, data: Arc::new(data) }
    }

    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    pub(crate) fn kind(&self) -> IntKind {
        self.kind
    }

    pub(crate) fn data(&self) -> &[i64] {
        &self.data
    }

    pub(crate) fn reshaped(self, dims: Vec<usize>) -> OpResult<Ints> {
        if elements(&dims)? != self.data.len() {
            return Err(OpError(format!("{:?} cannot be reshaped to {dims:?}", self.dims)));
        }
        Ok(Ints { dims, ..self })
    }

    /// Each element changed, kept in the kind's range.
    pub(crate) fn map(&self, kind: IntKind, change: impl Fn(i64) -> i64) -> Ints {
        let data = self.data.iter().map(|&value| kind.wrap(change(value))).collect();
        Ints { dims: self.dims.clone(), kind, data: Arc::new(data) }
    }
}

/// Uploads indices, as the device's own kind of integer.
pub(crate) fn upload_indices(dims: &[usize], data: &[i64], device: &Device) -> OpResult<DispatchTensor> {
    use burn::backend::ops::IntTensorOps;
    let narrow = data.iter().map(|&index| i32::try_from(index)).collect::<Result<Vec<i32>, _>>();
    let narrow = narrow.map_err(|_| OpError("an index that does not fit into 32 bits".to_owned()))?;
    let count = narrow.len();
    let flat = burn::tensor::Tensor::<1, Int>::from_data(TensorData::new(narrow, [count]), device).into_dispatch();
    Ok(Dispatch::int_reshape(flat, burn_shape(dims)))
}

/// Uploads a mask.
pub(crate) fn upload_mask(mask: &Ints, device: &Device) -> DispatchTensor {
    use burn::backend::ops::BoolTensorOps;
    let data = mask.data().iter().map(|&value| value != 0).collect::<Vec<bool>>();
    let count = data.len();
    let flat = burn::tensor::Tensor::<1, burn::tensor::Bool>::from_data(TensorData::new(data, [count]), device);
    Dispatch::bool_reshape(flat.into_dispatch(), burn_shape(mask.dims()))
}

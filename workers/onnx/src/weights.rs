//! Tensors of the file, inline or in files beside it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use burn::tensor::Device;
use half::{bf16, f16};
use onnx_rs::ast::{DataLocation, DataType, TensorProto};

use crate::error::LoadError;
use crate::tensor::{Floats, IntKind, Ints, MAX_RANK, Tensor};

/// Bytes of one tensor in the file: the largest table of words that we know has 1.6 GB.
const MAX_TENSOR_BYTES: usize = 4 << 30;

/// Reads tensors; opens each file beside the model once.
pub(crate) struct Weights<'a> {
    folder: PathBuf,
    opened: HashMap<PathBuf, File>,
    device: &'a Device,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(model: &Path, device: &'a Device) -> Weights<'a> {
        let folder = model.parent().map(Path::to_path_buf).unwrap_or_default();
        Weights { folder, opened: HashMap::new(), device }
    }

    pub(crate) fn read(&mut self, proto: &TensorProto<'_>) -> Result<Tensor, LoadError> {
        let dims = proto.dims().iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
        let dims = dims.map_err(|_| damaged(proto, "a negative dimension"))?;
        let count = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
        let count = count.filter(|count| *count <= MAX_TENSOR_BYTES && dims.len() <= MAX_RANK);
        let count = count.ok_or_else(|| LoadError::TooLarge(format!("the tensor {:?}", proto.name())))?;
        let external = match proto.data_location() {
            DataLocation::External => Some(self.external(proto)?),
            DataLocation::Default => None,
        };
        let raw = external.as_deref().or_else(|| proto.as_raw());
        self.decode(proto, dims, count, raw)
    }

    fn decode(
        &self,
        proto: &TensorProto<'_>,
        dims: Vec<usize>,
        count: usize,
        raw: Option<&[u8]>,
    ) -> Result<Tensor, LoadError> {
        let kind = proto.data_type();
        if let Some(width) = width(kind)
            && let Some(raw) = raw
            && count.checked_mul(width) != Some(raw.len())
        {
            return Err(damaged(proto, &format!("{} bytes for {dims:?}", raw.len())));
        }
        let tensor = match kind {
            DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16 => {
                let data = floats(proto, raw);
                Floats::of_file(dims, data, count, self.device).map(Tensor::Floats)
            }
            _ => {
                let int_kind =
                    int_kind(kind).ok_or_else(|| damaged(proto, &format!("elements of the kind {kind:?}")))?;
                let data = ints(proto, int_kind, raw);
                Ints::of_file(dims, int_kind, data, count).map(Tensor::Ints)
            }
        };
        tensor.map_err(|error| damaged(proto, &error.0))
    }

    /// The bytes that lie in another file. Its path may not leave the model's folder, not even by a link.
    fn external(&mut self, proto: &TensorProto<'_>) -> Result<Vec<u8>, LoadError> {
        let entry = |key: &str| proto.external_data().iter().find(|entry| entry.key == key).map(|entry| entry.value);
        let number = |key: &str| entry(key).map(str::parse::<u64>).transpose();
        let location = entry("location").ok_or_else(|| damaged(proto, "no location of its data"))?;
        let offset = number("offset").map_err(|_| damaged(proto, "an offset that is no number"))?.unwrap_or(0);
        let length = number("length").map_err(|_| damaged(proto, "a length that is no number"))?;
        let path = self.inside(location).ok_or_else(|| damaged(proto, "data outside of the model's folder"))?;
        let unreadable = |error: std::io::Error| LoadError::File { path: path.clone(), reason: error.to_string() };
        if !self.opened.contains_key(&path) {
            self.opened.insert(path.clone(), File::open(&path).map_err(unreadable)?);
        }
        let Some(file) = self.opened.get_mut(&path) else {
            return Err(damaged(proto, "no data"));
        };
        let size = file.metadata().map_err(unreadable)?.len();
        let length = length.unwrap_or(size.saturating_sub(offset));
        if offset.checked_add(length).is_none_or(|end| end > size) || length > MAX_TENSOR_BYTES as u64 {
            return Err(damaged(proto, &format!("{length} bytes at {offset} of a file of {size}")));
        }
        file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
        let mut bytes = vec![0; length as usize];
        file.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    fn inside(&self, location: &str) -> Option<PathBuf> {
        let relative = Path::new(location);
        if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return None;
        }
        let path = self.folder.join(relative);
        let folder =
            std::fs::canonicalize(if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder })
                .ok()?;
        let real = std::fs::canonicalize(&path).ok()?;
        real.starts_with(&folder).then_some(real)
    }
}

fn damaged(proto: &TensorProto<'_>, reason: &str) -> LoadError {
    LoadError::Damaged(format!("the tensor {:?} has {reason}", proto.name()))
}

/// Bytes of an element.
fn width(kind: DataType) -> Option<usize> {
    Some(match kind {
        DataType::Bool | DataType::Uint8 | DataType::Int8 => 1,
        DataType::Float16 | DataType::Bfloat16 | DataType::Uint16 | DataType::Int16 => 2,
        DataType::Float | DataType::Int32 | DataType::Uint32 => 4,
        DataType::Double | DataType::Int64 => 8,
        _ => return None,
    })
}

/// The kind of integers that a type is, if it is one that we compute with.
pub(crate) fn int_kind(kind: DataType) -> Option<IntKind> {
    Some(match kind {
        DataType::Bool => IntKind::Bool,
        DataType::Uint8 => IntKind::U8,
        DataType::Int8 => IntKind::I8,
        DataType::Uint16 => IntKind::U16,
        DataType::Int16 => IntKind::I16,
        DataType::Uint32 => IntKind::U32,
        DataType::Int32 => IntKind::I32,
        DataType::Int64 => IntKind::I64,
        _ => return None,
    })
}

fn floats(proto: &TensorProto<'_>, raw: Option<&[u8]>) -> Vec<f32> {
    match (proto.data_type(), raw) {
        (DataType::Float, Some(raw)) => raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        (DataType::Double, Some(raw)) => {
            raw.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect()
        }
        (DataType::Float16, Some(raw)) => {
            raw.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
        }
        (DataType::Bfloat16, Some(raw)) => {
            raw.as_chunks::<2>().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()).collect()
        }
        (DataType::Float16, None) => {
            proto.as_i32().unwrap_or_default().iter().map(|&bits| f16::from_bits(bits as u16).to_f32()).collect()
        }
        (DataType::Bfloat16, None) => {
            proto.as_i32().unwrap_or_default().iter().map(|&bits| bf16::from_bits(bits as u16).to_f32()).collect()
        }
        (DataType::Double, None) => proto.as_f64().unwrap_or_default().iter().map(|&value| value as f32).collect(),
        _ => proto.as_f32().unwrap_or_default().into_owned(),
    }
}

fn ints(proto: &TensorProto<'_>, kind: IntKind, raw: Option<&[u8]>) -> Vec<i64> {
    let Some(raw) = raw else {
        return match kind {
            IntKind::I64 => proto.as_i64().unwrap_or_default().into_owned(),
            IntKind::U32 => proto.as_u64().unwrap_or_default().iter().map(|&value| value as i64).collect(),
            _ => proto.as_i32().unwrap_or_default().iter().map(|&value| kind.wrap(i64::from(value))).collect(),
        };
    };
    match kind {
        IntKind::Bool | IntKind::U8 => raw.iter().map(|&byte| kind.wrap(i64::from(byte))).collect(),
        IntKind::I8 => raw.iter().map(|&byte| i64::from(byte as i8)).collect(),
        IntKind::U16 => raw.as_chunks::<2>().0.iter().map(|bytes| i64::from(u16::from_le_bytes(*bytes))).collect(),
        IntKind::I16 => raw.as_chunks::<2>().0.iter().map(|bytes| i64::from(i16::from_le_bytes(*bytes))).collect(),
        IntKind::U32 => raw.as_chunks::<4>().0.iter().map(|bytes| i64::from(u32::from_le_bytes(*bytes))).collect(),
        IntKind::I32 => raw.as_chunks::<4>().0.iter().map(|bytes| i64::from(i32::from_le_bytes(*bytes))).collect(),
        IntKind::I64 => raw.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect(),
    }
}

//! Tensors of the file, inline or in files beside it.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use half::{bf16, f16};
use onnx_rs::ast::{DataLocation, DataType, TensorProto};

use crate::error::LoadError;
use crate::source::{OpenFile, Raw, Source, Stretch};
use crate::table::Table;
use crate::tensor::{Floats, Home, IntKind, Ints, MAX_RANK, Tensor};

/// Bytes of one tensor in the file: the largest table of words that we know has 1.6 GB.
const MAX_TENSOR_BYTES: usize = 4 << 30;

/// Reads tensors; opens each file beside the model once.
pub(crate) struct Weights<'a> {
    source: &'a Source,
    folder: PathBuf,
    opened: HashMap<PathBuf, Arc<OpenFile>>,
    home: &'a Home,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(model: &Path, source: &'a Source, home: &'a Home) -> Weights<'a> {
        let folder = model.parent().map(Path::to_path_buf).unwrap_or_default();
        Weights { source, folder, opened: HashMap::new(), home }
    }

    pub(crate) fn read(&mut self, proto: &TensorProto<'_>) -> Result<Tensor, LoadError> {
        let (dims, count) = extents(proto)?;
        let raw = self.raw(proto, &dims, count)?;
        let kind = proto.data_type();
        let tensor = if is_float(kind) {
            Floats::of_file(dims, floats(proto, raw, count)?, count, self.home).map(Tensor::Floats)
        } else {
            let int_kind = int_kind(kind).ok_or_else(|| damaged(proto, &format!("elements of the kind {kind:?}")))?;
            Ints::of_file(dims, int_kind, ints(proto, int_kind, raw, count)?, count).map(Tensor::Ints)
        };
        tensor.map_err(|error| damaged(proto, &error.0))
    }

    /// A matrix of floats that stays in its file; none if it does not lie there as a run of bytes.
    pub(crate) fn table(&mut self, proto: &TensorProto<'_>) -> Result<Option<Table>, LoadError> {
        let (dims, count) = extents(proto)?;
        let kind = proto.data_type();
        Ok(match (self.raw(proto, &dims, count)?, &dims[..], width(kind)) {
            (Some(Raw::Left(stretch)), &[rows, columns], Some(bytes)) if is_float(kind) => {
                Some(Table::new(stretch, kind, [rows, columns], bytes))
            }
            _ => None,
        })
    }

    /// The bytes of the tensor, as many as its dimensions say; none if it has its elements one by one.
    fn raw<'p>(&mut self, proto: &TensorProto<'p>, dims: &[usize], count: usize) -> Result<Option<Raw<'p>>, LoadError> {
        let raw = match proto.data_location() {
            DataLocation::External => Some(Raw::Left(self.external(proto)?)),
            DataLocation::Default => proto.as_raw().map(|raw| self.source.raw(raw)),
        };
        if let Some(width) = width(proto.data_type())
            && let Some(raw) = &raw
            && count.checked_mul(width) != Some(raw.len())
        {
            return Err(damaged(proto, &format!("{} bytes for {dims:?}", raw.len())));
        }
        Ok(raw)
    }

    /// The bytes that lie in another file. Its path may not leave the model's folder, not even by a link.
    fn external(&mut self, proto: &TensorProto<'_>) -> Result<Stretch, LoadError> {
        let entry = |key: &str| proto.external_data().iter().find(|entry| entry.key == key).map(|entry| entry.value);
        let number = |key: &str| entry(key).map(str::parse::<u64>).transpose();
        let location = entry("location").ok_or_else(|| damaged(proto, "no location of its data"))?;
        let offset = number("offset").map_err(|_| damaged(proto, "an offset that is no number"))?.unwrap_or(0);
        let length = number("length").map_err(|_| damaged(proto, "a length that is no number"))?;
        let path = self.inside(location).ok_or_else(|| damaged(proto, "data outside of the model's folder"))?;
        let file = match self.opened.get(&path) {
            Some(file) => file.clone(),
            None => {
                let file = Arc::new(OpenFile::open(&path)?);
                self.opened.insert(path, file.clone());
                file
            }
        };
        let size = file.size();
        let length = length.unwrap_or(size.saturating_sub(offset));
        if offset.checked_add(length).is_none_or(|end| end > size) || length > MAX_TENSOR_BYTES as u64 {
            return Err(damaged(proto, &format!("{length} bytes at {offset} of a file of {size}")));
        }
        Ok(Stretch::new(file, offset, length as usize))
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

fn is_float(kind: DataType) -> bool {
    matches!(kind, DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16)
}

/// Its dimensions and how many elements they make.
fn extents(proto: &TensorProto<'_>) -> Result<(Vec<usize>, usize), LoadError> {
    let dims = proto.dims().iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
    let dims = dims.map_err(|_| damaged(proto, "a negative dimension"))?;
    let count = dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
    let count = count.filter(|count| *count <= MAX_TENSOR_BYTES && dims.len() <= MAX_RANK);
    let count = count.ok_or_else(|| LoadError::TooLarge(format!("the tensor {:?}", proto.name())))?;
    Ok((dims, count))
}

fn floats(proto: &TensorProto<'_>, raw: Option<Raw<'_>>, count: usize) -> Result<Vec<f32>, LoadError> {
    let kind = proto.data_type();
    if let Some(raw) = raw {
        let mut data = Vec::with_capacity(count);
        raw.each_piece(|piece| add_floats(kind, piece, &mut data))?;
        return Ok(data);
    }
    let half = |to_float: fn(u16) -> f32| {
        proto.as_i32().unwrap_or_default().iter().map(|&bits| to_float(bits as u16)).collect()
    };
    Ok(match kind {
        DataType::Float16 => half(|bits| f16::from_bits(bits).to_f32()),
        DataType::Bfloat16 => half(|bits| bf16::from_bits(bits).to_f32()),
        DataType::Double => proto.as_f64().unwrap_or_default().iter().map(|&value| value as f32).collect(),
        _ => proto.as_f32().unwrap_or_default().into_owned(),
    })
}

/// Adds the floats of whole elements.
pub(crate) fn add_floats(kind: DataType, raw: &[u8], data: &mut Vec<f32>) {
    match kind {
        DataType::Double => data.extend(raw.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32)),
        DataType::Float16 => {
            data.extend(raw.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()));
        }
        DataType::Bfloat16 => {
            data.extend(raw.as_chunks::<2>().0.iter().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()));
        }
        _ => data.extend(raw.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes))),
    }
}

fn ints(proto: &TensorProto<'_>, kind: IntKind, raw: Option<Raw<'_>>, count: usize) -> Result<Vec<i64>, LoadError> {
    if let Some(raw) = raw {
        let mut data = Vec::with_capacity(count);
        raw.each_piece(|piece| add_ints(kind, piece, &mut data))?;
        return Ok(data);
    }
    Ok(match kind {
        IntKind::I64 => proto.as_i64().unwrap_or_default().into_owned(),
        IntKind::U32 => proto.as_u64().unwrap_or_default().iter().map(|&value| value as i64).collect(),
        _ => proto.as_i32().unwrap_or_default().iter().map(|&value| kind.wrap(i64::from(value))).collect(),
    })
}

fn add_ints(kind: IntKind, raw: &[u8], data: &mut Vec<i64>) {
    let (twos, fours) = (raw.as_chunks::<2>().0.iter(), raw.as_chunks::<4>().0.iter());
    match kind {
        IntKind::Bool | IntKind::U8 => data.extend(raw.iter().map(|&byte| kind.wrap(i64::from(byte)))),
        IntKind::I8 => data.extend(raw.iter().map(|&byte| i64::from(byte as i8))),
        IntKind::U16 => data.extend(twos.map(|bytes| i64::from(u16::from_le_bytes(*bytes)))),
        IntKind::I16 => data.extend(twos.map(|bytes| i64::from(i16::from_le_bytes(*bytes)))),
        IntKind::U32 => data.extend(fours.map(|bytes| i64::from(u32::from_le_bytes(*bytes)))),
        IntKind::I32 => data.extend(fours.map(|bytes| i64::from(i32::from_le_bytes(*bytes)))),
        IntKind::I64 => data.extend(raw.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes))),
    }
}

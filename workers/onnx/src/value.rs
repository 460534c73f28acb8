//! Values at the edge: what goes in and comes out, on the host.

/// The kind of a tensor's elements. Floats of every width are exchanged as `F32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    /// 32-bit floats.
    F32,
    /// 64-bit integers.
    I64,
    /// 32-bit integers.
    I32,
    /// Bytes.
    U8,
    /// Truth values.
    Bool,
}

/// An input or output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// The kind of its elements.
    pub kind: ElementKind,
    /// Its dimensions; `None` where the file leaves one open.
    pub dims: Vec<Option<usize>>,
}

/// A tensor on the host, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// 32-bit floats.
    F32 {
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its elements.
        data: Vec<f32>,
    },
    /// 64-bit integers.
    I64 {
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its elements.
        data: Vec<i64>,
    },
    /// 32-bit integers.
    I32 {
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its elements.
        data: Vec<i32>,
    },
    /// Bytes.
    U8 {
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its elements.
        data: Vec<u8>,
    },
    /// Truth values.
    Bool {
        /// Its dimensions.
        dims: Vec<usize>,
        /// Its elements.
        data: Vec<bool>,
    },
}

impl Value {
    /// Its dimensions.
    pub fn dims(&self) -> &[usize] {
        match self {
            Value::F32 { dims, .. }
            | Value::I64 { dims, .. }
            | Value::I32 { dims, .. }
            | Value::U8 { dims, .. }
            | Value::Bool { dims, .. } => dims,
        }
    }

    /// The kind of its elements.
    pub fn kind(&self) -> ElementKind {
        match self {
            Value::F32 { .. } => ElementKind::F32,
            Value::I64 { .. } => ElementKind::I64,
            Value::I32 { .. } => ElementKind::I32,
            Value::U8 { .. } => ElementKind::U8,
            Value::Bool { .. } => ElementKind::Bool,
        }
    }

    /// Its elements, if they are floats.
    pub fn floats(&self) -> Option<&[f32]> {
        match self {
            Value::F32 { data, .. } => Some(data),
            _ => None,
        }
    }
}

//! Tables of words: matrices of which a run takes some rows and nothing else, so that they stay in their file.
//!
//! The table of a text tower is a third of it, and that of one for many languages most of it.

use onnx_rs::ast::DataType;

use crate::error::{OpError, OpResult};
use crate::source::Stretch;
use crate::weights::add_floats;

/// A matrix of floats in a file.
pub(crate) struct Table {
    stretch: Stretch,
    kind: DataType,
    rows: usize,
    columns: usize,
    row_bytes: usize,
}

impl Table {
    /// Of a stretch that holds all of its elements, of so many bytes each.
    pub(crate) fn new(stretch: Stretch, kind: DataType, [rows, columns]: [usize; 2], element_bytes: usize) -> Table {
        Table { stretch, kind, rows, columns, row_bytes: columns * element_bytes }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// The rows at these places, each of which there must be.
    pub(crate) fn fetch(&self, places: &[usize]) -> OpResult<Vec<f32>> {
        let mut data = Vec::with_capacity(places.len() * self.columns);
        // What lies in one run is read at once.
        for run in places.chunk_by(|place, next| place + 1 == *next) {
            let start = run[0] * self.row_bytes;
            let fetched = self.stretch.part(start..start + run.len() * self.row_bytes);
            fetched
                .each_piece(|piece| add_floats(self.kind, piece, &mut data))
                .map_err(|error| OpError(format!("its rows are not to be had: {error}")))?;
        }
        Ok(data)
    }
}

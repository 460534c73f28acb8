//! A file as its parser sees it, without the weights: those are fetched in pieces when tensors are made of them.
//!
//! Read whole, a file's weights would be in memory twice while it is loaded. A map of the file would spare that, but a
//! file that is cut off under a map ends the process; to one that is read it is an error.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::LoadError;
use crate::scan;

/// A file of this format cannot be longer: its lengths are signed 32-bit numbers. Larger models keep weights beside it.
const MAX_FILE_BYTES: u64 = 2 << 30;
/// What is read at once of all that is not weights.
const AHEAD_BYTES: usize = 32 << 10;
/// Raw data that stays in the file. Shorter ones cost more to fetch than to keep for the while.
const MIN_LEFT_BYTES: usize = 64 << 10;
/// What is fetched at once of weights: whole elements of every kind, in which no kind has more than eight bytes.
const PIECE_BYTES: usize = 1 << 20;

/// An open file and how it is called.
#[derive(Debug)]
pub(crate) struct OpenFile {
    path: PathBuf,
    file: File,
    /// When it was opened.
    size: u64,
}

impl OpenFile {
    pub(crate) fn open(path: &Path) -> Result<OpenFile, LoadError> {
        let unreadable = |error| unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        Ok(OpenFile { path: path.to_owned(), file, size })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

/// What a file that is shorter than it was says is that it is damaged: another copy may be whole.
fn unreadable(path: &Path, error: &io::Error) -> LoadError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return LoadError::Damaged(format!("{} became shorter while it was read", path.display()));
    }
    LoadError::File { path: path.to_owned(), reason: error.to_string() }
}

/// Bytes of a file that are fetched when they are asked for. The file stays open as long as there are any.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    file: Arc<OpenFile>,
    offset: u64,
    length: usize,
}

impl Stretch {
    /// Of a file that has them.
    pub(crate) fn new(file: Arc<OpenFile>, offset: u64, length: usize) -> Stretch {
        Stretch { file, offset, length }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// A part of it, which must lie within it.
    pub(crate) fn part(&self, range: Range<usize>) -> Stretch {
        Stretch { file: self.file.clone(), offset: self.offset + range.start as u64, length: range.len() }
    }

    /// Gives all of it in order, in pieces that end between elements.
    pub(crate) fn each_piece(&self, mut give: impl FnMut(&[u8])) -> Result<(), LoadError> {
        let mut piece = vec![0; PIECE_BYTES.min(self.length)];
        for start in (0..self.length).step_by(PIECE_BYTES) {
            let piece = &mut piece[..PIECE_BYTES.min(self.length - start)];
            let read = self.file.file.read_exact_at(piece, self.offset + start as u64);
            read.map_err(|error| unreadable(&self.file.path, &error))?;
            give(piece);
        }
        Ok(())
    }
}

/// Bytes of a tensor.
pub(crate) enum Raw<'a> {
    /// In memory.
    Here(&'a [u8]),
    /// Still in a file.
    Left(Stretch),
}

impl Raw<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Raw::Here(bytes) => bytes.len(),
            Raw::Left(stretch) => stretch.len(),
        }
    }

    /// Gives all of them in order, in pieces that end between elements.
    pub(crate) fn each_piece(&self, mut give: impl FnMut(&[u8])) -> Result<(), LoadError> {
        match self {
            Raw::Here(bytes) => give(bytes),
            Raw::Left(stretch) => stretch.each_piece(give)?,
        }
        Ok(())
    }
}

/// The bytes of a file at their places, but for long raw data. In its place are zeros that nobody has written, for
/// which the system gives no memory until somebody touches them.
pub(crate) struct Source {
    file: Arc<OpenFile>,
    bytes: Vec<u8>,
    /// Up to here all is read but what was left.
    read: usize,
    /// What was left, in order.
    left: Vec<Range<usize>>,
}

impl Source {
    /// Reads and looks through a file.
    pub(crate) fn open(path: &Path) -> Result<Source, LoadError> {
        let file = OpenFile::open(path)?;
        if file.size > MAX_FILE_BYTES {
            return Err(LoadError::TooLarge(format!("a file of {} bytes", file.size)));
        }
        let size = usize::try_from(file.size).map_err(|_| LoadError::TooLarge(format!("{} bytes", file.size)))?;
        if size == 0 {
            return Err(LoadError::Damaged("it is empty".to_owned()));
        }
        let mut source = Source { file: Arc::new(file), bytes: vec![0; size], read: 0, left: Vec::new() };
        scan::check(&mut source)?;
        source.read_to(size)?;
        Ok(source)
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All bytes, for the parser, which takes slices of raw data and looks into none.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One byte. Asked for in order: what was passed over is read on the way.
    pub(crate) fn byte(&mut self, at: usize) -> Result<u8, LoadError> {
        if at >= self.read {
            self.read_to(at.saturating_add(AHEAD_BYTES).min(self.bytes.len()))?;
        }
        Ok(self.bytes[at])
    }

    fn read_to(&mut self, end: usize) -> Result<(), LoadError> {
        if end > self.read {
            let read = self.file.file.read_exact_at(&mut self.bytes[self.read..end], self.read as u64);
            read.map_err(|error| unreadable(&self.file.path, &error))?;
            self.read = end;
        }
        Ok(())
    }

    /// Leaves raw data where it is, if there is more of it than was read already by the way.
    pub(crate) fn leave(&mut self, data: Range<usize>) -> Result<(), LoadError> {
        if data.len() < MIN_LEFT_BYTES || self.read >= data.end {
            return Ok(());
        }
        self.read_to(data.start)?;
        self.read = data.end;
        self.left.push(data);
        Ok(())
    }

    /// Raw data that the parser found.
    pub(crate) fn raw<'a>(&self, slice: &'a [u8]) -> Raw<'a> {
        let start = slice.as_ptr().addr().wrapping_sub(self.bytes.as_ptr().addr());
        let at = self.left.binary_search_by_key(&start, |data| data.start);
        match at {
            Ok(at) if self.left[at].len() == slice.len() => {
                Raw::Left(Stretch::new(self.file.clone(), start as u64, slice.len()))
            }
            _ => Raw::Here(slice),
        }
    }
}

#[cfg(test)]
mod tests {
    use onnx_rs::ast::{DataType, Graph, Model, TensorProto};

    use super::*;

    const LONG: usize = 3 * PIECE_BYTES + 40;

    /// A model with a long weight between two short ones.
    fn encoded(long: &[u8]) -> Vec<u8> {
        let weight = |name, data: &'static [u8]| TensorProto::from_raw(name, vec![4], DataType::Uint8, data);
        let long = TensorProto::from_raw("long", vec![long.len() as i64], DataType::Uint8, long);
        let initializer = vec![weight("first", &[1, 2, 3, 4]), long, weight("last", &[5, 6, 7, 8])];
        onnx_rs::encode(&Model { graph: Some(Graph { initializer, ..Graph::default() }), ..Model::default() })
    }

    fn read(raw: &Raw<'_>) -> Vec<u8> {
        let mut all = Vec::new();
        raw.each_piece(|piece| all.extend_from_slice(piece)).expect("bytes");
        all
    }

    #[test]
    fn long_data_is_left_and_found_again() {
        let long = (0..LONG).map(|at| (at % 251) as u8).collect::<Vec<_>>();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), encoded(&long)).expect("a model");
        let source = Source::open(file.path()).expect("a source");
        assert_eq!(source.left.iter().map(Range::len).collect::<Vec<_>>(), [LONG]);
        let model = onnx_rs::parse(source.bytes()).expect("a model");
        let graph = model.graph.expect("a graph");
        let raw = |at: usize| source.raw(graph.initializer[at].as_raw().expect("raw data"));
        assert!(matches!(raw(0), Raw::Here(&[1, 2, 3, 4])));
        assert!(matches!(raw(2), Raw::Here(&[5, 6, 7, 8])));
        // What was not fetched was not written either, but for what was read ahead.
        let Raw::Left(stretch) = raw(1) else { panic!("it is long") };
        assert!(source.bytes()[source.left[0].clone()][AHEAD_BYTES..].iter().all(|byte| *byte == 0));
        assert_eq!(read(&raw(1)), long);
        assert_eq!(
            read(&Raw::Left(stretch.part(PIECE_BYTES - 3..PIECE_BYTES + 5))),
            long[PIECE_BYTES - 3..PIECE_BYTES + 5]
        );
    }

    #[test]
    fn what_is_cut_off_meanwhile_is_damaged() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let bytes = encoded(&vec![7; LONG]);
        std::fs::write(file.path(), &bytes).expect("a model");
        let source = Source::open(file.path()).expect("a source");
        let model = onnx_rs::parse(source.bytes()).expect("a model");
        let graph = model.graph.expect("a graph");
        let raw = source.raw(graph.initializer[1].as_raw().expect("raw data"));
        file.as_file().set_len(bytes.len() as u64 / 2).expect("a shorter file");
        assert!(matches!(raw.each_piece(|_| ()), Err(LoadError::Damaged(_))));
        assert!(matches!(Source::open(file.path()), Err(LoadError::Damaged(_))));
    }
}

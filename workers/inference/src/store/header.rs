//! What a graph's file says about itself beside the graph: read without loading its weights.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

/// Nodes at the beginning whose names are kept.
const NODES: usize = 8;
/// The longest name or value that is read: an alphabet of CJK characters has some 80 KB.
const MAX_TEXT_BYTES: u64 = 4 << 20;
/// Entries beside the graph that are read.
const MAX_ENTRIES: usize = 100;

/// The fields of `ModelProto`, `GraphProto`, `NodeProto` and `StringStringEntryProto` that are looked at.
const MODEL_GRAPH: u64 = 7;
const MODEL_METADATA: u64 = 14;
const GRAPH_NODE: u64 = 1;
const NODE_NAME: u64 = 3;
const ENTRY_KEY: u64 = 1;
const ENTRY_VALUE: u64 = 2;

/// What stands beside a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// What its maker wrote about it.
    pub metadata: BTreeMap<String, String>,
    /// The names of its first nodes.
    pub first_nodes: Vec<String>,
}

impl Header {
    /// Reads the header of an ONNX file.
    ///
    /// # Errors
    /// A file that cannot be read, or is no such file.
    pub fn read(file: &Path) -> io::Result<Self> {
        let file = File::open(file)?;
        let length = file.metadata()?.len();
        let mut header = Self::default();
        let mut reader = Fields { source: BufReader::new(file), at: 0 };
        let mut entries = 0;
        while let Some(field) = reader.next(length)? {
            match field.number {
                MODEL_GRAPH => header.read_graph(&mut reader, field.end)?,
                MODEL_METADATA if entries < MAX_ENTRIES => {
                    entries += 1;
                    header.read_entry(&mut reader, field.end)?;
                }
                _ => {}
            }
            reader.skip_to(field.end)?;
        }
        Ok(header)
    }

    /// Nodes stand before the weights, so no more than a few kilobytes are read of a graph.
    fn read_graph(&mut self, reader: &mut Fields, end: u64) -> io::Result<()> {
        while self.first_nodes.len() < NODES
            && let Some(field) = reader.next(end)?
        {
            if field.number == GRAPH_NODE {
                let name = read_text_of(reader, field.end, NODE_NAME)?;
                self.first_nodes.push(name);
            }
            reader.skip_to(field.end)?;
        }
        Ok(())
    }

    fn read_entry(&mut self, reader: &mut Fields, end: u64) -> io::Result<()> {
        let (mut key, mut value) = (String::new(), String::new());
        while let Some(field) = reader.next(end)? {
            match field.number {
                ENTRY_KEY => key = reader.text(field.end)?,
                ENTRY_VALUE => value = reader.text(field.end)?,
                _ => {}
            }
            reader.skip_to(field.end)?;
        }
        self.metadata.insert(key, value);
        Ok(())
    }
}

fn read_text_of(reader: &mut Fields, end: u64, wanted: u64) -> io::Result<String> {
    let mut found = String::new();
    while let Some(field) = reader.next(end)? {
        if field.number == wanted {
            found = reader.text(field.end)?;
        }
        reader.skip_to(field.end)?;
    }
    Ok(found)
}

/// Walks the fields of a protobuf message in a file.
struct Fields {
    source: BufReader<File>,
    at: u64,
}

/// A field whose content begins where the walk is.
struct Field {
    number: u64,
    end: u64,
}

impl Fields {
    /// The next field before `end`.
    fn next(&mut self, end: u64) -> io::Result<Option<Field>> {
        if self.at >= end {
            return Ok(None);
        }
        let tag = self.varint()?;
        let length = match tag & 7 {
            0 => {
                self.varint()?;
                0
            }
            1 => 8,
            2 => self.varint()?,
            5 => 4,
            _ => return Err(damaged()),
        };
        let field_end = self.at.checked_add(length).filter(|at| *at <= end).ok_or_else(damaged)?;
        Ok(Some(Field { number: tag >> 3, end: field_end }))
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.source.read_exact(&mut byte)?;
            self.at += 1;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    fn text(&mut self, end: u64) -> io::Result<String> {
        let length = end - self.at;
        if length > MAX_TEXT_BYTES {
            return Err(damaged());
        }
        let mut bytes = vec![0; length as usize];
        self.source.read_exact(&mut bytes)?;
        self.at = end;
        String::from_utf8(bytes).map_err(|_| damaged())
    }

    fn skip_to(&mut self, end: u64) -> io::Result<()> {
        let forward = i64::try_from(end - self.at).map_err(|_| damaged())?;
        self.source.seek_relative(forward)?;
        self.at = end;
        Ok(())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no ONNX file, or a damaged one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        assert!(content.len() < 128, "one byte says the length");
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    fn read(bytes: &[u8]) -> io::Result<Header> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("model.onnx");
        std::fs::write(&file, bytes).expect("it is written");
        Header::read(&file)
    }

    #[test]
    fn names_and_metadata_are_found() {
        let node = |name: &str| field(1, &[field(1, b"x"), field(3, name.as_bytes())].concat());
        let graph = [node("Sub_0"), node("Mul_1"), field(5, &[0; 100])].concat();
        let entry = [field(1, b"character"), field(2, "a\nä".as_bytes())].concat();
        let file = [vec![8, 7], field(2, b"maker"), field(7, &graph), field(14, &entry)].concat();
        let header = read(&file).expect("a header");
        assert_eq!(header.first_nodes, ["Sub_0", "Mul_1"]);
        assert_eq!(header.metadata, BTreeMap::from([("character".to_owned(), "a\nä".to_owned())]));
    }

    #[test]
    fn a_file_that_ends_early_is_damaged() {
        let file = field(7, &field(1, &field(3, b"Conv_0")));
        for length in 1..file.len() {
            assert!(read(&file[..length]).is_err(), "{length} bytes");
        }
        assert!(read(b"<!DOCTYPE html><html>Not Found</html>").is_err());
    }
}

//! Looks through a file before the parser does: the parser recurses with the file's nesting and reserves memory by its
//! counts, so both are bounded here, without recursion and without allocation by the file's word. On the way it is said
//! what may stay in the file, since the parser takes no more of it than its place.

use crate::error::LoadError;
use crate::source::Source;

/// Messages inside one another. A model needs about eight; `If` in `If` adds four each.
const MAX_DEPTH: usize = 40;
/// Messages in all. The largest graphs of towers have some 100,000; each costs the parser up to some hundred bytes.
const MAX_MESSAGES: usize = 2_000_000;
/// Fields in all that are no messages: names, numbers that are not packed.
const MAX_FIELDS: usize = 40_000_000;
/// Bytes of packed numbers outside raw data: the parser takes up to eight bytes for each.
const MAX_PACKED_BYTES: usize = 256 << 20;

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const BYTES: u64 = 2;
const FIXED_32: u64 = 5;

/// The messages of the format that contain others.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    ValueInfo,
    Type,
    TensorType,
    /// Also the type of what is optional.
    SequenceType,
    MapType,
    Shape,
    Tensor,
    SparseTensor,
    Function,
    Training,
    /// Nothing below it nests.
    Leaf,
}

impl Message {
    /// What lies in that field, if it is a message.
    fn below(self, field: u64) -> Option<Message> {
        use Message::*;
        Some(match (self, field) {
            (Model, 7) => Graph,
            (Model, 8 | 14) => Leaf,
            (Model, 20) => Training,
            (Model, 25) => Function,
            (Graph, 1) => Node,
            (Graph, 5) => Tensor,
            (Graph, 11..=13) => ValueInfo,
            (Graph, 14 | 16) => Leaf,
            (Graph, 15) => SparseTensor,
            (Node, 5) => Attribute,
            (Node, 9) => Leaf,
            (Attribute, 5 | 10) => Tensor,
            (Attribute, 6 | 11) => Graph,
            (Attribute, 14 | 15) => Type,
            (Attribute, 22 | 23) => SparseTensor,
            (ValueInfo, 2) => Type,
            (ValueInfo, 4) => Leaf,
            (Type, 1 | 8) => TensorType,
            (Type, 4 | 9) => SequenceType,
            (Type, 5) => MapType,
            (TensorType, 2) => Shape,
            (SequenceType, 1) | (MapType, 2) => Type,
            (Shape, 1) => Leaf,
            (Tensor, 3 | 13 | 16) => Leaf,
            (SparseTensor, 1 | 2) => Tensor,
            (Function, 7) => Node,
            (Function, 9 | 14) => Leaf,
            (Function, 11) => Attribute,
            (Function, 12) => ValueInfo,
            (Training, 1 | 2) => Graph,
            (Training, 3 | 4) => Leaf,
            _ => return None,
        })
    }

    /// Whether a field may have that wire type. The parser trusts its own table, not the file: a field of another type
    /// would let it read something else than what was looked through here.
    fn admits(self, field: u64, wire: u64) -> bool {
        use Message::*;
        match (self, field) {
            (Model, 1 | 5) | (Attribute, 3 | 20) | (Tensor, 2 | 14) | (TensorType | MapType, 1) => wire == VARINT,
            (Attribute, 2) => wire == FIXED_32,
            (Attribute, 7) | (Tensor, 4) => wire == FIXED_32 || wire == BYTES,
            (Tensor, 10) => wire == FIXED_64 || wire == BYTES,
            (Attribute, 8) | (Tensor, 1 | 5 | 7 | 11) => wire == VARINT || wire == BYTES,
            (SparseTensor, 3) => wire == VARINT || wire == BYTES,
            (Leaf, _) => true,
            (Model, 2..=4 | 6) | (Graph, 2 | 10) | (Node, 1..=4 | 6..=8) | (Attribute, 1 | 4 | 9 | 13 | 21) => {
                wire == BYTES
            }
            (Tensor, 6 | 8 | 9 | 12) | (ValueInfo, 1 | 3) | (Type, 6) => wire == BYTES,
            (Function, 1 | 4..=6 | 8 | 10 | 13) => wire == BYTES,
            _ => self.below(field).is_none() || wire == BYTES,
        }
    }

    /// Whether the field holds a tensor's raw data, into which the parser does not look.
    fn is_raw_data(self, field: u64) -> bool {
        matches!((self, field), (Message::Tensor, 9))
    }

    /// Whether the field holds packed numbers, which the parser unpacks.
    fn packs(self, field: u64) -> bool {
        matches!((self, field), (Message::Tensor, 1 | 4 | 5 | 7 | 10 | 11) | (Message::Attribute, 7 | 8))
    }
}

/// Fails if the file is cut off, nests too deeply or has too much in it.
pub(crate) fn check(source: &mut Source) -> Result<(), LoadError> {
    let mut open = vec![(Message::Model, source.len())];
    let (mut at, mut messages, mut fields, mut packed) = (0, 0, 0, 0);
    while let Some(&(message, end)) = open.last() {
        if at >= end {
            open.pop();
            continue;
        }
        let tag = varint(source, &mut at, end)?;
        let (field, wire) = (tag >> 3 & u64::from(u32::MAX), tag & 7);
        if !message.admits(field, wire) {
            return Err(LoadError::Damaged(format!("a field of the wrong wire type at byte {at}")));
        }
        match wire {
            VARINT => {
                varint(source, &mut at, end)?;
            }
            FIXED_64 => skip(&mut at, 8, end)?,
            FIXED_32 => skip(&mut at, 4, end)?,
            BYTES => {
                let length = usize::try_from(varint(source, &mut at, end)?).unwrap_or(usize::MAX);
                let start = at;
                skip(&mut at, length, end)?;
                if let Some(below) = message.below(field) {
                    messages += 1;
                    open.push((below, at));
                    at = start;
                } else if message.packs(field) {
                    packed += length;
                } else if message.is_raw_data(field) {
                    source.leave(start..at)?;
                }
            }
            other => return Err(LoadError::Damaged(format!("an unknown wire type {other} at byte {at}"))),
        }
        fields += 1;
        if open.len() > MAX_DEPTH {
            return Err(LoadError::TooLarge(format!("nested more than {MAX_DEPTH} deep")));
        }
        if messages > MAX_MESSAGES || fields > MAX_FIELDS || packed > MAX_PACKED_BYTES {
            return Err(LoadError::TooLarge(format!(
                "more than {MAX_MESSAGES} messages, {MAX_FIELDS} fields or {MAX_PACKED_BYTES} bytes of packed numbers"
            )));
        }
    }
    Ok(())
}

fn skip(at: &mut usize, length: usize, end: usize) -> Result<(), LoadError> {
    match at.checked_add(length) {
        Some(next) if next <= end => {
            *at = next;
            Ok(())
        }
        _ => Err(cut_off(*at)),
    }
}

fn varint(source: &mut Source, at: &mut usize, end: usize) -> Result<u64, LoadError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        if *at >= end {
            return Err(cut_off(*at));
        }
        let byte = source.byte(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(LoadError::Damaged(format!("a number without end at byte {at}")))
}

fn cut_off(at: usize) -> LoadError {
    LoadError::Damaged(format!("it ends within a field at byte {at}"))
}

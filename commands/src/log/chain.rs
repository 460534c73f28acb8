//! The chain of hashes that makes every later change to the log visible.
//!
//! ```text
//! content = sha256( field(stream kind) field(stream id) field(sequence) field(name) field(version)
//!                   field(payload) field(metadata) )
//! hash    = sha256( previous hash ‖ field(position) field(recorded_at) field(content) )
//! field(x) = length of x in bytes as u64 ‖ x      numbers are i64, everything big-endian,
//!                                                 recorded_at in microseconds since 1970
//! ```
//!
//! Payload and metadata are the very bytes that are stored, so sealed values are hashed sealed and
//! erasing a key leaves the chain whole. The content is hashed before the head is locked; only
//! the short second step has to wait for its place in the order.

use albumen_domain::StreamId;
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash before the first event.
pub const GENESIS: Hash = [0; 32];

/// Hashes what an event is, without its place in the log.
pub struct ContentHasher(Sha256);

impl ContentHasher {
    /// The hash of an event's content.
    #[must_use]
    pub fn hash(stream: StreamId, sequence: i64, name: &str, version: &str, payload: &str, metadata: &str) -> Hash {
        let mut hasher = Self(Sha256::new());
        hasher.field(stream.kind.as_str().as_bytes());
        hasher.field(stream.id.to_string().as_bytes());
        hasher.field(&sequence.to_be_bytes());
        for text in [name, version, payload, metadata] {
            hasher.field(text.as_bytes());
        }
        hasher.0.finalize().into()
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }
}

/// The next hash of the chain.
#[must_use]
pub fn link(previous: &Hash, position: i64, recorded_at_micros: i64, content: &Hash) -> Hash {
    let mut hasher = ContentHasher(Sha256::new_with_prefix(previous));
    hasher.field(&position.to_be_bytes());
    hasher.field(&recorded_at_micros.to_be_bytes());
    hasher.field(content);
    hasher.0.finalize().into()
}

#[cfg(test)]
mod tests {
    use albumen_domain::StreamKind;
    use uuid::Uuid;

    use super::*;

    fn hex(hash: Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn content(sequence: i64, payload: &str) -> Hash {
        let stream =
            StreamId { kind: StreamKind::Asset, id: Uuid::from_u128(0x0102_0304_0506_4708_890a_0b0c_0d0e_0f10) };
        ContentHasher::hash(stream, sequence, "asset-trashed", "1", payload, r#"{"actor":{"kind":"operator"}}"#)
    }

    /// Test vectors, computed apart from this code (see `commands/vectors/chain.py`).
    #[test]
    fn the_vectors_hold() {
        let first = content(1, "{}");
        let one = link(&GENESIS, 1, 1_700_000_000_000_000, &first);
        let two = link(&one, 2, 1_700_000_000_000_001, &content(2, r#"{"a":"é"}"#));
        assert_eq!(hex(first), include_str!("../../vectors/content-1.hex").trim());
        assert_eq!(hex(one), include_str!("../../vectors/chain-1.hex").trim());
        assert_eq!(hex(two), include_str!("../../vectors/chain-2.hex").trim());
    }

    #[test]
    fn every_field_counts() {
        let base = link(&GENESIS, 1, 5, &content(1, "{}"));
        assert_ne!(base, link(&GENESIS, 2, 5, &content(1, "{}")));
        assert_ne!(base, link(&GENESIS, 1, 6, &content(1, "{}")));
        assert_ne!(base, link(&GENESIS, 1, 5, &content(2, "{}")));
        assert_ne!(base, link(&GENESIS, 1, 5, &content(1, "{ }")));
        assert_ne!(base, link(&[1; 32], 1, 5, &content(1, "{}")));
    }
}

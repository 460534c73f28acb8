//! SHA-1 as clients write it.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};

const CHECKSUM_HEADER: &str = "x-immich-checksum";
/// Length of a SHA-1 in base64: what is as long is base64, anything else hexadecimal.
const BASE64_LENGTH: usize = 28;
const SHA1_BYTES: usize = 20;

/// The SHA-1 of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha1Sum(pub [u8; SHA1_BYTES]);

impl Sha1Sum {
    /// Reads base64 or hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = if text.len() == BASE64_LENGTH { STANDARD.decode(text).ok()? } else { bytes_of_hex(text)? };
        bytes.try_into().ok().map(Self)
    }

    /// The checksum by which a request asks whether its file is there already; what is no SHA-1 is nobody's.
    pub fn of_header(headers: &HeaderMap) -> Option<Self> {
        headers.get(CHECKSUM_HEADER)?.to_str().ok().and_then(Self::parse)
    }

    /// The bytes.
    pub const fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes.
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// As the log keeps it.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if text.len() != 2 * SHA1_BYTES {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn both_forms_are_read() {
        let of_abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        let sum = Sha1Sum::parse(of_abc).expect("hexadecimal");
        assert_eq!(sum.0[..2], [0xa9, 0x99]);
        assert_eq!(Sha1Sum::parse(&of_abc.to_uppercase()), Some(sum));
        assert_eq!(Sha1Sum::parse(&sum.to_base64()), Some(sum));
        assert_eq!(sum.to_base64().len(), BASE64_LENGTH);
    }

    #[test]
    fn anything_else_is_none() {
        for text in
            ["", "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J", "zz993e364706816aba3e25717850c26c9cd0d89d", "äääääääääääääää"]
        {
            assert_eq!(Sha1Sum::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_header_that_is_no_checksum_asks_for_nothing() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(CHECKSUM_HEADER.parse().expect("a name"), HeaderValue::from_static(value))])
        };
        assert_eq!(Sha1Sum::of_header(&HeaderMap::new()), None);
        assert!(Sha1Sum::of_header(&with("a9993e364706816aba3e25717850c26c9cd0d89d")).is_some());
        assert_eq!(Sha1Sum::of_header(&with("nonsense")), None);
    }
}

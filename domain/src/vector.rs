//! Vectors as the log holds them: halves of floats, little-endian, in base64.

use base64::{Engine, engine::general_purpose::STANDARD};
use half::f16;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The stored form of a vector. What models answer has no more than the digits of a half that mean anything.
#[must_use]
pub fn encode(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// The vector of a stored form; none when it is not one.
#[must_use]
pub fn decode(stored: &str) -> Option<Vec<f16>> {
    let bytes = STANDARD.decode(stored).ok()?;
    let (pairs, rest) = bytes.as_chunks::<2>();
    let values: Vec<f16> = pairs.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
    (rest.is_empty() && values.iter().all(|value| value.is_finite())).then_some(values)
}

/// The id of the stream of what a model made of an asset: always the same, and in the form of a random one.
#[must_use]
pub fn stream_id(asset: Uuid, model: &str) -> Uuid {
    let digest = Sha256::new().chain_update(asset.as_bytes()).chain_update(model.as_bytes()).finalize();
    let bytes: [u8; 16] = std::array::from_fn(|index| digest[index]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let values = [0.0, 1.0, -0.5, 65_504.0, 1e-7];
        let read: Vec<f32> = decode(&encode(&values)).expect("is a vector").into_iter().map(f16::to_f32).collect();
        assert_eq!(read[..4], values[..4]);
        assert!((read[4] - values[4]).abs() < 1e-7);
        assert_eq!(encode(&[1.0]), "ADw=");
    }

    #[test]
    fn what_is_no_vector_is_none() {
        assert_eq!(decode("no base64"), None);
        assert_eq!(decode("AA=="), None, "an odd length");
        assert_eq!(decode(&encode(&[f32::INFINITY])), None);
    }

    #[test]
    fn streams_have_ids_of_their_own() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(stream_id(one, "a"), stream_id(one, "a"));
        assert_ne!(stream_id(one, "a"), stream_id(one, "b"));
        assert_ne!(stream_id(one, "a"), stream_id(other, "a"));
        assert_eq!(stream_id(one, "a").get_version_num(), 4);
    }
}

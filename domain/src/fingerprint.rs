//! Numbers that stand for values: two values with the same number are, for all that anybody will ever see, the same.

use sha2::{Digest, Sha256};

/// The number of a value that has these parts. It is the same in every process and every version, and as good as
/// random: numbers of many values may be joined by XOR, and one of them may be taken out again.
#[must_use]
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> i64 {
    let mut hasher = Sha256::new();
    for part in parts {
        // With their lengths, so that it matters where one ends.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    i64::from_le_bytes(std::array::from_fn(|index| digest[index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&str]) -> i64 {
        fingerprint(parts.iter().map(|part| part.as_bytes()))
    }

    #[test]
    fn it_is_always_the_same() {
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
    }

    #[test]
    fn everything_about_the_parts_matters() {
        let all = [of(&[]), of(&[""]), of(&["ab"]), of(&["a", "b"]), of(&["b", "a"]), of(&["", "ab"]), of(&["ab", ""])];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[..index].contains(one), "{index}");
        }
    }
}

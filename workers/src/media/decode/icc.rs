//! What a colour profile calls itself.

/// The description in an ICC profile; empty where it has none that can be read.
pub(super) fn description(profile: &[u8]) -> String {
    find_tag(profile, b"desc").and_then(text_of).unwrap_or_default()
}

/// Whether colours of this profile are those of sRGB.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    description(profile).to_ascii_lowercase().contains("srgb")
}

/// Whether it is Display P3.
pub(super) fn is_p3(profile: &[u8]) -> bool {
    description(profile).to_ascii_lowercase().contains("display p3")
}

const HEADER_BYTES: usize = 128;
const TAG_BYTES: usize = 12;

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
}

fn find_tag<'a>(profile: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    /// Real profiles have some twenty.
    const MAX_TAGS: usize = 200;
    let count = number(profile, HEADER_BYTES)?.min(MAX_TAGS);
    let entry = (0..count)
        .map(|index| HEADER_BYTES + 4 + index * TAG_BYTES)
        .find(|at| profile.get(*at..*at + 4) == Some(name))?;
    let (offset, length) = (number(profile, entry + 4)?, number(profile, entry + 8)?);
    profile.get(offset..offset.checked_add(length)?)
}

/// Of either kind: ASCII (version 2) or the first of many languages (version 4).
fn text_of(tag: &[u8]) -> Option<String> {
    match tag.get(..4)? {
        b"desc" => {
            let length = number(tag, 8)?;
            let text = tag.get(12..12_usize.checked_add(length)?)?;
            Some(String::from_utf8_lossy(text).trim_end_matches('\0').to_owned())
        }
        b"mluc" => {
            let (length, offset) = (number(tag, 20)?, number(tag, 24)?);
            let text = tag.get(offset..offset.checked_add(length)?)?;
            let units: Vec<u16> = text.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            Some(String::from_utf16_lossy(&units))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tag: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes.extend(1_u32.to_be_bytes());
        bytes.extend(b"desc");
        bytes.extend(144_u32.to_be_bytes());
        bytes.extend((tag.len() as u32).to_be_bytes());
        bytes.extend(tag);
        bytes
    }

    #[test]
    fn both_kinds_of_text_are_read() {
        let ascii = profile(b"desc\0\0\0\0\0\0\0\x05sRGB\0");
        assert_eq!(description(&ascii), "sRGB");
        assert!(is_srgb(&ascii) && !is_p3(&ascii));
        let mut wide = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x14\0\0\0\x1c".to_vec();
        wide.extend("Display P3".encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(description(&profile(&wide)), "Display P3");
        assert!(is_p3(&profile(&wide)));
    }

    #[test]
    fn broken_profiles_have_no_name() {
        let whole = profile(b"desc\0\0\0\0\xff\xff\xff\xffsRGB\0");
        for length in 0..whole.len() {
            assert_eq!(description(&whole[..length]), "");
        }
        assert_eq!(description(&whole), "");
    }
}

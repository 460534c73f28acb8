//! Names of users' folders in the library.

/// Longest name of a folder.
const MAX_BYTES: usize = 255;

/// Names that Windows keeps for devices: libraries are copied to such disks too.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The label made safe as the name of a folder; none when nothing is left of it.
pub fn sanitized(label: &str) -> Option<String> {
    let is_safe =
        |c: &char| !c.is_control() && !matches!(c, '.' | '/' | '\\' | '?' | '<' | '>' | ':' | '*' | '|' | '"');
    let kept: String = label.chars().filter(is_safe).collect();
    let kept = truncated(kept.trim_end());
    (!kept.is_empty() && !is_reserved(kept)).then(|| kept.to_owned())
}

fn truncated(text: &str) -> &str {
    text[..text.floor_char_boundary(MAX_BYTES)].trim_end()
}

fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let numbered =
        |prefix: &str| lower.strip_prefix(prefix).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    RESERVED.contains(&lower.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_safe_names() {
        for (label, expected) in [
            ("ada", Some("ada")),
            ("Ada Lovelace", Some("Ada Lovelace")),
            ("ada.lovelace", Some("adalovelace")),
            ("../../etc", Some("etc")),
            ("a\0b\nc", Some("abc")),
            ("a:b*c?", Some("abc")),
            ("名前", Some("名前")),
            ("", None),
            ("...", None),
            ("  ", None),
            ("con", None),
            ("COM1", None),
            ("com", Some("com")),
        ] {
            assert_eq!(sanitized(label).as_deref(), expected, "{label:?}");
        }
    }

    #[test]
    fn long_labels_are_cut_between_characters() {
        let label = sanitized(&"ä".repeat(200)).expect("something is left");
        assert_eq!(label.len(), 254);
    }
}

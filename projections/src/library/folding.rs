//! Texts as they are searched: without accents and in lower case, so that `zurich` finds `Zürich`.
//!
//! It is done here and not by the database, whose extension for it is not everywhere.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The searchable form of a text. Wildcards of a search (`%`, `_`) stay what they are.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

/// Letters that Unicode does not take apart.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter() {
        for (text, expected) in [
            ("IMG_1.JPG", "img_1.jpg"),
            ("Zürich", "zurich"),
            // The same with a combining mark.
            ("Zu\u{308}rich", "zurich"),
            ("STRASSE straße", "strasse strasse"),
            ("Łódź, Ærø", "lodz, aero"),
            ("İstanbul", "istanbul"),
            ("Ωραία", "ωραια"),
            ("東京 50%_", "東京 50%_"),
        ] {
            assert_eq!(folded(text), expected);
        }
    }
}

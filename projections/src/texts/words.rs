//! How text is cut into words.

use crate::text::folded;

/// The last code unit that parts words: the blank, and all control characters before it.
const LAST_BLANK: char = ' ';

/// Chinese, Japanese and Korean, which part no words.
const fn is_unparted(letter: char) -> bool {
    matches!(letter,
        '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{3040}'..='\u{309f}'
        | '\u{30a0}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}')
}

/// The words of a text: runs up to a blank, and pairs of letters where no blanks are written.
pub(super) fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let runs = letters.chunk_by(|one, next| kind_of(*one) == kind_of(*next));
    let mut words = Vec::new();
    for run in runs {
        match (kind_of(run[0]), run.len()) {
            (Kind::Blank, _) => {}
            (Kind::Unparted, 2..) => words.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
            (Kind::Unparted | Kind::Parted, _) => words.push(run.iter().collect()),
        }
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Blank,
    Unparted,
    Parted,
}

const fn kind_of(letter: char) -> Kind {
    match letter {
        letter if letter <= LAST_BLANK => Kind::Blank,
        letter if is_unparted(letter) => Kind::Unparted,
        _ => Kind::Parted,
    }
}

/// What a query, or the lines of a picture, are compared by: their words, folded, a blank between.
pub(super) fn document<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = lines.into_iter().flat_map(words).collect();
    folded(&all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Query;

    #[test]
    fn texts_are_cut_as_clients_know_it() {
        for (text, expected) in [
            ("", vec![]),
            (" \t\r\n\u{1}", vec![]),
            ("Grand  total:\n12,50€", vec!["Grand", "total:", "12,50€"]),
            ("会", vec!["会"]),
            ("会議室", vec!["会議", "議室"]),
            ("第3会議室A棟", vec!["第", "3", "会議", "議室", "A", "棟"]),
            ("한국 국어사전", vec!["한국", "국어", "어사", "사전"]),
            ("カラオケ。やす", vec!["カラ", "ラオ", "オケ", "。", "やす"]),
            // The last and the first letter outside of what is not parted.
            ("\u{3400}\u{33ff}\u{4dbf}\u{4dc0}", vec!["\u{3400}", "\u{33ff}", "\u{4dbf}", "\u{4dc0}"]),
            ("\u{9fff}\u{a000}\u{abff}\u{ac00}", vec!["\u{9fff}", "\u{a000}\u{abff}", "\u{ac00}"]),
            // Two code units, neither of which is a letter of these: they stay with their neighbours.
            ("a😀b 𠀀𠀁", vec!["a😀b", "𠀀𠀁"]),
            // A blank that is no control character parts nothing.
            ("a\u{a0}b", vec!["a\u{a0}b"]),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    /// A document fits from one half on. The likeness is counted by hand: `|common| / |either|` of groups of
    /// three, of the best run of whole words.
    #[test]
    fn what_fits_is_what_postgresql_finds_alike() {
        for (query, lines, expected) in [
            // `  t`, ` to`, `tot`, `ota`, `tal`, `al `: all of them are there.
            ("total", vec!["Grand total: 12.50"], 1.0),
            ("TOTAL", vec!["grand", "tótal"], 1.0),
            // Against `totals`: `  t`, ` to`, `tot`, `ota`, `tal` of 6 and 7 groups.
            ("total", vec!["all totals"], 5.0 / 8.0),
            // Against `tot`: `  t`, ` to`, `tot` of 6 and 4 groups.
            ("total", vec!["tot"], 3.0 / 7.0),
            // The words that are meant stand apart: 10 groups are wanted, 4 others lie between.
            ("grand sum", vec!["grand old sum"], 10.0 / 14.0),
            ("会議", vec!["第3会議室"], 1.0),
            ("会", vec!["会"], 1.0),
            // `  会`, ` 会 ` and `  会`, ` 会議`, `会議 `.
            ("会", vec!["会議"], 1.0 / 4.0),
            ("한국", vec!["한국어"], 1.0),
            ("a", vec!["b a c"], 1.0),
            ("7", vec!["7 77"], 1.0),
            ("!!!", vec!["!!!"], 0.0),
            ("total", vec![], 0.0),
        ] {
            let document = document(lines.iter().copied());
            let likeness = Query::new(&super::document([query])).strict_word_similarity(&document);
            assert!((likeness - expected as f32).abs() < 1e-6, "{query} in {document:?}: {likeness}");
        }
    }
}

//! How alike texts are, as PostgreSQL's extension `pg_trgm` counts it, which is not everywhere.
//!
//! A text is cut into words of letters and digits, each word into groups of three letters, with two
//! blanks before and one behind. The word similarity of a query in a text is the greatest likeness
//! between the query's groups and any run of the text's groups; the strict one looks only at runs of
//! whole words. Case and accents do not matter.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

pub use crate::library::folding::folded;

/// Three letters in a row; blanks stand before and behind each word.
pub type Trigram = [char; 3];

/// A text that others are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Sorted, each once.
    trigrams: Vec<Trigram>,
}

/// A group of letters in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    trigram: Trigram,
    begins_word: bool,
    ends_word: bool,
}

/// Syllables of Hangul are letters again: taking off accents takes these apart, too.
fn composed(folded: String) -> String {
    if folded.is_ascii() { folded } else { folded.nfc().collect() }
}

/// The groups of a text in their order.
fn placed(text: &str) -> Vec<Placed> {
    let folded = composed(folded(text));
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut all = Vec::new();
    for word in words {
        let first = all.len();
        let mut trigram = [' '; 3];
        for letter in word.chars().chain([' ']) {
            trigram = [trigram[1], trigram[2], letter];
            all.push(Placed { trigram, begins_word: false, ends_word: false });
        }
        all[first].begins_word = true;
        if let Some(last) = all.last_mut() {
            last.ends_word = true;
        }
    }
    all
}

/// The groups of a text, sorted and each once.
#[must_use]
pub fn trigrams(text: &str) -> Vec<Trigram> {
    let mut trigrams: Vec<Trigram> = placed(text).into_iter().map(|placed| placed.trigram).collect();
    trigrams.sort_unstable();
    trigrams.dedup();
    trigrams
}

impl Query {
    /// What is looked for.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { trigrams: trigrams(text) }
    }

    /// Its groups, sorted and each once.
    #[must_use]
    pub fn trigrams(&self) -> &[Trigram] {
        &self.trigrams
    }

    /// The likeness to the most similar run of the text's groups, from 0 to 1.
    #[must_use]
    pub fn word_similarity(&self, text: &str) -> f32 {
        Comparison::new(self, &placed(text)).greatest(false)
    }

    /// The likeness to the most similar run of whole words of the text, from 0 to 1.
    #[must_use]
    pub fn strict_word_similarity(&self, text: &str) -> f32 {
        Comparison::new(self, &placed(text)).greatest(true)
    }
}

/// A text against a query.
struct Comparison<'a> {
    text: &'a [Placed],
    /// For each place of the text the number of its group; equal groups have equal numbers.
    groups: Vec<usize>,
    /// Whether the query has the group of that number.
    is_wanted: Vec<bool>,
    wanted: usize,
}

/// A run of the text: its first place, how many different groups are in it, and how many of those are wanted.
#[derive(Clone, Copy)]
struct Run {
    lower: usize,
    different: usize,
    common: usize,
}

impl<'a> Comparison<'a> {
    fn new(query: &Query, text: &'a [Placed]) -> Self {
        let mut numbers: HashMap<Trigram, usize> = HashMap::with_capacity(text.len());
        let mut is_wanted = Vec::new();
        let mut number = |placed: &Placed| {
            *numbers.entry(placed.trigram).or_insert_with(|| {
                is_wanted.push(query.trigrams.binary_search(&placed.trigram).is_ok());
                is_wanted.len() - 1
            })
        };
        let groups = text.iter().map(&mut number).collect();
        Self { text, groups, is_wanted, wanted: query.trigrams.len() }
    }

    fn likeness(&self, run: Run) -> f32 {
        let all = self.wanted + run.different - run.common;
        if all == 0 { 0.0 } else { run.common as f32 / all as f32 }
    }

    fn greatest(&self, strict: bool) -> f32 {
        let mut last_place: Vec<Option<usize>> = vec![None; self.is_wanted.len()];
        let mut greatest = 0.0_f32;
        let mut run = strict.then_some(Run { lower: 0, different: 0, common: 0 });
        for (place, placed) in self.text.iter().enumerate() {
            let group = self.groups[place];
            let is_wanted = self.is_wanted[group];
            if run.is_none() && is_wanted {
                run = Some(Run { lower: place, different: 0, common: 0 });
            }
            let Some(current) = &mut run else { continue };
            if last_place[group].is_none() {
                current.different += 1;
                current.common += usize::from(is_wanted);
            }
            last_place[group] = Some(place);
            let can_end = if strict { placed.ends_word } else { is_wanted };
            if can_end {
                let (best, likeness) = self.narrowed(*current, place, &last_place, strict);
                greatest = greatest.max(likeness);
                for left in current.lower..best.lower {
                    let group = self.groups[left];
                    if last_place[group] == Some(left) {
                        last_place[group] = None;
                    }
                }
                run = Some(best);
            }
        }
        greatest
    }

    /// The most similar of the runs that end at `upper` and begin no earlier than `run`.
    fn narrowed(&self, run: Run, upper: usize, last_place: &[Option<usize>], strict: bool) -> (Run, f32) {
        let mut best = (run, self.likeness(run));
        let mut tried = run;
        for lower in run.lower..=upper {
            let group = self.groups[lower];
            let can_begin = if strict { self.text[lower].begins_word } else { self.is_wanted[group] };
            tried.lower = lower;
            if can_begin && self.likeness(tried) > best.1 {
                best = (tried, self.likeness(tried));
            }
            if last_place[group] == Some(lower) {
                tried.different -= 1;
                tried.common -= usize::from(self.is_wanted[group]);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of `pg_trgm`, and such as can be counted by hand.
    #[test]
    fn texts_are_as_alike_as_postgresql_finds_them() {
        for (query, text, word, strict) in [
            ("word", "two words", 0.8, 4.0 / 7.0),
            ("word", "word", 1.0, 1.0),
            ("word", "two word", 1.0, 1.0),
            ("word", "xyz", 0.0, 0.0),
            ("", "word", 0.0, 0.0),
            ("word", "", 0.0, 0.0),
            // `  a`, ` an`, `ann`, `nn ` and `  a`, ` an`, `ann`, `nna`, `na `.
            ("ann", "Anna", 0.75, 0.5),
            ("anna", "Ann", 3.0 / 5.0, 0.5),
            ("Zoë", "zoe müller", 1.0, 1.0),
            ("muller", "Zoë Müller", 1.0, 1.0),
            // Two words of the query in another order: all groups are there.
            ("anna bell", "bell anna", 1.0, 1.0),
            ("anna", "bell anna bell", 1.0, 1.0),
            // `  한`, ` 한국`, `한국 ` and `  한`, ` 한국`, `한국어`, `국어 `: a syllable is a letter.
            ("한국", "한국어", 2.0 / 3.0, 2.0 / 5.0),
            ("한국", "국어 한국", 1.0, 1.0),
        ] {
            let wanted = Query::new(query);
            let found = (wanted.word_similarity(text), wanted.strict_word_similarity(text));
            let near = |a: f32, b: f32| (a - b).abs() < 1e-6;
            assert!(near(found.0, word) && near(found.1, strict), "{query} in {text}: {found:?}");
        }
    }

    /// The likeness of a run, counted for all runs there are.
    fn counted(query: &Query, text: &[Placed], strict: bool) -> f32 {
        let mut greatest = 0.0_f32;
        for lower in 0..text.len() {
            for upper in lower..text.len() {
                let (first, last) = (text[lower], text[upper]);
                let fits = if strict {
                    first.begins_word && last.ends_word
                } else {
                    [first, last].iter().all(|end| query.trigrams.binary_search(&end.trigram).is_ok())
                };
                let run: std::collections::BTreeSet<Trigram> =
                    text[lower..=upper].iter().map(|placed| placed.trigram).collect();
                let common = run.iter().filter(|trigram| query.trigrams.binary_search(trigram).is_ok()).count();
                if fits {
                    greatest = greatest.max(common as f32 / (query.trigrams.len() + run.len() - common) as f32);
                }
            }
        }
        greatest
    }

    /// Beginnings that were passed over are not looked at again, as in PostgreSQL: what is found is
    /// never more than the greatest there is, and nearly always that.
    #[test]
    fn no_run_is_better_than_the_best() {
        let texts = ["anna lena", "lena", "annalena", "len ann", "banana", "an anna ana", "a b c", "ab abc abcd", "x"];
        for query in texts {
            let query = Query::new(query);
            for text in texts {
                let placed = placed(text);
                for strict in [false, true] {
                    let found = Comparison::new(&query, &placed).greatest(strict);
                    assert!(found <= counted(&query, &placed, strict) + 1e-6, "{text}");
                }
            }
        }
    }

    #[test]
    fn words_are_padded_and_folded() {
        let expected = [[' ', ' ', 'z'], [' ', 'z', 'u'], ['u', 'r', ' '], ['z', 'u', 'r']];
        assert_eq!(trigrams("Zür-zur"), expected);
        assert!(trigrams(" -- ").is_empty());
    }
}

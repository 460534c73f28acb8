//! What can fit a query, without looking at every document: the groups of three letters in them, numbered, in an
//! index.
//!
//! A document that fits has a run of words which shares at least half of all the groups that are in either. So it
//! has at least half of the query's, and at least one of any choice that is larger than the other half. The groups
//! of that choice are looked up; the rarer are chosen.

use uuid::Uuid;

use crate::text::{Query, Trigram, trigrams};

/// What of the query's groups a document has to have: one of so many is enough for the likeness that is asked for
/// (see [`super::queries::MIN_LIKENESS`]).
const SHARE: usize = 2;

/// What the index is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// One of these.
    pub any: Vec<i32>,
    /// And of these …
    pub all: Vec<i32>,
    /// … so many.
    pub least: i64,
}

/// FNV-1a over the owner and the letters. Two groups can get one number: the words themselves are compared afterwards.
fn number_of(owner: Uuid, group: &Trigram) -> i32 {
    const BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let mixed = |hash: u32, part: u32| (hash ^ part).wrapping_mul(PRIME);
    let of_owner = owner.as_bytes().iter().fold(BASIS, |hash, byte| mixed(hash, u32::from(*byte)));
    group.iter().fold(of_owner, |hash, letter| mixed(hash, *letter as u32)).cast_signed()
}

/// The numbers of all groups of an owner's words, sorted and each once.
pub(super) fn numbers(owner: Uuid, words: &str) -> Vec<i32> {
    let mut numbers: Vec<i32> = trigrams(words).iter().map(|group| number_of(owner, group)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What the index has of all documents of these owners that can fit; none where nothing can.
pub(super) fn wanted(query: &Query, owners: &[Uuid]) -> Option<Wanted> {
    let mut groups = query.trigrams().to_vec();
    if groups.is_empty() {
        return None;
    }
    // Groups with blanks are the commonest: many words begin with the same letters.
    groups.sort_by_key(|group| group.iter().filter(|letter| **letter == ' ').count());
    let least = groups.len().div_ceil(SHARE);
    let choice = &groups[..groups.len() - least + 1];
    let of_owners = |groups: &[Trigram]| -> Vec<i32> {
        owners.iter().flat_map(|owner| groups.iter().map(|group| number_of(*owner, group))).collect()
    };
    // Two of the query's groups can have one number, and then a document that has both has one.
    let distinct = owners.iter().map(|owner| distinct_of(*owner, &groups)).min().unwrap_or_default();
    let doubled = groups.len() - distinct;
    Some(Wanted { any: of_owners(choice), all: of_owners(&groups), least: (least.saturating_sub(doubled)) as i64 })
}

fn distinct_of(owner: Uuid, groups: &[Trigram]) -> usize {
    let mut numbers: Vec<i32> = groups.iter().map(|group| number_of(owner, group)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn can_fit(wanted: &Wanted, owner: Uuid, words: &str) -> bool {
        let has = numbers(owner, words);
        let count = has.iter().filter(|number| wanted.all.contains(number)).count() as i64;
        has.iter().any(|number| wanted.any.contains(number)) && count >= wanted.least
    }

    #[test]
    fn whatever_fits_can_fit() {
        let texts = ["total", "totals", "grand total", "to", "t", "会議 議室", "会議", "a b", "12,50", "tot al", "ota"];
        for query in texts {
            let query = Query::new(query);
            let wanted = wanted(&query, &[OTHER, OWNER]).expect("groups");
            for text in texts {
                let fits = query.strict_word_similarity(text) >= 0.5;
                assert!(!fits || can_fit(&wanted, OWNER, text), "{query:?} in {text}");
            }
        }
    }

    #[test]
    fn what_has_little_in_common_cannot_fit() {
        let wanted = |query: &str| wanted(&Query::new(query), &[OWNER]).expect("groups");
        assert!(can_fit(&wanted("total"), OWNER, "tower total"));
        assert!(!can_fit(&wanted("total"), OWNER, "tower"));
        assert!(!can_fit(&wanted("total"), OTHER, "total"), "another's groups have other numbers");
        assert!(!can_fit(&wanted("会議"), OWNER, "会社"));
        assert_eq!(super::wanted(&Query::new("!!"), &[OWNER]), None);
    }

    #[test]
    fn the_rarer_groups_are_looked_up() {
        let wanted = wanted(&Query::new("total"), &[OWNER]).expect("groups");
        let common = number_of(OWNER, &[' ', ' ', 't']);
        assert_eq!((wanted.any.len(), wanted.all.len(), wanted.least), (4, 6, 3));
        assert!(wanted.all.contains(&common) && !wanted.any.contains(&common));
    }
}

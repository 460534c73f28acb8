//! Grouping all faces of an owner anew, beside the people there are.
//!
//! Groups are made as if no machine had ever said anything, around what users and files said. Then each
//! group is given to the person who holds most of its faces today, so names stay; what users know of a person
//! counts for more than numbers, and nobody whom a user knows loses all of their faces.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// A group in which a person whom a user knows has a fifth of the faces is theirs, unless others whom users
/// know have more.
const KNOWN_WEIGHT: usize = 4;

/// A face as it is, and where it is grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupedFace {
    /// Its id.
    pub id: Uuid,
    /// Whose it is today.
    pub person: Option<Uuid>,
    /// The group that it is in by now: a person who holds what users or files said, or a new one.
    pub group: Option<Uuid>,
    /// A user or a file said whose it is, or no machine has seen it: it stays.
    pub is_kept: bool,
}

/// Somebody who is there today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupedPerson {
    /// Their id.
    pub id: Uuid,
    /// A user gave them a name, or said anything else of them.
    pub is_known: bool,
}

/// What is to be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regrouping {
    /// Persons who begin.
    pub created: Vec<Uuid>,
    /// Persons who are on no face any more and whom no user knows.
    pub gone: Vec<Uuid>,
    /// Faces that become somebody else's, or nobody's.
    pub moved: Vec<(Uuid, Option<Uuid>)>,
    /// In numbers.
    pub summary: Summary,
}

/// What a regrouping changes, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Persons who were there and still are.
    pub kept: usize,
    /// Persons who begin.
    pub created: usize,
    /// Those of them whose faces were somebody else's: people who were one and are several now.
    pub split: usize,
    /// Persons who are gone because their faces are others' now.
    pub merged: usize,
    /// Persons who are gone because their faces are nobody's now.
    pub dissolved: usize,
    /// Faces that are somebody else's than before.
    pub moved: usize,
    /// Faces that were somebody's and are nobody's now.
    pub released: usize,
}

/// Compares the groups with the people there are.
#[must_use]
pub fn regroup(faces: &[GroupedFace], persons: &[GroupedPerson]) -> Regrouping {
    let known: BTreeSet<Uuid> = persons.iter().filter(|person| person.is_known).map(|person| person.id).collect();
    let there: BTreeSet<Uuid> = persons.iter().map(|person| person.id).collect();
    let names = name_groups(faces, &there, &known);
    let mut now: Vec<Option<Uuid>> = faces
        .iter()
        .map(|face| match face.group {
            _ if face.is_kept => face.person,
            Some(group) => Some(names.get(&group).copied().unwrap_or(group)),
            None => None,
        })
        .collect();
    give_back_to_known(faces, &known, &mut now);
    settle(faces, persons, &there, &now)
}

/// Which new group is which person of today: each has at most one.
fn name_groups(faces: &[GroupedFace], there: &BTreeSet<Uuid>, known: &BTreeSet<Uuid>) -> BTreeMap<Uuid, Uuid> {
    let mut shared: BTreeMap<(Uuid, Uuid), usize> = BTreeMap::new();
    for face in faces.iter().filter(|face| !face.is_kept) {
        if let (Some(group), Some(person)) = (face.group, face.person)
            && !there.contains(&group)
            && there.contains(&person)
        {
            *shared.entry((group, person)).or_default() += 1;
        }
    }
    let weight = |person: &Uuid, count: usize| if known.contains(person) { count * KNOWN_WEIGHT } else { count };
    let mut claims: Vec<(usize, Uuid, Uuid)> =
        shared.into_iter().map(|((group, person), count)| (weight(&person, count), group, person)).collect();
    claims.sort_unstable_by(|one, two| two.0.cmp(&one.0).then_with(|| (one.1, one.2).cmp(&(two.1, two.2))));
    let (mut names, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for (_, group, person) in claims {
        if !names.contains_key(&group) && taken.insert(person) {
            names.insert(group, person);
        }
    }
    names
}

/// Whom a user knows and who would be on no face any more keeps those they have.
fn give_back_to_known(faces: &[GroupedFace], known: &BTreeSet<Uuid>, now: &mut [Option<Uuid>]) {
    let seen: BTreeSet<Uuid> = now.iter().flatten().copied().collect();
    for (face, now) in faces.iter().zip(now) {
        if face.person.is_some_and(|person| known.contains(&person) && !seen.contains(&person)) {
            *now = face.person;
        }
    }
}

fn settle(
    faces: &[GroupedFace],
    persons: &[GroupedPerson],
    there: &BTreeSet<Uuid>,
    now: &[Option<Uuid>],
) -> Regrouping {
    let seen: BTreeSet<Uuid> = now.iter().flatten().copied().collect();
    let created: Vec<Uuid> = seen.difference(there).copied().collect();
    let was_seen: BTreeSet<Uuid> = faces.iter().filter_map(|face| face.person).collect();
    let is_gone =
        |person: &&GroupedPerson| !person.is_known && was_seen.contains(&person.id) && !seen.contains(&person.id);
    let gone: Vec<Uuid> = persons.iter().filter(is_gone).map(|person| person.id).collect();
    let changed = || faces.iter().zip(now).filter(|(face, now)| face.person != **now);
    let moved: Vec<(Uuid, Option<Uuid>)> = changed().map(|(face, now)| (face.id, *now)).collect();
    // Whose faces those of a person of today are by now, or were before.
    let heirs: BTreeSet<Uuid> =
        changed().filter(|(_, now)| now.is_some()).filter_map(|(face, _)| face.person).collect();
    let merged = gone.iter().filter(|person| heirs.contains(person)).count();
    let parts: BTreeSet<Uuid> =
        changed().filter(|(face, _)| face.person.is_some()).filter_map(|(_, now)| *now).collect();
    let summary = Summary {
        kept: there.intersection(&seen).count(),
        created: created.len(),
        split: created.iter().filter(|person| parts.contains(person)).count(),
        merged,
        dissolved: gone.len() - merged,
        moved: moved.iter().filter(|(_, now)| now.is_some()).count(),
        released: moved.iter().filter(|(_, now)| now.is_none()).count(),
    };
    Regrouping { created, gone, moved, summary }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: u128) -> Uuid {
        Uuid::from_u128(id)
    }

    /// Faces 1, 2, 3 …: each with whose it is and its group. Persons are 10 to 99, new groups from 100 on.
    fn faces(list: &[(u128, u128)]) -> Vec<GroupedFace> {
        let some = |number: u128| (number > 0).then(|| id(number));
        let face = |(place, (person, group)): (usize, &(u128, u128))| GroupedFace {
            id: id(place as u128 + 1),
            person: some(*person),
            group: some(*group),
            is_kept: false,
        };
        list.iter().enumerate().map(face).collect()
    }

    fn persons(unknown: &[u128], known: &[u128]) -> Vec<GroupedPerson> {
        let unknown = unknown.iter().map(|person| GroupedPerson { id: id(*person), is_known: false });
        unknown.chain(known.iter().map(|person| GroupedPerson { id: id(*person), is_known: true })).collect()
    }

    #[test]
    fn the_same_groups_change_nothing() {
        let faces = faces(&[(10, 100), (10, 100), (11, 101), (11, 101), (0, 0)]);
        let regrouping = regroup(&faces, &persons(&[10, 11], &[]));
        assert_eq!(regrouping, Regrouping { summary: Summary { kept: 2, ..Summary::default() }, ..regrouping.clone() });
        assert!(regrouping.moved.is_empty() && regrouping.created.is_empty() && regrouping.gone.is_empty());
    }

    #[test]
    fn two_who_are_one_become_one() {
        let faces = faces(&[(10, 100), (10, 100), (11, 100), (0, 100)]);
        let regrouping = regroup(&faces, &persons(&[10, 11], &[]));
        assert_eq!(regrouping.moved, [(id(3), Some(id(10))), (id(4), Some(id(10)))]);
        assert_eq!(regrouping.gone, [id(11)]);
        assert_eq!(regrouping.summary, Summary { kept: 1, merged: 1, moved: 2, ..Summary::default() });
    }

    #[test]
    fn one_who_is_two_becomes_two() {
        let faces = faces(&[(10, 100), (10, 100), (10, 101)]);
        let regrouping = regroup(&faces, &persons(&[10], &[]));
        assert_eq!((regrouping.created, regrouping.moved), (vec![id(101)], vec![(id(3), Some(id(101)))]));
        let summary = Summary { kept: 1, created: 1, split: 1, moved: 1, ..Summary::default() };
        assert_eq!(regrouping.summary, summary);
    }

    #[test]
    fn a_name_counts_for_more_than_numbers() {
        let faces = faces(&[(10, 100), (10, 100), (10, 100), (11, 100)]);
        let regrouping = regroup(&faces, &persons(&[10], &[11]));
        assert_eq!(regrouping.gone, [id(10)]);
        assert!(regrouping.moved.iter().all(|(_, now)| *now == Some(id(11))));
    }

    #[test]
    fn whom_a_user_knows_is_never_left_without_a_face() {
        // Both are known, and all look like one.
        let one = faces(&[(10, 100), (10, 100), (11, 100)]);
        let regrouping = regroup(&one, &persons(&[], &[10, 11]));
        assert_eq!(regrouping.summary, Summary { kept: 2, ..Summary::default() });
        // Nobody looks like them any more.
        let alone = faces(&[(10, 0), (10, 0)]);
        assert_eq!(regroup(&alone, &persons(&[], &[10])).moved, []);
        let regrouping = regroup(&alone, &persons(&[10], &[]));
        assert_eq!(regrouping.summary, Summary { dissolved: 1, released: 2, ..Summary::default() });
        assert_eq!(regrouping.gone, [id(10)]);
    }

    #[test]
    fn a_stranger_among_the_faces_of_somebody_known_goes_where_it_belongs() {
        let faces = faces(&[(10, 100), (10, 100), (10, 101), (11, 101), (11, 101)]);
        let regrouping = regroup(&faces, &persons(&[], &[10, 11]));
        assert_eq!(regrouping.moved, [(id(3), Some(id(11)))]);
    }

    #[test]
    fn what_was_said_stays_and_what_joined_it_too() {
        let mut faces = faces(&[(10, 0), (0, 10), (11, 10)]);
        faces[0].is_kept = true;
        let regrouping = regroup(&faces, &persons(&[11], &[10]));
        assert_eq!(regrouping.moved, [(id(2), Some(id(10))), (id(3), Some(id(10)))]);
        assert_eq!((regrouping.gone, regrouping.summary.merged), (vec![id(11)], 1));
    }

    #[test]
    fn who_never_had_a_face_is_left_alone() {
        assert_eq!(regroup(&[], &persons(&[10], &[11])), Regrouping::default());
    }
}
